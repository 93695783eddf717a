"""From still holds to the pelvis frame: what is accepted, and every sentence of refusal."""

from __future__ import annotations

import numpy as np
import pytest

from tests.core.synthetic import BOTTOM_DEG, RATE_HZ, Leg, calibration_of, history_of, lift_cm, path, poses_of
from tracker.core.calibration import HoldCalibrator, Refusal, pelvis_frame, range_at_lift
from tracker.core.config import Config
from tracker.core.height import AccError
from tracker.core.history import History
from tracker.core.model import NAN, Calibration, CalibrationKind, Floats

THRUST: tuple[Leg, ...] = ((1.5, 45), (2.2, 45), (2, 0), (2.2, 0))
Outcome = Calibration | Refusal | None


def outcomes_of(history: History, *, has_gyroscope: bool = True, acc_error: AccError | None = None) -> list[Outcome]:
    """What the calibrator says of each rest."""
    calibrator = HoldCalibrator(Config().calibration, has_gyroscope)
    return [calibrator.add(history, pose, acc_error or AccError()) for pose in poses_of(history)]


def outcomes(*legs: Leg, level_deg: Floats | float = 0.0, has_gyroscope: bool = True) -> list[Outcome]:
    return outcomes_of(history_of(path((2.2, 0), *legs), level_deg=level_deg), has_gyroscope=has_gyroscope)


def accepted(*legs: Leg, has_gyroscope: bool = True) -> Calibration:
    last = outcomes(*legs, has_gyroscope=has_gyroscope)[-1]
    assert isinstance(last, Calibration)
    return last


def refused(*legs: Leg) -> str:
    """The reason of the only refusal; every refusal says what to do, too."""
    refusals = [outcome for outcome in outcomes(*legs) if isinstance(outcome, Refusal)]
    assert len(refusals) == 1
    assert refusals[0].hint.endswith(".")
    return refusals[0].reason


def test_two_thrusts_with_holds_are_accepted_at_the_last_hold() -> None:
    """Bottom, top, bottom, top, bottom: only the fifth hold completes it."""
    said = outcomes(*THRUST, *THRUST)
    assert said[:4] == [None] * 4
    assert isinstance(said[4], Calibration)


def test_the_frame_is_found_exactly() -> None:
    """A up at the top, C toward the head, R = A x C, the bottom at its inclination; lift and range as they were."""
    found = accepted(*THRUST, *THRUST)
    assert found.kind is CalibrationKind.HOLD
    assert [found.right, found.anterior, found.cranial] == [
        pytest.approx(axis, abs=1e-3) for axis in ((1, 0, 0), (0, 1, 0), (0, 0, 1))
    ]
    assert found.bottom_deg == pytest.approx(BOTTOM_DEG, abs=0.05)
    assert found.full_range_deg == pytest.approx(45, abs=0.05)
    assert found.full_lift_cm == pytest.approx(lift_cm(45, 0), abs=0.1)
    assert found.period_s == pytest.approx(1 / RATE_HZ)


def test_the_curve_is_the_inclination_at_each_lift() -> None:
    """From the bottom to full extension, ascending in lift, right to a third of a degree."""
    found = accepted(*THRUST, *THRUST)
    assert (found.lift_curve_cm[0], found.lift_curve_cm[-1]) == (0.0, pytest.approx(found.full_lift_cm))
    assert list(found.lift_curve_cm) == sorted(found.lift_curve_cm)
    expected = [lift_cm(45, inclination) for inclination in found.inclination_curve_deg]
    assert expected == pytest.approx(list(found.lift_curve_cm), abs=0.2)


def test_the_zero_of_level_is_the_two_legged_hold() -> None:
    """Nobody is exactly symmetric: a pelvis tilted by 3 degrees all along is level."""
    said = outcomes(*THRUST, *THRUST, level_deg=3.0)[-1]
    assert isinstance(said, Calibration)
    assert np.dot(said.right, said.anterior) == pytest.approx(0, abs=1e-9)
    assert said.right[0] == pytest.approx(np.cos(np.radians(3)), abs=1e-3)


def test_a_bias_found_meanwhile_is_taken_along() -> None:
    """Lift comes out right with a biased accelerometer whose error is known; the calibration keeps it."""
    bias = (0.0, 0.2, -0.3)
    history = history_of(path((2.2, 0), *THRUST, *THRUST), bias_mps2=bias)
    found = outcomes_of(history, acc_error=AccError(bias, 0.0))[-1]
    assert isinstance(found, Calibration)
    assert found.acc_bias_mps2 == bias
    assert found.full_lift_cm == pytest.approx(lift_cm(45, 0), abs=1.0)


def test_a_rest_before_that_is_no_bottom_does_not_count() -> None:
    """Sitting first, then lying back: the thrusts begin with the bottom."""
    legs = path((2.2, -40), (3, 0), (2.2, 0), *THRUST, *THRUST, start_deg=-40)
    assert any(isinstance(outcome, Calibration) for outcome in outcomes_of(history_of(legs)))


def test_without_gyroscope_there_is_a_frame_but_no_lift() -> None:
    """The lesser mode: angles of poses only."""
    found = accepted(*THRUST, *THRUST, has_gyroscope=False)
    assert found.full_range_deg == pytest.approx(45, abs=0.1)
    assert np.isnan(found.full_lift_cm)
    assert found.lift_curve_cm == ()
    assert found.acc_bias_mps2 == (0.0, 0.0, 0.0)


def test_a_twitch_in_a_hold_is_still_that_hold() -> None:
    """1 s, a twitch of 3 degrees, 1.5 s: one hold, long enough."""
    twitched = ((1.5, 45.0), (1.0, 45.0), (0.2, 42.0), (0.2, 45.0), (1.5, 45.0), (2.0, 0.0), (2.2, 0.0))
    assert isinstance(outcomes(*twitched, *THRUST)[-1], Calibration)


def test_too_short_a_hold_at_the_top_is_refused() -> None:
    """With the time that was held, as soon as the bottom hold after it shows that the thrust is over."""
    assert refused((1.5, 45), (1.0, 45), (2, 0), (2.2, 0)).startswith("The hold at the top lasted only 1.")


def test_no_hold_at_the_top_is_refused() -> None:
    """Straight up and down again, or swaying at the top."""
    assert refused((1.5, 45), (1.5, 0), (2.2, 0)) == "The hold at the top was not still."


def test_too_small_a_thrust_is_refused() -> None:
    """With the degrees that were turned."""
    assert refused((1.5, 18), (2.2, 18)) == "The thrust turned the pelvis by only 18 degrees."


def test_two_tops_that_differ_are_refused() -> None:
    """Half a thrust the second time."""
    second = ((1.5, 35.0), (2.2, 35.0), (2.0, 0.0), (2.2, 0.0))
    assert refused(*THRUST, *second) == "The two holds at the top differ by 10 degrees."


def test_two_bottoms_that_differ_are_refused() -> None:
    """The seat slid away between the thrusts."""
    second = ((1.5, 45.0), (2.2, 45.0), (2.0, -8.0), (2.2, -8.0))
    assert refused(*THRUST, *second) == "The two holds at the bottom differ by 8 degrees."


def test_a_turn_without_lift_is_refused() -> None:
    """Rolling the pelvis up by 45 degrees without lifting the hips is no thrust."""
    rise_deg = path((2.2, 0), *THRUST, *THRUST)
    low_m = 0.03 * np.sin(np.radians(rise_deg))
    refusals = [one for one in outcomes_of(history_of(rise_deg, height=low_m)) if isinstance(one, Refusal)]
    assert [refusal.reason for refusal in refusals] == ["The hips rose by only 2 cm."] * 2  # each thrust at its end


def outcomes_with_gaps(*gaps: int) -> list[Outcome]:
    """Two thrusts; before each hold with these numbers the history forgets what was before."""
    history = history_of(path((2.2, 0), *THRUST, *THRUST))
    calibrator = HoldCalibrator(Config().calibration, has_gyroscope=True)
    said: list[Outcome] = []
    for number, pose in enumerate(poses_of(history)):
        if number in gaps:
            history.start = pose.start
        said.append(calibrator.add(history, pose, AccError()))
    return said


@pytest.mark.parametrize("gaps", [(1,), (2,), (3,), (4,), (1, 3), (1, 2)])
def test_two_ways_without_a_gap_are_enough(gaps: tuple[int, ...]) -> None:
    """Gravity in a hold is the same before and after samples were lost; only the way across is unknown."""
    found = outcomes_with_gaps(*gaps)[-1]
    assert isinstance(found, Calibration)
    assert found.full_lift_cm == pytest.approx(lift_cm(45, 0), abs=0.1)
    assert found.bottom_deg == pytest.approx(BOTTOM_DEG, abs=0.05)


@pytest.mark.parametrize("gaps", [(1, 2, 3), (1, 2, 3, 4)])
def test_fewer_ways_are_not(gaps: tuple[int, ...]) -> None:
    """It waits for more, and refuses nothing."""
    assert outcomes_with_gaps(*gaps) == [None] * 5


def test_after_a_refusal_two_good_thrusts_are_enough() -> None:
    """The hold it ended with is the first of the next try."""
    short = ((1.5, 45.0), (1.0, 45.0), (2.0, 0.0), (2.2, 0.0))
    said = outcomes(*short, *THRUST, *THRUST)
    assert [type(one) for one in said if one is not None] == [Refusal, Calibration]


def test_shuffling_at_the_bottom_is_not_refused() -> None:
    """A small move that comes back is no failed thrust."""
    assert outcomes((0.5, 7), (0.5, 0), (1, 0)) == [None, None]


def test_a_way_of_more_than_ten_seconds_begins_anew() -> None:
    """What lies further apart does not belong together; nothing is said."""
    restless = tuple((0.5, 30.0 + 10 * (number % 2)) for number in range(23))
    said = outcomes(*restless, (0.6, 45), (2.2, 45), (2, 0), (2.2, 0), *THRUST)
    assert not any(isinstance(one, Calibration) for one in said)


@pytest.mark.parametrize("fraction", [0.25, 0.5, 1.0])
def test_the_range_at_a_part_of_the_lift_comes_from_the_curve(fraction: float) -> None:
    """Half the lift is not half the angle: the first degrees lift less."""
    found = calibration_of()
    range_deg = range_at_lift(found, fraction)
    assert range_deg is not None
    assert lift_cm(45, 45 - range_deg) == pytest.approx(fraction * found.full_lift_cm, abs=0.05)


def test_the_range_at_a_part_of_the_lift_without_a_curve() -> None:
    """By angle where only that is known; unknown where nothing is."""
    assert range_at_lift(calibration_of(kind=CalibrationKind.AUTO), 0.5) is None
    by_angle = Calibration(CalibrationKind.HOLD, (1, 0, 0), (0, 1, 0), (0, 0, 1), 40.0, NAN, 40.0)
    assert range_at_lift(by_angle, 0.25) == 10.0


def test_a_frame_from_two_directions_is_right_handed_and_of_unit_length() -> None:
    """R x A = C, for any two directions."""
    found = pelvis_frame(CalibrationKind.AUTO, (0.6, 0.0, 0.8), (0.0, 0.6, 0.8), AccError())
    axes = np.array([found.right, found.anterior, found.cranial])
    assert axes @ axes.T == pytest.approx(np.eye(3), abs=1e-9)
    assert np.cross(axes[0], axes[1]) == pytest.approx(axes[2], abs=1e-9)
    assert found.bottom_deg == pytest.approx(np.degrees(np.arccos(0.64)))
