"""Fewer poses for a screen that draws more slowly than others; every other event passes."""

from __future__ import annotations

from collections.abc import Sequence

from tracker.core.events import Event, PoseUpdated
from tracker.sinks import Sink


class Thinned:
    """Passes events on to `sink`, of the poses at most `rate_hz` a second of stream time."""

    def __init__(self, sink: Sink, rate_hz: float) -> None:
        self._sink = sink
        self._interval_s = 1.0 / rate_hz
        self._due_s = 0.0

    def handle(self, events: Sequence[Event]) -> None:
        """Nothing is passed on where only poses came too soon."""
        passed = [event for event in events if not isinstance(event, PoseUpdated) or self._is_due(event)]
        if passed:
            self._sink.handle(passed)

    def close(self) -> None:
        """The stream is over."""
        self._sink.close()

    def _is_due(self, pose: PoseUpdated) -> bool:
        if pose.known_s < self._due_s:
            return False
        self._due_s = pose.known_s + self._interval_s
        return True
