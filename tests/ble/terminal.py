"""The command in a real terminal: what is on its screen, and keys."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import threading

from tests.ble.world import LONGEST_WAIT_S


class Terminal:
    """The command with a pseudo terminal as its screen; `shown` is everything that was written to it."""

    def __init__(self, environment, *arguments):
        self.shown = b""
        self._more = threading.Condition()
        self._screen, theirs = pty.openpty()
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "tracker", *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=os.environ | environment | {"TERM": "xterm", "COLUMNS": "100", "LINES": "40"},
        )
        os.close(theirs)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        while True:
            try:
                data = os.read(self._screen, 65536)
            except OSError:  # the other end is closed
                return
            with self._more:
                self.shown += data
                self._more.notify_all()

    def wait_for(self, text):
        with self._more:
            came = self._more.wait_for(lambda: text.encode() in self.shown, LONGEST_WAIT_S)
        assert came, f"{text!r} was not shown: ...{self.shown[-3000:].decode(errors='replace')}"

    def press(self, keys):
        os.write(self._screen, keys.encode())

    def end(self):
        self.process.send_signal(signal.SIGINT)
        return self.finish()

    def finish(self):
        code = self.process.wait(LONGEST_WAIT_S)
        self._reader.join(LONGEST_WAIT_S)
        os.close(self._screen)
        return code
