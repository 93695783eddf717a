"""A scenario in, a session out: what came over the radio, and the truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracker.core.model import Command, Packet
from tracker.sources.simulator.lifter import plan_session
from tracker.sources.simulator.motion import pelvis_trajectory
from tracker.sources.simulator.radio import transmit
from tracker.sources.simulator.scenario import Scenario
from tracker.sources.simulator.sensor import measure
from tracker.sources.simulator.truth import Truth, find_reference, true_reps, true_sets

_GRID_HZ = 400.0  # resolves a 90 ms impact with 36 points; twice as many change no sample by more than the noise


@dataclass(frozen=True, slots=True)
class Simulation:
    """inputs: packets and commands in order of `received_s`, as a live source would yield them."""

    scenario: Scenario
    inputs: list[Packet | Command]
    truth: Truth


def simulate(scenario: Scenario) -> Simulation:
    """The session of this scenario; the same scenario always gives the same bits on the same machine."""
    sensor = scenario.sensor
    # one stream of random numbers per matter: changing the radio does not change the movement
    rng_lifter, rng_sway, rng_sensor, rng_radio = (np.random.default_rng([scenario.seed, i]) for i in range(4))
    plan = plan_session(scenario, rng_lifter)
    points = max(4, 2 * round(_GRID_HZ / sensor.rate_hz / 2))
    true_period_s = 1.0 / (sensor.rate_hz * (1 + scenario.sensor.clock_error))
    count = int(plan.duration_s / true_period_s)
    grid_s = np.asarray((np.arange((count + 2) * points + 1) - points) * (true_period_s / points), dtype=np.float64)
    trajectory = pelvis_trajectory(
        plan.motion,
        scenario.body,
        t_s=grid_s,
        lateral_sign=scenario.lateral_sign,
        unsteadiness=scenario.unsteadiness,
        rng=rng_sway,
    )
    measured = measure(
        trajectory, body=scenario.body, wear=scenario.wear, sensor=sensor, points_per_sample=points, rng=rng_sensor
    )
    at_samples = slice(points, points * (len(measured.raw) + 1), points)
    t_s = grid_s[at_samples]
    inputs, delivery = transmit(measured, t_s, sensor=sensor, radio=scenario.radio, rng=rng_radio)
    inputs = sorted([*inputs, *plan.commands], key=lambda one: one.received_s)
    height_m = trajectory.point_m(scenario.wear.position_m(scenario.body))[:, 2]
    reference = find_reference(trajectory, height_m, plan, scenario.body, scenario.wear)
    reps = true_reps(trajectory, height_m, plan, reference)
    up_pelvis = trajectory.up_pelvis[at_samples] @ reference.axes.T
    truth = Truth(
        reps=reps,
        sets=true_sets(reps),
        activities=tuple(plan.activities),
        full_lift_cm=100 * reference.full_lift_m,
        full_range_deg=reference.full_range_deg,
        bottom_deg=reference.bottom_deg,
        pelvis_from_sensor=reference.axes @ scenario.wear.pelvis_from_sensor(),
        t_s=t_s,
        up_sensor=measured.up_sensor,
        up_pelvis=up_pelvis,
        inclination_deg=np.degrees(np.arcsin(up_pelvis[:, 2])),
        level_deg=np.degrees(np.arcsin(up_pelvis[:, 0])),
        height_m=height_m[at_samples],
        samples=measured.samples,
        ideal=measured.ideal,
        delivery=delivery,
        clock_error=sensor.clock_error,
    )
    return Simulation(scenario, inputs, truth)
