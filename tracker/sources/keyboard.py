"""The keys of the terminal as a source of commands, for as long as a session runs.

Keys come one by one, without Return. The terminal is given back as it was found, however the session ends, and while
it is stopped by Ctrl-Z. Ctrl-C stays what it is.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from tracker.controls import Tell, control_of
from tracker.sources.terminal_keys import terminal_keys

# Arrows, function keys and keys with Alt come as several characters behind an escape.
_ESCAPED = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|O.|.)?", re.DOTALL)


class Drawn(Protocol):
    """What is drawn on the terminal that the keys belong to."""

    def pause(self) -> None:
        """Give the terminal back."""

    def resume(self) -> None:
        """Take it again and draw anew."""


def has_keyboard() -> bool:
    """True where a person sits before the terminal: it reads what they type and shows what we print."""
    try:
        return sys.stdin.isatty() and sys.stdout.isatty()
    except (AttributeError, ValueError):  # no standard streams, or closed ones
        return False


@contextmanager
def keyboard(tell: Tell, drawn: Drawn | None = None) -> Iterator[None]:
    """Inside, in a running loop, keys are commands; nothing happens where there is no keyboard."""
    if not has_keyboard():
        yield
        return

    def typed(text: str) -> None:
        for key in _ESCAPED.sub("", text):
            if control := control_of(key):
                tell(control.command, control.value)

    keys = terminal_keys(typed, drawn)
    keys.begin()
    try:
        yield
    finally:
        keys.end()
