"""A shell in a pseudo terminal, as a person has it: the command is typed, keys are pressed, the screen is read."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
LONGEST_WAIT_S = 60.0  # nothing here takes a tenth of it

_TAKE_TERMINAL = "import fcntl, os, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execvp('sh', ['sh', '-i'])"
_TAKES_SCREEN, _GIVES_SCREEN = b"\x1b[?1049h", b"\x1b[?1049l"


class Shell:
    """`shown` is everything that was written to the terminal so far, with its control sequences."""

    def __init__(self, home: Path, *, width: int = 100, height: int = 30, **environment: str) -> None:
        self.shown = b""
        self._more = threading.Condition()
        self._screen, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        environment = {"TERM": "xterm", "PS1": "$ ", "TRACKER_HOME": str(home), **environment}
        environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "PYTHONWARNINGS": "error", **environment}
        for name in ("COLUMNS", "LINES", "ENV"):
            environment.pop(name, None)
        self._shell = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-c", _TAKE_TERMINAL],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment,
            start_new_session=True,
        )
        os.close(theirs)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def type(self, text: str) -> None:
        os.write(self._screen, text.encode())

    def run(self, *arguments: str) -> None:
        """Type the command; its exit code is shown behind it."""
        self.type(f"{sys.executable} -m tracker {' '.join(arguments)}; echo CODE=$?\n")

    def wait_for(self, text: str, since: int = 0) -> int:
        """Until this was written behind place `since`; the place behind it."""
        with self._more:
            came = self._more.wait_for(lambda: text.encode() in self.shown[since:], LONGEST_WAIT_S)
        assert came, f"{text!r} was not shown: ...{self.shown[-3000:].decode(errors='replace')}"
        return self.shown.index(text.encode(), since) + len(text)

    def exit_code(self) -> int:
        """Of the command that was run."""
        with self._more:
            came = self._more.wait_for(lambda: re.search(rb"CODE=\d+", self.shown) is not None, LONGEST_WAIT_S)
        assert came, f"it did not end: ...{self.shown[-3000:].decode(errors='replace')}"
        return int(re.findall(rb"CODE=(\d+)", self.shown)[-1])

    def job(self) -> int:
        """The process group that has the terminal: the command's, while one runs in front."""
        return os.tcgetpgrp(self._screen)

    @property
    def reads_lines(self) -> bool:
        """True while the terminal is as a shell wants it: whole lines, echoed."""
        modes = termios.tcgetattr(self._screen)[3]
        return bool(modes & termios.ICANON) and bool(modes & termios.ECHO)

    @property
    def has_screen_back(self) -> bool:
        """True while nothing is drawn over what was there before."""
        return self.shown.rfind(_GIVES_SCREEN) >= self.shown.rfind(_TAKES_SCREEN)

    def wait_until_drawn(self) -> None:
        """Until the live view has the screen and the keys."""
        self.wait_for(_TAKES_SCREEN.decode(), max(0, self.shown.rfind(_GIVES_SCREEN)))

    def resize(self, width: int, height: int) -> None:
        fcntl.ioctl(self._screen, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def close(self) -> None:
        os.killpg(self._shell.pid, signal.SIGKILL)
        self._shell.wait()
        self._reader.join(LONGEST_WAIT_S)
        os.close(self._screen)

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._screen, 65536)
            except OSError:  # the other end is closed
                return
            with self._more:
                self.shown += data
                self._more.notify_all()
