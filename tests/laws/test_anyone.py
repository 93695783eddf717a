"""Any person, sensor, plan of sides, settings and keys: packet by packet, in blocks and whole the same, to the bit.

The chosen sessions of the other tests hold what somebody thought of; these hold what nobody did.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from tracker.core.config import Config, with_settings
from tracker.core.engine import Engine
from tracker.core.model import Command, CommandName, Input
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
