"""Numbers from outcomes: one function a fact, NaN where nothing was measured."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.sessions import EXERCISE, Outcome, Pair
from tracker.core.model import JudgedRep, Rep
from tracker.sources.simulator import TrueRep

Floats = NDArray[np.float64]

ARCHED, SHORT, TILTED = "arched", "short", "tilted"
SPINE = "neutral_spine"


def recall(outcomes: Sequence[Outcome]) -> float:
    """Share of true reps that were counted."""
    found = sum(len(one.pairs) for one in outcomes)
    return found / (found + sum(len(one.missed) for one in outcomes))


def precision(outcomes: Sequence[Outcome]) -> float:
    """Share of counted reps that are true ones."""
    found = sum(len(one.pairs) for one in outcomes)
    return found / max(found + sum(len(one.ghosts) for one in outcomes), 1)


def exact_sets(outcomes: Sequence[Outcome]) -> float:
    """Share of sets in which exactly the true reps were counted."""
    return share(exact for one in outcomes for exact in one.exact_sets)


def ghosts_outside(outcomes: Sequence[Outcome]) -> list[str]:
    """What was being done at each rep that was counted outside of the exercise."""
    return [doing for one in outcomes for doing in one.ghosts if not doing.startswith(EXERCISE)]


def other_minutes(outcomes: Sequence[Outcome]) -> float:
    """Minutes of everything that is no exercise."""
    return sum(one.other_s for one in outcomes) / 60


def measured(outcomes: Sequence[Outcome]) -> list[tuple[TrueRep, Rep]]:
    """True and measured numbers of every matched rep of the sessions that were calibrated by still holds."""
    return [
        (pair.truth, pair.judged.rep)
        for one in outcomes
        if one.was_calibrated
        for pair in one.pairs
        if pair.judged is not None
    ]


def errors(outcomes: Sequence[Outcome], name: str) -> Floats:
    """Measured less true of the number `name`, where it was measured."""
    differences = np.array(
        [getattr(rep, name) - getattr(truth, name) for truth, rep in measured(outcomes)], dtype=float
    )
    return np.asarray(differences[np.isfinite(differences)])


def rmse(values: Floats) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(values**2))) if len(values) else float("nan")


def percentile(values: Floats | Iterable[float], percent: float) -> float:
    """Percentile of the values themselves."""
    array = np.asarray(list(values), dtype=float)
    return float(np.percentile(array, percent)) if len(array) else float("nan")


def untrusted_lifts(outcomes: Sequence[Outcome]) -> float:
    """Share of reps whose lift the engine does not trust."""
    return share(not rep.lift_is_trusted for _, rep in measured(outcomes))


def delays_s(outcomes: Sequence[Outcome]) -> Floats:
    """From the true arrival at the top to the spoken number; negative = spoken while the last 2 % are rising."""
    return np.array([pair.delay_s for one in outcomes for pair in one.pairs])


def drops_deg(outcomes: Sequence[Outcome]) -> tuple[Floats, Floats]:
    """How far the free hip hung, true and read, of the reps that were not tilted on purpose."""
    rows = [
        (pair.truth.free_side_drop_deg, pair.judged.rep.free_side_drop_deg(pair.truth.side))
        for pair in _judged(outcomes)
        if TILTED not in pair.truth.intended and pair.judged is not None
    ]
    table = np.array(rows, dtype=float).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def arched_named(outcomes: Sequence[Outcome]) -> list[bool]:
    """For each rep that was arched: whether it is called so."""
    return _named(outcomes, lambda truth: ARCHED in truth.intended)


def short_left_alone(outcomes: Sequence[Outcome]) -> list[bool]:
    """For each rep that stopped short, not arched: whether it is not called arched."""
    return [not named for named in _named(outcomes, lambda rep: SHORT in rep.intended and ARCHED not in rep.intended)]


def good_left_alone(outcomes: Sequence[Outcome]) -> list[bool]:
    """For each rep without an intended fault: whether it is not called arched."""
    return [not named for named in _named(outcomes, lambda truth: not truth.intended)]


def changes(before: Sequence[Outcome], after: Sequence[Outcome], name: str) -> Floats:
    """How the number `name` of the same true rep differs between two runs of the same sessions."""
    values: list[float] = []
    for first, second in zip(before, after, strict=True):
        found = {pair.truth.start_s: pair.judged for pair in second.pairs}
        for pair in first.pairs:
            other = found.get(pair.truth.start_s)
            if pair.judged is not None and other is not None and first.was_calibrated and second.was_calibrated:
                values.append(_number(other, name) - _number(pair.judged, name))
    return np.array(values)


def counts(outcomes: Sequence[Outcome]) -> list[tuple[int, int, int]]:
    """Per session: reps found, missed, and counted without a rep."""
    return [(len(one.pairs), len(one.missed), len(one.ghosts)) for one in outcomes]


def share(facts: Iterable[bool]) -> float:
    """Share of true ones; NaN of nothing."""
    values = list(facts)
    return sum(values) / len(values) if values else float("nan")


def _judged(outcomes: Sequence[Outcome]) -> list[Pair]:
    return [pair for one in outcomes if one.was_calibrated for pair in one.pairs if pair.judged is not None]


def _named(outcomes: Sequence[Outcome], is_wanted: Callable[[TrueRep], bool]) -> list[bool]:
    return [
        SPINE in pair.judged.faults for pair in _judged(outcomes) if pair.judged is not None and is_wanted(pair.truth)
    ]


def _number(judged: JudgedRep, name: str) -> float:
    return float(getattr(judged.rep, name))
