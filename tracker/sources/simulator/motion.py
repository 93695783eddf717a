"""From planned moves to the path of the pelvis: position and orientation on a fine uniform grid.

Every channel is a sum of smooth pieces: moves whose speed rises and falls along a quintic (so acceleration is
continuous and zero at both ends), short pulses, steps of walking, and sway, tremor and breathing as splines through
random knots. Nothing is ever exactly still and nothing jumps.

Pelvis to world: Rz(yaw) Ry(-level) Rx(90 deg - inclination) Rz(twist), inclination = trunk + arch. Without twist the
up vector in the pelvis frame is (sin level, cos level cos inclination, cos level sin inclination).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from scipy.interpolate import CubicSpline

from tracker.core.model import Floats
from tracker.sources.simulator import rotations
from tracker.sources.simulator.body import Body


class Channel(IntEnum):
    """Degrees of freedom: angles in deg, places in m beyond what the linkage gives, effort 0..1.

    The order is that of the moves; LATERAL below lists those that a mirror turns round.
    """

    TRUNK = 0
    ARCH = 1
    LEVEL = 2
    TWIST = 3
    YAW = 4
    SIDEWAYS = 5
    FORWARD = 6
    UPWARD = 7
    EFFORT = 8


LATERAL = (Channel.LEVEL, Channel.TWIST, Channel.YAW, Channel.SIDEWAYS)

# Standard deviation of slow sway (knots every 0.45 s) and of tremor (knots every 0.05 s) at effort 1, deg or m:
# a held single-leg bridge then turns at 1-4 deg/s, as people do.
_SWAY: dict[Channel, tuple[float, float]] = {
    Channel.TRUNK: (0.20, 0.008),
    Channel.LEVEL: (0.26, 0.012),
    Channel.TWIST: (0.12, 0.006),
    Channel.YAW: (0.15, 0.004),
    Channel.SIDEWAYS: (0.0020, 0.00002),
    Channel.FORWARD: (0.0015, 0.00002),
    Channel.UPWARD: (0.0008, 0.00002),
}
_BREATH_HZ = 0.25  # 15 breaths a minute
_BREATH = {Channel.TRUNK: 0.25, Channel.UPWARD: 0.0012}  # deg, m: the belt follows the belly a little


class Move(NamedTuple):
    """A smooth change by `delta`; ramps are the shares of the time spent speeding up and slowing down."""

    channel: Channel
    start_s: float
    duration_s: float
    delta: float
    ramp_in: float = 0.5
    ramp_out: float = 0.5


class Pulse(NamedTuple):
    """A short there-and-back of height `amplitude`; with a frequency, an oscillation under that window."""

    channel: Channel
    start_s: float
    duration_s: float
    amplitude: float
    frequency_hz: float = 0.0


class Walk(NamedTuple):
    """Walking on the spot of the moves: the rhythm of the pelvis at `stride_hz` (two steps a stride)."""

    start_s: float
    end_s: float
    stride_hz: float


@dataclass(slots=True)
class Motion:
    """All pieces of a session: where the channels start, and everything that changes them."""

    start: dict[Channel, float] = field(default_factory=dict)
    moves: list[Move] = field(default_factory=list)
    pulses: list[Pulse] = field(default_factory=list)
    walks: list[Walk] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Trajectory:
    """The pelvis on a uniform grid in true time.

    t_s (n,); hip_m (n, 3) the midpoint of the hip centres in the world; pelvis (n, 4) quaternion pelvis to world.
    """

    t_s: Floats
    hip_m: Floats
    pelvis: Floats

    @property
    def up_pelvis(self) -> Floats:
        """(n, 3) the up vector seen in the pelvis frame."""
        return rotations.rotate(rotations.conjugate(self.pelvis), np.array([0.0, 0.0, 1.0]))

    def point_m(self, offset_m: Floats) -> Floats:
        """(n, 3) the world path of a point fixed in the pelvis frame at offset_m (3,)."""
        return self.hip_m + rotations.rotate(self.pelvis, offset_m)


def progress(share: Floats, ramp_in: float, ramp_out: float) -> Floats:
    """How far a move has come (0..1) after this share of its time; C2, at rest at both ends."""
    top_speed = 1 / (1 - ramp_in / 2 - ramp_out / 2)

    def ramp(x: Floats) -> Floats:
        return x**6 - 3 * x**5 + 2.5 * x**4  # the integral of 6x^5 - 15x^4 + 10x^3

    first = ramp_in * ramp(np.minimum(share / ramp_in, 1))
    cruise = np.clip(share - ramp_in, 0, 1 - ramp_in - ramp_out)
    left = np.clip((1 - share) / ramp_out, 0, 1)
    last = ramp_out * (0.5 - ramp(left))
    return top_speed * (first + cruise + last)


def pelvis_trajectory(
    motion: Motion,
    body: Body,
    *,
    t_s: Floats,
    lateral_sign: int,
    unsteadiness: float,
    rng: np.random.Generator,
) -> Trajectory:
    """The pelvis on the uniform grid t_s (n,)."""
    values = _moved(t_s, motion)
    _add_sway(values, t_s, unsteadiness, rng)
    for walk in motion.walks:
        _add_walk(values, t_s, walk, unsteadiness, rng)
    for pulse in motion.pulses:
        _add_pulse(values, t_s, pulse)
    for channel in LATERAL:
        values[channel] *= lateral_sign
    trunk = values[Channel.TRUNK]
    angle = np.radians(values)
    pelvis = rotations.about_axis(2, angle[Channel.YAW])
    pelvis = rotations.multiply(pelvis, rotations.about_axis(1, -angle[Channel.LEVEL]))
    inclination = angle[Channel.TRUNK] + angle[Channel.ARCH]
    pelvis = rotations.multiply(pelvis, rotations.about_axis(0, np.pi / 2 - inclination))
    pelvis = rotations.multiply(pelvis, rotations.about_axis(2, angle[Channel.TWIST]))
    hip = np.stack(
        [
            values[Channel.SIDEWAYS],
            values[Channel.FORWARD] + body.hip_forward_m(trunk),
            values[Channel.UPWARD] + body.hip_height_m(trunk),
        ],
        axis=1,
    )
    return Trajectory(t_s, hip, pelvis)


def _span(t_s: Floats, start_s: float, end_s: float) -> slice:
    return slice(int(np.searchsorted(t_s, start_s)), int(np.searchsorted(t_s, end_s)))


def _moved(t_s: Floats, motion: Motion) -> Floats:
    steps = np.zeros((len(Channel), len(t_s) + 1))
    for channel, value in motion.start.items():
        steps[channel, 0] += value
    during: list[tuple[Channel, slice, Floats]] = []
    for move in motion.moves:
        span = _span(t_s, move.start_s, move.start_s + move.duration_s)
        share = (t_s[span] - move.start_s) / move.duration_s
        during.append((move.channel, span, move.delta * progress(share, move.ramp_in, move.ramp_out)))
        steps[move.channel, span.stop] += move.delta
    values: Floats = np.cumsum(steps[:, :-1], axis=1)
    for channel, span, value_in_move in during:
        values[channel, span] += value_in_move
    return values


def _smooth_noise(t_s: Floats, every_s: float, rng: np.random.Generator) -> Floats:
    """Unit noise, a C2 spline through random knots: its power lies below about 0.6 / every_s Hz."""
    knots = np.arange(t_s[0] - every_s, t_s[-1] + 2 * every_s, every_s)
    return np.asarray(CubicSpline(knots, rng.standard_normal(len(knots)))(t_s))


def _add_sway(values: Floats, t_s: Floats, unsteadiness: float, rng: np.random.Generator) -> None:
    effort = values[Channel.EFFORT] * unsteadiness
    phase = 2 * np.pi * _BREATH_HZ * t_s + 0.6 * _smooth_noise(t_s, 8.0, rng)  # no two breaths are equally long
    for channel, (sway, tremor) in _SWAY.items():
        values[channel] += effort * (sway * _smooth_noise(t_s, 0.45, rng) + tremor * _smooth_noise(t_s, 0.05, rng))
        if channel in _BREATH:
            values[channel] += _BREATH[channel] * np.sin(phase)


def _add_walk(values: Floats, t_s: Floats, walk: Walk, unsteadiness: float, rng: np.random.Generator) -> None:
    span = _span(t_s, walk.start_s, walk.end_s)
    time = t_s[span]
    if len(time) < 2:
        return
    fade_s = 0.7  # a step to get going, a step to stop
    fade = progress(np.clip((time - walk.start_s) / fade_s, 0, 1), 0.5, 0.5)
    fade = fade * progress(np.clip((walk.end_s - time) / fade_s, 0, 1), 0.5, 0.5)
    stride = 2 * np.pi * walk.stride_hz * (time - walk.start_s) + 0.15 * _smooth_noise(time, 1.0, rng)
    step = 2 * stride
    # pelvis of normal walking: 4 cm up and down twice a stride, 4-5 cm side to side, 4-5 deg each of drop and turn;
    # the third harmonic is the foot striking
    values[Channel.UPWARD, span] += fade * (0.020 * np.cos(step) + 0.003 * np.cos(2 * step + 0.8))
    values[Channel.UPWARD, span] += fade * 0.0010 * np.cos(3 * step + 1.9)
    values[Channel.FORWARD, span] += fade * 0.012 * np.sin(step + 0.5)
    values[Channel.SIDEWAYS, span] += fade * 0.022 * np.sin(stride)
    values[Channel.LEVEL, span] += fade * (4.0 * np.sin(stride + 0.6) + 0.8 * np.sin(3 * stride))
    values[Channel.YAW, span] += fade * 5.0 * np.sin(stride + 1.2)
    values[Channel.TRUNK, span] += fade * (1.8 * np.sin(step + 0.3) + unsteadiness * _smooth_noise(time, 0.5, rng))


def _add_pulse(values: Floats, t_s: Floats, pulse: Pulse) -> None:
    span = _span(t_s, pulse.start_s, pulse.start_s + pulse.duration_s)
    time = t_s[span] - pulse.start_s
    share = time / pulse.duration_s
    window = 64 * (share * (1 - share)) ** 3  # C2 at both ends, 1 in the middle
    wave = np.sin(2 * np.pi * pulse.frequency_hz * time) if pulse.frequency_hz else 1.0
    values[pulse.channel, span] += pulse.amplitude * window * wave
