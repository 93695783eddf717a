"""The bridge hold test: as long as the hips are up and level by the calibration, and not a moment longer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.core.simulated import calm, engine, said
from tests.core.synthetic import calibration_of
from tracker.core.bridge_hold import BridgeHold, EndedBy, HoldFinder
from tracker.core.events import Armed, Calibrated, CurveTraced, Event, SideChanged
from tracker.core.model import CalibrationKind, Side
from tracker.sources.simulator import TEMPOS, Fault, SetPlan, simulate

STEP_S = 0.04
RANGE_DEG = 50.0


def curve(*stretches: tuple[float, float, float], from_s: float = 0.0) -> list[tuple[float, float, float]]:
    """Points: for so many seconds this rise [%] and this level [deg]."""
    points: list[tuple[float, float, float]] = []
    for seconds, height_pct, level_deg in stretches:
        for _ in range(round(seconds / STEP_S)):
            points.append((from_s + STEP_S * len(points), height_pct, level_deg))
    return points


def traced(points: list[tuple[float, float, float]]) -> CurveTraced:
    t_s, height_pct, level_deg = (np.array(column) for column in zip(*points, strict=True))
    inclination_deg = (1 - height_pct / 100) * RANGE_DEG
    return CurveTraced(0.0, 0.0, t_s, height_pct, level_deg, inclination_deg)


def found(points: list[tuple[float, float, float]], *, size: int = 10_000, is_held: bool = True) -> list[BridgeHold]:
    finder = HoldFinder()
    kind = CalibrationKind.HOLD if is_held else CalibrationKind.AUTO
    before: list[Event] = [
        Calibrated(0.0, 0.0, replace(calibration_of(), kind=kind, full_range_deg=RANGE_DEG)),
        Armed(0.0, 0.0, Side.LEFT),
    ]
    finder.handle(before)
    for start in range(0, len(points), size):
        finder.handle([traced(points[start : start + size])])
    finder.close()
    return finder.holds


UP = (30.0, 100.0, 1.0)
DOWN = (2.0, 0.0, 0.0)


@pytest.mark.parametrize("size", [10_000, 100, 7, 1])
@pytest.mark.parametrize(
    ("stretches", "expected"),
    [
        ([DOWN, UP, DOWN], [(30.0, EndedBy.DROP)]),
        ([DOWN, UP, (2.0, 100.0, 11.0), DOWN], [(30.0, EndedBy.TILT)]),
        ([DOWN, UP, (2.0, 100.0, -11.0), DOWN], [(30.0, EndedBy.TILT)]),
        ([DOWN, UP, (0.2, 60.0, 0.0), UP, DOWN], [(60.2, EndedBy.DROP)]),
        ([DOWN, UP, (0.6, 60.0, 0.0), UP, DOWN], [(30.0, EndedBy.DROP), (30.0, EndedBy.DROP)]),
        ([DOWN, UP, (10.0, 82.0, 9.0), DOWN], [(40.0, EndedBy.DROP)]),
        ([DOWN, (10.0, 82.0, 9.0), UP, DOWN], [(30.0, EndedBy.DROP)]),
        ([DOWN, UP], [(30.0, EndedBy.SIGNAL)]),
        ([DOWN, (9.0, 100.0, 0.0), DOWN], []),
        ([DOWN, (30.0, 100.0, 12.0), DOWN], []),
        ([DOWN, (30.0, 85.0, 0.0), DOWN], []),
        ([], []),
    ],
)
def test_up_and_level(
    stretches: list[tuple[float, float, float]], expected: list[tuple[float, EndedBy]], size: int
) -> None:
    """From 90 % and level until 10 deg short or tipped for 0.3 s; the same in blocks of any size."""
    holds = found(curve(*stretches), size=size)
    assert [one.ended_by for one in holds] == [ended_by for _, ended_by in expected]
    assert [one.duration_s for one in holds] == pytest.approx([seconds for seconds, _ in expected], abs=0.05)
    assert all(one.side is Side.LEFT for one in holds)


@pytest.mark.parametrize("size", [10_000, 13])
def test_a_hole_in_the_signal_ends_it(size: int) -> None:
    """Nobody knows what happened there: each part is at least so long."""
    points = [*curve(DOWN, UP), *curve(UP, DOWN, from_s=40.0)]
    assert [(round(one.duration_s), one.ended_by) for one in found(points, size=size)] == [
        (30, EndedBy.SIGNAL),
        (30, EndedBy.DROP),
    ]


def test_nothing_to_measure_by() -> None:
    """Without a calibration by still holds there is no up."""
    assert found(curve(DOWN, UP, DOWN), is_held=False) == []


def test_the_side_is_the_declared_one() -> None:
    """As it was when the hold ended."""
    finder = HoldFinder()
    finder.handle([Calibrated(0.0, 0.0, replace(calibration_of(), full_range_deg=RANGE_DEG))])
    finder.handle([SideChanged(0.0, 0.0, Side.RIGHT)])
    finder.handle([traced(curve(DOWN, UP, DOWN))])
    assert [one.side for one in finder.holds] == [Side.RIGHT]


@pytest.mark.parametrize("hold_s", [20.0, 90.0, 150.0])
def test_a_simulated_test(hold_s: float) -> None:
    """A long hold on each leg, also beyond what the engine remembers; a tilted one is none."""
    plans = (SetPlan(Side.LEFT, ((),)), SetPlan(Side.RIGHT, ((Fault.TILTED,),)))
    simulation = simulate(calm(*plans, tempo=replace(TEMPOS["strict"], hold_s=hold_s)))
    one = engine()
    one.curve_rate_hz = 25.0
    finder = HoldFinder()
    finder.handle(said(simulation.inputs, one))
    finder.close()
    true_s = simulation.truth.reps[0].lower_s - simulation.truth.reps[0].top_s
    assert [(hold.side, hold.ended_by) for hold in finder.holds] == [(Side.LEFT, EndedBy.DROP)]
    assert finder.holds[0].duration_s == pytest.approx(true_s, abs=0.6)  # sinking from 90 % to 10 deg takes as long
