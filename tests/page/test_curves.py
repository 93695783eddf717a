"""Curves in memory: all of them, or only those of sets, however long the stream runs."""

from __future__ import annotations

import numpy as np
import pytest

from tests.core.bookkeeping import fold
from tests.core.simulated import calm, engine
from tracker.core.events import CurveTraced, Event, SetEnded, SetStarted
from tracker.core.model import Side
from tracker.page import CURVE_RATE_HZ, Curves, set_data
from tracker.sources.simulator import SetPlan, simulate


def piece(start_s: float, seconds: float = 1.0) -> CurveTraced:
    t_s = start_s + 0.04 * np.arange(round(seconds / 0.04))
    zeros = np.zeros(len(t_s))
    return CurveTraced(float(t_s[-1]), float(t_s[-1]), t_s, t_s, zeros, zeros)


def held_s(curves: Curves) -> float:
    return 0.04 * sum(len(one.t_s) for one in curves._pieces)


def test_any_stretch_of_what_came() -> None:
    """Within a piece, over several, and none."""
    curves = Curves()
    curves.handle([piece(at) for at in range(10)])
    assert curves.between(2.5, 6.21).t_s == pytest.approx(np.arange(2.52, 6.21, 0.04))
    assert len(curves.between(0.0, 99.0).t_s) == 250
    assert len(curves.between(20.0, 30.0).t_s) == len(curves.between(-5.0, -1.0).t_s) == 0
    assert len(Curves().between(0.0, 1.0).t_s) == 0


def test_a_day_without_a_set_is_forgotten() -> None:
    """Only as much stays as a set could still reach back."""
    curves = Curves(forgets_rests=True)
    for at in range(2000):
        curves.handle([piece(at)])
    assert held_s(curves) < 160
    keeps = Curves()
    keeps.handle([piece(at) for at in range(2000)])
    assert held_s(keeps) == pytest.approx(2000)


def test_sets_stay_rests_go() -> None:
    """A set is told some seconds after it began, and closed some seconds after it ended."""
    curves = Curves(forgets_rests=True)
    said: dict[int, Event] = {}
    for number, start in enumerate(range(100, 3600, 400)):
        said[start + 5] = SetStarted(float(start), start + 5.0, number, Side.LEFT)
        said[start + 70] = SetEnded(start + 60.0, start + 70.0, number, Side.LEFT, 10, 0, 10)
    for at in range(3600):
        curves.handle([piece(at), *([said[at]] if at in said else [])])
    for start in range(100, 3600, 400):
        assert len(curves.between(start - 2.0, start + 62.0).t_s) == pytest.approx(64 * 25, abs=2)
    assert held_s(curves) < 9 * 70 + 160
    assert len(curves._pieces) < 400


def test_what_is_drawn_can_go() -> None:
    """Whole pieces before a time; what comes later stays, settled or not, and sets go on as before."""
    curves = Curves(forgets_rests=True)
    for number, start in enumerate((0, 20, 40)):
        curves.handle([SetStarted(float(start), start + 1.0, number, Side.LEFT)])
        curves.handle([piece(at) for at in range(start, start + 10)])
        curves.handle([SetEnded(start + 9.0, start + 10.0, number, Side.LEFT, 5, 0, 5)])
    curves.forget_before(-1.0)
    assert held_s(curves) == pytest.approx(30)
    curves.forget_before(25.0)  # within the second set: its second that is begun there stays, too
    assert curves.between(0.0, 99.0).t_s[0] in (20.0, 25.0)
    curves.forget_before(40.0)
    curves.handle([SetStarted(60.0, 61.0, 3, Side.LEFT), piece(60.0)])
    assert curves.between(0.0, 99.0).t_s == pytest.approx([*np.arange(40.0, 50.0, 0.04), *np.arange(60.0, 61.0, 0.04)])
    curves.forget_before(99.0)
    curves.handle([SetEnded(60.9, 62.0, 3, Side.LEFT, 1, 0, 1), SetStarted(99.0, 99.5, 4, Side.LEFT), piece(99.0)])
    assert held_s(curves) == pytest.approx(1)


@pytest.mark.parametrize("size", [1, 60, 100_000])
def test_the_pictures_are_the_same(size: int) -> None:
    """With and without forgetting, in blocks of any size."""
    inputs = simulate(calm(SetPlan(Side.LEFT, ((),) * 3), SetPlan(Side.RIGHT, ((),) * 3, rest_before_s=30.0))).inputs
    one = engine()
    one.curve_rate_hz = CURVE_RATE_HZ
    everything, sets_only = Curves(), Curves(forgets_rests=True)
    happened: list[Event] = []
    for start in range(0, len(inputs) + size, size):
        events = one.feed(inputs[start : start + size]) if start < len(inputs) else one.finish()
        everything.handle(events)
        sets_only.handle(events)
        happened += events
    summary = fold(happened)
    assert len(summary.sets) == 2
    for item in summary.sets:
        assert set_data(item, summary.reps, sets_only) == set_data(item, summary.reps, everything)
