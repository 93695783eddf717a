"""The curves of a report: complete, on a steady grid, and the same however the stream is cut."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest

from tests.core.simulated import calm, engine, of, reps_of, said
from tracker.core import events
from tracker.core.engine import Engine
from tracker.core.model import CalibrationKind, Packet, Side
from tracker.sources.simulator import SetPlan, simulate

FIVE = simulate(calm(SetPlan(Side.LEFT, ((),) * 5)))
RATE_HZ = 25.0


def tracing() -> Engine:
    one = engine()
    one.curve_rate_hz = RATE_HZ
    return one


def points(happened: Sequence[events.Event]) -> list[tuple[float, float, float]]:
    return [
        point
        for event in of(events.CurveTraced, happened)
        for point in zip(event.times_s, event.height_pct, event.level_deg, strict=True)
    ]


def test_nothing_is_traced_unless_asked_for() -> None:
    """Counting alone pays nothing for it."""
    assert of(events.CurveTraced, said(FIVE.inputs)) == []


def test_everything_else_stays_the_same() -> None:
    """Tracing changes no other event."""
    traced = [event for event in said(FIVE.inputs, tracing()) if not isinstance(event, events.CurveTraced)]
    assert list(map(repr, traced)) == list(map(repr, said(FIVE.inputs)))


def test_the_curve_is_the_rep() -> None:
    """Full at the top window, empty at start and end, in order, about as dense as wanted, and without a hole."""
    happened = said(FIVE.inputs, tracing())
    t_s, height_pct, level_deg = (np.array(column) for column in zip(*points(happened), strict=True))
    assert np.all(np.diff(t_s) > 0)
    assert np.max(np.diff(t_s)) < 1.6 / RATE_HZ
    for judged in reps_of(happened):
        rep = judged.rep
        top = (t_s >= rep.top_s) & (t_s <= rep.lower_s)
        assert np.median(height_pct[top]) == pytest.approx(100, abs=8)
        assert np.median(level_deg[top]) == pytest.approx(rep.level_top_deg, abs=1.0)
        assert np.interp([rep.start_s, rep.end_s], t_s, height_pct) == pytest.approx([0, 0], abs=12)


@pytest.mark.parametrize("is_calibrated", [True, False])
def test_blocks_do_not_show(is_calibrated: bool) -> None:
    """Whole, one by one and in odd pieces: the same points to the last bit."""
    inputs = simulate(calm(SetPlan(Side.LEFT, ((),) * 4), is_calibrated=is_calibrated)).inputs
    whole = points(said(inputs, tracing()))
    for size in (1, 37):
        one = tracing()
        happened = [event for at in range(0, len(inputs), size) for event in one.feed(inputs[at : at + size])]
        assert points(happened + one.finish()) == whole
    assert len(whole) > 300


def test_without_calibration_the_first_reps_have_a_curve_too() -> None:
    """Known only with the second rep, traced back to where they began."""
    inputs = simulate(calm(SetPlan(Side.LEFT, ((),) * 3), is_calibrated=False)).inputs
    happened = said(inputs, tracing())
    first = reps_of(happened)[0]
    assert first.calibration is CalibrationKind.AUTO
    assert points(happened)[0][0] < first.rep.start_s


def test_a_hole_in_the_signal_is_a_hole_in_the_curve() -> None:
    """Nothing is invented where samples are missing, and what came before the hole is there."""
    middle_s = FIVE.truth.reps[2].lower_s
    inputs = [
        one for one in FIVE.inputs if not (isinstance(one, Packet) and middle_s < one.received_s < middle_s + 2.0)
    ]
    t_s = [point[0] for point in points(said(inputs, tracing()))]
    longest_s, before_s = max((after - before, before) for before, after in pairwise(t_s))
    assert 1.8 < longest_s < 3.5  # up is found anew from the first quiet moment
    assert before_s == pytest.approx(middle_s, abs=1.0)


def test_a_stream_that_never_moves_has_no_curve() -> None:
    """Without any calibration there is nothing to measure a rise by."""
    inputs = [one for one in FIVE.inputs if isinstance(one, Packet) and one.received_s < 3.0]
    assert points(said(inputs, tracing())) == []
    assert math.isfinite(of(events.StreamEnded, said(inputs, tracing()))[0].duration_s)


def test_a_curve_can_be_told_as_json() -> None:
    """Although no file and no wire gets it."""
    traced = of(events.CurveTraced, said(FIVE.inputs, tracing()))[0]
    assert json.loads(events.to_json_line(traced))["times_s"][0] == round(float(traced.times_s[0]), 6)
