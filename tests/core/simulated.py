"""Short simulated sessions played through the whole engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from tracker.core import events
from tracker.core.config import Config, with_settings
from tracker.core.engine import Engine
from tracker.core.model import Input, JudgedRep
from tracker.decoders.registry import profile
from tracker.sources.simulator import Scenario, Sensor, SetPlan, simulate

Kind = TypeVar("Kind", bound=events.Event)


def calm(*sets: SetPlan, **changed: Any) -> Scenario:
    """A session without warming up, fatigue or a walk: about a minute."""
    calmest: dict[str, Any] = {
        "seed": 7,
        "name": "calm",
        "warms_up": False,
        "ties_shoe": False,
        "shuffles": False,
        "stands_first_s": 2.0,
        "walks_away": False,
        "fatigue": 0.0,
        "sensor": Sensor(rate_hz=52),
    }
    return Scenario(sets=sets, **{**calmest, **changed})


def engine(side_plan: str = "", *, pose_rate_hz: float = 0.0, **changed: Any) -> Engine:
    """Settings as `group__name=value`."""
    config = with_settings(Config(), {key.replace("__", "."): value for key, value in changed.items()})
    return Engine(config, profile("imu_stream").new_decoder(), side_plan=side_plan, pose_rate_hz=pose_rate_hz)


def said(inputs: Sequence[Input], one: Engine | None = None) -> list[events.Event]:
    one = one or engine()
    return one.feed(inputs) + one.finish()


def play(scenario: Scenario, one: Engine | None = None) -> list[events.Event]:
    return said(simulate(scenario).inputs, one)


def of(kind: type[Kind], happened: Sequence[events.Event]) -> list[Kind]:
    return [event for event in happened if isinstance(event, kind)]


def reps_of(happened: Sequence[events.Event]) -> list[JudgedRep]:
    """The last word on each rep and partial, by id."""
    last = {event.judged.rep_id: event.judged for event in of(events.RepJudged, happened)}
    return [last[rep_id] for rep_id in sorted(last)]
