"""Sets, sides and numbers: when a set ends, what resumes it, what a key does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.core.bookkeeping import Gym, names
from tests.core.synthetic import GOOD_REP
from tracker.core import events
from tracker.core.model import NAN, RepStatus, RestKind, Side


def test_the_first_rep_opens_a_set_on_the_declared_side() -> None:
    """Started when the rise began, said at the top."""
    gym = Gym("left")
    started, counted, judged = gym.rep(10.0)
    assert started == events.SetStarted(9.0, 10.0, 1, Side.LEFT)
    assert counted == events.RepCounted(10.0, 10.0, 1, 1, 1, Side.LEFT)
    assert isinstance(judged, events.RepJudged)
    assert (judged.judged.rep_id, judged.judged.number, judged.judged.status) == (1, 1, RepStatus.REP)
    assert len(judged.judged.findings) == 5


def test_numbers_run_within_the_set_and_ids_through_the_session() -> None:
    """The third rep of the second set is number 3 of set 2, its id is never used again."""
    gym = Gym()
    for start_s in (0, 5, 30, 35, 40):
        gym.rep(start_s)
    last = gym.of(events.RepCounted)[-1]
    assert (last.set_number, last.number, last.rep_id) == (2, 3, 5)


@pytest.mark.parametrize(
    ("rest_s", "expected"),
    [(8.0, []), (8.1, ["SetPaused", "RestStarted"]), (11.1, ["SetPaused", "RestStarted", "SetEnded"])],
)
def test_a_set_pauses_by_rest_and_ends_when_it_can_not_resume(rest_s: float, expected: list[str]) -> None:
    """8 s without a rep pause it, 3 s more end it; all say the end of its last rep, where the rest began."""
    gym = Gym()
    gym.rep(10.0)
    said = gym.tick(14.0 + rest_s)
    assert names(said) == expected
    assert all(event.t_s == 14.0 for event in said)
    assert [event.known_s for event in said] == [22.0, 22.0, 25.0][: len(said)]


def test_time_may_pass_in_one_step_or_in_many() -> None:
    """The same events with the same times, and each only once."""
    many, once = Gym(), Gym()
    many.rep(10.0)
    once.rep(10.0)
    for tenths in range(140, 400):
        many.tick(tenths / 10)
    once.tick(40.0)
    assert many.said == once.said


@pytest.mark.parametrize("paused", [False, True])
def test_a_set_waits_while_the_link_is_lost(paused: bool) -> None:
    """A minute out of reach, in which the posture seems left, is no rest: the next rep is the set's next."""
    gym = Gym()
    gym.rep(10.0)
    if paused:
        gym.tick(23.0)
    gym.session.lost_link()
    assert gym.session.left_posture(24.0) == []
    gym.session.resumed(60.0)
    gym.rep(84.5)
    assert [(rep.set_number, rep.number) for rep in gym.of(events.RepCounted)] == [(1, 1), (1, 2)]


def test_a_gap_of_another_cause_is_a_rest() -> None:
    """A pause in a file, say: the set is over, and so is that of a link that was back before."""
    gym = Gym()
    gym.rep(10.0)
    gym.session.lost_link()
    gym.session.resumed(1.0)
    gym.session.resumed(60.0)
    assert names(gym.session.left_posture(76.0))[-1] == "SetEnded"


def test_a_rep_soon_after_a_pause_resumes_the_set() -> None:
    """A breather of ten seconds is no rest: the numbers go on and it may pause again."""
    gym = Gym()
    gym.rep(10.0)
    gym.tick(23.0)
    gym.rep(24.5)
    gym.tick(40.0)
    assert [rep.number for rep in gym.of(events.RepCounted)] == [1, 2]
    assert names(gym.said).count("SetPaused") == 2
    assert names(gym.said).count("SetEnded") == 1


def test_no_set_ends_while_a_rep_is_open() -> None:
    """Held at the top for a minute: still the same set."""
    gym = Gym()
    gym.count(10.0)
    assert gym.tick(80.0) == []
    gym.measured(replace(GOOD_REP, end_s=80.0))
    assert gym.tick(85.0) == []


def test_leaving_the_posture_ends_the_set_at_once() -> None:
    """Up and away: no waiting for the rest."""
    gym = Gym()
    gym.rep(10.0)
    ended = gym.session.left_posture(15.0)
    assert ended == [
        events.SetEnded(14.0, 15.0, 1, Side.UNKNOWN, 1, 0, 1),
        events.RestStarted(14.0, 15.0, RestKind.ROUND, 90.0),
    ]
    assert gym.session.left_posture(16.0) == []


def test_a_new_side_ends_the_set_and_the_same_side_does_not() -> None:
    """Only a change matters."""
    gym = Gym("left")
    gym.rep(10.0)
    assert gym.session.declare("left", 15.0) == []
    assert names(gym.session.declare("right", 15.0)) == ["SetEnded", "RestStarted", "SideChanged"]
    assert gym.session.side is Side.RIGHT


def test_swap_takes_the_other_side() -> None:
    """Left becomes right and back; nothing declared becomes left."""
    gym = Gym()
    sides = []
    for _ in range(3):
        gym.session.declare("swap", 0.0)
        sides.append(gym.session.side)
    assert sides == [Side.LEFT, Side.RIGHT, Side.LEFT]


def test_no_word_for_a_side_leaves_it_as_it_is() -> None:
    """A marker without a side is no side."""
    gym = Gym("left")
    assert gym.session.declare("", 3.0) == []
    assert gym.session.side is Side.LEFT


def test_a_movement_lost_in_a_gap_was_no_rest() -> None:
    """It counts nothing, but the set does not pause for it; without a set it means nothing."""
    gym = Gym()
    gym.session.voided(5.0)
    gym.rep(10.0)
    gym.session.voided(20.0)
    gym.session.voided(19.0)
    assert gym.tick(27.9) == []
    assert names(gym.tick(28.1)) == ["SetPaused", "RestStarted"]


@pytest.mark.parametrize("ends", ["set_end", "rest", "posture", "stream"])
def test_alternating_sides_change_when_a_set_ends(ends: str) -> None:
    """Left first; after each set the other one, however the set ended."""
    gym = Gym("alternate")
    assert gym.session.side is Side.LEFT
    gym.rep(10.0)
    said = {
        "set_end": lambda: gym.session.end_set(15.0),
        "rest": lambda: gym.tick(30.0),
        "posture": lambda: gym.session.left_posture(15.0),
        "stream": lambda: gym.session.finish(15.0),
    }[ends]()
    assert [name for name in names(said) if name != "RestStarted"][-2:] == ["SetEnded", "SideChanged"]
    assert gym.session.side is Side.RIGHT


def test_a_declared_side_wins_over_alternation() -> None:
    """The person says right: right it is, and the next set alternates from there."""
    gym = Gym("alternate")
    gym.rep(10.0)
    gym.session.declare("right", 15.0)
    gym.rep(30.0)
    gym.session.end_set(40.0)
    assert [start.side for start in gym.of(events.SetStarted)] == [Side.LEFT, Side.RIGHT]
    assert gym.session.side is Side.LEFT


def test_an_alternating_set_that_never_began_changes_nothing() -> None:
    """Ending no set says nothing and keeps the side."""
    gym = Gym("alternate")
    assert gym.session.end_set(5.0) == []
    assert gym.session.side is Side.LEFT


def test_a_marker_ends_one_set_and_begins_another_with_its_side() -> None:
    """`set_start side=right` between reps that would have been one set."""
    gym = Gym("left")
    gym.rep(10.0)
    assert names(gym.session.start_set("right", 15.0)) == ["SetEnded", "SideChanged"]
    gym.rep(16.0)
    assert [start.side for start in gym.of(events.SetStarted)] == [Side.LEFT, Side.RIGHT]


def test_a_marker_without_a_side_keeps_it() -> None:
    """And announces a set, until it is ended."""
    gym = Gym("left")
    assert gym.session.start_set("", 1.0) == []
    assert gym.session.side is Side.LEFT


def test_sets_are_announced_by_a_side_or_by_a_start() -> None:
    """What lets an accelerometer alone count without calibration."""
    assert not Gym().session.is_announced
    assert Gym("left").session.is_announced
    gym = Gym()
    gym.session.start_set("", 1.0)
    assert gym.session.is_announced
    gym.session.end_set(2.0)
    assert not gym.session.is_announced


def test_a_partial_belongs_to_the_open_set_and_has_its_own_numbers() -> None:
    """Noted with an id and a number of its own; the set counts it apart."""
    gym = Gym()
    gym.rep(10.0)
    gym.measured(GOOD_REP, is_counted=False)
    gym.rep(16.0)
    partial = gym.of(events.RepJudged)[1].judged
    assert (partial.status, partial.number, partial.rep_id) == (RepStatus.PARTIAL, 1, 2)
    assert gym.of(events.RepCounted)[-1].number == 2
    ended = gym.session.end_set(25.0)[0]
    assert isinstance(ended, events.SetEnded)
    assert (ended.rep_count, ended.partial_count, ended.clean_count) == (2, 1, 2)


def test_an_attempt_before_the_first_rep_opens_no_set() -> None:
    """Shuffling into place is no partial."""
    assert Gym().measured(GOOD_REP, is_counted=False) == []


def test_a_partial_keeps_the_set_awake() -> None:
    """Trying is not resting."""
    gym = Gym()
    gym.rep(10.0)
    gym.measured(replace(GOOD_REP, end_s=20.0), is_counted=False)
    assert gym.tick(27.9) == []
    assert names(gym.tick(28.1)) == ["SetPaused", "RestStarted"]


def test_a_rep_that_was_cut_off_ends_at_its_top() -> None:
    """Where the end was not measured the last that is known counts."""
    gym = Gym()
    gym.count(10.0)
    gym.measured(replace(GOOD_REP, top_s=10.0, end_s=NAN))
    ended = gym.session.finish(20.0)[0]
    assert ended.t_s == 10.0


def test_clean_reps_are_those_without_a_fault_or_caution() -> None:
    """Counted by the set's end."""
    gym = Gym()
    gym.rep(10.0)
    gym.rep(15.0, level_top_deg=7.0)
    ended = gym.session.finish(20.0)[0]
    assert isinstance(ended, events.SetEnded)
    assert (ended.rep_count, ended.clean_count) == (2, 1)


def test_the_end_of_the_stream_without_a_set_says_nothing() -> None:
    """No set, no end."""
    assert Gym("left").session.finish(3.0) == []
