"""What must not change a result: the mirror, how the sensor is turned, how fast it is all done."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache

import numpy as np
import pytest

from tests.core.simulated import calm, of, play, reps_of
from tracker.core import events
from tracker.core.model import Rep, Side
from tracker.sources.simulator import TEMPOS, Fault, Scenario, SetPlan, Site, Wear, mirrored

PLAN = (
    SetPlan(Side.LEFT, ((), (Fault.TILTED,), (Fault.SHORT,))),
    SetPlan(Side.RIGHT, ((Fault.ARCHED,), (Fault.PARTIAL,), ())),
)
BASE = calm(*PLAN)
ANGLES = ("range_deg", "top_inclination_deg", "level_top_deg")
TIMES = ("start_s", "top_s", "lower_s", "end_s")


@cache
def outcome(scenario: Scenario) -> tuple[list[events.Event], list[Rep]]:
    happened = play(scenario)
    return happened, [judged.rep for judged in reps_of(happened)]


def counts(scenario: Scenario) -> list[tuple[int, int]]:
    return [(ended.rep_count, ended.partial_count) for ended in of(events.SetEnded, outcome(scenario)[0])]


@pytest.mark.parametrize("site", [Site.SACRUM, Site.LEFT_SIDE])
def test_the_mirror_flips_level_and_sides_and_nothing_else(site: Site) -> None:
    """Seen in a mirror: level changes its sign, left and right swap, all other numbers stay."""
    scenario = replace(BASE, wear=Wear(site))
    here, there = outcome(scenario), outcome(mirrored(scenario))
    swapped = {Side.LEFT: Side.RIGHT, Side.RIGHT: Side.LEFT, Side.UNKNOWN: Side.UNKNOWN}
    assert [swapped[judged.side] for judged in reps_of(here[0])] == [judged.side for judged in reps_of(there[0])]
    assert counts(scenario) == counts(mirrored(scenario)) == [(3, 0), (2, 1)]
    for one, other in zip(here[1], there[1], strict=True):
        assert other.level_top_deg == pytest.approx(-one.level_top_deg, abs=0.5)
        for name, tolerance in (
            ("range_deg", 0.5), ("top_inclination_deg", 0.5), ("lift_cm", 1.5), ("hold_s", 0.15), ("eccentric_s", 0.15),
        ):  # fmt: skip
            assert getattr(other, name) == pytest.approx(getattr(one, name), abs=tolerance), name


@pytest.mark.parametrize("axis_index", [1, 7, 13, 22])
@pytest.mark.parametrize("tilt_deg", [(0.0, 0.0, 0.0), (12.0, -8.0, 10.0)])
def test_turning_the_sensor_changes_no_count_and_angles_by_less_than_a_third_of_a_degree(
    axis_index: int, tilt_deg: tuple[float, float, float]
) -> None:
    """The same session, the box turned: the calibration finds out. (A perfect chip, since its errors turn with it.)"""
    perfect = replace(
        BASE.sensor,
        acc_bias_mg=(0.0, 0.0, 0.0),
        acc_scale=(0.0, 0.0, 0.0),
        gyr_bias_dps=(0.0, 0.0, 0.0),
        gyr_scale=(0.0, 0.0, 0.0),
    )
    straight = replace(BASE, sensor=perfect)
    turned = replace(straight, wear=Wear(Site.SACRUM, axis_index, tilt_deg))
    assert counts(turned) == counts(straight) == [(3, 0), (2, 1)]
    for one, other in zip(outcome(straight)[1], outcome(turned)[1], strict=True):
        for name in ANGLES:
            first, second = getattr(one, name), getattr(other, name)
            assert second == pytest.approx(first, abs=0.3, nan_ok=True), name


@pytest.mark.parametrize("times", [0.6, 1.5, 2.5])
def test_the_same_movements_slower_or_faster_count_the_same(times: float) -> None:
    """Every movement takes so many times as long: the same reps and partials."""
    tempo = TEMPOS["strict"]
    scaled = replace(
        tempo, up_s=times * tempo.up_s, hold_s=times * tempo.hold_s, down_s=times * tempo.down_s, bottom_s=times
    )
    assert counts(replace(BASE, tempo=scaled)) == [(3, 0), (2, 1)]


def test_the_sample_rate_changes_no_count() -> None:
    """26 to 208 Hz."""
    for rate_hz in (26, 100, 208):
        assert counts(replace(BASE, sensor=replace(BASE.sensor, rate_hz=rate_hz))) == [(3, 0), (2, 1)]


def test_times_of_a_rep_are_in_order() -> None:
    """Start, top, lowering, end; and phases are their differences."""
    for rep in outcome(BASE)[1]:
        times = [getattr(rep, name) for name in TIMES]
        assert times == sorted(times)
        assert rep.concentric_s + rep.hold_s + rep.eccentric_s == pytest.approx(rep.end_s - rep.start_s)


def test_every_number_of_a_good_rep_is_measured() -> None:
    """With a gyroscope and a calibration nothing is left empty but the dwell before the first rep."""
    happened, reps = outcome(BASE)
    del happened
    empty = {item.name for item in fields(Rep) for rep in reps[1:3] if np.isnan(getattr(rep, item.name))}
    assert empty == set()
    assert np.isnan(reps[0].bottom_dwell_s)
