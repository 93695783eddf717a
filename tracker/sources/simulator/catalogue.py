"""Scenarios: random ones from a seed, long ones, and a few with names."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tracker.core.model import Side
from tracker.sources.simulator.body import Body, Site, Wear
from tracker.sources.simulator.scenario import TEMPOS, Fault, Radio, Scenario, Sensor, SetPlan

_RATES_HZ = (26, 50, 52, 100, 104, 200, 208)  # what consumer chips and phones offer

GOOD: tuple[Fault, ...] = ()


def random_scenario(  # noqa: PLR0913 - one keyword for each thing a test may want to hold still
    seed: int,
    *,
    rate_hz: int | None = None,
    loss: float | None = None,
    tempo: str | None = None,
    site: Site | None = None,
    is_calibrated: bool = True,
    fault_share: float | None = None,
    hip_drop_deg: float | None = None,
    set_count: int | None = None,
    gyr_bias_dps: float | None = None,
    warms_up: bool | None = None,
    declares_side: bool = True,
) -> Scenario:
    """Any person with any sensor on any day; keywords pin what a test wants to hold still.

    fault_share: share of reps with a fault (0 = all as good as the person can). gyr_bias_dps: the length of the
    gyroscope's bias vector.
    """
    rng = np.random.default_rng([seed, 100])
    body = _random_body(rng)
    wear = Wear(
        site=site or rng.choice([Site.SACRUM, Site.FRONT, Site.LEFT_SIDE, Site.RIGHT_SIDE], p=[0.5, 0.2, 0.15, 0.15]),
        axis_index=int(rng.integers(24)),
        tilt_deg=_vector(rng, rng.uniform(0, 20)),
    )
    sensor = _random_sensor(rng, rate_hz, gyr_bias_dps)
    random_tempo = str(rng.choice(list(TEMPOS), p=[0.6, 0.1, 0.1, 0.1, 0.1]))
    faulty = float(rng.choice([0.0, 0.2, 0.4])) if fault_share is None else fault_share
    first = Side.LEFT if rng.random() < 0.5 else Side.RIGHT
    drop = float(rng.choice([0.0, 0.0, 0.0, 9.5])) if hip_drop_deg is None else hip_drop_deg
    random_loss = float(rng.choice([0.0, 0.0, 0.01, 0.03]))
    count = int(rng.integers(2, 5)) if set_count is None else set_count
    return Scenario(
        seed=seed,
        name=f"random_{seed}",
        sets=tuple(_random_set(rng, first if i % 2 == 0 else _other(first), faulty) for i in range(count)),
        body=body,
        wear=wear,
        tempo=TEMPOS[tempo or random_tempo],
        hip_drop_deg=drop,
        fatigue=float(rng.uniform(0, 0.6)),
        unsteadiness=float(rng.uniform(0.7, 1.5)),
        is_calibrated=is_calibrated,
        warms_up=bool(rng.random() < 0.7) if warms_up is None else warms_up,
        ties_shoe=bool(rng.random() < 0.5),
        declares_side=declares_side,
        stands_first_s=float(rng.uniform(2.5, 6)),
        walks_away=bool(rng.random() < 0.7),
        sensor=sensor,
        radio=_random_radio(rng, random_loss if loss is None else loss),
    )


def _other(side: Side) -> Side:
    return Side.RIGHT if side is Side.LEFT else Side.LEFT


def _vector(rng: np.random.Generator, length: float) -> tuple[float, float, float]:
    """A vector of this length in a random direction."""
    vector = rng.standard_normal(3)
    x, y, z = (vector * (length / np.sqrt(vector @ vector))).tolist()
    return x, y, z


def _triple(rng: np.random.Generator, limit: float) -> tuple[float, float, float]:
    x, y, z = rng.uniform(-limit, limit, 3).tolist()
    return x, y, z


def _random_body(rng: np.random.Generator) -> Body:
    height = float(rng.uniform(1.50, 2.00))
    bench = float(rng.uniform(0.35, 0.45))
    top = float(rng.uniform(-3.0, 5.0))
    shape = Body(height_m=height, bench_m=bench)
    grid = np.arange(38.0, 63.0, 0.5)
    hip = shape.hip_height_m(grid)
    # the hips stay 11 cm above the floor, half the depth of a pelvis, and rise 38 cm at most (published travel)
    possible = (hip > 0.11) & (float(shape.hip_height_m(top)) - hip < 0.38)
    deepest = float(grid[possible].max(initial=top + 38.0))
    bottom = float(rng.uniform(max(top + 38.0, deepest - 14.0), deepest))  # ranges of 38-63 deg
    return Body(height, bench, bottom, top, stance_level_deg=float(np.clip(rng.normal(0, 1.0), -2, 2)))


def _random_sensor(rng: np.random.Generator, rate_hz: int | None, gyr_bias_dps: float | None) -> Sensor:
    rate = int(rng.choice(_RATES_HZ))
    bias = float(rng.uniform(0.5, 5.0))
    return Sensor(
        rate_hz=rate_hz or rate,
        acc_range_g=int(rng.choice([4, 8, 16])),
        gyr_range_dps=int(rng.choice([500, 1000, 2000])),
        acc_bias_mg=_triple(rng, float(rng.choice([20, 40, 60]))),
        acc_scale=_triple(rng, 0.01),
        acc_noise_mps2=float(rng.uniform(0.01, 0.03)),
        gyr_bias_dps=_vector(rng, bias if gyr_bias_dps is None else gyr_bias_dps),
        gyr_scale=_triple(rng, 0.015),
        gyr_noise_dps=float(rng.uniform(0.05, 0.15)),
        clock_error=float(rng.uniform(-0.01, 0.01)),
        tissue_hz=float(rng.uniform(7, 12)),
        tissue_damping=float(rng.uniform(0.15, 0.35)),
        tissue_tilt_deg_per_mm=float(rng.uniform(0.2, 0.7)),
        tissue_shift_deg=float(rng.uniform(-1.5, 1.5)),
    )


def _random_radio(rng: np.random.Generator, loss: float) -> Radio:
    return Radio(
        interval_s=float(rng.choice([0.015, 0.030, 0.045, 0.050])),
        latency_s=float(rng.uniform(0.005, 0.030)),
        jitter_s=float(rng.uniform(0.003, 0.015)),
        loss=loss,
        loss_burst=float(rng.uniform(1.2, 3.0)),
        duplicates=0.004 if loss else 0.0,
        reordered=0.004 if loss else 0.0,
        first_index=int(rng.integers(65536)),
        first_clock_us=int(rng.integers(2**32)),
    )


def _random_set(rng: np.random.Generator, side: Side, faulty: float) -> SetPlan:
    count = int(rng.integers(5, 11))
    reps: list[tuple[Fault, ...]] = []
    for index in range(count):
        kinds = list(Fault) if index else [fault for fault in Fault if fault is not Fault.BOUNCED]
        fault = Fault(str(rng.choice(np.array([str(kind) for kind in kinds]))))
        reps.append((fault,) if rng.random() < faulty else GOOD)
    return SetPlan(side, tuple(reps), float(rng.uniform(10, 25)), bool(rng.random() < 0.4))


def long_scenario(duration_s: float, seed: int, *, rate_hz: int = 104) -> Scenario:
    """A session of about duration_s: rounds of left and right until the time is over."""
    first = random_scenario(seed, rate_hz=rate_hz, tempo="strict", set_count=2)
    rng = np.random.default_rng([seed, 101])
    sets: list[SetPlan] = []
    left_s = duration_s - 75.0  # arriving, calibrating, leaving
    while left_s > 0 or not sets:
        plan = _random_set(rng, Side.RIGHT if len(sets) % 2 else Side.LEFT, 0.2)
        sets.append(plan)
        left_s -= plan.rest_before_s + 7.0 + 6.3 * len(plan.reps) + (10.0 if plan.sits_up_before else 0.0)
    return replace(first, name=f"long_{seed}", sets=tuple(sets))


_CALM = Scenario(
    seed=7, sets=(), warms_up=False, ties_shoe=False, shuffles=False, stands_first_s=2.0, walks_away=False, fatigue=0.2
)

DEMO = replace(
    _CALM,
    name="demo",
    seed=11,
    sets=(
        SetPlan(Side.LEFT, (GOOD, (Fault.TILTED,), GOOD, (Fault.SHORT,), (Fault.ARCHED,))),
        SetPlan(Side.RIGHT, (GOOD, GOOD, GOOD, (Fault.FAST_LOWERING,), GOOD), rest_before_s=10.0),
    ),
)

CLEAN_PAIR = replace(
    _CALM,
    name="clean_pair",
    seed=21,
    sets=(SetPlan(Side.LEFT, (GOOD,) * 5), SetPlan(Side.RIGHT, (GOOD,) * 5, sits_up_before=True)),
    fatigue=0.0,
)

FAULTS = replace(
    _CALM,
    name="faults",
    seed=31,
    shuffles=True,
    sets=(
        SetPlan(Side.LEFT, (GOOD, (Fault.SHORT,), (Fault.TILTED,), (Fault.PARTIAL,), (Fault.NO_PAUSE,), GOOD)),
        SetPlan(Side.RIGHT, (GOOD, (Fault.ARCHED,), (Fault.KICKED,), (Fault.FAST_LOWERING,), (Fault.BOUNCED,), GOOD)),
    ),
)

UNCALIBRATED = replace(
    _CALM,
    name="uncalibrated",
    seed=41,
    is_calibrated=False,
    sets=(SetPlan(Side.LEFT, (GOOD,) * 5), SetPlan(Side.RIGHT, (GOOD,) * 5)),
    sensor=Sensor(rate_hz=52),
)

LOSSY_LINK = replace(
    _CALM,
    name="lossy_link",
    seed=51,
    sets=(SetPlan(Side.LEFT, (GOOD,) * 5), SetPlan(Side.RIGHT, (GOOD,) * 5, rest_before_s=16.0)),
    radio=Radio(
        loss=0.02, duplicates=0.005, reordered=0.005, link_losses=((72.0, 77.0),), first_index=60000, jitter_s=0.015
    ),
)

NAMED: dict[str, Scenario] = {one.name: one for one in (DEMO, CLEAN_PAIR, FAULTS, UNCALIBRATED, LOSSY_LINK)}
