"""Rests: short between the legs, long between rounds, from the end of the last rep; and targets of a set."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from tests.core.bookkeeping import Gym, names
from tracker.core import events
from tracker.core.config import Config, with_settings
from tracker.core.model import RestKind

SWITCH, ROUND = RestKind.SWITCH, RestKind.ROUND


def kinds(gym: Gym) -> list[RestKind]:
    return [event.kind for event in gym.of(events.RestStarted)]


def sets(gym: Gym, count: int, *, apart_s: float = 40.0) -> Gym:
    """So many sets of one rep, each ended by resting; the rest of the last one has begun."""
    for number in range(count):
        gym.rep(10.0 + number * apart_s)
    gym.tick(10.0 + count * apart_s - 6.0)
    return gym


def test_a_rest_is_dated_back_to_the_end_of_the_last_rep() -> None:
    """Known 8 s later, with how long it is to be."""
    gym = sets(Gym("left"), 1)
    assert gym.of(events.RestStarted) == [events.RestStarted(14.0, 22.0, ROUND, 90.0)]


def test_legs_in_turn_have_a_short_switch_and_a_long_rest() -> None:
    """Left, switch, right, rest, left, switch, right, rest."""
    gym = sets(Gym("alternate"), 4)
    assert kinds(gym) == [SWITCH, ROUND, SWITCH, ROUND]
    assert [event.target_s for event in gym.of(events.RestStarted)] == [30.0, 90.0, 30.0, 90.0]


@pytest.mark.parametrize("plan", ["", "left", "right"])
def test_one_leg_or_none_has_long_rests(plan: str) -> None:
    """There is nothing to switch to."""
    assert kinds(sets(Gym(plan), 3)) == [ROUND] * 3


def test_a_key_for_the_other_leg_makes_a_rest_a_switch() -> None:
    """Left is done and the person says right: the same rest, shorter; after right, back to left is a new round."""
    gym = sets(Gym("left"), 1)
    gym.said += gym.session.declare("swap", 25.0)
    again = gym.of(events.RestStarted)[-1]
    assert (again.t_s, again.known_s, again.kind, again.target_s) == (14.0, 25.0, SWITCH, 30.0)
    gym.rep(50.0)
    gym.tick(70.0)
    gym.said += gym.session.declare("swap", 71.0)
    assert kinds(gym) == [ROUND, SWITCH, ROUND]


def test_a_key_on_the_way_down_makes_it_a_switch_at_once() -> None:
    """The other leg is declared before the last rep of this one is measured."""
    gym = Gym("left")
    gym.rep(10.0)
    gym.count(15.0)
    gym.said += gym.session.declare("right", 16.0)
    gym.measured(gym.of(events.RepJudged)[0].judged.rep)
    assert kinds(gym) == [SWITCH]


def test_a_set_that_goes_on_takes_its_rest_back() -> None:
    """A ten second breather at rep 6: no switch is used up, and the rest begins anew after the last rep."""
    gym = Gym("alternate")
    gym.rep(10.0)
    gym.tick(23.5)
    gym.rep(24.5)
    sets_before = len(gym.of(events.SetStarted))
    gym.tick(50.0)
    assert (sets_before, kinds(gym)) == (1, [SWITCH, SWITCH])
    gym.rep(60.0)
    gym.tick(73.0)
    assert kinds(gym)[-1] is ROUND


def test_a_rest_is_over_once() -> None:
    """At its time, however late somebody looks; a rep ends it without a word."""
    gym = sets(Gym("left"), 1)
    assert gym.session.due_s == pytest.approx(104.0)
    assert gym.tick(104.0) == []
    assert gym.tick(130.0) == [events.RestOver(104.0, 104.0, ROUND)]
    assert gym.tick(500.0) == []
    early = sets(Gym("left"), 1)
    early.rep(100.0)
    assert not any(isinstance(event, events.RestOver) for event in early.tick(106.0))


def test_a_switch_that_becomes_a_round_runs_on() -> None:
    """Over as a switch, then declared otherwise: the long rest is still to be over."""
    gym = sets(Gym("alternate"), 1)
    gym.tick(60.0)
    gym.said += gym.session.declare("swap", 61.0)
    gym.tick(200.0)
    assert [(event.known_s, event.kind) for event in gym.of(events.RestOver)] == [(44.0, SWITCH), (104.0, ROUND)]


def test_no_limit_is_never_over() -> None:
    """0 = rest as long as you like."""
    gym = Gym("left", config=with_settings(Config(), {"sets.round_rest_s": 0}))
    gym.rep(10.0)
    gym.tick(1000.0)
    assert gym.of(events.RestStarted)[0].target_s == 0.0
    assert gym.of(events.RestOver) == []
    assert gym.session.due_s == math.inf


def with_target(count: int, plan: str = "alternate") -> Gym:
    return Gym(plan, config=with_settings(Config(), {"sets.target_reps": count}))


def end_of(said: Sequence[events.Event]) -> list[str]:
    return [name for name in names(said) if name not in ("RepCounted", "RepJudged", "SetStarted")]


def test_a_reached_target_ends_the_set_at_once() -> None:
    """The rest runs from the end of that rep; three seconds later the other leg is next."""
    gym = with_target(2)
    assert end_of(gym.rep(10.0)) == []
    assert end_of(gym.rep(15.0)) == ["SetPaused", "RestStarted"]
    assert end_of(gym.tick(19.6 + 3.0)) == ["SetEnded", "SideChanged"]


def test_one_more_rep_than_wanted_belongs_to_the_set() -> None:
    """Right after it, as any that resumes a set."""
    gym = with_target(2)
    for top_s in (10.0, 15.0, 20.0):
        gym.rep(top_s)
    gym.tick(40.0)
    assert [event.rep_count for event in gym.of(events.SetEnded)] == [3]


def test_a_struck_rep_does_not_reach_the_target() -> None:
    """Two wanted, one struck: the third one reaches it."""
    gym = with_target(2)
    gym.rep(10.0)
    gym.said += gym.session.strike("", 15.0)
    assert end_of(gym.rep(16.0)) == []
    assert end_of(gym.rep(21.0)) == ["SetPaused", "RestStarted"]
