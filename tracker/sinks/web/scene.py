"""What the page shows, folded from the events, as plain JSON values. No network here.

Three kinds of news: `state` (the latest wins), `sounds` (each counts) and `sets` (the latest of each set wins).
`hello` is all of it together, for a screen that comes, or comes back, in the middle of a session.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tracker import __version__
from tracker.controls import CONTROLS
from tracker.core.config import Config
from tracker.core.decimals import round_to
from tracker.core.events import (
    NOT_RECORDED,
    Calibrated,
    Event,
    LinkChanged,
    Noted,
    RepCounted,
    RepJudged,
    RepRestored,
    RepStruck,
    SetEnded,
    SetPaused,
    SetStarted,
    StreamEnded,
)
from tracker.core.model import Finding, Side, Verdict
from tracker.core.summary import Ledger, SessionSummary
from tracker.page import CURVE_COLUMNS, MARGIN_S, Curves, set_data
from tracker.sinks.board import PHASE_WORDS, Board
from tracker.sinks.web.sound_plan import Sound, SoundPlan, stop_cue
from tracker.words import CHECK_WORDS

# Points of the curves after a set: a screen of 1900 dots shows no more of a set of a minute.
REVIEW_RATE_HZ = 15.0
# Where full extension begins on the height bar while no calibration tells [% of the range].
FULL_FROM_PCT = 90.0

Json = dict[str, Any]
_NO_CURVES = Curves()


class News(NamedTuple):
    """What some events changed beside the state. sets: number -> JSON, made once for all screens."""

    sounds: list[Json]
    sets: dict[int, str]
    is_urgent: bool


@dataclass(slots=True)
class Scene:
    """Feed it the events with `take`."""

    config: Config
    title: str
    speed: float = 1.0
    side: Side = Side.UNKNOWN  # that comes first
    can_tell: bool = False  # somebody listens to what screens say
    board: Board = field(init=False)
    _ledger: Ledger = field(default_factory=Ledger)
    _curves: Curves = field(default_factory=lambda: Curves(forgets_rests=True))
    _plan: SoundPlan = field(init=False)
    _sets: dict[int, str] = field(default_factory=dict)  # as JSON: a tenth of the memory
    _drawn_until_s: float = -math.inf  # the end of the last set that is over: its curves are in its JSON alone
    _full_from_pct: float = FULL_FROM_PCT
    _phase_since_s: float = 0.0
    _tempo_s: tuple[float, float, float] = (math.nan, math.nan, math.nan)
    _findings: tuple[Finding, ...] = ()
    _alarm: str = ""  # what is wrong with the link, or what to do about it
    _is_over: bool = False

    def __post_init__(self) -> None:
        self.board = Board.of(self.config, self.side)
        self._plan = SoundPlan(self.config)

    def take(self, events: Sequence[Event]) -> News:
        """Fold more events in."""
        phase, hold = self.board.phase, self.board.last_hold
        sounds: list[Sound] = []
        self._ledger.handle(events)
        self._curves.handle(events)
        changed: dict[int, bool] = {}  # number of a set -> its curves, too
        for event in events:
            self.board.take([event])
            sounds += self._plan.heard(event, self.board.count)
            self._note(event)
            self._note_set(event, changed)
        if self.board.phase != phase:
            self._phase_since_s = self.board.now_s
        sounds += self._plan.released()
        if self.board.last_hold is not None and self.board.last_hold is not hold:
            sounds.append(stop_cue(self.board.last_hold))
        is_urgent = bool(sounds) or any(not isinstance(event, NOT_RECORDED) for event in events)
        redrawn = self._redrawn(changed)
        self._curves.forget_before(self._drawn_until_s - MARGIN_S)  # the next set may show so much of it
        return News([sound_data(sound) for sound in sounds], redrawn, is_urgent)

    def state(self) -> Json:
        """What is to be seen now."""
        board, tones = self.board, self._plan.tones
        return {
            "now_s": round_to(self.board.now_s, 3),
            "phase": board.phase,
            "phase_word": PHASE_WORDS.get(board.phase, board.phase),
            "phase_s": round_to(self.board.now_s - self._phase_since_s, 2),
            "height_pct": round_to(board.height_pct, 1),
            "full_from_pct": round_to(self._full_from_pct, 1),
            "level_deg": round_to(board.level_deg, 1),
            "is_full": tones.is_full,
            "low_side": tones.low_side,
            "side": board.side.value,
            "set": board.set_number,
            "count": board.count,
            "rep_id": board.rep_id,
            "target_reps": board.target_reps,
            "verdict": board.rep.verdict.value,
            "sentence": board.rep.text,
            "cue": self._cue(),
            "tempo_s": [round_to(value, 1) for value in self._tempo_s],
            "notice": board.notice,
            "call": "Session over" if self._is_over else board.call,
            "is_resting": board.is_resting and not self._is_over,
            "rest_kind": board.rest_kind,
            "rest_s": round_to(board.rest_s, 2),
            "rest_target_s": board.rest_target_s,
            "battery_pct": board.battery_pct,
            "is_link_up": board.is_link_up,
            "alarm": "" if board.is_link_up or self._is_over else self._alarm,
            "rate_hz": round_to(board.rate_hz, 0),
            "missing_samples": board.missing_samples,
            "can_tell": self.can_tell and not self._is_over,
            "is_over": self._is_over,
        }

    def hello(self) -> str:
        """Everything so far, as JSON."""
        checks = self.config.checks
        session = {
            "version": __version__,
            "title": self.title,
            "speed": self.speed,
            "controls": [control._asdict() for control in CONTROLS],
            "level_good_deg": checks.level_good_deg,
            "level_fault_deg": checks.level_fault_deg,
            "pause_good_s": checks.pause_good_s,
            "lowering_good_s": checks.lowering_good_s,
        }
        sets = ",".join(self._sets.values())
        return f'{{"hello":{as_json(session)},"state":{as_json(self.state())},"sets":[{sets}]}}'

    def _note(self, event: Event) -> None:
        match event:
            case RepJudged(judged=judged):
                rep = judged.rep
                self._tempo_s = (rep.concentric_s, rep.hold_s, rep.eccentric_s)
                self._findings = judged.findings
            case Calibrated(calibration=calibration) if calibration.full_range_deg > 0:
                short_pct = 100 * self.config.checks.extension_good_deg / calibration.full_range_deg
                self._full_from_pct = max(0.0, 100 - short_pct)
            case LinkChanged(is_up=False):
                self._alarm = "Sensor out of reach"
            case Noted():
                self._alarm = event.text
            case StreamEnded():
                self._is_over = True
                self.board.notice = _closing_sentence(self._ledger.summary())
            case _:
                pass

    def _note_set(self, event: Event, changed: dict[int, bool]) -> None:
        """Which sets look different now; the curves come with the pause after the last rep."""
        match event:
            case SetStarted(set_number=number) | RepCounted(set_number=number):
                changed.setdefault(number, False)
            case RepJudged(judged=judged):
                changed.setdefault(judged.set_number, False)
            case SetPaused(set_number=number) | SetEnded(set_number=number):
                changed[number] = True
                if isinstance(event, SetEnded):
                    self._drawn_until_s = event.t_s
            case RepStruck() | RepRestored():
                for number in self._sets:
                    changed.setdefault(number, False)
            case _:
                pass

    def _redrawn(self, changed: dict[int, bool]) -> dict[int, str]:
        """The sets that changed; one whose curves did not keeps those that it was drawn with."""
        if not changed:
            return {}
        summary = self._ledger.summary()
        redrawn: dict[int, str] = {}
        for item in summary.sets:
            number = item.set_number
            if number in changed:
                before = self._sets.get(number, "")
                curves = self._curves if changed[number] else _NO_CURVES
                data = set_data(item, summary.reps, curves, rate_hz=REVIEW_RATE_HZ)
                if before and not changed[number]:
                    drawn = json.loads(before)
                    data |= {name: drawn[name] for name in CURVE_COLUMNS}
                text = as_json(data)
                if text != before:
                    self._sets[number] = redrawn[number] = text
        return redrawn

    def _cue(self) -> str:
        """What to do better, of the first fault, else of the first caution of the last rep; shown large."""
        for verdict in (Verdict.FAULT, Verdict.CAUTION):
            for finding in self._findings:
                if finding.verdict is verdict:
                    return finding.cue or CHECK_WORDS.get(finding.check, finding.check)
        return ""


def _closing_sentence(summary: SessionSummary) -> str:
    reps, clean = sum(item.rep_count for item in summary.sets), sum(item.clean_count for item in summary.sets)
    return f"{reps} {'rep' if reps == 1 else 'reps'}, {clean} clean."


def as_json(value: Any) -> str:
    """As small as JSON can be; there is nothing in it that JSON does not know.

    In ASCII, because a single dash beyond it would double the memory of the whole text.
    """
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def sound_data(sound: Sound) -> Json:
    """One sound as the page gets it."""
    return {"kind": sound.kind.value, "rank": sound.kind.rank, "text": sound.text, "rep_id": sound.rep_id}
