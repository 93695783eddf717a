"""How one rep is done: the person's habit, their fatigue, a little chance, and the faults made on purpose.

Good reps stay inside the good limits of the default profile (full extension within 3 deg, level within 4) as long as
the scenario adds neither a hip drop nor much fatigue; faults lie clear of the fault limits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from tracker.core.model import Floats
from tracker.sources.simulator.body import Body
from tracker.sources.simulator.motion import Channel, Pulse
from tracker.sources.simulator.scenario import Fault, Scenario


@dataclass(frozen=True, slots=True)
class Manner:
    """One rep: times of whole movements [s], angles at the top [deg], ramps as in `Move`, pulses after the start [s].

    drops_off_top: the first part of the lowering is quick.
    """

    up_s: float
    hold_s: float
    down_s: float
    trunk_deg: float
    arch_deg: float
    drop_deg: float
    rise_ramps: tuple[float, float]
    fall_ramps: tuple[float, float]
    drops_off_top: bool = False
    pulses: tuple[Pulse, ...] = ()


@dataclass(frozen=True, slots=True)
class _Amounts:
    """How bad the faults would be in this rep; drawn for every rep, so that faults do not change what follows."""

    body: Body
    sensor_m: Floats
    short_deg: float
    arch_deg: float
    tilt_deg: float
    part: float
    drop_s: float
    kick_deg: float
    kick_hz: float


def about(rng: np.random.Generator, mean: float, spread: float, limit: float) -> float:
    """Normal, cut off at +-limit around the mean: people vary, and the scenario says within what."""
    return mean + float(np.clip(rng.normal(0, spread), -limit, limit))


def manner_of(
    faults: tuple[Fault, ...],
    *,
    scenario: Scenario,
    bottom_deg: float,
    tired: float,
    next_bounces: bool,
    rng: np.random.Generator,
) -> Manner:
    """The manner of one rep; tired 0..1 is how far fatigue has come."""
    tempo, body = scenario.tempo, scenario.body
    # fatigue: the rise slows, the lowering quickens, the pelvis drops and stops a little short
    manner = Manner(
        up_s=tempo.up_s * about(rng, 1 + 0.4 * tired, 0.05, 0.10),
        hold_s=tempo.hold_s * about(rng, 1, 0.15, 0.30),
        down_s=tempo.down_s * about(rng, 1 - 0.10 * tired, 0.05, 0.10),
        trunk_deg=about(rng, body.top_deg + 1.5 * tired, 0.8, 1.6),
        arch_deg=about(rng, 0, 0.5, 1.0),
        drop_deg=about(rng, scenario.hip_drop_deg + 4.0 * tired, 1.1, 2.6),
        rise_ramps=tempo.rise_ramps,
        fall_ramps=tempo.fall_ramps,
    )
    amounts = _Amounts(
        body=body,
        sensor_m=scenario.wear.position_m(body),
        # 0.33 of a small thrust: more would come near half the lift, and be no rep at all
        short_deg=min(float(rng.uniform(12.8, 17.5)), 0.33 * (bottom_deg - body.top_deg)),
        arch_deg=float(rng.uniform(14.0, 17.5)),
        tilt_deg=float(rng.uniform(12.2, 14.8)),
        part=float(rng.uniform(0.35, 0.42)),
        drop_s=float(rng.uniform(0.75, 0.95)),
        kick_deg=float(rng.uniform(3.2, 4.5)) * float(rng.choice((-1.0, 1.0))),
        kick_hz=float(rng.uniform(3.2, 4.5)),
    )
    for fault in faults:
        manner = _CHANGES[fault](manner, amounts)
    if next_bounces:  # nobody rebounds out of a careful landing
        manner = replace(manner, down_s=min(manner.down_s, 1.5), fall_ramps=(manner.fall_ramps[0], 0.12))
    return manner


def _short(manner: Manner, amounts: _Amounts) -> Manner:
    return replace(manner, trunk_deg=amounts.body.top_deg + amounts.short_deg)


def _arched(manner: Manner, amounts: _Amounts) -> Manner:
    return replace(manner, arch_deg=amounts.arch_deg)


def _tilted(manner: Manner, amounts: _Amounts) -> Manner:
    return replace(manner, drop_deg=amounts.tilt_deg)


def _kicked(manner: Manner, amounts: _Amounts) -> Manner:
    burst = Pulse(Channel.TWIST, 0.12 * manner.up_s, 0.45, amounts.kick_deg, amounts.kick_hz)
    return replace(manner, pulses=(*manner.pulses, burst))


def _bounced(manner: Manner, amounts: _Amounts) -> Manner:
    del amounts  # 24 x 4.5 mm / (90 ms)^2 = 13 m/s2 at the deepest point
    impact = Pulse(Channel.UPWARD, -0.045, 0.09, -0.0045)
    return replace(manner, pulses=(*manner.pulses, impact), rise_ramps=(0.12, manner.rise_ramps[1]))


def _fast_lowering(manner: Manner, amounts: _Amounts) -> Manner:
    return replace(manner, down_s=amounts.drop_s)


def _no_pause(manner: Manner, amounts: _Amounts) -> Manner:
    del amounts  # brisk up and a quick start down: 0.2 s above 90 % of the lift
    up_s = min(manner.up_s, 0.75)
    ramps_up, ramps_down = (manner.rise_ramps[0], 0.32), (0.2, manner.fall_ramps[1])
    return replace(manner, up_s=up_s, hold_s=0.0, rise_ramps=ramps_up, fall_ramps=ramps_down, drops_off_top=True)


def _partial(manner: Manner, amounts: _Amounts) -> Manner:
    return replace(
        manner,
        trunk_deg=amounts.body.trunk_deg_at_lift(amounts.part, amounts.sensor_m),
        up_s=0.6 * manner.up_s,
        hold_s=min(manner.hold_s, 0.2),
        down_s=0.5 * manner.down_s,
        drop_deg=0.4 * manner.drop_deg,
    )


_CHANGES: Mapping[Fault, Callable[[Manner, _Amounts], Manner]] = {
    Fault.SHORT: _short,
    Fault.ARCHED: _arched,
    Fault.TILTED: _tilted,
    Fault.KICKED: _kicked,
    Fault.BOUNCED: _bounced,
    Fault.FAST_LOWERING: _fast_lowering,
    Fault.NO_PAUSE: _no_pause,
    Fault.PARTIAL: _partial,
}
