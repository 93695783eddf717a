"""Thrusts without a calibration: what makes two of them consistent, and which rest poses are watched."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.synthetic import BOTTOM_DEG, RATE_HZ, THRUST, height_m, history_of, path, up_of
from tracker.core.config import Config
from tracker.core.history import WIDTH, History
from tracker.core.holds import Vector
from tracker.core.model import CalibrationKind, Floats
from tracker.core.probing import MOST_PROBES, Probe, Probes
from tracker.core.still import AccErrorEstimate


def probe_over(history: History, *, has_gyroscope: bool = True, is_resumed: bool = False) -> tuple[Probe, int | None]:
    """The probe, and the row at which it found consistent thrusts."""
    rest = tuple(up_of(np.array([BOTTOM_DEG]))[:, 0].tolist())
    probe = Probe(Config(), RATE_HZ, has_gyroscope, rest, 0, 0, is_resumed=is_resumed)
    probe.feed(history, history.end, AccErrorEstimate())
    return probe, None if probe.calibration is None else probe.over_at


@pytest.mark.parametrize("has_gyroscope", [True, False])
def test_two_like_thrusts_give_the_frame(has_gyroscope: bool) -> None:
    """Without calibration: known when the second one is complete, counted from before the first."""
    history = history_of(path((2, 0), *THRUST, *THRUST))
    probe, row = probe_over(history, has_gyroscope=has_gyroscope)
    assert row is not None
    assert row / RATE_HZ == pytest.approx(12.5, abs=1.0)
    assert probe.first_row <= 2 * RATE_HZ
    found = probe.calibration
    assert found is not None
    assert found.kind is CalibrationKind.AUTO
    assert found.right == pytest.approx((1, 0, 0), abs=0.02)
    assert found.anterior == pytest.approx((0, 1, 0), abs=0.05)
    assert np.isnan(found.full_lift_cm)


def test_one_thrust_is_not_enough() -> None:
    """It could be anything."""
    probe, row = probe_over(history_of(path((2, 0), *THRUST)))
    assert (row, probe.over_at, probe.calibration) == (None, None, None)


def test_thrusts_that_are_not_alike_are_not_taken() -> None:
    """25 degrees and then 45: less than 60 %; two of 45 after it are."""
    small = ((1.0, 25.0), (1.0, 25.0), (1.0, 0.0), (1.5, 0.0))
    assert probe_over(history_of(path((2, 0), *small, *THRUST)))[1] is None
    probe, row = probe_over(history_of(path((2, 0), *small, *THRUST, *THRUST)))
    assert row is not None
    assert probe.first_row > 4 * RATE_HZ


def test_thrusts_that_are_too_small_for_a_body_are_not_taken() -> None:
    """17 degrees twice are no thrusts."""
    small = ((1.0, 17.0), (1.0, 17.0), (1.0, 0.0), (1.5, 0.0))
    lifting = path((2, 0), *small, *small)
    history = history_of(lifting, height=0.2 * lifting / 17)
    assert probe_over(history)[1] is None


def test_a_pose_that_only_sinks_is_refuted() -> None:
    """The rest was the top, or the movement a bend: going down first ends the probe."""
    bends = path((2, 0), *THRUST, *THRUST)
    probe, row = probe_over(history_of(bends, height=-height_m(BOTTOM_DEG - bends)))
    assert row is None
    assert probe.over_at is not None


def test_turning_without_lifting_is_no_thrust() -> None:
    """Rolling about on the floor: the probe waits for something better."""
    rolls = path((2, 0), *THRUST, *THRUST)
    probe, row = probe_over(history_of(rolls, height=np.zeros(len(rolls))))
    assert (row, probe.over_at) == (None, None)


def test_tops_in_different_directions_are_not_alike() -> None:
    """Once forward and once to the side is not one movement twice."""
    rise_deg = path((2, 0), *THRUST, *THRUST)
    level_deg = np.where(np.arange(len(rise_deg)) > 7.5 * RATE_HZ, 0.8 * rise_deg, 0.0)
    history = history_of(rise_deg, level_deg=level_deg)
    assert probe_over(history)[1] is None


def still_for(minutes: float) -> Floats:
    return np.zeros(int(minutes * 60 * RATE_HZ))


def test_a_probe_ends_when_its_rest_pose_is_forgotten() -> None:
    """Two minutes later the history no longer holds what it would be measured from."""
    history = History(RATE_HZ)
    rest = tuple(up_of(np.array([BOTTOM_DEG]))[:, 0].tolist())
    probe = Probe(Config(), RATE_HZ, True, rest, 0, 0)
    source = history_of(still_for(0.5))
    for _ in range(5):
        assert (probe.over_at is None) == (history.end < history.kept)
        history.append(source._columns[:WIDTH, : source.end])
        probe.feed(history, history.end, AccErrorEstimate())
    assert probe.calibration is None
    assert probe.over_at == history.kept - 1


def test_a_probe_goes_on_after_a_gap() -> None:
    """From the same rest pose, once the body is near it again."""
    history = history_of(path((1, 45), (1.5, 0), (1, 0), *THRUST, *THRUST, start_deg=45))
    probe, row = probe_over(history, is_resumed=True)
    assert row is not None
    assert probe.first_row >= 2 * RATE_HZ


def some_probes() -> Probes:
    def begin(rest: Vector, row: int, is_resumed: bool) -> Probe:
        return Probe(Config(), RATE_HZ, True, rest, row, row, is_resumed=is_resumed)

    return Probes(begin)


@settings(max_examples=25, deadline=None)
@given(
    legs=st.lists(
        st.tuples(st.floats(0.5, 2), st.sampled_from((0.0, 0.0, 8.0, 20.0, 45.0, 45.0))), min_size=2, max_size=14
    ),
    every=st.integers(20, 120),
)
def test_what_is_found_does_not_depend_on_how_far_ahead_is_looked(legs: list[tuple[float, float]], every: int) -> None:
    """Row by row, or all rows at once and asked for each: the same probe is found at the same row."""
    history, estimate = history_of(path((2, 0), *legs, *THRUST, *THRUST)), AccErrorEstimate()

    def first_found(*, looks_ahead: bool) -> tuple[int, Vector] | None:
        probes = some_probes()
        for row in range(history.end):
            stop = history.end if looks_ahead else row + 1
            if not looks_ahead:
                probes.feed(history, stop, estimate)
            if (found := probes.found(row)) is not None:
                assert found.over_at == row
                return row, found.rest
            if row % every == every - 1:
                probes.watch(history, row, stop, estimate)
        return None

    assert first_found(looks_ahead=True) == first_found(looks_ahead=False)


def test_a_rest_pose_is_watched_once() -> None:
    """Who lies on for a minute is not looked at from thirty probes."""
    history, probes = history_of(still_for(0.5)), some_probes()
    for row in range(0, history.end, 100):
        probes.watch(history, row, history.end, AccErrorEstimate())
    assert len(probes._probes) == 1


def test_a_probe_that_has_seen_a_thrust_outlives_those_that_have_not() -> None:
    """From the first pose a thrust was seen; of all further poses only the newest are watched beside it."""
    history = history_of(path((2, 0), *THRUST, (1, -8), (1, -8), (1, -16), (1, -16), (1, -24), (1, -24)))
    probes, estimate = some_probes(), AccErrorEstimate()
    rows = [int(second * RATE_HZ) for second in (1.5, 9.3, 11.3, 13.3)]
    for row in rows:
        probes.watch(history, row, history.end, estimate)
    assert [probe.armed_row - 1 for probe in probes._probes] == [rows[0], *rows[2:]]
    assert len(rows) == MOST_PROBES + 1


@pytest.mark.parametrize(("is_long", "kept"), [(False, 1), (True, 0)])
def test_a_gap_takes_what_had_begun_and_a_long_one_the_pose(is_long: bool, kept: int) -> None:
    """After it the thrusts begin anew from the same rest."""
    history = history_of(path((2, 0), *THRUST))
    probes = some_probes()
    probes.watch(history, 75, history.end, AccErrorEstimate())
    assert probes._probes[0].has_begun(history.end - 1)
    probes.interrupt(history.end, is_long=is_long)
    assert [probe.has_begun(history.end) for probe in probes._probes] == [False] * kept
