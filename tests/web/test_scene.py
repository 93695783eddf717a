"""The sets of the page, folded: their curves are drawn once, and stay however often their reps are struck."""

from __future__ import annotations

import json

import pytest

from tests.core.simulated import calm, engine
from tracker.core import events as ev
from tracker.core.config import Config
from tracker.core.model import Command, CommandName, Side
from tracker.page import CURVE_COLUMNS, CURVE_RATE_HZ
from tracker.sinks.web.scene import Scene
from tracker.sources.simulator import SetPlan, simulate

FOUR_SETS = calm(
    *(SetPlan(side, ((),) * 3, rest_before_s=30.0) for side in (Side.LEFT, Side.RIGHT, Side.LEFT, Side.RIGHT))
)


@pytest.mark.parametrize("size", [1, 60, 100_000])
def test_an_ended_set_keeps_its_curve(size: int) -> None:
    """Struck and restored long after its points were let go: the same picture to the letter."""
    scene, one, inputs = Scene(Config(), title=""), engine(), simulate(FOUR_SETS).inputs
    one.curve_rate_hz = CURVE_RATE_HZ
    for start in range(0, len(inputs), size):
        scene.take(one.feed(inputs[start : start + size]))
    scene.take(one.finish())
    drawn = dict(scene._sets)
    assert list(drawn) == [1, 2, 3, 4]
    for text in drawn.values():
        data = json.loads(text)
        assert data["t_s"][0] <= data["reps"][0]["start_s"]
        assert data["t_s"][-1] >= data["reps"][-1]["end_s"]
    struck = scene.take([ev.RepStruck(999, 999, 2)]).sets
    assert list(struck) == [1]
    before, after = json.loads(drawn[1]), json.loads(struck[1])
    assert [rep["struck"] for rep in after["reps"]] == [False, True, False]
    assert [after[name] for name in CURVE_COLUMNS] == [before[name] for name in CURVE_COLUMNS]
    assert scene.take([ev.RepRestored(999, 999, 2)]).sets == {1: drawn[1]}


def test_points_of_ended_sets_are_let_go() -> None:
    """However many sets there were, only the newest stretch is held as points."""
    scene, one, held = Scene(Config(), title=""), engine(), []
    one.curve_rate_hz = CURVE_RATE_HZ
    for item in simulate(FOUR_SETS).inputs:
        events = one.feed([item])
        scene.take(events)
        if any(isinstance(event, ev.SetEnded) for event in events):
            held.append(sum(len(piece.t_s) for piece in scene._curves._pieces) / CURVE_RATE_HZ)
    assert len(held) >= 3
    assert max(held) < 30  # a set of three reps and its rest are longer


def test_a_set_in_doubt_is_drawn_again_when_it_went_on() -> None:
    """A rep struck in the pause keeps the curve so far; the rest of it comes when the set is over."""
    scene, one = Scene(Config(), title=""), engine()
    one.curve_rate_hz = CURVE_RATE_HZ
    seen: list[ev.Event] = []
    lengths: list[int] = []
    for item in simulate(FOUR_SETS).inputs:
        events = one.feed([item])
        if any(isinstance(event, ev.RepCounted) and event.set_number == 2 for event in events):
            break
        if any(isinstance(event, ev.SetPaused) for event in events):
            events += one.feed([Command(item.received_s, CommandName.STRIKE, "1")])
        seen += events
        news = scene.take(events)
        lengths += [len(json.loads(text)["t_s"]) for text in news.sets.values()]
    assert any(isinstance(event, ev.RepStruck) for event in seen)
    assert any(isinstance(event, ev.SetEnded) for event in seen)
    assert lengths == sorted(lengths)
    assert lengths[0] == 0 < lengths[-1]
