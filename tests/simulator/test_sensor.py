"""The sensor reads what the path of the pelvis demands."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tracker.core.model import GRAVITY_MPS2, Floats
from tracker.sources.simulator import NAMED, Simulation, Wear, random_scenario, simulate
from tracker.sources.simulator.body import axis_orientations


def turned_back(up: Floats, turn_rad: Floats) -> Floats:
    """A world-fixed vector (3,) seen from a frame that has turned by turn_rad (3,) (Rodrigues)."""
    angle = float(np.sqrt(turn_rad @ turn_rad))
    axis = turn_rad / max(angle, 1e-12)
    across = np.cross(axis, up)
    return np.asarray(up - np.sin(angle) * across + (1 - np.cos(angle)) * np.cross(axis, across))


@pytest.mark.parametrize("seed", [3, 8])
def test_gyroscope_integrates_to_the_true_up(seed: int) -> None:
    """Integrating the ideal angular rate from the first up keeps within 0.1 deg of it for a whole session."""
    scenario = random_scenario(seed, rate_hz=104, warms_up=True, set_count=2)
    truth = simulate(scenario).truth
    step_s = float(truth.t_s[1] - truth.t_s[0])
    turns = (truth.ideal.gyr_radps[1:] + truth.ideal.gyr_radps[:-1]) / 2 * step_s
    up = truth.up_sensor[0]
    for index, turn in enumerate(turns, start=1):
        up = turned_back(up, turn)
        if index % 500 == 0:
            off_deg = np.degrees(np.arccos(min(1.0, float(up @ truth.up_sensor[index]))))
            assert off_deg < 0.1


def test_vertical_force_integrates_to_the_height(clean: Simulation) -> None:
    """Twice integrating the ideal vertical specific force over a rise gives its height within 2 mm."""
    truth = clean.truth
    step_s = float(truth.t_s[1] - truth.t_s[0])
    vertical = (truth.ideal.acc_mps2 * truth.up_sensor).sum(axis=1) - GRAVITY_MPS2
    velocity = np.gradient(truth.height_m, truth.t_s)
    for rep in truth.reps:
        first, last = np.searchsorted(truth.t_s, [rep.start_s - 0.4, rep.arrival_s + 0.2])
        acc = vertical[first:last]
        speed = velocity[first] + np.concatenate([[0.0], np.cumsum((acc[1:] + acc[:-1]) / 2 * step_s)])
        rise_m = float(((speed[1:] + speed[:-1]) / 2 * step_s).sum())
        assert rise_m == pytest.approx(float(truth.height_m[last - 1] - truth.height_m[first]), abs=0.002)


def test_force_at_rest_is_gravity(clean: Simulation) -> None:
    """While the lifter lies ready, the ideal specific force is g along the true up."""
    truth = clean.truth
    for start_s, end_s, label in truth.activities:
        if label == "ready":
            still = (truth.t_s > start_s + 1.2) & (truth.t_s < end_s - 0.2)
            force = truth.ideal.acc_mps2[still]
            assert np.sqrt((force**2).sum(axis=1)).mean() == pytest.approx(GRAVITY_MPS2, abs=0.01)
            assert abs(force - GRAVITY_MPS2 * truth.up_sensor[still]).max() < 0.35


def test_nobody_is_exactly_still(clean: Simulation) -> None:
    """Lying still turns the hips at 0.1-2 deg/s rms, a single-leg hold at 0.5-4."""
    truth = clean.truth
    gyr_dps = np.degrees(np.sqrt((truth.ideal.gyr_radps**2).sum(axis=1)))
    ready = [(a + 1.2, b - 0.2) for a, b, label in truth.activities if label == "ready"]
    held = [(rep.top_s + 0.35, rep.top_s + 0.75) for rep in truth.reps]
    for spans, low, high in ((ready, 0.1, 2.0), (held, 0.5, 4.0)):
        rms = [np.sqrt((gyr_dps[(truth.t_s > a) & (truth.t_s < b)] ** 2).mean()) for a, b in spans]
        assert low < float(np.median(rms)) < high


def test_mounting_only_rotates_the_readings() -> None:
    """The ideal readings of any of the 24 orientations are those of the first, rotated."""
    scenario = NAMED["uncalibrated"]
    plain = simulate(scenario).truth.ideal
    for index in (5, 14, 23):
        turned = simulate(replace(scenario, wear=Wear(axis_index=index))).truth.ideal
        turn = axis_orientations()[index]
        np.testing.assert_allclose(turned.acc_mps2, plain.acc_mps2 @ turn, atol=1e-9)
        np.testing.assert_allclose(turned.gyr_radps, plain.gyr_radps @ turn, atol=1e-9)


def test_errors_of_the_chip_are_as_declared() -> None:
    """Readings minus ideal are bias, scale and noise of the stated size, with up to half a count of rounding."""
    scenario = random_scenario(4, rate_hz=104)
    sensor, truth = scenario.sensor, simulate(scenario).truth
    gyr_off = np.degrees(truth.samples.gyr_radps - truth.ideal.gyr_radps * (1 + np.array(sensor.gyr_scale)))
    acc_off = truth.samples.acc_mps2 - truth.ideal.acc_mps2 * (1 + np.array(sensor.acc_scale))
    np.testing.assert_allclose(gyr_off.mean(axis=0), sensor.gyr_bias_dps, atol=0.01)
    np.testing.assert_allclose(acc_off.mean(axis=0) / GRAVITY_MPS2 * 1000, sensor.acc_bias_mg, atol=0.2)
    assert gyr_off.std() ** 2 == pytest.approx(gyr_off.std(axis=0).mean() ** 2 + np.var(sensor.gyr_bias_dps), rel=0.05)
    np.testing.assert_allclose(acc_off.std(axis=0), sensor.acc_noise_mps2, rtol=0.1)


def test_slow_sampling_sees_the_same_lifter() -> None:
    """26 and 208 Hz see the same reps: rate changes the samples, not the truth."""
    slow, fast = (simulate(random_scenario(6, rate_hz=rate, set_count=2)).truth for rate in (26, 208))
    assert len(slow.t_s) * 8 == pytest.approx(len(fast.t_s), abs=16)
    for one, other in zip(slow.reps, fast.reps, strict=True):
        assert one.lift_cm == pytest.approx(other.lift_cm, abs=1.5)
        assert one.concentric_s == pytest.approx(other.concentric_s, abs=0.1)


def test_saturation_is_clamped_and_flagged() -> None:
    """Beyond the range a reading stops at the last count and its packet says so."""
    scenario = NAMED["faults"]
    hard = replace(scenario, sensor=replace(scenario.sensor, gyr_range_dps=40))
    simulation = simulate(hard)
    flagged = sum(
        bool(one.payload[0] & 8) for one in simulation.inputs if hasattr(one, "payload") and one.payload[0] >> 4
    )
    assert flagged > 0
    assert np.degrees(abs(simulation.truth.samples.gyr_radps).max()) == pytest.approx(40, abs=0.01)
