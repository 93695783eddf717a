"""Keeps the live view off the terminal while what was printed there, a QR code, is still needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tracker.core.events import Event, RepCounted
from tracker.sinks.terminal import LiveView


class Curtain:
    """Passes events on to `view`, which draws from the first moment that `may_rise` is true, or from the first rep."""

    def __init__(self, view: LiveView, may_rise: Callable[[], bool]) -> None:
        self._view = view
        self._may_rise = may_rise
        self._is_down = True
        view.pause()

    def handle(self, events: Sequence[Event]) -> None:
        """The view follows the events behind the curtain, too."""
        self._view.handle(events)
        if self._is_down and (self._may_rise() or any(isinstance(event, RepCounted) for event in events)):
            self._is_down = False
            self._view.resume()

    def close(self) -> None:
        """The stream is over."""
        self._view.close()
