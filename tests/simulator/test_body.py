"""The linkage, the wearing and the shape of a move."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from tracker.sources.simulator import NAMED, Body, Simulation, Site, Wear, random_scenario, simulate
from tracker.sources.simulator.body import axis_orientations
from tracker.sources.simulator.motion import progress


def sensor_height_m(body: Body, wear: Wear, trunk_deg: float) -> float:
    """The closed form of the linkage, written out once more: bench, trunk, and the sensor's place on the pelvis."""
    t = math.radians(trunk_deg)
    _, anterior_m, cranial_m = wear.position_m(body)
    hip_m = body.bench_m - 0.20 * body.height_m * math.sin(t) + 0.055 * body.height_m * math.cos(t)
    return hip_m + float(anterior_m) * math.cos(t) + float(cranial_m) * math.sin(t)


@pytest.mark.parametrize("site", list(Site))
def test_full_thrust_is_the_closed_form(site: Site) -> None:
    """Without calibration the full lift and range are those of the linkage between bottom and top."""
    body = Body(stance_level_deg=0.0)
    scenario = replace(NAMED["uncalibrated"], body=body, wear=Wear(site))
    truth = simulate(scenario).truth
    lift_m = sensor_height_m(body, scenario.wear, body.top_deg) - sensor_height_m(body, scenario.wear, body.bottom_deg)
    assert truth.full_lift_cm == pytest.approx(100 * lift_m, abs=1e-6)
    assert truth.full_range_deg == pytest.approx(body.bottom_deg - body.top_deg, abs=1e-6)


def test_reps_follow_the_linkage(clean: Simulation) -> None:
    """Every rep's lift is the linkage between its own inclinations, to the 1 cm that sway, arch and drop explain."""
    body, wear, truth = clean.scenario.body, clean.scenario.wear, clean.truth
    for rep in truth.reps:
        before = (truth.t_s > rep.start_s - 0.6) & (truth.t_s < rep.start_s)
        bottom_deg = body.top_deg + float(truth.inclination_deg[before].max())
        top_deg = body.top_deg + rep.top_inclination_deg
        lift_m = sensor_height_m(body, wear, top_deg) - sensor_height_m(body, wear, bottom_deg)
        assert rep.lift_cm == pytest.approx(100 * lift_m, abs=1.0)


def test_calibration_holds_define_zero(clean: Simulation) -> None:
    """The two-legged thrusts come within a degree and half a centimetre of the body's own."""
    body, wear = clean.scenario.body, clean.scenario.wear
    lift_m = sensor_height_m(body, wear, body.top_deg) - sensor_height_m(body, wear, body.bottom_deg)
    assert clean.truth.full_lift_cm == pytest.approx(100 * lift_m, abs=0.7)
    assert clean.truth.full_range_deg == pytest.approx(body.bottom_deg - body.top_deg, abs=1.3)


def test_bodies_are_people() -> None:
    """Random bodies lift their hips 18-38 cm over 35-65 deg and keep them above the floor, as published."""
    for seed in range(200):
        body = random_scenario(seed).body
        lift_m = float(body.hip_height_m(body.top_deg) - body.hip_height_m(body.bottom_deg))
        assert 0.18 < lift_m < 0.40
        assert 35 <= body.bottom_deg - body.top_deg <= 66
        assert float(body.hip_height_m(body.bottom_deg)) > 0.10


def test_24_orientations() -> None:
    """A box has 24 distinct orientations, all proper rotations."""
    turns = axis_orientations()
    assert len({tuple(turn.ravel().tolist()) for turn in turns}) == 24
    for turn in turns:
        assert np.linalg.det(turn) == pytest.approx(1)


@pytest.mark.parametrize("site", list(Site))
def test_mounting_is_a_rotation_of_the_asked_size(site: Site) -> None:
    """The extra tilt turns the nominal mounting by exactly its own angle and stays right-handed."""
    level, tilted = Wear(site).pelvis_from_sensor(), Wear(site, 0, (12.0, -9.0, 8.0)).pelvis_from_sensor()
    turn = level.T @ tilted
    angle_deg = math.degrees(math.acos((np.trace(turn) - 1) / 2))
    assert angle_deg == pytest.approx(17.0, abs=1e-6)
    assert np.linalg.det(tilted) == pytest.approx(1)


@pytest.mark.parametrize("ramps", [(0.5, 0.5), (0.4, 0.35), (0.12, 0.12)])
def test_moves_are_smooth(ramps: tuple[float, float]) -> None:
    """A move goes from 0 to 1 without turning back, at rest and without acceleration at both ends."""
    share = np.linspace(0, 1, 4001)
    way = progress(share, *ramps)
    speed = np.gradient(way, share)
    acc = np.gradient(speed, share)
    assert way[0] == pytest.approx(0)
    assert way[-1] == pytest.approx(1)
    assert speed.min() > -1e-9
    assert abs(speed[[0, -1]]).max() < 1e-3
    assert abs(acc[[1, -2]]).max() < 0.02 * abs(acc).max()
    assert abs(np.diff(acc)).max() < 0.05 * abs(acc).max()  # acceleration does not jump
