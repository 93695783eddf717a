"""Still poses, and what they tell of the accelerometer: exact from poses in closed form."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.synthetic import RATE_HZ
from tracker.core.height import AccError
from tracker.core.history import ACC, STILL, WIDTH, History
from tracker.core.model import GRAVITY_MPS2, Floats
from tracker.core.still import (
    ANSWERS_KEPT,
    AVERAGED_S,
    STILL_LAG_S,
    AccErrorEstimate,
    StillPose,
    StillPoses,
    mean_force,
)

LAG = round(STILL_LAG_S * RATE_HZ)
AROUND = [(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1), (0.6, 0.8, 0), (0, 0.6, -0.8)]


def history_of_stillness(is_still: list[bool]) -> History:
    columns = np.zeros((WIDTH, len(is_still)))
    run = 0
    for row, still in enumerate(is_still):
        run = run + 1 if still else 0
        columns[STILL, row] = run
    columns[ACC] = np.arange(len(is_still))
    history = History(RATE_HZ)
    history.append(columns)
    return history


def test_a_pose_is_known_when_it_ends_without_its_late_end() -> None:
    """Stillness is smoothed, so motion began a little before: that part is cut off."""
    history = history_of_stillness([False] * 10 + [True] * 100 + [False] * 5)
    poses = StillPoses(RATE_HZ, 0.5).feed(history, 0, 115)
    assert poses == [(110, StillPose(10, 110 - LAG))]


@pytest.mark.parametrize(("rows", "is_long_enough"), [(25 + LAG, True), (24 + LAG, False)])
def test_a_pose_must_last_half_a_second_besides_its_end(rows: int, is_long_enough: bool) -> None:
    """Exactly at the limit it is one."""
    history = history_of_stillness([True] * rows + [False])
    assert bool(StillPoses(RATE_HZ, 0.5).feed(history, 0, rows + 1)) == is_long_enough


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 90), min_size=1, max_size=8), st.lists(st.integers(1, 100), max_size=8))
def test_blocks_of_any_size_find_the_same_poses(runs: list[int], sizes: list[int]) -> None:
    """A pose may begin in one block and end in another."""
    is_still = [bool(index % 2) for index, run in enumerate(runs) for _ in range(run)]
    history = history_of_stillness(is_still)
    cuts = [0, *[cut for cut in np.cumsum(sizes).tolist() if cut < len(is_still)], len(is_still)]
    one = StillPoses(RATE_HZ, 0.5)
    pieces = [pose for start, stop in pairwise(cuts) for pose in one.feed(history, start, stop)]
    assert pieces == StillPoses(RATE_HZ, 0.5).feed(history, 0, len(is_still))


def test_an_interruption_ends_no_pose() -> None:
    """What was still before the break is forgotten, not joined to what comes after."""
    one = StillPoses(RATE_HZ, 0.5)
    history = history_of_stillness([True] * 100 + [False] * 5)
    assert one.feed(history, 0, 50) == []
    one.reset()
    assert one.feed(history, 80, 105) == []


def test_a_long_pose_is_averaged_over_its_end() -> None:
    """Ten seconds are enough, and are still in the history."""
    rows = int(30 * RATE_HZ)
    history = history_of_stillness([True] * rows)
    last = np.arange(rows - int(AVERAGED_S * RATE_HZ), rows)
    assert mean_force(history, StillPose(0, rows)).tolist() == pytest.approx([last.mean()] * 3)
    assert mean_force(history, StillPose(4, 7)).tolist() == [5, 5, 5]


def force(direction: tuple[float, ...], bias: tuple[float, ...], scale: float, noise: Floats | float = 0.0) -> Floats:
    return np.asarray(np.array(direction) * GRAVITY_MPS2 * (1 + scale) + np.array(bias) + noise)


@settings(max_examples=40, deadline=None)
@given(
    st.tuples(st.floats(-0.6, 0.6), st.floats(-0.6, 0.6), st.floats(-0.6, 0.6)),
    st.floats(-0.01, 0.01),
    st.integers(0, 1000),
)
def test_poses_all_round_give_offset_and_scale(bias: tuple[float, float, float], scale: float, seed: int) -> None:
    """With every direction seen the offset is right to 0.02 m/s2 (0.1 deg) and the scale to 0.4 %."""
    noise = np.random.default_rng(seed).normal(0, 0.003, (4 * len(AROUND), 3))
    estimate = AccErrorEstimate()
    for row, direction in enumerate(AROUND * 4):
        estimate.learn(row, force(direction, bias, scale, noise[row]))
    found = estimate.at(100)
    assert found.bias_mps2 == pytest.approx(bias, abs=0.02)
    assert found.scale == pytest.approx(scale, abs=0.004)


def test_one_pose_alone_is_explained_by_a_little_of_everything() -> None:
    """One size can not tell offset from scale: both move as far as their priors allow, the cross axes not at all."""
    estimate = AccErrorEstimate()
    estimate.learn(0, force((0, 0, 1), (0, 0, 0.2), 0.0))
    found = estimate.at(0)
    assert found.bias_mps2[:2] == (0.0, 0.0)
    assert found.bias_mps2[2] == pytest.approx(0.2 * 0.09 / (0.09 + 0.098**2 + 0.03**2), rel=0.01)
    assert 0 < found.scale * GRAVITY_MPS2 < 0.03


def test_a_perfect_accelerometer_stays_perfect() -> None:
    """No error is invented."""
    estimate = AccErrorEstimate()
    for row, direction in enumerate(AROUND):
        estimate.learn(row, force(direction, (0, 0, 0), 0.0))
    assert estimate.at(99) == (pytest.approx((0, 0, 0), abs=1e-12), pytest.approx(0, abs=1e-12))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 50), min_size=1, max_size=20), st.integers(0, 600))
def test_a_row_is_never_answered_with_later_knowledge(steps: list[int], asked: int) -> None:
    """What is said of a row does not change by what is learned after it."""
    rows = np.cumsum(steps).tolist()
    early, late = AccErrorEstimate(), AccErrorEstimate()
    for number, row in enumerate(rows):
        pose = force(AROUND[number % len(AROUND)], (0.1, -0.2, 0.3), 0.004)
        late.learn(row, pose)
        if row <= asked:
            early.learn(row, pose)
    assert late.at(asked) == early.at(asked)
    assert late.at(rows[0] - 1) == AccError()


def test_old_answers_are_dropped() -> None:
    """An hour of poses costs no more memory than two minutes of them."""
    estimate = AccErrorEstimate()
    for row in range(3 * ANSWERS_KEPT):
        estimate.learn(row, force((0, 0, 1), (0, 0, 0.1), 0.0))
    assert len(estimate._known) <= 2 * ANSWERS_KEPT + 1
    assert estimate.at(0) == estimate._known[0][1]


@pytest.mark.parametrize("size_g", [0.0, 0.5, 1.3, 9.8])
def test_a_force_far_from_g_teaches_nothing(size_g: float) -> None:
    """Another unit or range, or gravity taken out, is no offset."""
    estimate = AccErrorEstimate()
    estimate.learn(0, np.array([0.0, 0.0, size_g * GRAVITY_MPS2]))
    assert estimate.at(0) == AccError()
