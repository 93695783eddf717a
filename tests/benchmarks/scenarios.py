"""The simulated sessions that are judged: random ones by seed, and variations of the very same sessions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tracker.core.model import Side
from tracker.sources.simulator import Fault, Scenario, SetPlan, long_scenario, random_scenario

OFFSET_DPS = (10.0, -10.0, 10.0)
DROP_DEG = 9.5
LOSS = 0.02
# One of each class that is to be told apart, three times a set, never two of a kind in a row.
ARCH_PLAN: tuple[tuple[Fault, ...], ...] = ((), (Fault.ARCHED,), (Fault.SHORT,)) * 3


def plain(seeds: Iterable[int]) -> list[Scenario]:
    """Any person, mounting, sensor, tempo and faults; nothing lost on the radio."""
    return [random_scenario(seed, loss=0.0) for seed in seeds]


def lossy(scenarios: Iterable[Scenario], *, burst: float) -> list[Scenario]:
    """2 % of the packets lost, on average `burst` in a row."""
    return [replace(one, radio=replace(one.radio, loss=LOSS, loss_burst=burst)) for one in scenarios]


def dropping(scenarios: Iterable[Scenario]) -> list[Scenario]:
    """The free hip hangs 9.5 deg in every rep of both sides."""
    return [replace(one, hip_drop_deg=DROP_DEG) for one in scenarios]


def with_gyroscope_offset(scenarios: Iterable[Scenario]) -> list[Scenario]:
    """10 deg/s of gyroscope offset on each axis."""
    return [replace(one, sensor=replace(one.sensor, gyr_bias_dps=OFFSET_DPS)) for one in scenarios]


def uncalibrated(scenarios: Iterable[Scenario]) -> list[Scenario]:
    """No two-legged thrusts before the first set."""
    return [replace(one, is_calibrated=False) for one in scenarios]


def arched_short_good(seeds: Iterable[int]) -> list[Scenario]:
    """Two sets of nine: good, arched, short, and again; any person and sensor, the default tempo."""
    plans = (SetPlan(Side.LEFT, ARCH_PLAN), SetPlan(Side.RIGHT, ARCH_PLAN, rest_before_s=15.0))
    return [replace(random_scenario(seed, loss=0.0, tempo="strict", hip_drop_deg=0.0), sets=plans) for seed in seeds]


def hour(duration_s: float, seed: int = 7) -> Scenario:
    """A session at 104 Hz with rests of 60-90 s between sets, as people train."""
    one = long_scenario(duration_s, seed)
    sets: list[SetPlan] = []
    left_s = duration_s - 75.0  # arriving, calibrating, leaving
    for index, plan in enumerate(one.sets):
        if left_s <= 0 and sets:
            break
        rested = replace(plan, rest_before_s=60.0 + 30.0 * ((index * 7) % 11) / 10)
        sets.append(rested)
        left_s -= 0.9 * rested.rest_before_s + 4.0 + 5.5 * len(rested.reps)  # as the simulated lifter takes
    return replace(one, name=f"hour_{seed}", sets=tuple(sets), radio=replace(one.radio, loss=0.0))
