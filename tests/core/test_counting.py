"""One stretch of counting: leaving the posture, going on after a gap."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from tests.core.synthetic import RATE_HZ, THRUST, calibration_of, history_of, path, windows
from tracker.core.config import Config
from tracker.core.counting import CountingRun, RateOf
from tracker.core.segmentation import Move, TopReached


def new_run(*, is_resumed: bool = False) -> CountingRun:
    return CountingRun(Config(), calibration_of(), RATE_HZ, True, row=0, armed_row=0, is_resumed=is_resumed)


def counted(moves: list[Move]) -> int:
    return sum(isinstance(move, TopReached) for move in moves)


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
