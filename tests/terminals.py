"""Pseudo terminals, as a person has them: the command runs, keys are pressed, the screen is read."""

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
from collections.abc import Mapping, Sequence
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
LONGEST_WAIT_S = 60.0  # nothing here takes a tenth of it

_TAKE_TERMINAL = "import fcntl, os, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execvp('sh', ['sh', '-i'])"
_TAKES_SCREEN, _GIVES_SCREEN = b"\x1b[?1049h", b"\x1b[?1049l"


class Screen:
    """A pseudo terminal and the process in it. shown: everything that was written to it, with its control sequences."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], *, width: int, height: int, is_session: bool
    ) -> None:
        self.shown = b""
        self._more = threading.Condition()
        self._screen, theirs = pty.openpty()
        self.resize(width, height)
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=is_session
        )
        os.close(theirs)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def type(self, text: str) -> None:
        os.write(self._screen, text.encode())

    def resize(self, width: int, height: int) -> None:
        fcntl.ioctl(self._screen, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def wait_for(self, text: str, since: int = 0) -> int:
        """Until this was written behind place `since`; the place behind it."""
        with self._more:
            came = self._more.wait_for(lambda: text.encode() in self.shown[since:], LONGEST_WAIT_S)
        assert came, f"{text!r} was not shown: ...{self.shown[-3000:].decode(errors='replace')}"
        return self.shown.index(text.encode(), since) + len(text)

    def wait_for_end(self) -> int:
        """The process's exit code, once it has ended by itself."""
        code = self.process.wait(LONGEST_WAIT_S)
        self._reader.join(LONGEST_WAIT_S)
        os.close(self._screen)
        return code

    def close(self) -> None:
        """Kill what a failed test left running."""
        if self.process.poll() is None:
            self.process.kill()
            self.wait_for_end()

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._screen, 65536)
            except OSError:  # the other end is closed
                return
            with self._more:
                self.shown += data
                self._more.notify_all()


class Terminal(Screen):
    """The command alone in a terminal."""

    def __init__(self, environment: Mapping[str, str], *arguments: str) -> None:
        environment = {**os.environ, **environment, "TERM": "xterm", "COLUMNS": "100", "LINES": "40"}
        command = [sys.executable, "-m", "tracker", *arguments]
        super().__init__(command, environment, width=100, height=40, is_session=False)

    def end(self) -> int:
        """Ctrl-C; the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.wait_for_end()


class Shell(Screen):
    """A shell in a terminal: the command is typed."""

    def __init__(self, home: Path, *, width: int = 100, height: int = 30, **environment: str) -> None:
        environment = {"TERM": "xterm", "PS1": "$ ", "TRACKER_HOME": str(home), **environment}
        environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "PYTHONWARNINGS": "error", **environment}
        for name in ("COLUMNS", "LINES", "ENV"):
            environment.pop(name, None)
        command = [sys.executable, "-c", _TAKE_TERMINAL]
        super().__init__(command, environment, width=width, height=height, is_session=True)

    def run(self, *arguments: str) -> None:
        """Type the command; its exit code is shown behind it."""
        self.type(f"{sys.executable} -m tracker {' '.join(arguments)}; echo CODE=$?\n")

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

    def close(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.wait_for_end()
