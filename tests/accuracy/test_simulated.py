"""Accuracy against the simulator's truth, on a dozen random sessions that nothing was tuned on."""

from __future__ import annotations

import numpy as np
import pytest

from tests.benchmarks import scenarios, scores, simulated
from tests.benchmarks.sessions import play_all


def test_every_rep_is_counted(base):
    """Recall on sessions without loss."""
    assert scores.recall(base) >= simulated.COUNTED_SHARE


def test_nothing_else_is_counted(base):
    """Precision on the same sessions."""
    assert scores.precision(base) >= simulated.COUNTED_SHARE


def test_sets_are_counted_exactly(base):
    """A set of the engine holds the reps of a true set, all of them and no others."""
    assert scores.exact_sets(base) >= simulated.EXACT_SHARE


def test_no_rep_outside_of_the_exercise(base):
    """Walking, bending, sitting down, shuffling, standing up, calibrating: nothing counts."""
    assert scores.other_minutes(base) > 10
    assert scores.ghosts_outside(base) == []


def test_sessions_are_calibrated(base):
    """The two-legged thrusts of every session give a calibration; all numbers below rest on it."""
    assert all(one.was_calibrated for one in base)


def test_no_sensor_is_said_to_have_slipped(base):
    """However people lie between their sets, up or down: none does slip in these sessions."""
    assert sum(one.slips for one in base) == 0


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("top_inclination_deg", simulated.TOP_RMSE_DEG),
        ("level_top_deg", simulated.LEVEL_RMSE_DEG),
        ("lift_cm", simulated.LIFT_RMSE_CM),
        ("concentric_s", simulated.PHASE_RMSE_S),
        ("hold_s", simulated.PHASE_RMSE_S),
        ("eccentric_s", simulated.PHASE_RMSE_S),
    ],
)
def test_root_mean_square_error(base, name, limit):
    """Each number of a rep is as good as its bar says."""
    errors = scores.errors(base, name)
    assert len(errors) > 0.9 * len(scores.measured(base))
    assert scores.rmse(errors) <= limit


def test_lifts_are_within_their_limit(base):
    """95 % of the lifts are right to 1.5 cm."""
    assert scores.percentile(np.abs(scores.errors(base, "lift_cm")), 95) <= simulated.LIFT_P95_CM


def test_most_lifts_are_trusted(base):
    """Refusing to say is no way to be accurate."""
    assert scores.untrusted_lifts(base) <= 0.1


def test_the_number_is_spoken_at_the_top(base):
    """The 95th percentile of the delay after the true arrival at the top; a third of these reps come at 26 Hz."""
    assert scores.percentile(scores.delays_s(base), 95) <= simulated.DELAY_P95_S


def test_single_lost_packets_cost_nothing(single_losses):
    """2 % of the packets lost one at a time: sets and reps as good as counted."""
    assert scores.exact_sets(single_losses) >= simulated.LOSSY_SHARE
    assert scores.recall(single_losses) >= simulated.LOSSY_SHARE


def test_a_gyroscope_offset_does_not_change_counts(base, offset):
    """10 deg/s on each axis: every session counts as before."""
    assert scores.counts(offset) == scores.counts(base)


@pytest.mark.parametrize("name", ["top_inclination_deg", "level_top_deg"])
def test_a_gyroscope_offset_hardly_changes_angles(base, offset, name):
    """10 deg/s on each axis: 99 % of the reps read the same to 1 deg."""
    assert scores.percentile(np.abs(scores.changes(base, offset, name)), 99) <= simulated.OFFSET_CHANGE_DEG


def test_a_constant_hip_drop_is_seen(plain):
    """The free hip hangs 9.5 deg in all reps of both sides: calibration must not take that for level."""
    true_deg, read_deg = scores.drops_deg(play_all(scenarios.dropping(plain), processes=1))
    assert len(read_deg) > 100
    assert np.mean(read_deg) >= simulated.DROP_READ_DEG
    assert abs(np.mean(read_deg) - np.mean(true_deg)) <= 0.5


def test_an_arched_back_is_named(faults):
    """Full height with the pelvis left tipped."""
    assert len(scores.arched_named(faults)) >= 25
    assert scores.share(scores.arched_named(faults)) >= simulated.NAMED_SHARE


def test_low_hips_are_not_called_an_arched_back(faults):
    """Short of full extension, height and pitch fall short together."""
    assert len(scores.short_left_alone(faults)) >= 25
    assert scores.share(scores.short_left_alone(faults)) >= simulated.NAMED_SHARE


def test_good_reps_are_not_called_arched(base, faults):
    """No false alarm of neutral_spine."""
    good = scores.good_left_alone([*base, *faults])
    assert len(good) >= 150
    assert scores.share(good) >= simulated.LEFT_ALONE_SHARE


def test_without_calibration_reps_still_count(plain):
    """The frame is found from the reps themselves; walking and bends stay out."""
    outcomes = play_all(scenarios.uncalibrated(plain), processes=1)
    assert scores.recall(outcomes) >= simulated.LOSSY_SHARE
    assert scores.precision(outcomes) >= simulated.LOSSY_SHARE


def test_an_accelerometer_alone_counts_calibrated_sessions(plain):
    """Without a gyroscope counts still stand."""
    outcomes = play_all(plain, accelerometer_only=True, processes=1)
    assert scores.recall(outcomes) >= simulated.LOSSY_SHARE
    assert scores.precision(outcomes) >= simulated.LOSSY_SHARE
