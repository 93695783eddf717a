"""What a live screen shows, folded from the events: count, side, phase, height, level, the last word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tracker.core.events import (
    Armed,
    CalibrationStarted,
    Disarmed,
    Event,
    LinkChanged,
    PoseUpdated,
    RepCounted,
    RepJudged,
    RepRestored,
    RepStruck,
    SetStarted,
    SideChanged,
    SignalGap,
    StreamStarted,
)
from tracker.core.model import NAN, Side, Verdict
from tracker.words import Said, event_sentence, rep_sentence

PHASE_WORDS = {
    "unarmed": "lie down and keep still",
    "low": "ready",
    "rising": "up",
    "top": "hold",
    "lowering": "slowly down",
    "calibrating": "calibration",
}


@dataclass(slots=True)
class Board:
    """The state of a live screen."""

    count: int = 0
    set_number: int = 0
    side: Side = Side.UNKNOWN
    phase: str = "unarmed"
    height_pct: float = NAN
    level_deg: float = NAN
    rep: Said = Said("", Verdict.NOT_MEASURED)
    notice: str = "Waiting for the sensor"
    is_link_up: bool = True
    rate_hz: float = NAN
    missing_samples: int = 0

    def take(self, events: Sequence[Event]) -> None:
        """Fold more events in."""
        for event in events:
            self._take_state(event)
            if isinstance(event, RepJudged):
                self.rep = rep_sentence(event.judged)
            elif sentence := event_sentence(event):
                self.notice = sentence

    def _take_state(self, event: Event) -> None:  # noqa: C901, PLR0912 - one case a kind of event
        match event:
            case PoseUpdated():
                self.phase, self.height_pct, self.level_deg = event.phase, event.height_pct, event.level_deg
            case RepCounted():
                self.count, self.side, self.set_number = event.number, event.side, event.set_number
            case SetStarted():
                self.set_number, self.side = event.set_number, event.side
            case SideChanged():
                self.side, self.count = event.side, 0
            case Armed():
                self.side = event.side
            case Disarmed():
                self.phase = "unarmed"
            case CalibrationStarted():
                self.phase = "calibrating"
            case RepStruck():
                self.count = max(0, self.count - 1)
                self.notice = "Struck."
            case RepRestored():
                self.count += 1
                self.notice = "Counts again."
            case LinkChanged():
                self.is_link_up = event.is_up
            case StreamStarted():
                self.rate_hz = event.rate_hz
            case SignalGap():
                self.missing_samples += event.missing_samples
            case _:
                pass
