"""Reading single keys from the terminal: once for POSIX, with its job control, and once for Windows.

Both call `typed` in the running loop with what was typed. Neither was written for terminals that are not there: whoever
uses them has asked `has_keyboard`.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import os
import signal
import sys
from collections.abc import Callable
from typing import Any, Protocol

_MOST_BYTES = 1024  # somebody leaned on the keyboard, or pasted
_POLL_S = 0.05  # Windows has no event for a key; a person does not notice so much

Typed = Callable[[str], None]


class _Drawn(Protocol):
    def pause(self) -> None: ...
    def resume(self) -> None: ...


class TerminalKeys(Protocol):
    """Hands on what is typed, from `begin` in a running loop to `end`."""

    def begin(self) -> None:
        """From now on."""

    def end(self) -> None:
        """The terminal is as it was."""


def terminal_keys(typed: Typed, drawn: _Drawn | None = None) -> TerminalKeys:
    """The keys of this system's terminal; drawn: what must give the screen back while the job is stopped."""
    return WindowsKeys(typed) if sys.platform == "win32" else PosixKeys(typed, drawn)


class PosixKeys:
    """The terminal in cbreak mode from `begin` to `end`, but for the time the job is stopped or in the background."""

    def __init__(self, typed: Typed, drawn: _Drawn | None = None) -> None:
        self._typed = typed
        self._drawn = drawn
        self._fd = sys.stdin.fileno()
        self._before: list[Any] | None = None
        self._is_taken = False

    def begin(self) -> None:
        """Take the terminal, if it is ours to take."""
        self._loop = asyncio.get_running_loop()
        self._take()
        self._has_jobs = signal.getsignal(signal.SIGTSTP) is not signal.SIG_IGN  # else Ctrl-Z is not for us
        if self._has_jobs:
            self._loop.add_signal_handler(signal.SIGTSTP, self._stop)
            self._loop.add_signal_handler(signal.SIGCONT, self._continue)

    def end(self) -> None:
        """Give it back as it was."""
        if self._has_jobs:
            self._loop.remove_signal_handler(signal.SIGTSTP)
            self._loop.remove_signal_handler(signal.SIGCONT)
        self._give_back()

    def _take(self) -> None:
        import termios
        import tty

        if self._is_taken or not self._is_in_foreground():
            return
        with contextlib.suppress(termios.error):
            self._before = termios.tcgetattr(self._fd)
            tty.setcbreak(self._fd, termios.TCSANOW)
            self._loop.add_reader(self._fd, self._read)
            self._is_taken = True

    def _give_back(self) -> None:
        import termios

        if not self._is_taken:
            return
        self._is_taken = False
        self._loop.remove_reader(self._fd)
        # In the background the modes are those of whoever is in front, and setting them would stop us.
        if self._before is not None and self._is_in_foreground():
            with contextlib.suppress(termios.error):  # the terminal may be gone
                termios.tcsetattr(self._fd, termios.TCSANOW, self._before)  # not waiting for output: it may be held

    def _is_in_foreground(self) -> bool:
        try:
            return os.tcgetpgrp(self._fd) == os.getpgrp()
        except OSError:  # not the terminal that controls us: there is no job control
            return True

    def _read(self) -> None:
        try:
            data = os.read(self._fd, _MOST_BYTES)
        except InterruptedError:
            return
        except OSError:
            data = b""
        if data:
            self._typed(data.decode(errors="ignore"))
        else:  # hung up: there is nobody any more, and the loop must not ask again and again
            self._loop.remove_reader(self._fd)

    def _stop(self) -> None:
        """Ctrl-Z: leave everything in order, then stop as if nobody had caught it."""
        if self._drawn is not None:
            self._drawn.pause()
        self._give_back()
        self._loop.remove_signal_handler(signal.SIGTSTP)
        os.kill(os.getpid(), signal.SIGTSTP)
        self._loop.add_signal_handler(signal.SIGTSTP, self._stop)  # here again, or nobody could have woken us
        self._continue()

    def _continue(self) -> None:
        self._take()
        if self._drawn is not None and self._is_in_foreground():
            self._drawn.resume()


class WindowsKeys:
    """Asks the console for keys a few times a second."""

    def __init__(self, typed: Typed) -> None:
        self._typed = typed
        self._console: Any = importlib.import_module("msvcrt")
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Ask from now on."""
        self._task = asyncio.get_running_loop().create_task(self._ask())

    def end(self) -> None:
        """The console was never changed: there is nothing to give back."""
        if self._task is not None:
            self._task.cancel()

    async def _ask(self) -> None:
        while True:
            while self._console.kbhit():
                key = self._console.getwch()
                if key in "\x00\xe0":  # an arrow or function key: a second character says which
                    self._console.getwch()
                else:
                    self._typed(key)
            await asyncio.sleep(_POLL_S)
