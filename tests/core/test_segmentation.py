"""The counting machine: every row of its table, on curves that a person could make."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from tests.core.synthetic import moves_of, new_segmenter, path, rate_of, windows
from tracker.core.model import Floats
from tracker.core.segmentation import TRANSITIONS, Move, Phase, RepWindow, Returned, TopReached


def kinds(moves: list[Move]) -> list[str]:
    return [type(move).__name__ for move in moves]


def tops(moves: list[Move]) -> list[TopReached]:
    return [move for move in moves if isinstance(move, TopReached)]


# One curve for each row of the table: the phases that it must go through, in order.
CURVES: dict[tuple[Phase, str], tuple[Floats, list[Phase]]] = {
    (Phase.LOW, "risen by rise_start_deg"): (path((1, 0), (0.3, 7), (0.1, 7)), [Phase.LOW, Phase.RISING]),
    (Phase.RISING, "slow or falling, range enough"): (path((1, 0), (1, 45), (1, 45)), [Phase.RISING, Phase.TOP]),
    (Phase.RISING, "falling, range too small"): (path((1, 0), (0.6, 15), (0.35, 4)), [Phase.RISING, Phase.LOWERING]),
    (Phase.RISING, "longer than longest_rise_s"): (path((1, 0), (1, 18), (15, 18)), [Phase.RISING, Phase.LOW]),
    (Phase.RISING, "settled below a partial"): (path((1, 0), (0.5, 9), (1.5, 9)), [Phase.RISING, Phase.LOW]),
    (Phase.TOP, "back by return_fraction"): (path((1, 0), (1, 45), (1, 45), (0.6, 12)), [Phase.TOP, Phase.LOWERING]),
    (Phase.LOWERING, "resting near the bottom, or turned up"): (
        path((1, 0), (1, 45), (1, 45), (1, 0), (1, 0)),
        [Phase.TOP, Phase.LOWERING, Phase.LOW],
    ),
    (Phase.LOWERING, "turned up before the bottom, not counted"): (
        path((1, 0), (0.8, 20), (0.5, 8), (0.3, 15)),
        [Phase.RISING, Phase.LOWERING, Phase.RISING],
    ),
}


def phases_of(angle_deg: Floats) -> list[Phase]:
    segmenter = new_segmenter()
    segmenter.start_at(0, float(angle_deg[0]))
    seen = [segmenter.phase]
    for row, rate in enumerate(rate_of(angle_deg)):
        segmenter.feed(angle_deg[row : row + 1], np.array([rate]))
        if segmenter.phase is not seen[-1]:
            seen.append(segmenter.phase)
    return seen


@pytest.mark.parametrize("row", TRANSITIONS, ids=lambda row: f"{row[0]}: {row[1]}")
def test_every_row_of_the_table_happens(row: tuple[Phase, str, Phase, str]) -> None:
    """Each documented transition is made by its curve, between the documented phases."""
    angle_deg, expected = CURVES[row[0], row[1]]
    assert phases_of(angle_deg)[-len(expected) :] == expected
    assert (row[0], row[2]) in pairwise(expected)


def test_no_transition_happens_that_is_not_in_the_table() -> None:
    """Whatever random curve: the phases follow the drawn machine."""
    allowed = {(start, end) for start, _, end, _ in TRANSITIONS}
    rng = np.random.default_rng(4)
    for _ in range(20):
        legs = [(float(rng.uniform(0.2, 2)), float(rng.uniform(-10, 60))) for _ in range(15)]
        assert set(pairwise(phases_of(path(*legs)))) <= allowed


def test_a_thrust_is_told_at_the_top_on_return_and_when_closed() -> None:
    """In this order, with rows that lie in it: rise, top, known, return, bottom."""
    moves = moves_of(new_segmenter(), path((1, 0), (1, 45), (1, 45), (1.5, 0), (2, 0)))
    assert kinds(moves) == ["TopReached", "Returned", "RepWindow"]
    top, returned, window = moves
    assert isinstance(top, TopReached)
    assert isinstance(returned, Returned)
    assert isinstance(window, RepWindow)
    assert 50 <= window.rise <= 75 <= top.known <= 100 <= returned.known <= window.bottom <= window.stop
    assert (window.is_counted, window.is_cut) == (True, False)
    assert window.range_deg == pytest.approx(45, abs=0.1)
    assert window.base_deg == pytest.approx(0, abs=0.1)


def test_the_top_is_known_a_tenth_of_a_second_after_the_hips_have_slowed_down() -> None:
    """Below 10 deg/s for 0.08 s: the delay of the spoken number."""
    angle_deg = path((1, 0), (1, 45), (1, 45))
    slow = 75 + int(np.flatnonzero(rate_of(angle_deg)[75:] < 10)[0])
    assert tops(moves_of(new_segmenter(), angle_deg))[0].known in range(slow + 2, slow + 6)


@pytest.mark.parametrize(
    ("legs", "reps"),
    [
        pytest.param([(1, 45), (60, 45), (1.5, 0)], 1, id="held at the top for a minute"),
        pytest.param([(1, 45), (0.4, 38), (0.4, 45), (1.5, 0)], 1, id="a bounce at the top"),
        pytest.param([(1, 45), (0.4, 30), (0.4, 45), (1, 45), (1.5, 0)], 1, id="a double bounce of a third"),
        pytest.param([(0.6, 26), (1.5, 27), (0.6, 45), (1.5, 0)], 1, id="a sticking point"),
        pytest.param([(10, 45), (1, 45), (10, 0)], 1, id="ten seconds up and down"),
        pytest.param([(0.5, 45), (0.5, 0)], 1, id="half a second up and down"),
        pytest.param([(0.5, 45), (0.5, 0)] * 6, 6, id="six fast ones without rest"),
        pytest.param([(1, 45), (1, 6)] * 4, 4, id="four that never quite come down"),
        pytest.param([(0.6, 16), (0.6, 0)], 0, id="a third of the way"),
        pytest.param([(1, 22), (1, 0)], 0, id="just short of half"),
        pytest.param([(1, 23), (1, 0)], 1, id="just over half"),
        pytest.param([(5, 5), (5, -5), (5, 3)], 0, id="settling"),
    ],
)
def test_reps(legs: list[tuple[float, float]], reps: int) -> None:
    """What counts once, often, not at all."""
    moves = moves_of(new_segmenter(), path((1, 0), *legs, (2, 0)))
    assert len(tops(moves)) == reps
    assert sum(window.is_counted for window in windows(moves)) == reps


@pytest.mark.parametrize(
    ("range_deg", "is_noted"), [(10.5, False), (12, True), (20, True)], ids=["a shuffle", "a quarter", "nearly half"]
)
def test_an_attempt_between_a_quarter_and_half_is_noted_as_a_partial(range_deg: float, is_noted: bool) -> None:
    """Noted, never counted."""
    moves = moves_of(new_segmenter(), path((1, 0), (0.6, range_deg), (0.6, 0), (2, 0)))
    assert kinds(moves) == (["RepWindow"] if is_noted else [])
    assert not any(window.is_counted for window in windows(moves))


def test_two_tries_of_one_attempt_are_one_partial() -> None:
    """Up a little, down a little, up again, down: one attempt."""
    moves = moves_of(new_segmenter(), path((1, 0), (0.8, 20), (0.5, 8), (0.5, 19), (0.8, 0), (2, 0)))
    assert [window.is_counted for window in windows(moves)] == [False]


def test_a_small_rise_that_settles_is_the_new_bottom() -> None:
    """Shuffled up by 9 degrees and lying still: the next thrust starts from there."""
    moves = moves_of(new_segmenter(), path((1, 0), (0.5, 9), (3, 9), (1, 45), (1, 45), (1.5, 9), (2, 9)))
    assert windows(moves)[0].base_deg == pytest.approx(9, abs=0.5)
    assert windows(moves)[0].range_deg == pytest.approx(36, abs=0.5)


def test_the_bottom_follows_a_body_that_sinks() -> None:
    """A lower rest is the bottom at once."""
    moves = moves_of(new_segmenter(), path((1, 0), (2, -8), (1, -8), (1, 40), (1, 40), (1.5, -8), (2, -8)))
    assert windows(moves)[0].base_deg == pytest.approx(-8, abs=0.1)


def test_resting_three_seconds_half_way_down_closes_the_rep() -> None:
    """Higher than a bottom, but held so long that the next rise is another movement."""
    moves = moves_of(new_segmenter(), path((1, 0), (1, 45), (1, 45), (1, 20), (4.5, 20)))
    assert len(windows(moves)) == 1


@pytest.mark.parametrize("highest_deg", [30.0, 44.0])
def test_above_the_highest_posture_nothing_is_counted(highest_deg: float) -> None:
    """At the top the belly points up; a body bent further is something else."""
    segmenter = new_segmenter()
    segmenter.highest_top_deg = highest_deg
    assert tops(moves_of(segmenter, path((1, 0), (1, 45), (1, 45), (1.5, 0), (2, 0)))) == []


def test_below_the_lowest_posture_nothing_is_counted() -> None:
    """A thrust that ends far from full extension in absolute terms is no thrust."""
    segmenter = new_segmenter()
    segmenter.lowest_top_deg = 50.0
    assert tops(moves_of(segmenter, path((1, 0), (1, 45), (1, 45), (1.5, 0), (2, 0)))) == []


def test_without_calibration_the_running_median_is_the_reference() -> None:
    """After reps of 45 degrees, 20 are no rep and 9 are not even a partial; before them, 20 were one."""
    full = [(1.0, 45.0), (0.5, 45.0), (1.0, 0.0), (1.0, 0.0)]
    small = [(0.7, 20.0), (0.7, 0.0), (1.0, 0.0)]
    segmenter = new_segmenter(counted_deg=None, partial_deg=None)
    moves = moves_of(segmenter, path((1, 0), *small, *(full * 3), *small))
    assert [window.is_counted for window in windows(moves)] == [True, True, True, True, False]
    assert segmenter.needed_deg == pytest.approx(22.5, abs=0.1)
    assert segmenter.noted_deg == pytest.approx(11.25, abs=0.1)


def test_the_least_range_holds_however_small_the_reference() -> None:
    """A reference of 20 degrees does not make 10 a rep; and a partial starts at the rise itself."""
    segmenter = new_segmenter(counted_deg=10.0, partial_deg=5.0)
    assert segmenter.needed_deg == 15.0
    assert segmenter.noted_deg == 6.0
