"""One stretch of counting: leaving the posture, going on after a gap, finding thrusts without calibration."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from tests.core.synthetic import BOTTOM_DEG, RATE_HZ, calibration_of, height_m, history_of, path, up_of, windows
from tracker.core.config import Config
from tracker.core.counting import CountingRun, RateOf
from tracker.core.history import WIDTH, History
from tracker.core.model import CalibrationKind, Floats
from tracker.core.probing import Probe
from tracker.core.segmentation import Move, TopReached
from tracker.core.still import AccErrorEstimate

THRUST = ((1.5, 45.0), (1.0, 45.0), (1.5, 0.0), (1.5, 0.0))


def new_run(*, is_resumed: bool = False) -> CountingRun:
    return CountingRun(Config(), calibration_of(), RATE_HZ, True, row=0, armed_row=0, is_resumed=is_resumed)


def counted(moves: list[Move]) -> int:
    return sum(isinstance(move, TopReached) for move in moves)


def probe_over(history: History, *, has_gyroscope: bool = True, is_resumed: bool = False) -> tuple[Probe, int | None]:
    """The probe, and the row at which it found consistent thrusts."""
    rest = tuple(up_of(np.array([BOTTOM_DEG]))[:, 0].tolist())
    probe = Probe(Config(), RATE_HZ, has_gyroscope, rest, 0, 0, is_resumed=is_resumed)
    probe.feed(history, history.end, AccErrorEstimate())
    return probe, None if probe.calibration is None else probe.over_at


def test_the_rate_of_a_ramp_is_its_slope() -> None:
    """30 deg/s, once the filter has seen it; the first sample has no rate; blocks do not show."""
    ramp = 30.0 * np.arange(100) / RATE_HZ
    whole = RateOf(RATE_HZ).feed(ramp)
    assert whole[0] == 0.0
    assert whole[-1] == pytest.approx(30.0, abs=1e-6)
    one = RateOf(RATE_HZ)
    pieces = [one.feed(ramp[start:stop]) for start, stop in pairwise((0, 1, 1, 40, 100))]
    assert np.concatenate(pieces).tobytes() == whole.tobytes()


def test_thrusts_are_counted() -> None:
    """Three of three, none left open."""
    history = history_of(path((1, 0), *THRUST, *THRUST, *THRUST))
    moves, left_at = new_run().feed(history, history.end)
    assert (counted(moves), len(windows(moves)), left_at) == (3, 3, None)


@pytest.mark.parametrize("away_deg", [-80.0, -31.0, -179.0])
def test_sitting_up_for_a_second_leaves_the_posture(away_deg: float) -> None:
    """Further below the bottom than 30 degrees: out, one second later."""
    history = history_of(path((1, 0), (1, away_deg), (4, away_deg)))
    _, left_at = new_run().feed(history, history.end)
    assert left_at is not None
    assert left_at / RATE_HZ == pytest.approx(3.0, abs=1.0)


def test_a_jolt_does_not_leave_the_posture() -> None:
    """Less than a second outside is not up."""
    history = history_of(path((1, 0), (0.3, -50), (0.3, -50), (0.3, 0), (3, 0)))
    assert new_run().feed(history, history.end)[1] is None


def test_rolling_to_a_side_leaves_the_posture() -> None:
    """Tipped by more than 60 degrees is no bridge."""
    level_deg = path((1, 0), (1, 65), (3, 65))
    history = history_of(np.full(len(level_deg), 45.0), level_deg=level_deg)
    assert new_run().feed(history, history.end)[1] is not None


def test_leaving_with_a_rep_open_hands_it_out_as_cut() -> None:
    """Counted at the top, then rolled off: the rep stands, its end is not measured."""
    level_deg = path((3.5, 0), (0.5, 70), (3, 70))
    rise_deg = path((1, 0), (1.5, 45), (4.5, 45))
    history = history_of(rise_deg, level_deg=level_deg)
    moves, left_at = new_run().feed(history, history.end)
    assert left_at is not None
    assert [(window.is_counted, window.is_cut) for window in windows(moves)] == [(True, True)]


@pytest.mark.parametrize("cuts", [(150,), (10, 175, 176, 200), tuple(range(1, 300, 7))])
def test_leaving_is_the_same_in_blocks(cuts: tuple[int, ...]) -> None:
    """The row at which the posture was left does not depend on the cut."""
    history = history_of(path((1, 0), (1, -80), (4, -80)))
    run = new_run()
    expected = new_run().feed(history, history.end)[1]
    found = [run.feed(history, stop)[1] for stop in [*cuts, history.end] if run.row < stop]
    assert next(row for row in found if row is not None) == expected


def test_after_a_gap_counting_waits_until_the_hips_are_low_again() -> None:
    """The gap ended at the top: what comes down is no rep, what goes up from there is."""
    history = history_of(path((1, 45), (1.5, 0), (1, 0), *THRUST, start_deg=45))
    moves, _ = new_run(is_resumed=True).feed(history, history.end)
    assert counted(moves) == 1


def test_after_a_gap_nothing_is_said_while_the_hips_stay_high() -> None:
    """However the rows come."""
    history = history_of(np.full(100, 40.0))
    run = new_run(is_resumed=True)
    assert run.feed(history, 50) == ([], None)
    assert run.feed(history, 100) == ([], None)
    assert run.row == 100


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
        assert probe.is_waiting(history.kept - 2)
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
