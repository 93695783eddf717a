"""The last two minutes: running indices, trimming, what may be asked for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.synthetic import history_of, path
from tracker.core.history import ACC, BLOCK_ROWS, KEPT_S, PEAK, UP, WIDTH, History, T
from tracker.core.model import Floats

RATE_HZ = 10.0  # two minutes are 1200 rows


def numbered(start: int, count: int) -> Floats:
    """Columns whose every value is the running index of its row."""
    return np.tile(np.arange(start, start + count, dtype=np.float64), (WIDTH, 1))


@settings(max_examples=30)
@given(st.lists(st.integers(1, BLOCK_ROWS), min_size=1, max_size=30))
def test_a_row_is_found_by_its_running_index_for_two_minutes(sizes: list[int]) -> None:
    """However the rows came, the last two minutes hold what was put there."""
    history = History(RATE_HZ)
    for size in sizes:
        history.append(numbered(history.end, size))
    assert history.end == sum(sizes)
    earliest = history.earliest(history.end - 1)
    kept = history.column(T, earliest, history.end)
    assert kept.tolist() == list(range(earliest, history.end))
    assert history.columns(ACC, earliest, history.end)[2].tolist() == kept.tolist()
    assert history.time_s(history.end - 1) == history.end - 1


def test_memory_stays_flat() -> None:
    """An hour needs no more memory than two minutes."""
    history = History(RATE_HZ)
    before = history._columns.nbytes
    for _ in range(40):
        history.append(numbered(history.end, BLOCK_ROWS))
    assert history._columns.nbytes == before


def test_earliest_goes_two_minutes_back_from_the_row_and_never_before_the_start() -> None:
    """What may be asked for depends on the row, not on how much came after it."""
    history = History(RATE_HZ)
    history.append(numbered(0, 2000))
    assert history.kept == KEPT_S * RATE_HZ == 1200
    assert history.earliest(100) == 0
    assert history.earliest(1199) == 0
    assert history.earliest(1200) == 1
    history.append(numbered(2000, 500))
    assert history.earliest(1200) == 1


def test_clearing_forgets_rows_but_indices_run_on() -> None:
    """After an interruption nothing earlier may be asked for, and no index is used twice."""
    history = History(RATE_HZ)
    history.append(numbered(0, 700))
    history.clear()
    assert (history.start, history.end, history.earliest(800)) == (700, 700, 700)
    history.append(numbered(700, 5))
    assert history.column(PEAK, 700, 705).tolist() == [700, 701, 702, 703, 704]


def test_up_without_an_offset_is_up_as_it_was_kept() -> None:
    """No offset, no arithmetic: the very same numbers."""
    history = history_of(path((1, 30)))
    up = history.corrected_up(0, 50, (0.0, 0.0, 0.0))
    assert up.tobytes() == history.columns(UP, 0, 50).tobytes()


@given(st.floats(-0.6, 0.6), st.floats(-0.6, 0.6), st.floats(-0.6, 0.6))
def test_corrected_up_is_a_unit_vector(x_mps2: float, y_mps2: float, z_mps2: float) -> None:
    """Whatever the offset."""
    up = history_of(path((1, 30))).corrected_up(0, 50, (x_mps2, y_mps2, z_mps2))
    assert (up**2).sum(axis=0) == pytest.approx(np.ones(50))


def test_an_offset_along_up_does_not_tilt() -> None:
    """Only the part of the offset across up moves where up seems to be."""
    history = history_of(np.full(10, 45.0))
    up = history.columns(UP, 0, 10)
    along = history.corrected_up(0, 10, tuple((0.5 * up[:, 0]).tolist()))
    assert along == pytest.approx(up, abs=1e-12)
