"""From events to tables: the final state of every rep, the numbers of every set, of both sides, and their asymmetry.

In: the events of a session, in order. Out: frozen values. Definitions (README, metrics):
numbers of a set are taken over its counted reps, that is reps nobody struck; partials are only counted;
level_drift_deg: mean of `level_top_deg` over the last three reps minus the first three, from six reps on;
velocity_loss_pct: 100 (fastest - last) / fastest of the mean velocities;
tempo_cv_pct: 100 SD / mean of concentric + hold + eccentric, from two reps on (SD with n - 1);
asymmetry: 100 (L - R) / max(L, R).
What was not measured is NaN and stays out of every mean and median; a rep that was cut off ends at its top.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from tracker.core.events import (
    Calibrated,
    Event,
    RepJudged,
    RepRestored,
    RepStruck,
    SetEnded,
    SetStarted,
    StreamEnded,
    StreamStarted,
)
from tracker.core.model import NAN, Calibration, JudgedRep, Rep, RepStatus, Side

_DRIFT_REPS = 3  # first and last three (README: level_drift_deg)


@dataclass(frozen=True, slots=True)
class FinalRep:
    """A rep or partial after the last word on it."""

    judged: JudgedRep
    is_struck: bool = False

    @property
    def is_counted(self) -> bool:
        """A rep, not a partial, that nobody struck."""
        return self.judged.status is RepStatus.REP and not self.is_struck

    @property
    def is_clean(self) -> bool:
        """Counted, and every check that was measured is good."""
        return self.is_counted and self.judged.is_clean


@dataclass(frozen=True, slots=True)
class SetSummary:
    """The numbers of one set; see the head of the file."""

    set_number: int
    side: Side
    start_s: float
    end_s: float
    rep_count: int
    partial_count: int
    clean_count: int
    rest_before_s: float = NAN
    median_lift_cm: float = NAN
    median_top_inclination_deg: float = NAN
    median_level_top_deg: float = NAN
    level_drift_deg: float = NAN
    velocity_loss_pct: float = NAN
    tempo_cv_pct: float = NAN
    time_under_tension_s: float = NAN
    volume_kg: float = NAN


@dataclass(frozen=True, slots=True)
class SideSummary:
    """The same over all sets of one side."""

    side: Side
    set_count: int
    rep_count: int
    partial_count: int
    clean_count: int
    median_lift_cm: float
    median_mean_velocity_mps: float
    median_hold_s: float
    median_top_inclination_deg: float
    median_free_side_drop_deg: float
    time_under_tension_s: float
    volume_kg: float


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """Everything a report says of a session."""

    reps: tuple[FinalRep, ...]
    sets: tuple[SetSummary, ...]
    sides: tuple[SideSummary, ...]
    asymmetry_pct: dict[str, float]
    calibration: Calibration | None
    started: StreamStarted | None
    ended: StreamEnded | None


@dataclass(slots=True)
class Ledger:
    """Folds events as they come; `summary` is the state so far. Also a sink: it has `handle` and `close`."""

    load_kg: float = NAN
    _reps: dict[int, FinalRep] = field(default_factory=dict)
    _struck: set[int] = field(default_factory=set)  # also reps that are not judged yet: a key is quicker than lowering
    _sets: dict[int, SetStarted] = field(default_factory=dict)
    _set_ends: dict[int, SetEnded] = field(default_factory=dict)
    _calibration: Calibration | None = None
    _started: StreamStarted | None = None
    _ended: StreamEnded | None = None

    def handle(self, events: Sequence[Event]) -> None:
        """Take more events in."""
        for event in events:
            match event:
                case RepJudged(judged=judged):
                    self._reps[judged.rep_id] = FinalRep(judged, is_struck=judged.rep_id in self._struck)
                case RepStruck(rep_id=rep_id):
                    self._struck.add(rep_id)
                    self._mark(rep_id)
                case RepRestored(rep_id=rep_id):
                    self._struck.discard(rep_id)
                    self._mark(rep_id)
                case SetStarted():
                    self._sets.setdefault(event.set_number, event)
                case SetEnded():
                    self._set_ends[event.set_number] = event
                case Calibrated(calibration=calibration):
                    self._calibration = calibration
                case StreamStarted():
                    self._started = self._started or event
                case StreamEnded():
                    self._ended = event

    def _mark(self, rep_id: int) -> None:
        if rep_id in self._reps:
            self._reps[rep_id] = replace(self._reps[rep_id], is_struck=rep_id in self._struck)

    def close(self) -> None:
        """Nothing is open."""

    def summary(self) -> SessionSummary:
        """The session so far."""
        reps = tuple(sorted(self._reps.values(), key=lambda rep: (rep.judged.rep.start_s, rep.judged.rep_id)))
        sets = self._set_summaries(reps)
        sides = tuple(
            summarise_side(side, [item for item in sets if item.side is side], reps, load_kg=self.load_kg)
            for side in Side
            if any(item.side is side for item in sets)
        )
        return SessionSummary(
            reps, sets, sides, asymmetries(sides), self._calibration, started=self._started, ended=self._ended
        )

    def _set_summaries(self, reps: Sequence[FinalRep]) -> tuple[SetSummary, ...]:
        by_set: dict[int, list[FinalRep]] = {number: [] for number in sorted(self._sets)}
        for rep in reps:
            if rep.judged.set_number in by_set:
                by_set[rep.judged.set_number].append(rep)
        summaries: list[SetSummary] = []
        for number, own in by_set.items():
            start, end = self._sets[number], self._set_ends.get(number)
            summary = summarise_set(number, end.side if end else start.side, own, load_kg=self.load_kg)
            if not own:
                summary = replace(summary, start_s=start.t_s, end_s=end.t_s if end else start.t_s)
            if summaries:
                summary = replace(summary, rest_before_s=summary.start_s - summaries[-1].end_s)
            summaries.append(summary)
        return tuple(summaries)


def summarise_set(set_number: int, side: Side, reps: Sequence[FinalRep], *, load_kg: float = NAN) -> SetSummary:
    """The numbers of one set from its reps and partials (in order of time); `rest_before_s` is not known here."""
    counted = [rep.judged.rep for rep in reps if rep.is_counted]
    every = [rep.judged.rep for rep in reps]
    return SetSummary(
        set_number=set_number,
        side=side,
        start_s=min((rep.start_s for rep in every), default=NAN),
        end_s=max(measured(time_s for rep in every for time_s in (rep.top_s, rep.end_s)), default=NAN),
        rep_count=len(counted),
        partial_count=_partials(reps),
        clean_count=sum(rep.is_clean for rep in reps),
        median_lift_cm=median(rep.lift_cm for rep in counted),
        median_top_inclination_deg=median(rep.top_inclination_deg for rep in counted),
        median_level_top_deg=median(rep.level_top_deg for rep in counted),
        level_drift_deg=_drift(measured(rep.level_top_deg for rep in counted)),
        velocity_loss_pct=_loss_pct([rep.mean_velocity_mps for rep in counted]),
        tempo_cv_pct=_variation_pct(measured(_duration_s(rep) for rep in counted)),
        time_under_tension_s=_total(_duration_s(rep) for rep in counted),
        volume_kg=load_kg * len(counted),
    )


def summarise_side(
    side: Side, sets: Sequence[SetSummary], reps: Iterable[FinalRep], *, load_kg: float = NAN
) -> SideSummary:
    """All sets of one side; `reps` may hold those of other sets too."""
    numbers = {item.set_number for item in sets}
    own = [rep for rep in reps if rep.judged.set_number in numbers]
    counted = [rep.judged for rep in own if rep.is_counted]

    def middle(number: Callable[[Rep], float]) -> float:
        return median(number(judged.rep) for judged in counted)

    return SideSummary(
        side=side,
        set_count=len(sets),
        rep_count=len(counted),
        partial_count=_partials(own),
        clean_count=sum(rep.is_clean for rep in own),
        median_lift_cm=middle(lambda rep: rep.lift_cm),
        median_mean_velocity_mps=middle(lambda rep: rep.mean_velocity_mps),
        median_hold_s=middle(lambda rep: rep.hold_s),
        median_top_inclination_deg=middle(lambda rep: rep.top_inclination_deg),
        median_free_side_drop_deg=middle(lambda rep: rep.free_side_drop_deg(side)),
        time_under_tension_s=_total(_duration_s(judged.rep) for judged in counted),
        volume_kg=load_kg * len(counted),
    )


def asymmetries(sides: Iterable[SideSummary]) -> dict[str, float]:
    """Left against right in %: + = more on the left. NaN while a side is missing."""
    by_side = {item.side: item for item in sides}
    left, right = by_side.get(Side.LEFT), by_side.get(Side.RIGHT)
    if left is None or right is None:
        return dict.fromkeys(("reps", "lift", "mean_velocity", "hold"), NAN)
    return {
        "reps": asymmetry_pct(left.rep_count, right.rep_count),
        "lift": asymmetry_pct(left.median_lift_cm, right.median_lift_cm),
        "mean_velocity": asymmetry_pct(left.median_mean_velocity_mps, right.median_mean_velocity_mps),
        "hold": asymmetry_pct(left.median_hold_s, right.median_hold_s),
    }


def asymmetry_pct(left: float, right: float) -> float:
    """100 (L - R) / max(L, R); NaN unless both are measured and the larger one is positive."""
    if math.isnan(left) or math.isnan(right) or max(left, right) <= 0:
        return NAN
    return 100 * ((left - right) / max(left, right))


def measured(values: Iterable[float]) -> list[float]:
    """Without the NaNs."""
    return [value for value in values if not math.isnan(value)]


def median(values: Iterable[float]) -> float:
    """Of what was measured; NaN if nothing was."""
    known = measured(values)
    return statistics.median(known) if known else NAN


def _duration_s(rep: Rep) -> float:
    return rep.concentric_s + rep.hold_s + rep.eccentric_s


def _partials(reps: Iterable[FinalRep]) -> int:
    return sum(rep.judged.status is RepStatus.PARTIAL and not rep.is_struck for rep in reps)


def _total(values: Iterable[float]) -> float:
    known = measured(values)
    return math.fsum(known) if known else NAN


def _drift(values: Sequence[float]) -> float:
    if len(values) < 2 * _DRIFT_REPS:  # the two groups would overlap and hide the drift
        return NAN
    return statistics.fmean(values[-_DRIFT_REPS:]) - statistics.fmean(values[:_DRIFT_REPS])


def _loss_pct(velocities: Sequence[float]) -> float:
    fastest = max(measured(velocities), default=NAN)
    if len(velocities) < 2 or not fastest > 0:
        return NAN
    return 100 * (fastest - velocities[-1]) / fastest


def _variation_pct(durations: Sequence[float]) -> float:
    if len(durations) < 2:
        return NAN
    mean = statistics.fmean(durations)
    return 100 * statistics.stdev(durations) / mean if mean > 0 else NAN
