"""What a live screen shows, folded from the events: number, side, phase, height, level, rest, the last word.

The one fold for every screen, terminal and page alike. The number that is shown is `count`, the counted reps of the
set at hand that stand; the one to say aloud is `count` as it is right after the `RepCounted` with `rep_id`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tracker.core.bridge_hold import BridgeHold, HoldFinder
from tracker.core.config import Config
from tracker.core.events import (
    Armed,
    BatteryRead,
    Calibrated,
    CalibrationEnded,
    CalibrationStarted,
    CalibrationStep,
    Disarmed,
    Event,
    LinkChanged,
    PoseUpdated,
    RepCounted,
    RepJudged,
    RepRestored,
    RepStruck,
    RestStarted,
    SensorSlipped,
    SetEnded,
    SetStarted,
    SideChanged,
    SignalGap,
    StreamStarted,
)
from tracker.core.model import NAN, RepStatus, Side, Verdict
from tracker.words import Said, event_sentence, hold_sentence, holding_sentence, rep_sentence, step_sentence

_HOLD_SHOWN_S = 4.0  # coaches prescribe pauses of up to 3 s
PHASE_WORDS = {
    "unarmed": "lie down and keep still",
    "low": "ready",
    "rising": "up",
    "top": "hold",
    "lowering": "slowly down",
    "calibrating": "calibration",
}
# What the first says stays in sight although the second follows at once, which shows elsewhere.
_LEFT_STANDING = {(SetEnded, RestStarted), (SensorSlipped, CalibrationStarted)}
_CALLS = {"unarmed": "Lie down and keep still", "calibrating": "Calibration"}
_MOVING = frozenset({"rising", "top", "lowering"})


@dataclass(slots=True)
class Board:
    """The state of a live screen. Times are stream time [s]; what is not known is NaN, "" or None.

    target_reps: reps wanted of a set, 0 = no target. rep_id: of the number that is shown, 0 = none. now_s: stream time
    so far. rest_kind: "" while there is no rest, else `switch` (to the other leg) or `rest` (between rounds);
    rest_since_s: when it began, which is earlier than when it was known; rest_target_s: how long it is to be, 0 = no
    limit. calibration_step: what to do now, "" when not calibrating.
    """

    target_reps: int = 0
    level_good_deg: float = 6.0
    count: int = 0
    rep_id: int = 0
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
    now_s: float = 0.0
    rest_kind: str = ""
    rest_since_s: float = NAN
    rest_target_s: float = 0.0
    calibration_step: str = ""
    battery_pct: int | None = None
    _rep_ids: list[int] = field(default_factory=list)  # counted in the set at hand
    _number: int = 0  # of the last of them
    _struck: set[int] = field(default_factory=set)
    _noticed: Event | None = None  # what the notice is about
    _holds: HoldFinder = field(default_factory=HoldFinder)

    @classmethod
    def of(cls, config: Config, side: Side = Side.UNKNOWN) -> Board:
        """An empty board for a session with these settings that begins with this side."""
        return cls(config.sets.target_reps, config.checks.level_good_deg, side=side)

    @property
    def rest_s(self) -> float:
        """How long the rest has lasted; NaN while there is none."""
        return self.now_s - self.rest_since_s

    @property
    def last_hold(self) -> BridgeHold | None:
        """The newest bridge hold that is over; None before the first."""
        return self._holds.holds[-1] if self._holds.holds else None

    @property
    def is_resting(self) -> bool:
        """True while a rest runs and the hips lie: the time of the rest takes the number's place."""
        return bool(self.rest_kind) and self.phase not in _MOVING

    @property
    def is_rest_over(self) -> bool:
        """True when the rest has been as long as it was to be."""
        return self.is_resting and 0 < self.rest_target_s <= self.rest_s

    @property
    def call(self) -> str:
        """What to do, in words that take the number's place while there is none; "" when there is one."""
        if self.calibration_step:
            return self.calibration_step
        if self.is_resting or self.count or self.phase not in _CALLS:
            return ""
        return _CALLS[self.phase] if math.isfinite(self.rate_hz) else "Waiting for the sensor"

    def take(self, events: Sequence[Event]) -> None:
        """Fold more events in."""
        for event in events:
            self.now_s = max(self.now_s, event.known_s)
            self._take_state(event)
            self._take_words(event)
        self._take_hold(events)

    def _take_state(self, event: Event) -> None:  # noqa: C901, PLR0912 - one case a kind of event
        match event:
            case PoseUpdated(phase=phase):
                is_lying = phase != "unarmed"  # of somebody who sits or walks about neither says anything
                self.phase, self.height_pct = phase, event.height_pct if is_lying else NAN
                self.level_deg = event.level_deg if is_lying else NAN
            case RepCounted():
                self.side, self.set_number = event.side, event.set_number
                self._rep_ids.append(event.rep_id)
                self._number = event.number
                self._show_count()
                self._end_rest()
            case SetStarted():
                self.set_number, self.side = event.set_number, event.side
                self._new_set()
            case SideChanged():
                self.side = event.side
                self._new_set()
            case RestStarted():
                self.rest_kind, self.rest_since_s, self.rest_target_s = str(event.kind), event.t_s, event.target_s
            case Armed():
                self.side = event.side
            case Disarmed():
                self.phase = "unarmed"
            case CalibrationStarted():
                self.phase = "calibrating"
            case CalibrationStep():
                self.calibration_step = step_sentence(event)
            case Calibrated() | CalibrationEnded():
                self.calibration_step = ""
            case RepStruck():
                self._struck.add(event.rep_id)
                self._show_count()
            case RepRestored():
                self._struck.discard(event.rep_id)
                self._show_count()
            case LinkChanged():
                self.is_link_up = event.is_up
            case StreamStarted():
                self.rate_hz = event.rate_hz
            case BatteryRead():
                self.battery_pct = event.percent
            case SignalGap():
                self.missing_samples += event.missing_samples
            case _:
                pass

    def _take_words(self, event: Event) -> None:
        match event:
            case RepJudged(judged=judged):
                if judged.status is RepStatus.REP and judged.rep_id in self._rep_ids:
                    struck_before = sum(other in self._struck for other in self._rep_ids if other < judged.rep_id)
                    judged = replace(judged, number=judged.number - struck_before)
                self.rep = rep_sentence(judged)
            case SetStarted() | Armed():
                self.rep = Said("", Verdict.NOT_MEASURED)  # what the set before was told is no word on this one
            case SideChanged() if isinstance(self._noticed, Armed):
                event = replace(self._noticed, side=event.side)  # still ready, and now for the other leg
            case _:
                pass
        if isinstance(event, CalibrationStep):  # stands in the number's place
            self.notice = self.notice if event.is_repeated or event.hold == 1 else ""
        elif (type(self._noticed), type(event)) not in _LEFT_STANDING and (sentence := event_sentence(event)):
            self.notice, self._noticed = sentence, event

    def _take_hold(self, events: Sequence[Event]) -> None:
        """The clock of a bridge hold, where the engine traces curves: from when it is too long for a pause."""
        before = len(self._holds.holds)
        self._holds.handle(events)
        if len(self._holds.holds) > before:
            self.notice = hold_sentence(self._holds.holds[-1])
        side, seconds = self._holds.now
        if seconds >= _HOLD_SHOWN_S:
            self.notice = holding_sentence(side, seconds)

    def _new_set(self) -> None:
        self._rep_ids, self._number = [], 0
        self._show_count()

    def _show_count(self) -> None:
        standing = [rep_id for rep_id in self._rep_ids if rep_id not in self._struck]
        self.count = self._number - len(self._rep_ids) + len(standing)
        self.rep_id = standing[-1] if standing else 0

    def _end_rest(self) -> None:
        self.rest_kind, self.rest_since_s, self.rest_target_s = "", NAN, 0.0
