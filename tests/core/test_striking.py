"""What the person takes back, and angles that are relative to the reps themselves."""

from __future__ import annotations

import pytest

from tests.core.bookkeeping import Gym
from tests.core.synthetic import calibration_of
from tracker.core import events
from tracker.core.model import NAN, CalibrationKind


def auto() -> Gym:
    return Gym(calibration=calibration_of(kind=CalibrationKind.AUTO))


def levels(gym: Gym) -> dict[int, float]:
    """The last word on the level of every rep."""
    return {event.judged.rep_id: event.judged.rep.level_top_deg for event in gym.of(events.RepJudged)}


def tops(gym: Gym) -> dict[int, float]:
    return {event.judged.rep_id: event.judged.rep.top_inclination_deg for event in gym.of(events.RepJudged)}


def struck(gym: Gym, value: str = "") -> list[int]:
    return [event.rep_id for event in gym.session.strike(value, 99.0) if isinstance(event, events.RepStruck)]


def restored(gym: Gym, value: str = "") -> list[int]:
    return [event.rep_id for event in gym.session.restore(value, 99.0) if isinstance(event, events.RepRestored)]


def three_reps() -> Gym:
    gym = Gym()
    for top_s in (10, 15, 20):
        gym.rep(top_s)
    return gym


def test_without_an_id_the_last_rep_that_stands_is_struck() -> None:
    """Pressed twice, the one before it."""
    gym = three_reps()
    assert struck(gym) + struck(gym) + struck(gym) + struck(gym) == [3, 2, 1]


def test_without_an_id_the_last_struck_rep_is_restored() -> None:
    """In the reverse order of striking."""
    gym = three_reps()
    struck(gym, "1")
    struck(gym, "3")
    assert restored(gym) + restored(gym) + restored(gym) == [3, 1]


def test_a_rep_is_struck_and_restored_by_its_id() -> None:
    """Each only once."""
    gym = three_reps()
    assert struck(gym, "2") + struck(gym, "2") == [2]
    assert restored(gym, "3") == []
    assert restored(gym, "2") + restored(gym, "2") == [2]


@pytest.mark.parametrize("value", ["0", "4", "77"])
def test_an_id_that_was_never_given_strikes_nothing(value: str) -> None:
    """Not an error: the set goes on."""
    gym = three_reps()
    assert struck(gym, value) == restored(gym, value) == []


def test_nothing_to_strike_or_restore_says_nothing() -> None:
    """A key pressed before the first rep."""
    assert struck(Gym()) == restored(Gym()) == []


def test_a_partial_can_not_be_struck() -> None:
    """It was not counted in the first place."""
    gym = three_reps()
    gym.measured(gym.of(events.RepJudged)[0].judged.rep, is_counted=False)
    assert struck(gym, "4") == []
    assert struck(gym) == [3]


def test_a_struck_rep_stays_and_its_id_and_number_are_not_used_again() -> None:
    """The next rep is number 4 with id 4, and the set counts three of the four."""
    gym = three_reps()
    struck(gym)
    gym.rep(25)
    assert [(rep.rep_id, rep.number) for rep in gym.of(events.RepCounted)] == [(1, 1), (2, 2), (3, 3), (4, 4)]
    ended = gym.session.finish(40.0)[-1]
    assert isinstance(ended, events.SetEnded)
    assert (ended.rep_count, ended.clean_count) == (3, 3)


def test_a_restored_rep_counts_again() -> None:
    """As if nothing had happened."""
    gym = three_reps()
    struck(gym)
    restored(gym)
    ended = gym.session.finish(40.0)[-1]
    assert isinstance(ended, events.SetEnded)
    assert ended.rep_count == 3


def test_without_calibration_level_is_relative_to_the_median_of_the_first_three() -> None:
    """The fourth does not move the zero any more."""
    gym = auto()
    for top_s, level_deg in zip((10, 15, 20, 25), (2.0, 9.0, 4.0, 14.0), strict=True):
        gym.rep(top_s, level_top_deg=level_deg)
    assert levels(gym) == {1: -2.0, 2: 5.0, 3: 0.0, 4: 10.0}


def test_early_reps_are_judged_again_as_the_reference_grows() -> None:
    """One, then two, then three reps are told; from the fourth on only the new one."""
    gym = auto()
    told = []
    for top_s in (10, 15, 20, 25):
        gym.rep(top_s, level_top_deg=float(top_s))
        told.append(len(gym.of(events.RepJudged)) - sum(told))
    assert told == [1, 2, 3, 1]


def test_extension_is_relative_to_the_mean_of_the_best_three() -> None:
    """Known for good at the end of the set: what changed is told again before the set ends."""
    gym = auto()
    for top_s, top_deg in zip((10, 15, 20, 25, 30), (8.0, 8.0, 8.0, 2.0, 2.0), strict=True):
        gym.rep(top_s, top_inclination_deg=top_deg)
    gym.said += gym.session.finish(50.0)
    assert tops(gym) == pytest.approx({1: 4.0, 2: 4.0, 3: 4.0, 4: -2.0, 5: -2.0})
    assert isinstance(gym.said[-1], events.SetEnded)


def test_what_did_not_change_is_not_told_again() -> None:
    """Three equal reps: the end of the set is all that is left to say."""
    gym = auto()
    for top_s in (10, 15, 20):
        gym.rep(top_s)
    assert len(gym.session.finish(50.0)) == 1


def test_angles_that_were_not_measured_make_no_reference() -> None:
    """NaN stays NaN, and the others have their zero from what was measured."""
    gym = auto()
    gym.rep(10, level_top_deg=NAN, top_inclination_deg=NAN)
    gym.rep(15, level_top_deg=3.0, top_inclination_deg=4.0)
    last = gym.of(events.RepJudged)[-1].judged.rep
    assert (last.level_top_deg, last.top_inclination_deg) == (0.0, 0.0)
    assert levels(gym)[1] != levels(gym)[1]


def test_a_new_calibration_begins_a_new_reference() -> None:
    """Zeros of one wearing say nothing of the next."""
    gym = auto()
    gym.rep(10, level_top_deg=5.0)
    gym.session.left_posture(16.0)
    gym.calibration = calibration_of(kind=CalibrationKind.AUTO)
    gym.rep(30, level_top_deg=-7.0)
    assert levels(gym) == {1: 0.0, 2: 0.0}


def test_with_calibration_angles_are_absolute() -> None:
    """The calibrated hold is the zero."""
    gym = Gym()
    gym.rep(10, level_top_deg=5.0)
    assert levels(gym) == {1: 5.0}
