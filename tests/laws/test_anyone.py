"""Any person, sensor, plan of sides, settings and keys: packet by packet, in blocks and whole the same, to the bit.

The chosen sessions of the other tests hold what somebody thought of; these hold what nobody did.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from tracker.core.config import Config, with_settings
from tracker.core.engine import Engine
from tracker.core.events import Disarmed, Event, RepCounted, SignalGap
from tracker.core.model import Command, CommandName, Input, Packet
from tracker.decoders.registry import profile
from tracker.sources.simulator import random_scenario, simulate

# What decides when a set is over, when it is counted, and which side is next.
SETTINGS: tuple[dict[str, str], ...] = (
    {},
    {"sets.target_reps": "3"},
    {"sets.rest_s": "3"},
    {"rep.count_at": "bottom"},
    {"sets.rest_s": "5", "sets.resume_s": "1"},
)
KEYS = ((CommandName.SIDE, "swap"), (CommandName.SET_END, ""), (CommandName.STRIKE, ""), (CommandName.RESTORE, ""))
PRESSED_EACH = 1500  # inputs between two keys, in the middle


@pytest.mark.parametrize("seed", range(9100, 9115))
def test_the_cut_does_not_show(seed: int) -> None:
    """Every event with all its digits."""
    rng = random.Random(seed)
    inputs = inputs_of(seed, rng)
    changed, side_plan = SETTINGS[seed % len(SETTINGS)], rng.choice(("", "alternate", "left"))

    def said(sizes: Sequence[int]) -> list[str]:
        one = Engine(with_settings(Config(), changed), profile("imu_stream").new_decoder(), side_plan=side_plan)
        events, start = [], 0
        while start < len(inputs):
            stop = start + rng.choice(sizes)
            events += one.feed(inputs[start:stop])
            start = stop
        return [repr(event) for event in events + one.finish()]

    whole = said([len(inputs)])
    assert said([1]) == whole
    assert said([1, 5, 40, 300, 2000]) == whole
    assert sum(line.startswith("RepCounted") for line in whole) > 1


def inputs_of(seed: int, rng: random.Random) -> list[Input]:
    """A session; every second one over a lossy link, every third not calibrated, every other one with keys pressed."""
    scenario = random_scenario(seed, loss=0.02 * (seed % 2), is_calibrated=seed % 3 > 0)
    inputs: list[Input] = []
    for item in simulate(scenario).inputs:
        inputs.append(item)
        if seed % 4 < 2 and rng.randrange(PRESSED_EACH) == 0:
            inputs.append(Command(item.received_s, *rng.choice(KEYS)))
    return inputs


@pytest.mark.parametrize("lost_s", [(1.0, 0.5), (1.0, 8.0), (0.5, 40.0)])
def test_a_gap_right_after_a_gap_is_told_with_the_time_of_the_stream(lost_s: tuple[float, float]) -> None:
    """Between the two comes a single packet, too little to know where up is."""
    rng = random.Random(9105)
    inputs = inputs_of(9105, rng)
    one = Engine(Config(), profile("imu_stream").new_decoder())
    counted_s = [event.t_s for event in one.feed(inputs) if isinstance(event, RepCounted)]
    packets = [item for item in inputs if isinstance(item, Packet)]
    alone = next(item for item in packets if item.received_s > counted_s[3] + lost_s[0])
    inputs = [
        item
        for item in inputs
        if isinstance(item, Command) or item is alone or not -lost_s[0] < item.received_s - alone.received_s < lost_s[1]
    ]

    def said(size: int) -> list[Event]:
        one = Engine(with_settings(Config(), {"sets.rest_s": "3"}), profile("imu_stream").new_decoder())
        return [event for at in range(0, len(inputs), size) for event in one.feed(inputs[at : at + size])]

    whole = said(len(inputs))
    assert [repr(event) for event in said(1)] == [repr(event) for event in whole]
    known_s = [event.known_s for event in whole if isinstance(event, SignalGap | Disarmed)]
    assert known_s == sorted(known_s)
