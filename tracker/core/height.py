"""Vertical acceleration between two moments of rest -> height.

In: closed windows only. Out: velocity [m/s] and height [m] along the window, both from 0.

Equations: a = (f - b) . u / (1 + s) - g, with f the specific force, u up, b and s the accelerometer's offset and scale
found from still poses. v = integral of a (trapezoids) minus the straight line that brings v to what is known at both
ends (zero-velocity update, Skog 2010); h = integral of v. A constant error of a therefore costs nothing, and what is
left of the offset changes along the rise only as u turns.

At a turning point the velocity vanishes between two samples, and in a hold the body still creeps. Where the caller
knows how fast the pelvis turns at an end it passes the velocity that goes with it; ignoring that costs 1-2 cm.

Limits: the error grows about with duration^1.3 (BROAD: SD 10 mm for 1-2 s, 13 mm for 2-4 s).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tracker.core.model import GRAVITY_MPS2, Floats


class AccError(NamedTuple):
    """What is wrong with the accelerometer: reading = true (1 + scale) + bias, bias in the sensor frame [m/s2]."""

    bias_mps2: tuple[float, float, float] = (0.0, 0.0, 0.0)
    scale: float = 0.0


class Track(NamedTuple):
    """Time [s], vertical velocity [m/s] and height [m] between two moments of rest, (n,) each."""

    t_s: Floats
    velocity_mps: Floats
    height_m: Floats


def vertical_acceleration(force: Floats, up: Floats, acc_error: AccError) -> Floats:
    """Acceleration along up (n,) [m/s2] from specific force and up (3, n), both in the sensor frame."""
    bias = acc_error.bias_mps2
    along = (force[0] - bias[0]) * up[0] + (force[1] - bias[1]) * up[1] + (force[2] - bias[2]) * up[2]
    acceleration: Floats = along / (1.0 + acc_error.scale) - GRAVITY_MPS2
    return acceleration


def with_ends(track: Track, ends_mps: tuple[float, float]) -> Track:
    """The same track with these velocities at its two ends instead of rest."""
    elapsed = track.t_s - track.t_s[0]
    slope_mps2 = (ends_mps[1] - ends_mps[0]) / float(elapsed[-1])
    velocity = track.velocity_mps + (ends_mps[0] + slope_mps2 * elapsed)
    return Track(track.t_s, velocity, track.height_m + elapsed * (ends_mps[0] + 0.5 * slope_mps2 * elapsed))


def between_rests(t_s: Floats, acceleration_mps2: Floats) -> Track:
    """Velocity and height over these samples (n,), at rest at both ends."""
    half_steps_s = 0.5 * (t_s[1:] - t_s[:-1])
    velocity = _cumulative(acceleration_mps2, half_steps_s)
    if len(half_steps_s):
        elapsed = t_s - t_s[0]
        velocity = velocity - velocity[-1] / elapsed[-1] * elapsed
    return Track(t_s, velocity, _cumulative(velocity, half_steps_s))


def _cumulative(values: Floats, half_steps_s: Floats) -> Floats:
    """Integral from the first sample (trapezoids), same length, starting at 0."""
    integral = np.empty(len(values))
    integral[0] = 0.0
    np.add.accumulate((values[1:] + values[:-1]) * half_steps_s, out=integral[1:])
    return integral
