"""Who listens to events: one sink a file. Nothing comes back from a sink; one that fails is dropped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from tracker.core.events import Event

__all__ = ["Sink"]


class Sink(Protocol):
    """Takes events as they become known."""

    def handle(self, events: Sequence[Event]) -> None:
        """Some events, in order; called from the loop, so be quick."""

    def close(self) -> None:
        """The stream is over."""
