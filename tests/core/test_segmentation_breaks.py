"""The counting machine when the stream is cut: into blocks, or for good, in any phase."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.synthetic import moves_of, new_segmenter, path, rate_of, windows
from tracker.core.segmentation import Move, Phase


@pytest.mark.parametrize(
    ("legs", "phase", "expected"),
    [
        ([(1, 0)], Phase.LOW, []),
        ([(1, 0), (0.4, 20)], Phase.RISING, []),
        ([(1, 0), (1, 45), (1, 45)], Phase.TOP, [True]),
        ([(1, 0), (1, 45), (1, 45), (0.8, 18)], Phase.LOWERING, [True]),
        ([(1, 0), (0.6, 18), (0.35, 6)], Phase.LOWERING, []),
    ],
)
def test_an_interruption_closes_what_was_counted_and_forgets_the_rest(
    legs: list[tuple[float, float]], phase: Phase, expected: list[bool]
) -> None:
    """A counted rep is handed out as cut, in every phase; an attempt is not."""
    segmenter = new_segmenter()
    moves_of(segmenter, path(*legs))
    assert segmenter.phase is phase
    moves = segmenter.interrupt()
    assert [move.is_cut for move in windows(moves)] == expected
    assert len(moves) == len(expected)
    assert segmenter.phase is Phase.LOW
    assert not segmenter.has_open_movement
    assert not segmenter.is_open_counted


def test_an_interruption_hands_out_the_window_that_waits_to_close() -> None:
    """Down already, not yet settled: complete, not cut."""
    segmenter = new_segmenter()
    assert len(windows(moves_of(segmenter, path((1, 0), (1, 45), (1, 45), (1, 0), (0.2, 0))))) == 0
    assert segmenter.has_open_movement
    assert segmenter.is_open_counted
    assert [window.is_cut for window in windows(segmenter.interrupt())] == [False]


@settings(max_examples=40, deadline=None)
@given(
    legs=st.lists(st.tuples(st.floats(0.2, 3), st.floats(-15, 60)), min_size=1, max_size=12),
    sizes=st.lists(st.integers(1, 150), max_size=12),
    is_calibrated=st.booleans(),
)
def test_whole_one_by_one_and_in_blocks_are_the_same(
    legs: list[tuple[float, float]], sizes: list[int], is_calibrated: bool
) -> None:
    """Any curve, cut anywhere: equal moves at equal rows."""
    angle_deg = path((0.5, 0), *legs)
    rate_dps = rate_of(angle_deg)
    cuts = [0, *[cut for cut in np.cumsum(sizes).tolist() if cut < len(angle_deg)], len(angle_deg)]

    def fed(places: list[int]) -> list[Move]:
        segmenter = new_segmenter() if is_calibrated else new_segmenter(counted_deg=None, partial_deg=None)
        segmenter.start_at(0, 0.0)
        moves = []
        for start, stop in pairwise(places):
            moves += segmenter.feed(angle_deg[start:stop], rate_dps[start:stop])
        return moves + segmenter.interrupt()

    whole = fed([0, len(angle_deg)])
    assert fed(cuts) == whole
    assert fed(list(range(len(angle_deg) + 1))) == whole


@settings(max_examples=40, deadline=None)
@given(legs=st.lists(st.tuples(st.floats(0.2, 3), st.floats(-15, 60)), min_size=1, max_size=12))
def test_of_rows_fed_at_once_it_is_known_when_a_movement_was_open(legs: list[tuple[float, float]]) -> None:
    """The same rows as asked after each of them, one by one."""
    angle_deg = path((0.5, 0), *legs)
    rate_dps = rate_of(angle_deg)
    one, whole = new_segmenter(), new_segmenter()
    one.start_at(0, 0.0)
    whole.start_at(0, 0.0)
    was_calm = []
    for row in range(len(angle_deg)):
        one.feed(angle_deg[row : row + 1], rate_dps[row : row + 1])
        was_calm.append(not one.has_open_movement)
    whole.feed(angle_deg, rate_dps)
    for row in range(len(angle_deg)):
        expected = next((later for later in range(row, len(angle_deg)) if was_calm[later]), len(angle_deg))
        assert whole.calm_from(row) == expected


def test_an_empty_block_says_nothing() -> None:
    """No rows, no moves."""
    assert new_segmenter().feed(np.empty(0), np.empty(0)) == []


def test_the_bottom_after_a_rep_is_the_same_row_in_blocks() -> None:
    """The angle rests at exactly 0: whole the first such row is the bottom, one by one the last."""
    angle_deg = path((0.5, 0), (1, 15), (0.5, 0), (1, 0))
    rate_dps = rate_of(angle_deg)

    def bottoms(step: int) -> list[int]:
        segmenter = new_segmenter(counted_deg=None, partial_deg=None)
        segmenter.start_at(0, 0.0)
        moves = []
        for start in range(0, len(angle_deg), step):
            moves += segmenter.feed(angle_deg[start : start + step], rate_dps[start : start + step])
        return [window.bottom for window in windows(moves + segmenter.interrupt())]

    assert np.unique([bottoms(step) for step in (1, 7, 99, 1000)], axis=0).shape == (1, 1)
