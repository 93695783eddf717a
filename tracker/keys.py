"""Single keys from the terminal, as they are pressed, without Enter.

A thread of its own reads them, so that neither a busy engine nor an event loop has to ask; it hands each one to a
callback. Ctrl-C stays what it is. Where standard input is no terminal, or belongs to somebody else (the program runs in
the background), there are no keys, and whoever asked is told so.
"""

from __future__ import annotations

import codecs
import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator

OnKey = Callable[[str], object]

_WINDOWS_LOOK_S = 0.03  # a console there can only be asked; people notice a delay from about 0.1 s
_READ_BYTES = 256
# What terminals send for keys that are no letters; the rest of such sequences is dropped.
_SEQUENCES = {
    "[A": "up",
    "[B": "down",
    "[C": "right",
    "[D": "left",
    "OA": "up",
    "OB": "down",
    "OC": "right",
    "OD": "left",
}
_NAMES = {"\r": "enter", "\n": "enter", "\x7f": "backspace", "\b": "backspace", "\x1b": "escape", "\t": "tab"}
_WINDOWS_SECOND = {"H": "up", "P": "down", "M": "right", "K": "left"}


@contextlib.contextmanager
def pressed_keys(on_key: OnKey) -> Iterator[bool]:
    """Call `on_key` with each key until the block ends, from another thread; yields False where there are no keys.

    A letter or sign is itself (`l`, ` `, `+`), others have names: up, down, left, right, enter, backspace, escape, tab.
    The terminal is as before when the block ends.
    """
    if not _is_ours():
        yield False
    elif sys.platform == "win32":
        with _windows(on_key):
            yield True
    else:
        with _unix(sys.stdin.fileno(), on_key):
            yield True


class KeyReader:
    """Bytes of a terminal to keys; a character may come in pieces."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("ignore")

    def keys(self, data: bytes) -> list[str]:
        """The keys in these bytes, which came together."""
        text = self._decoder.decode(data)
        found: list[str] = []
        while text:
            if text[0] == "\x1b" and text[1:2] in ("[", "O"):
                length = next((n for n, sign in enumerate(text[2:], 3) if "@" <= sign <= "~"), len(text))
                if (name := _SEQUENCES.get(text[1:length])) is not None:
                    found.append(name)
                text = text[length:]
                continue
            found.append(_NAMES.get(text[0], text[0]))
            text = text[1:]
        return found


def _is_ours() -> bool:
    """True when a person types to this program."""
    try:
        number = sys.stdin.fileno()
        if not os.isatty(number):
            return False
        return sys.platform == "win32" or os.tcgetpgrp(number) == os.getpgrp()
    except (OSError, ValueError, AttributeError):  # closed, or put in its place by a test
        return False


if sys.platform != "win32":
    import select
    import termios
    import tty

    @contextlib.contextmanager
    def _unix(number: int, on_key: OnKey) -> Iterator[None]:
        before = termios.tcgetattr(number)
        stopped, stop = os.pipe()
        thread = threading.Thread(target=_read_unix, args=(number, stopped, on_key), daemon=True)
        try:
            tty.setcbreak(number, termios.TCSANOW)
            thread.start()
            yield
        finally:
            os.close(stop)
            thread.join()
            os.close(stopped)
            termios.tcsetattr(number, termios.TCSANOW, before)

    def _read_unix(number: int, stopped: int, on_key: OnKey) -> None:
        reader = KeyReader()
        while True:
            ready, _, _ = select.select([number, stopped], [], [])
            if stopped in ready:
                return
            try:
                data = os.read(number, _READ_BYTES)
            except OSError:  # the terminal was closed
                return
            if not data:
                return
            for key in reader.keys(data):
                on_key(key)

else:
    import msvcrt

    @contextlib.contextmanager
    def _windows(on_key: OnKey) -> Iterator[None]:
        stop = threading.Event()
        thread = threading.Thread(target=_read_windows, args=(stop, on_key), daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def _read_windows(stop: threading.Event, on_key: OnKey) -> None:
        while not stop.is_set():
            if not msvcrt.kbhit():
                time.sleep(_WINDOWS_LOOK_S)
                continue
            sign = msvcrt.getwch()
            name = _WINDOWS_SECOND.get(msvcrt.getwch()) if sign in "\0\xe0" else _NAMES.get(sign, sign)
            if name is not None:
                on_key(name)
