"""From events to the last word on each rep and set; what was struck does not count."""

from __future__ import annotations

import math

import pytest

from tests.core.bookkeeping import Gym, fold
from tracker.core import events
from tracker.core.model import Side
from tracker.core.summary import Ledger, SessionSummary, asymmetry_pct


def summary_of(gym: Gym, end_s: float = 60.0) -> SessionSummary:
    return fold([*gym.said, *gym.session.finish(end_s)], load_kg=20.0)


def five_reps() -> Gym:
    gym = Gym("left")
    for top_s, level_deg in zip((10, 15, 20, 25, 30), (0, 0, 7, 0, 0), strict=True):
        gym.rep(top_s, level_top_deg=level_deg)
    return gym


def test_a_set_counts_its_reps_its_clean_ones_and_what_was_lifted() -> None:
    """Five of 20 kg, one not level."""
    (only,) = summary_of(five_reps()).sets
    assert (only.rep_count, only.clean_count, only.volume_kg) == (5, 4, 100.0)


def test_a_struck_rep_stays_in_the_table_and_counts_nothing() -> None:
    """Until it is restored."""
    gym = five_reps()
    gym.said += gym.session.strike("3", 31.0)
    struck = summary_of(gym)
    assert [rep.is_counted for rep in struck.reps] == [True, True, False, True, True]
    assert (struck.sets[0].rep_count, struck.sets[0].clean_count) == (4, 4)
    restored = fold([*gym.said, events.RepRestored(70.0, 70.0, 3)])
    assert restored.sets[0].rep_count == 5


def test_striking_what_was_never_judged_is_no_error() -> None:
    """A recording may end right there."""
    ledger = Ledger()
    ledger.handle([events.RepStruck(1.0, 1.0, 9), events.RepRestored(1.0, 1.0, 9)])
    ledger.close()
    assert ledger.summary().reps == ()


def test_a_later_word_on_a_struck_rep_leaves_it_struck() -> None:
    """Judged again because the reference grew: still struck."""
    gym = five_reps()
    gym.said += gym.session.strike("1", 31.0)
    gym.said.append(gym.of(events.RepJudged)[0])
    assert summary_of(gym).reps[0].is_struck


def test_sides_are_told_apart_and_compared() -> None:
    """Five left, four right: 20 % more on the left."""
    gym = five_reps()
    gym.said += gym.session.declare("right", 35.0)
    for top_s in (50, 55, 60, 65):
        gym.rep(top_s)
    session = summary_of(gym, 90.0)
    assert {side.side: side.rep_count for side in session.sides} == {Side.LEFT: 5, Side.RIGHT: 4}
    assert session.asymmetry_pct["reps"] == pytest.approx(20.0)
    assert session.sets[1].rest_before_s == pytest.approx(49 - 34)


@pytest.mark.parametrize(
    ("left", "right", "expected"), [(10, 8, 20), (8, 10, -20), (5, 5, 0), (0, 0, math.nan), (math.nan, 5, math.nan)]
)
def test_asymmetry_is_of_the_larger_side(left: float, right: float, expected: float) -> None:
    """Positive = more on the left; nothing where a side was not measured."""
    assert asymmetry_pct(left, right) == pytest.approx(expected, nan_ok=True)
