"""What the sensor reads: from the path of the pelvis to quantised samples.

In: Trajectory (pelvis, true time, several points a sample). Out: readings in the sensor frame.
Specific force f = R^T (a + g z) at the place of the sensor, so the lever arm is inside a; angular rate from the turn
between grid points. Both are averaged over one sample interval around the instant of the sample, as a chip's own
low-pass does, less its delay. Then the errors: reading = (1 + scale) truth + bias + noise, clamped and rounded.

Soft tissue: the sensor rides on a damped spring (base excitation: d'' + 2 z w d' + w^2 d = -a) and rocks in step with
its displacement d; a slower turn follows the bend of the hip.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.signal import bilinear, lfilter

from tracker.core.model import GRAVITY_MPS2, Floats
from tracker.sources.simulator import rotations
from tracker.sources.simulator.body import Body, Wear
from tracker.sources.simulator.motion import Trajectory
from tracker.sources.simulator.scenario import Sensor


class SensorArrays(NamedTuple):
    """Specific force and angular rate at each sample, sensor frame, (n, 3) each."""

    acc_mps2: Floats
    gyr_radps: Floats


class Measured(NamedTuple):
    """ideal: without any error of the chip; raw (n, 6) int16 as sent; samples: raw times scale; clipped (n,) bool."""

    ideal: SensorArrays
    up_sensor: Floats
    raw: NDArray[np.int16]
    samples: SensorArrays
    clipped: NDArray[np.bool_]


def scales(sensor: Sensor) -> tuple[float, float]:
    """m/s2 and rad/s per count, as the float32 numbers that the sensor announces."""
    acc = np.float32(sensor.acc_range_g * GRAVITY_MPS2 / 32768)
    gyr = np.float32(np.radians(sensor.gyr_range_dps) / 32768)
    return float(acc), float(gyr)


def measure(
    trajectory: Trajectory,
    *,
    body: Body,
    wear: Wear,
    sensor: Sensor,
    points_per_sample: int,
    rng: np.random.Generator,
) -> Measured:
    """Samples at every `points_per_sample`-th grid point, leaving one sample at either end for the averages."""
    step_s = float(trajectory.t_s[1] - trajectory.t_s[0])
    force_sensor, orientation = _at_the_sensor(trajectory, body, wear, sensor, step_s)
    acc = _averaged(force_sensor, points_per_sample)
    turns = rotations.steps_rad(orientation) / step_s
    gyr = _averaged_steps(turns, points_per_sample)
    at_samples = orientation[points_per_sample:-points_per_sample:points_per_sample][: len(acc)]
    up_sensor = rotations.rotate(rotations.conjugate(at_samples), np.array([0.0, 0.0, 1.0]))
    ideal = SensorArrays(acc, gyr)
    raw, clipped = _digitised(ideal, sensor, rng)
    acc_scale, gyr_scale = scales(sensor)
    samples = SensorArrays(raw[:, :3].astype(np.float64) * acc_scale, raw[:, 3:].astype(np.float64) * gyr_scale)
    return Measured(ideal, up_sensor, raw, samples, clipped)


def _at_the_sensor(
    trajectory: Trajectory, body: Body, wear: Wear, sensor: Sensor, step_s: float
) -> tuple[Floats, Floats]:
    """Specific force (n, 3) in the sensor frame and the orientation (n, 4) sensor to world, at the grid points."""
    path = trajectory.point_m(wear.position_m(body))
    acc_world = np.zeros_like(path)
    acc_world[1:-1] = (path[2:] - 2 * path[1:-1] + path[:-2]) / step_s**2
    to_pelvis = rotations.conjugate(trajectory.pelvis)
    acc_pelvis = rotations.rotate(to_pelvis, acc_world)
    up_pelvis = rotations.rotate(to_pelvis, np.array([0.0, 0.0, 1.0]))
    mount = rotations.from_matrix(wear.pelvis_from_sensor())
    if not sensor.tissue_tilt_deg_per_mm and not sensor.tissue_shift_deg:
        force = acc_pelvis + GRAVITY_MPS2 * up_pelvis
        return rotations.rotate(rotations.conjugate(mount), force), rotations.multiply(trajectory.pelvis, mount)
    omega = 2 * np.pi * sensor.tissue_hz
    spring = [1.0, 2 * sensor.tissue_damping * omega, omega**2]
    displacement_m = lfilter(*bilinear([-1.0], spring, 1 / step_s), acc_pelvis, axis=0)
    acc_pelvis = lfilter(*bilinear(spring[1:], spring, 1 / step_s), acc_pelvis, axis=0)
    normal = wear.skin_normal()
    turn_deg = sensor.tissue_tilt_deg_per_mm * 1000 * np.cross(normal, displacement_m)
    turn_deg[:, 0] += sensor.tissue_shift_deg * up_pelvis[:, 2]  # with the hip: mostly about the left-right axis
    turn_deg[:, 1] += 0.4 * sensor.tissue_shift_deg * up_pelvis[:, 2] ** 2  # and a little askew
    tissue = rotations.from_small_vector(np.radians(turn_deg))
    pelvis_from_sensor = rotations.multiply(tissue, mount)
    force = rotations.rotate(rotations.conjugate(pelvis_from_sensor), acc_pelvis + GRAVITY_MPS2 * up_pelvis)
    return force, rotations.multiply(trajectory.pelvis, pelvis_from_sensor)


def _averaged(values: Floats, points: int) -> Floats:
    """Means over one interval around every sample, by the trapezoid rule."""
    total = np.zeros_like(values)
    np.cumsum((values[1:] + values[:-1]) / 2, axis=0, out=total[1:])
    half = points // 2
    ends = total[points + half :: points]
    return np.asarray((ends - total[points - half :: points][: len(ends)]) / points)


def _averaged_steps(steps: Floats, points: int) -> Floats:
    """Means over one interval around every sample of values that belong to the gaps between grid points."""
    total = np.zeros((len(steps) + 1, 3))
    np.cumsum(steps, axis=0, out=total[1:])
    half = points // 2
    ends = total[points + half :: points]
    return np.asarray((ends - total[points - half :: points][: len(ends)]) / points)


def _digitised(
    ideal: SensorArrays, sensor: Sensor, rng: np.random.Generator
) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
    acc_scale, gyr_scale = scales(sensor)
    noise = rng.standard_normal((len(ideal.acc_mps2), 6))
    acc_bias = np.array(sensor.acc_bias_mg) * GRAVITY_MPS2 / 1000
    acc = ideal.acc_mps2 * (1 + np.array(sensor.acc_scale)) + acc_bias + sensor.acc_noise_mps2 * noise[:, :3]
    gyr_bias = np.radians(np.array(sensor.gyr_bias_dps))
    gyr = ideal.gyr_radps * (1 + np.array(sensor.gyr_scale)) + gyr_bias
    gyr = gyr + np.radians(sensor.gyr_noise_dps) * noise[:, 3:]
    counts = np.rint(np.concatenate([acc / acc_scale, gyr / gyr_scale], axis=1))
    raw = np.clip(counts, -32768, 32767)
    return raw.astype(np.int16), (counts != raw).any(axis=1)
