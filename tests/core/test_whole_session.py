"""Sets, rests and readiness as a lifter sees them: simulated sessions through the board of a screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import pytest

from tests.core.simulated import calm, engine, of
from tracker.core import events
from tracker.core.engine import Engine
from tracker.core.model import Command, CommandName, Input, Packet, Side
from tracker.sinks.board import Board
from tracker.sources.simulator import TEMPOS, Scenario, SetPlan, Simulation, simulate

SIX, FOUR, THREE = ((),) * 6, ((),) * 4, ((),) * 3


@cache
def session(scenario: Scenario) -> Simulation:
    return simulate(scenario)


class Watched:
    """What a screen showed after every packet, and all events."""

    def __init__(self, inputs: Sequence[Input], one: Engine | None = None) -> None:
        one = one or engine()
        one.pose_rate_hz = 5.0
        self.board = Board.of(one.config)
        self.events: list[events.Event] = []
        self.counts: list[int] = []
        self.rests: list[tuple[str, float, float]] = []  # kind, since, now
        for item in inputs:
            self._show(one.feed([item]))
        self._show(one.finish())

    def _show(self, happened: list[events.Event]) -> None:
        self.board.take(happened)
        self.events += happened
        self.counts.append(self.board.count)
        if self.board.rest_kind:
            self.rests.append((self.board.rest_kind, self.board.rest_since_s, self.board.now_s))


def shown_rests(watched: Watched) -> list[str]:
    """The kinds in a row."""
    kinds = [kind for kind, _, _ in watched.rests]
    since = [since_s for _, since_s, _ in watched.rests]
    return [kind for i, kind in enumerate(kinds) if i == 0 or (kind, since[i]) != (kinds[i - 1], since[i - 1])]


def test_a_pause_of_ten_seconds_after_the_sixth_is_no_rest() -> None:
    """A breather in the middle: the numbers run on to ten, in one set."""
    simulation = session(calm(SetPlan(Side.LEFT, SIX), SetPlan(Side.LEFT, FOUR, rest_before_s=3.0)))
    reps = simulation.truth.reps
    assert 9.0 < reps[6].start_s - reps[5].end_s < 11.0
    watched = Watched(simulation.inputs)
    assert [event.number for event in of(events.RepCounted, watched.events)] == list(range(1, 11))
    assert [event.rep_count for event in of(events.SetEnded, watched.events)] == [10]
    assert max(watched.counts) == 10


def test_the_rest_is_taken_back_silently() -> None:
    """It showed from eight seconds on, dated back; with the next rep the number is there again, and nothing is said."""
    simulation = session(calm(SetPlan(Side.LEFT, SIX), SetPlan(Side.LEFT, FOUR, rest_before_s=3.0)))
    watched = Watched(simulation.inputs)
    (paused, *_) = of(events.SetPaused, watched.events)
    kind, since_s, now_s = watched.rests[0]
    assert (kind, since_s) == ("rest", paused.t_s)
    assert now_s - since_s == pytest.approx(8.0, abs=0.3)
    between = [event for event in watched.events if paused.known_s < event.known_s < paused.known_s + 2.5]
    assert {type(event) for event in between} <= {events.PoseUpdated, events.RepCounted, events.CurveTraced}


def test_a_hold_at_the_top_never_ends_a_set() -> None:
    """Half a minute up there: one set, no pause, no rest on the screen before the last rep."""
    slow = replace(TEMPOS["strict"], hold_s=30.0)
    simulation = session(calm(SetPlan(Side.LEFT, THREE), tempo=slow))
    watched = Watched(simulation.inputs)
    assert [event.rep_count for event in of(events.SetEnded, watched.events)] == [3]
    last_s = of(events.RepCounted, watched.events)[-1].known_s
    assert [event.known_s > last_s for event in of(events.SetPaused, watched.events)] in ([True], [])
    assert all(now_s > last_s for _, _, now_s in watched.rests)


ROUNDS = calm(
    SetPlan(Side.LEFT, THREE),
    SetPlan(Side.RIGHT, THREE, rest_before_s=20.0),
    SetPlan(Side.LEFT, THREE, rest_before_s=40.0, sits_up_before=True),
    SetPlan(Side.RIGHT, THREE, rest_before_s=20.0),
    declares_side=False,
)


def test_legs_in_turn_hands_free() -> None:
    """`--side alternate`: sides change by themselves; a switch, a round's rest, a switch; ready before each set."""
    watched = Watched(session(ROUNDS).inputs, engine("alternate"))
    sides = [event.side.value for event in of(events.SetStarted, watched.events)]
    assert sides == ["left", "right", "left", "right"]
    assert shown_rests(watched)[:3] == ["switch", "rest", "switch"]
    assert [event.side.value for event in of(events.Armed, watched.events)] == sides
    assert [event.rep_count for event in of(events.SetEnded, watched.events)] == [3] * 4


def test_a_target_ends_each_set_at_its_last_rep() -> None:
    """`--target 3`: the rest shows as soon as the third is measured, and the other leg is next three seconds later."""
    watched = Watched(session(ROUNDS).inputs, engine("alternate", sets__target_reps=3))
    ended = of(events.SetEnded, watched.events)
    assert [event.rep_count for event in ended] == [3] * 4
    for paused, closed in zip(of(events.SetPaused, watched.events), ended[:3], strict=False):
        assert paused.known_s - paused.t_s < 1.5
        assert closed.known_s - paused.known_s <= 3.1
    assert [event.side.value for event in of(events.SetStarted, watched.events)] == ["left", "right", "left", "right"]


def test_ready_is_said_again_for_who_stays_lying() -> None:
    """Once before each set: after lying still anew, not while the last set is only paused."""
    simulation = session(calm(SetPlan(Side.LEFT, THREE), SetPlan(Side.RIGHT, THREE, rest_before_s=25.0)))
    watched = Watched(simulation.inputs)
    armed, sets = of(events.Armed, watched.events), of(events.SetStarted, watched.events)
    (ended, *_) = of(events.SetEnded, watched.events)
    assert len(armed) >= 2
    assert armed[0].known_s < sets[0].known_s
    assert all(ended.known_s + 2.0 < event.known_s < sets[1].known_s for event in armed[1:])


EVERYTHING_ELSE = {"warms_up": True, "ties_shoe": True, "shuffles": True, "walks_away": True, "stands_first_s": 4.0}
NOTHING = calm(**EVERYTHING_ELSE, idle_rounds=11, is_calibrated=False)


@pytest.mark.parametrize("how", ["uncalibrated", "asked", "calibrated"])
def test_ten_minutes_of_everything_else_announce_nothing(how: str) -> None:
    """Walking, tying shoes, sitting down, shuffling into place, getting up: the number stays 0, no rest ever runs."""
    simulation = session(replace(NOTHING, is_calibrated=how == "calibrated"))
    inputs: list[Input] = list(simulation.inputs)
    if how == "asked":
        inputs.insert(0, Command(0.0, CommandName.CALIBRATE, "start"))
    assert simulation.truth.t_s[-1] > 600
    watched = Watched([item for item in inputs if isinstance(item, Packet) or item.name is CommandName.CALIBRATE])
    assert set(watched.counts) == {0}
    assert watched.rests == []
    assert of(events.RepCounted, watched.events) == []
    assert of(events.SensorSlipped, watched.events) == []
