"""Events for programs: one JSON object a line, as in the digest of a recording, flushed at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from tracker.core.events import NOT_RECORDED, Event, to_json_line


class JsonLines:
    """Writes every event but the screen-only ones to `stream`."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def handle(self, events: Sequence[Event]) -> None:
        """One line an event."""
        for event in events:
            if not isinstance(event, NOT_RECORDED):
                self._stream.write(to_json_line(event) + "\n")
        self._stream.flush()

    def close(self) -> None:
        """Nothing is open: the stream belongs to the caller."""
