"""What happened to the signal and to the calibration on the way: for the part of a report that says how good it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tracker.core.events import (
    Calibrated,
    CalibrationRefused,
    Event,
    LinkChanged,
    RepVoided,
    SignalGap,
    StreamWarning,
)
from tracker.core.model import CalibrationKind
from tracker.words import CLOCK_SET_S

# A sensor that complains all the time says the same thing: so many different sentences are enough for any page.
_MOST_SENTENCES = 20


class FrameFound(NamedTuple):
    """When and how the pelvis frame was found [s]; is_stored: it is that of an earlier session, and still holds."""

    t_s: float
    kind: CalibrationKind
    is_stored: bool


@dataclass(slots=True)
class Signal:
    """Folds the events that tell of the signal. Also a sink.

    gaps_s: lengths of the breaks that could not be bridged; bridged: how many could; calibrated: each time
    the pelvis frame was found; warnings, refusals: sentences, each once, with how often it was said.
    """

    gaps_s: list[float] = field(default_factory=list)
    bridged: int = 0
    links_lost: int = 0
    voided: int = 0
    calibrated: list[FrameFound] = field(default_factory=list)
    warnings: dict[str, int] = field(default_factory=dict)
    refusals: dict[str, int] = field(default_factory=dict)

    def handle(self, events: Sequence[Event]) -> None:
        """Take more events in."""
        for event in events:
            match event:
                case SignalGap(is_bridged=True):
                    self.bridged += 1
                case SignalGap() if event.duration_s >= CLOCK_SET_S:
                    self.gaps_s.append(event.duration_s)
                case LinkChanged(is_up=False):
                    self.links_lost += 1
                case RepVoided():
                    self.voided += 1
                case Calibrated():
                    self.calibrated.append(FrameFound(event.known_s, event.calibration.kind, event.is_stored))
                case StreamWarning(code="no_gyroscope"):
                    pass  # a fact about the sensor, which stands in every row
                case StreamWarning():
                    _count(self.warnings, event.message)
                case CalibrationRefused():
                    _count(self.refusals, f"{event.reason} {event.hint}".strip())

    def close(self) -> None:
        """Nothing is open."""


def _count(sentences: dict[str, int], sentence: str) -> None:
    if sentence in sentences or len(sentences) < _MOST_SENTENCES:
        sentences[sentence] = sentences.get(sentence, 0) + 1
