"""Plain lines for pipes and logs: one for each event that matters, no colours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from tracker.core.bridge_hold import HoldFinder
from tracker.core.events import (
    Calibrated,
    CalibrationEnded,
    CalibrationRefused,
    CalibrationStep,
    CurveTraced,
    Event,
    Noted,
    RepCounted,
    RepJudged,
    RepRestored,
    RepStruck,
    RestStarted,
    SensorSlipped,
    SetEnded,
    StreamEnded,
    StreamWarning,
)
from tracker.words import event_sentence, hold_sentence, rep_sentence, side_word

_GUIDING = CalibrationStep | CalibrationRefused | CalibrationEnded | Calibrated | SensorSlipped | Noted


class PlainLines:
    """Writes to `stream`; a rep is said again only when its verdict changes.

    A rest runs before its set is over for good; its line waits until it is, and for the last word on which rest it is.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._said: dict[int, str] = {}
        self._holds = HoldFinder()
        self._rest: RestStarted | None = None
        self._is_set_open = False

    def handle(self, events: Sequence[Event]) -> None:
        """A line for each event that has something to say."""
        for event in events:
            line = "" if isinstance(event, RestStarted) else self._line(event)
            if line:
                self._say_rest()
                self._stream.write(line + "\n")
            self._follow(event)
        self._say_rest()
        self._stream.flush()

    def close(self) -> None:
        """Nothing is open: the stream belongs to the caller."""

    def _say_rest(self) -> None:
        if self._rest is not None and not self._is_set_open:
            self._stream.write(event_sentence(self._rest) + "\n")
            self._rest = None

    def _follow(self, event: Event) -> None:
        match event:
            case RepCounted():
                self._is_set_open, self._rest = True, None
                self._said[event.rep_id] = f"{side_word(event.side)} {event.number}"  # struck before it is judged
            case SetEnded():
                self._is_set_open = False
            case RestStarted():
                self._rest = event
            case StreamEnded():
                self._rest = None
            case _:
                pass

    def _line(self, event: Event) -> str:
        match event:
            case RepJudged(judged=judged):
                text = rep_sentence(judged).text
                if self._said.get(judged.rep_id) == text:
                    return ""
                self._said[judged.rep_id] = text
                return text
            case RepStruck(rep_id=rep_id):
                return f"Struck: {self._said.get(rep_id, f'rep {rep_id}')}"
            case RepRestored(rep_id=rep_id):
                return f"Counts again: {self._said.get(rep_id, f'rep {rep_id}')}"
            case CurveTraced():
                before = len(self._holds.holds)
                self._holds.handle([event])
                return "\n".join(map(hold_sentence, self._holds.holds[before:]))
            case _:
                self._holds.handle([event])
                return event_sentence(event)


class Guidance:
    """Writes to `stream` what leads through a calibration, and notes, for sessions that show nothing else."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def handle(self, events: Sequence[Event]) -> None:
        """A line for each step, for how it ended, and for each note."""
        for event in events:
            if isinstance(event, _GUIDING):
                self._stream.write(event_sentence(event) + "\n")
        self._stream.flush()

    def close(self) -> None:
        """Nothing is open: the stream belongs to the caller."""


class Complaints:
    """Writes to `stream` only what a person should mend: warnings about the signal and refused calibrations."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def handle(self, events: Sequence[Event]) -> None:
        """A line for each complaint."""
        for event in events:
            if isinstance(event, StreamWarning | CalibrationRefused):
                self._stream.write(event_sentence(event) + "\n")

    def close(self) -> None:
        """Nothing is open: the stream belongs to the caller."""
