"""Motion of a simulated session as a phone's sensors sample it: two streams with ticks of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from tracker.core import events
from tracker.core.config import Config
from tracker.core.engine import Engine
from tracker.core.model import Command, Decoder, Floats, Input
from tracker.sources.simulator import Scenario, Truth, simulate


@dataclass(frozen=True)
class Motion:
    """acc_s (n,), acc_mps2 (n, 3) specific force; gyr_s (m,), gyr_radps (m, 3); commands by the same clock."""

    acc_s: Floats
    acc_mps2: Floats
    gyr_s: Floats
    gyr_radps: Floats
    commands: tuple[Command, ...]
    truth: Truth
    scenario: Scenario

    @property
    def true_reps(self) -> list[int]:
        """True reps of each set."""
        reps = self.truth.reps
        return [sum(not reps[place].is_partial for place in one.rep_indices) for one in self.truth.sets]


def motion_of(scenario: Scenario, *, acc_hz: float = 100.0, gyr_hz: float = 100.0, jitter_s: float = 0.0) -> Motion:
    """The scenario's session as a sensor at the higher rate would have it, seen at both rates."""
    return _motion(scenario, acc_hz, gyr_hz, jitter_s)


@cache
def _motion(scenario: Scenario, acc_hz: float, gyr_hz: float, jitter_s: float) -> Motion:
    sensor = replace(scenario.sensor, rate_hz=round(max(acc_hz, gyr_hz)), clock_error=0.0)
    session = simulate(replace(scenario, sensor=sensor))
    t_s, samples = session.truth.t_s, session.truth.samples
    rng = np.random.default_rng(scenario.seed)

    def seen(values: Floats, rate_hz: float, first_s: float) -> tuple[Floats, Floats]:
        ticks = np.arange(first_s, t_s[-1], 1 / rate_hz)
        ticks += rng.uniform(-jitter_s, jitter_s, len(ticks)) if jitter_s else 0.0
        return ticks, np.stack([np.interp(ticks, t_s, values[:, axis]) for axis in range(3)], axis=1)

    acc_s, acc = seen(samples.acc_mps2, acc_hz, t_s[0] + 0.004)
    gyr_s, gyr = seen(samples.gyr_radps, gyr_hz, t_s[0])
    commands = tuple(item for item in session.inputs if isinstance(item, Command))
    return Motion(acc_s, acc, gyr_s, gyr, commands, session.truth, scenario)


def counted(happened: Sequence[events.Event]) -> list[int]:
    """Reps that were counted in each set, in order of the sets."""
    sets: dict[int, int] = {}
    for event in happened:
        if isinstance(event, events.RepCounted):
            sets[event.set_number] = sets.get(event.set_number, 0) + 1
    return [sets[number] for number in sorted(sets)]


def played(inputs: Sequence[Input], decoder: Decoder, **how: object) -> list[events.Event]:
    """Every event of these inputs."""
    engine = Engine(Config(), decoder, **how)  # type: ignore[arg-type]
    return engine.feed(inputs) + engine.finish()
