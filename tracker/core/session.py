"""Reps in their place: sets, sides, numbers, verdicts; striking and restoring.

In: what the analysis saw (armed, top reached, measured, left) and the person's commands. Out: events.

A set opens with its first rep and is over when the posture is left, the side changes, a marker says so, or no rep came
for `rest_s`; that last end is provisional for `resume_s`. With its target reached it is over at once, provisionally
for `resume_s`, too. While the link is lost a set waits. A struck rep stays in the record and keeps its id.
Without calibration, angles are relative: level to the median of the first three reps of the session, extension to the
mean of its best three; reps judged before these were known are judged again when they are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from statistics import fmean, median

import numpy as np

from tracker.core import checks
from tracker.core.config import Config
from tracker.core.events import (
    Armed,
    Event,
    RepCounted,
    RepJudged,
    RepRestored,
    RepStruck,
    SetEnded,
    SetPaused,
    SetStarted,
    SideChanged,
)
from tracker.core.model import Calibration, CalibrationKind, JudgedRep, Rep, RepStatus, Side
from tracker.core.rest import Rests

# How many reps make the reference of an uncalibrated session.
REFERENCE_REPS = 3


@dataclass(slots=True)
class _Reference:
    """What angles are relative to while only the reps themselves gave the frame."""

    calibration: Calibration
    first_levels_deg: list[float] = field(default_factory=list)
    best_tops_deg: list[float] = field(default_factory=list)

    def add(self, rep: Rep) -> bool:
        """Take a counted rep into account; True while earlier verdicts depend on it, too."""
        is_early = len(self.first_levels_deg) < REFERENCE_REPS
        if is_early and np.isfinite(rep.level_top_deg):
            self.first_levels_deg.append(rep.level_top_deg)
        if np.isfinite(rep.top_inclination_deg):
            self.best_tops_deg = sorted([*self.best_tops_deg, rep.top_inclination_deg])[:REFERENCE_REPS]
        return is_early

    @property
    def zeros_deg(self) -> tuple[float, float]:
        """Level and top inclination that count as zero so far."""
        return (
            median(self.first_levels_deg) if self.first_levels_deg else 0.0,
            fmean(self.best_tops_deg) if self.best_tops_deg else 0.0,
        )


@dataclass(slots=True)
class _OpenSet:
    number: int
    side: Side
    started_s: float
    last_s: float
    counted: int = 0
    rep_ids: list[int] = field(default_factory=list)
    partials: int = 0
    paused_s: float | None = None  # since when it is known to be over, provisionally
    waited_s: float = 0.0  # how long the link was lost since
    measured: dict[int, tuple[Rep, Calibration]] = field(default_factory=dict)
    zeros_deg: dict[int, tuple[float, float]] = field(default_factory=dict)  # by which each was judged last
    reps: dict[int, JudgedRep] = field(default_factory=dict)

    def go_on(self, t_s: float) -> None:
        """A rep or an attempt at this time."""
        self.last_s = max(self.last_s, t_s)
        self.paused_s, self.waited_s = None, 0.0


@dataclass(slots=True)
class Session:
    """Carries sets, ids and sides; each method returns the events it caused."""

    config: Config
    side_plan: str
    side: Side = Side.UNKNOWN
    _set: _OpenSet | None = None
    _set_count: int = 0
    _next_id: int = 1
    _open_rep: int | None = None
    _end_is_due: bool | None = None  # a set to be closed after its open rep; True = the side alternates then
    _counted_ids: list[int] = field(default_factory=list)
    _struck: list[int] = field(default_factory=list)
    _alternates: bool = False
    _is_set_announced: bool = False
    _is_link_lost: bool = False
    _reference: _Reference | None = None
    _rests: Rests = field(init=False)
    awaited_since_s: float | None = None  # a set ended here, and nobody lay ready for the next one since

    def __post_init__(self) -> None:
        self._alternates = self.side_plan == "alternate"
        self._rests = Rests(self.config.sets)
        self.side = Side.LEFT if self._alternates else Side(self.side_plan)

    # what the analysis saw -------------------------------------------------------------------------------------

    def count(self, t_s: float, *, start_s: float, known_s: float) -> list[Event]:
        """A rep reached the top (or came back): its number is to be said now."""
        events: list[Event] = []
        if self._set is None:
            self._set_count += 1
            self._set = _OpenSet(self._set_count, self.side, start_s, t_s)
            events.append(SetStarted(start_s, known_s, self._set_count, self.side))
        self._set.counted += 1
        self._set.go_on(t_s)
        self._rests.end()
        self.awaited_since_s = None
        rep_id = self._new_id()
        self._open_rep = rep_id
        self._set.rep_ids.append(rep_id)
        self._counted_ids.append(rep_id)
        events.append(RepCounted(t_s, known_s, rep_id, self._set.number, self._set.counted, self._set.side))
        return events

    def measured(self, rep: Rep, *, is_counted: bool, calibration: Calibration, known_s: float) -> list[Event]:
        """The window of a counted rep or a partial closed."""
        ended_s = rep.end_s if np.isfinite(rep.end_s) else rep.top_s
        if is_counted and self._open_rep is None:
            return []  # counted at the bottom, which it never reached
        if self._open_rep is not None and is_counted and self._set is not None:
            rep_id, number, status = self._open_rep, self._set.counted, RepStatus.REP
            self._open_rep = None
        else:
            if self._set is None:
                return []  # an attempt before the first rep opens no set
            self._set.partials += 1
            rep_id, number, status = self._new_id(), self._set.partials, RepStatus.PARTIAL
        self._set.go_on(ended_s)
        self._rests.end()
        owner = self._set
        owner.measured[rep_id] = (rep, calibration)
        owner.reps[rep_id] = JudgedRep(rep_id, owner.number, number, owner.side, status, calibration.kind, rep)
        again = [rep_id]
        if calibration.kind is CalibrationKind.AUTO and status is RepStatus.REP:
            if self._reference is None or self._reference.calibration is not calibration:
                self._reference = _Reference(calibration)
            if self._reference.add(rep):
                again = [other for other, judged in owner.reps.items() if judged.status is RepStatus.REP]
        events: list[Event] = [self._judge(owner, other, known_s) for other in again]
        if self._open_rep is not None:
            return events
        if self._end_is_due is not None:
            events += self._end(known_s, alternate=self._end_is_due)
        elif self._has_reached_target(owner):
            events += self._pause(known_s)
        return events

    def voided(self, t_s: float) -> None:
        """A movement was lost in a gap: it counts nothing, but it was no rest."""
        if self._set is not None:
            self._set.last_s = max(self._set.last_s, t_s)

    def lost_link(self) -> None:
        """The sensor is out of reach: what follows until its data are back is no rest, however long."""
        self._is_link_lost = True

    def resumed(self, gap_s: float) -> None:
        """The stream goes on after a gap; where the link was lost, the set waited meanwhile."""
        if self._is_link_lost and self._set is not None:
            self._set.waited_s += gap_s
            self._set.paused_s = None if self._set.paused_s is None else self._set.paused_s + gap_s
        self._is_link_lost = False

    def lies_ready(self, t_s: float) -> list[Event]:
        """The lifter lies still at the bottom: the next rise counts."""
        self.awaited_since_s = None
        return [Armed(t_s, t_s, self.side)]

    def left_posture(self, known_s: float) -> list[Event]:
        """The lifter got up: the set is over for good. Of a lost link nobody knows whether they did."""
        if self._is_link_lost:
            return []
        return self.tick(known_s) + self._end(known_s, is_final=True)

    def tick(self, now_s: float) -> list[Event]:
        """Let stream time pass while nothing moves: pauses and ends of sets and rests."""
        events: list[Event] = []
        if now_s > (over_s := self._pauses_s):
            events += self._pause(over_s)
        if now_s > (closed_s := self._closes_s):
            events += self._end(closed_s)
        return events + self._rests.tick(now_s)

    @property
    def due_s(self) -> float:
        """The next time at which `tick` has something to say; inf = never."""
        return min(self._pauses_s, self._closes_s, self._rests.due_s)

    @property
    def _pauses_s(self) -> float:
        if self._set is None or self._open_rep is not None or self._set.paused_s is not None:
            return math.inf
        return self._set.last_s + self._set.waited_s + self.config.sets.rest_s

    @property
    def _closes_s(self) -> float:
        if self._set is None or self._open_rep is not None or self._set.paused_s is None:
            return math.inf
        return self._set.paused_s + self.config.sets.resume_s

    def _pause(self, known_s: float) -> list[Event]:
        """The set is over unless it goes on; its rest runs from the end of its last rep."""
        assert self._set is not None
        self._set.paused_s = known_s
        return [SetPaused(self._set.last_s, known_s, self._set.number), *self._rest(self._set, known_s)]

    def _has_reached_target(self, one: _OpenSet) -> bool:
        target = self.config.sets.target_reps
        return 0 < target <= sum(rep_id not in self._struck for rep_id in one.rep_ids)

    # what the person says --------------------------------------------------------------------------------------

    def declare(self, side: str, t_s: float) -> list[Event]:
        """left | right | swap. Ends a set that is open on another side."""
        new = _other(self.side) if side == "swap" else Side(side)
        if new is self.side or new is Side.UNKNOWN:
            return []
        self.side = new
        events = self._end(t_s, alternate=False)
        return [*events, SideChanged(t_s, t_s, new), *self._rests.turn_to(new, t_s)]

    @property
    def is_announced(self) -> bool:
        """True while the person has said that they are doing sets: a side, or the start of a set."""
        return self._is_set_announced or self.side is not Side.UNKNOWN

    def start_set(self, side: str, t_s: float) -> list[Event]:
        """A marker or key says that a set begins here."""
        events = self._end(t_s, alternate=False, rests=False)
        self._is_set_announced = True
        return events + (self.declare(side, t_s) if side else [])

    def end_set(self, t_s: float) -> list[Event]:
        """A marker or key says that the set is over."""
        self._is_set_announced = False
        return self._end(t_s)

    def strike(self, value: str, t_s: float) -> list[Event]:
        """The named rep, or the last counted one, does not count."""
        rep_id = int(value) if value else next((i for i in reversed(self._counted_ids) if i not in self._struck), 0)
        if rep_id not in self._counted_ids or rep_id in self._struck:
            return []
        self._struck.append(rep_id)
        return [RepStruck(t_s, t_s, rep_id)]

    def restore(self, value: str, t_s: float) -> list[Event]:
        """The named rep, or the last struck one, counts again."""
        rep_id = int(value) if value else (self._struck[-1] if self._struck else 0)
        if rep_id not in self._struck:
            return []
        self._struck.remove(rep_id)
        return [RepRestored(t_s, t_s, rep_id)]

    def finish(self, t_s: float) -> list[Event]:
        """The stream is over."""
        return self._end(t_s, is_final=True, rests=False)

    # ------------------------------------------------------------------------------------------------------------

    def _rest(self, ended: _OpenSet, known_s: float, *, alternate: bool = True) -> list[Event]:
        """The rest after this set begins, if it does not run already; which one depends on the leg that is next."""
        is_other = self._alternates and alternate
        next_side = _other(ended.side) if is_other else self.side
        return self._rests.begin(ended.number, ended.side, next_side, ended.last_s, known_s)

    def _end(
        self, known_s: float, *, alternate: bool = True, is_final: bool = False, rests: bool = True
    ) -> list[Event]:
        """Close the set; while a counted rep is still on its way down, only once that is measured.

        alternate: the other leg is next, where sides alternate; rests: a rest follows.
        """
        if self._open_rep is not None and not is_final:
            self._end_is_due = alternate
            return []
        ended, self._set, self._open_rep, self._end_is_due = self._set, None, None, None
        if ended is None:
            return []
        events: list[Event] = []
        for rep_id, (_, calibration) in ended.measured.items():  # the best three are known now
            if self._zeros_deg(calibration) != ended.zeros_deg[rep_id]:
                events.append(self._judge(ended, rep_id, known_s))
        counted = [judged for judged in ended.reps.values() if judged.status is RepStatus.REP]
        counted = [judged for judged in counted if judged.rep_id not in self._struck]
        clean = sum(judged.is_clean for judged in counted)
        events.append(SetEnded(ended.last_s, known_s, ended.number, ended.side, len(counted), ended.partials, clean))
        self.awaited_since_s = known_s
        if rests:
            events += self._rest(ended, known_s, alternate=alternate)
        if self._alternates and alternate:
            self.side = _other(ended.side)
            events.append(SideChanged(known_s, known_s, self.side))
        return events

    def _new_id(self) -> int:
        self._next_id += 1
        return self._next_id - 1

    def _judge(self, owner: _OpenSet, rep_id: int, known_s: float) -> RepJudged:
        rep, calibration = owner.measured[rep_id]
        owner.zeros_deg[rep_id] = level_zero, top_zero = self._zeros_deg(calibration)
        if level_zero or top_zero:
            rep = replace(
                rep,
                level_top_deg=rep.level_top_deg - level_zero,
                top_inclination_deg=rep.top_inclination_deg - top_zero,
            )
        if not self.config.checks.on_pelvis:
            rep = checks.only_counted(rep)
        before, findings = owner.reps[rep_id], checks.judge(rep, calibration, self.config.checks)
        judged = JudgedRep(
            rep_id, owner.number, before.number, owner.side, before.status, calibration.kind, rep, findings
        )
        owner.reps[rep_id] = judged
        return RepJudged(rep.top_s, known_s, judged)

    def _zeros_deg(self, calibration: Calibration) -> tuple[float, float]:
        """What angles seen through this calibration are relative to now: level and top inclination."""
        reference = self._reference
        return (0.0, 0.0) if reference is None or reference.calibration is not calibration else reference.zeros_deg


def _other(side: Side) -> Side:
    return Side.RIGHT if side is Side.LEFT else Side.LEFT
