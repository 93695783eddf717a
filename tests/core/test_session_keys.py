"""A rep that was counted is judged and stays in its set, whatever key is pressed while the hips come down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.core.bookkeeping import Gym
from tests.core.synthetic import GOOD_REP
from tracker.core import events


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(lambda gym: gym.session.end_set(16.0), id="set end"),
        pytest.param(lambda gym: gym.session.start_set("", 16.0), id="set start"),
        pytest.param(lambda gym: gym.session.declare("right", 16.0), id="side"),
    ],
)
def test_a_key_pressed_on_the_way_down_does_not_lose_the_rep(key: Callable[[Gym], list[events.Event]]) -> None:
    """Pressed while the tenth is still being lowered: it was said, so it is judged and in its set."""
    gym = Gym("left")
    gym.rep(10.0)
    gym.count(15.0)
    gym.said += key(gym)
    gym.measured(replace(GOOD_REP, start_s=14.0, top_s=15.0, lower_s=16.5, end_s=18.5))
    gym.said += gym.session.finish(40.0)
    assert [rep.rep_id for rep in gym.of(events.RepCounted)] == [1, 2]
    assert {event.judged.rep_id for event in gym.of(events.RepJudged)} == {1, 2}
    assert gym.of(events.RepJudged)[-1].judged.set_number == 1
    assert [ended.rep_count for ended in gym.of(events.SetEnded)] == [2]
