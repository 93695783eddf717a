"""The terminal's bell: what is left to hear where no page speaks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TextIO

from tracker.core.events import Event, LinkChanged, RepCounted

_BELL = "\a"


class Bell:
    """Rings `terminal` when the link is lost and when a set reaches its target; and at each number nobody else says.

    is_said: true while something else says the numbers aloud; they are not rung into a file either.
    """

    def __init__(self, terminal: TextIO, target_reps: int, is_said: Callable[[], bool]) -> None:
        self._terminal = terminal
        self._target_reps = target_reps
        self._is_said = is_said

    def handle(self, events: Sequence[Event]) -> None:
        """One ring for each reason."""
        for event in events:
            match event:
                case LinkChanged(is_up=False):
                    self._ring()
                case RepCounted(number=number) if number == self._target_reps:
                    self._ring()
                case RepCounted() if self._terminal.isatty() and not self._is_said():
                    self._ring()
                case _:
                    pass

    def close(self) -> None:
        """Nothing is open: the terminal belongs to the caller."""

    def _ring(self) -> None:
        self._terminal.write(_BELL)
        self._terminal.flush()
