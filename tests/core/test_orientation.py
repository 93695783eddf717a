"""Up in the sensor frame from samples whose turning is known."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.synthetic import path, rate_of, up_of
from tracker.core.config import Config
from tracker.core.frame import angle_from_deg
from tracker.core.history import ACC, FILLED, GYR, PEAK, STILL, UP, History, T
from tracker.core.model import GRAVITY_MPS2, Floats, Samples
from tracker.core.orientation import LONGEST_QUIET_WAIT_S, Orientation

RATE_HZ = 50.0
# Lying, up, down, up, down: a sensor that turns about its x axis by 45 degrees and back.
REST_S = 12
TURNS = path((REST_S, 0), (1, 45), (2, 45), (1.5, 0), (3, 0), (1, 45), (2, 45), (1.5, 0), (6, 0))
TURNING = slice(int(REST_S * RATE_HZ), None)


def samples_of(
    rise_deg: Floats,
    *,
    bias_mps2: tuple[float, float, float] = (0.0, 0.0, 0.0),
    gyr_bias_dps: tuple[float, float, float] = (0.0, 0.0, 0.0),
    has_gyroscope: bool = True,
) -> Samples:
    up = up_of(45.0 - rise_deg)
    acc = np.ascontiguousarray((up * GRAVITY_MPS2).T) + np.array(bias_mps2)
    gyr = np.zeros_like(acc)
    gyr[:, 0] = np.radians(rate_of(rise_deg, RATE_HZ))
    gyr += np.radians(np.array(gyr_bias_dps))
    count = len(rise_deg)
    return Samples(
        np.arange(count) / RATE_HZ,
        acc,
        gyr if has_gyroscope else None,
        np.zeros(count, dtype=np.int64),
        np.full(count, 12.0),
    )


def error_deg(up: Floats, rise_deg: Floats) -> Floats:
    truth = up_of(45.0 - rise_deg)
    return np.array([angle_from_deg(up[:, [row]], tuple(truth[:, row]))[0] for row in range(up.shape[1])])


def fresh(*, has_gyroscope: bool = True) -> Orientation:
    return Orientation(Config(), RATE_HZ, has_gyroscope)


@pytest.mark.parametrize("rise_deg", [-45.0, 0.0, 30.0, 80.0])
def test_at_rest_up_is_right_from_the_first_sample_on(rise_deg: float) -> None:
    """A perfect sensor at rest, tilted any way: the first alignment is not taken for turning."""
    resting = np.full(400, rise_deg)
    columns = fresh().feed(samples_of(resting))
    assert error_deg(columns[UP], resting).max() < 0.1
    assert np.degrees(np.abs(columns[GYR])).max() < 0.1


def test_known_turns_are_followed_to_a_fifth_of_a_degree() -> None:
    """Turns of 45 degrees with a perfect sensor: the samples' own instants, not half an interval later."""
    columns = fresh().feed(samples_of(TURNS))
    assert error_deg(columns[UP], TURNS)[TURNING].max() < 0.2


def test_a_gyroscope_offset_is_found_while_still_and_taken_out() -> None:
    """5 deg/s of offset cost little once some rest has shown it."""
    columns = fresh().feed(samples_of(TURNS, gyr_bias_dps=(3.0, -2.0, 4.0)))
    assert error_deg(columns[UP], TURNS)[TURNING].max() < 1.0
    at_rest = columns[GYR][:, int(5 * RATE_HZ) : int(REST_S * RATE_HZ)]
    assert np.degrees(np.abs(at_rest)).max() < 0.3


@settings(max_examples=15, deadline=None)
@given(st.tuples(st.floats(-0.59, 0.59), st.floats(-0.59, 0.59), st.floats(-0.59, 0.59)))
def test_an_accelerometer_offset_found_later_mends_up_of_before(bias: tuple[float, float, float]) -> None:
    """The tilt response: an offset of up to 60 mg an axis tilts up; corrected afterwards it is within 0.15 deg."""
    history = History(RATE_HZ)
    history.append(fresh().feed(samples_of(TURNS, bias_mps2=bias)))
    exact = fresh().feed(samples_of(TURNS))[UP]
    rows = range(int(REST_S * RATE_HZ), len(TURNS), 5)
    mended = history.corrected_up(0, len(TURNS), bias)
    apart = [angle_from_deg(mended[:, [row]], tuple(exact[:, row]))[0] for row in rows]
    assert max(apart) < 0.15


def test_an_offset_across_up_tilts_as_much_as_it_is_of_g() -> None:
    """50 mg across are 2.9 degrees: what correcting is for."""
    columns = fresh().feed(samples_of(TURNS, bias_mps2=(0.05 * GRAVITY_MPS2, 0.0, 0.0)))
    assert error_deg(columns[UP], TURNS)[-1] == pytest.approx(2.86, abs=0.05)


@pytest.mark.parametrize("has_gyroscope", [True, False])
@settings(max_examples=10, deadline=None)
@given(sizes=st.lists(st.integers(1, 300), min_size=1, max_size=10))
def test_blocks_of_any_size_give_the_same_bits(has_gyroscope: bool, sizes: list[int]) -> None:
    """Every column, stillness included."""
    samples = samples_of(TURNS, has_gyroscope=has_gyroscope, gyr_bias_dps=(1.0, 1.0, 1.0))
    cuts = [0, *[cut for cut in np.cumsum(sizes).tolist() if cut < len(samples)], len(samples)]
    one = fresh(has_gyroscope=has_gyroscope)
    pieces = [one.feed(samples.cut(start, stop)) for start, stop in pairwise(cuts)]
    whole = fresh(has_gyroscope=has_gyroscope).feed(samples)
    assert np.concatenate(pieces, axis=1).tobytes() == whole.tobytes()


def test_what_is_not_orientation_is_passed_on() -> None:
    """Time, specific force, peaks and filled marks arrive in their columns."""
    samples = samples_of(TURNS)
    samples.filled_samples[7] = True
    columns = fresh().feed(samples)
    assert columns[T].tolist() == samples.t_s.tolist()
    assert columns[ACC].T.tolist() == samples.acc_mps2.tolist()
    assert columns[PEAK].tolist() == samples.peak_mps2.tolist()
    assert np.flatnonzero(columns[FILLED]).tolist() == [7]


def test_still_counts_rows_at_rest_and_starts_over_after_motion() -> None:
    """Resting counts up row by row, a turn sets it to zero."""
    still = fresh().feed(samples_of(TURNS))[STILL]
    rest_before, turning = int(REST_S * RATE_HZ) - 5, int((REST_S + 0.7) * RATE_HZ)
    assert still[rest_before] == rest_before + 1
    assert still[turning] == 0
    assert still[-1] > 4 * RATE_HZ


def test_without_gyroscope_up_is_the_smoothed_force_and_right_at_rest() -> None:
    """Nearly still it is exact; the lesser mode has no turning rate."""
    columns = fresh(has_gyroscope=False).feed(samples_of(TURNS, has_gyroscope=False))
    error = error_deg(columns[UP], TURNS)
    assert error[int((REST_S + 2.9) * RATE_HZ)] < 0.1
    assert error[-1] < 0.01
    assert not columns[GYR].any()


@pytest.mark.parametrize("has_gyroscope", [True, False])
def test_after_a_break_up_starts_anew_from_the_next_quiet_stretch(has_gyroscope: bool) -> None:
    """The sensor lies elsewhere after the break: 0.3 s of quiet and up is right there, nothing earlier is said."""
    one = fresh(has_gyroscope=has_gyroscope)
    one.feed(samples_of(np.zeros(500), has_gyroscope=has_gyroscope))
    one.restart()
    moved = samples_of(np.full(100, 80.0), has_gyroscope=has_gyroscope)
    columns = one.feed(moved)
    assert columns.shape[1] == 100 - 15
    assert columns[T, 0] == moved.t_s[15]
    assert error_deg(columns[UP], np.full(85, 80.0)).max() < 0.1


def test_the_gyroscope_offset_survives_a_break() -> None:
    """What 10 s of rest have shown of the chip is still true after the link came back."""
    one = fresh()
    one.feed(samples_of(np.zeros(1000), gyr_bias_dps=(4.0, 0.0, 0.0)))
    one.restart()
    columns = one.feed(samples_of(np.zeros(60), gyr_bias_dps=(4.0, 0.0, 0.0)))
    assert columns.shape[1] == 60 - 15
    assert np.degrees(np.abs(columns[GYR])).max() < 0.5


def test_restart_waits_over_blocks_and_no_longer_than_a_second() -> None:
    """Without quiet, as in fast reps, up starts from what there is after a second."""
    one = fresh()
    one.feed(samples_of(np.zeros(500)))
    one.restart()
    swinging = samples_of(30 + 30 * np.sin(np.arange(120) / RATE_HZ * 2 * np.pi))
    given_rows = [one.feed(swinging.cut(start, start + 10)).shape[1] for start in range(0, 120, 10)]
    assert sum(given_rows) == 120 - LONGEST_QUIET_WAIT_S * RATE_HZ
    assert given_rows[:5] == [0] * 5
