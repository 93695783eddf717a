"""What really happened, from the noise-free path of the pelvis by the definitions of the metrics.

Nothing here is shared with the engine. Heights are those of the sensor's place on the bone. Zero inclination and zero
level are the pelvis in the two-legged top holds of the calibration (without calibration: in this body's two-legged
thrust without sway). A rep's rise is measured from the lowest point in the second before it; the way down ends at 5 %
above its own bottom, since bottoms differ by a centimetre. All times are true seconds since the first sample.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tracker.core.model import Floats, Side
from tracker.sources.simulator.body import Body, Wear
from tracker.sources.simulator.lifter import Plan, RepPlan
from tracker.sources.simulator.motion import Trajectory
from tracker.sources.simulator.radio import Delivery
from tracker.sources.simulator.scenario import Fault
from tracker.sources.simulator.sensor import SensorArrays


@dataclass(frozen=True, slots=True)
class TrueRep:
    """One rep or partial; names, signs and units as in the engine's rep, times in true seconds."""

    set_number: int
    side: Side
    is_partial: bool
    intended: tuple[str, ...]
    start_s: float
    top_s: float
    lower_s: float
    end_s: float
    arrival_s: float
    concentric_s: float
    hold_s: float
    eccentric_s: float
    lift_cm: float
    lift_pct: float
    range_deg: float
    top_inclination_deg: float
    level_top_deg: float
    free_side_drop_deg: float
    level_range_deg: float
    arch_deg: float
    mean_velocity_mps: float
    peak_velocity_mps: float


class TrueSet(NamedTuple):
    """One set: its side and which entries of `Truth.reps` belong to it (partials included)."""

    number: int
    side: Side
    rep_indices: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Truth:
    """The whole session.

    Arrays on the sensor's grid: t_s (n,) true time; up_sensor (n, 3) in the real, wobbling sensor's frame; up_pelvis
    (n, 3), inclination_deg, level_deg (n,) in the calibrated pelvis frame; height_m (n,) of the sensor's place.
    samples: what the sensor sent, in SI; ideal: the same without the errors of the chip.
    """

    reps: tuple[TrueRep, ...]
    sets: tuple[TrueSet, ...]
    activities: tuple[tuple[float, float, str], ...]
    full_lift_cm: float
    full_range_deg: float
    bottom_deg: float
    pelvis_from_sensor: Floats  # (3, 3) nominal mounting, calibrated pelvis frame
    t_s: Floats
    up_sensor: Floats
    up_pelvis: Floats
    inclination_deg: Floats
    level_deg: Floats
    height_m: Floats
    samples: SensorArrays
    ideal: SensorArrays
    delivery: Delivery
    clock_error: float

    def device_time_s(self, t_s: float) -> float:
        """Device clock seconds since the first sample at true time t_s."""
        return t_s * (1 + self.clock_error)

    @property
    def counted(self) -> tuple[TrueRep, ...]:
        """The reps that count: partials left out."""
        return tuple(rep for rep in self.reps if not rep.is_partial)


class Reference(NamedTuple):
    """The two-legged thrust: axes (3, 3) rows R, A, C in the pelvis frame, lift, range, and inclination by lift."""

    axes: Floats
    full_lift_m: float
    full_range_deg: float
    bottom_deg: float
    curve_m: Floats
    curve_deg: Floats


def find_reference(trajectory: Trajectory, height_m: Floats, plan: Plan, body: Body, wear: Wear) -> Reference:
    """The calibrated frame and the full thrust; from the body alone where nothing was calibrated."""
    if not plan.holds:
        return _reference_of_body(body, wear)
    up = trajectory.up_pelvis
    spans = [_span(trajectory.t_s, hold.start_s, hold.end_s) for hold in plan.holds]
    ups = [up[span].mean(axis=0) for span in spans]
    heights = [float(np.median(height_m[span])) for span in spans]
    axes = _axes(ups[1] + ups[3], ups[0] + ups[2] + ups[4])
    inclination = np.degrees(np.arcsin(up @ axes[2]))
    angles = [float(np.median(inclination[span])) for span in spans]
    full_lift_m = float(np.mean([heights[top] - heights[top - 1] for top in (1, 3)]))
    full_range_deg = float(np.mean([angles[top - 1] - angles[top] for top in (1, 3)]))
    curve_m = np.linspace(0, full_lift_m, 60)
    curves = []
    for top in (1, 3):
        rise = slice(spans[top - 1].stop, spans[top].start)
        lift = np.maximum.accumulate(height_m[rise] - heights[top - 1])
        curves.append(np.interp(curve_m, lift, inclination[rise]))
    bottom_deg = float(np.mean([angles[i] for i in (0, 2, 4)]))
    return Reference(axes, full_lift_m, full_range_deg, bottom_deg, curve_m, np.mean(curves, axis=0))


def _reference_of_body(body: Body, wear: Wear) -> Reference:
    trunk_deg = np.linspace(body.bottom_deg, body.top_deg, 60)
    level = np.radians(body.stance_level_deg)
    angle = np.radians(trunk_deg)
    up = np.stack([np.full(60, np.sin(level)), np.cos(level) * np.cos(angle), np.cos(level) * np.sin(angle)], axis=1)
    height = body.hip_height_m(trunk_deg) + up @ wear.position_m(body)
    axes = _axes(up[-1], up[0])
    inclination = np.degrees(np.arcsin(up @ axes[2]))
    full_lift_m = float(height[-1] - height[0])
    return Reference(
        axes,
        full_lift_m,
        float(inclination[0] - inclination[-1]),
        float(inclination[0]),
        height - height[0],
        inclination,
    )


def _axes(up_top: Floats, up_bottom: Floats) -> Floats:
    anterior = up_top / np.sqrt(up_top @ up_top)
    right = np.cross(anterior, up_bottom)
    right = right / np.sqrt(right @ right)
    return np.stack([right, anterior, np.cross(right, anterior)])


def true_reps(trajectory: Trajectory, height_m: Floats, plan: Plan, reference: Reference) -> tuple[TrueRep, ...]:
    """Every planned rep, measured."""
    up = trajectory.up_pelvis @ reference.axes.T
    inclination = np.degrees(np.arcsin(up[:, 2]))
    level = np.degrees(np.arcsin(up[:, 0]))
    reps = []
    for index, rep in enumerate(plan.reps):
        # the bottom before it: after the previous rep; the bottom after it: before the next one
        since_s = max(rep.rise_s - 1.0, plan.reps[index - 1].bottom_s - 0.05 if index else 0.0)
        until_s = rep.bottom_s + 0.5
        if index + 1 < len(plan.reps):
            until_s = min(until_s, plan.reps[index + 1].rise_s + 0.1)
        reps.append(_true_rep(trajectory.t_s, height_m, inclination, level, rep, (since_s, until_s), reference))
    return tuple(reps)


def _true_rep(
    t_s: Floats,
    height_m: Floats,
    inclination: Floats,
    level: Floats,
    rep: RepPlan,
    around_s: tuple[float, float],
    reference: Reference,
) -> TrueRep:
    before, after = _span(t_s, around_s[0], rep.top_s), _span(t_s, rep.lower_s, around_s[1])
    first = before.start + int(np.argmin(height_m[before]))
    last = after.start + int(np.argmin(height_m[after]))
    peak = first + int(np.argmax(height_m[first:last]))
    bottom_m, top_m, after_m = float(height_m[first]), float(height_m[peak]), float(height_m[last])
    rise = (height_m[first : peak + 1] - bottom_m) / (top_m - bottom_m)
    fall = (height_m[peak : last + 1] - after_m) / (top_m - after_m)
    high = first + np.flatnonzero(height_m[first:last] >= bottom_m + 0.9 * (top_m - bottom_m))
    start, top, lower = first + int(np.flatnonzero(rise <= 0.05)[-1]), int(high[0]), int(high[-1])
    end = peak + int(np.flatnonzero(fall <= 0.05)[0])
    arrival = first + int(np.flatnonzero(rise >= 0.98)[0])
    window = slice(top, lower + 1)
    lift_m = top_m - bottom_m
    top_deg, level_deg = float(np.median(inclination[window])), float(np.median(level[window]))
    third = level[first + int(np.flatnonzero(rise >= 0.30)[0]) : lower + 1]
    velocity = np.gradient(height_m[start : top + 1], t_s[start : top + 1])
    concentric_s = float(t_s[top] - t_s[start])
    return TrueRep(
        set_number=rep.set_number,
        side=rep.side,
        is_partial=Fault.PARTIAL in rep.faults,
        intended=tuple(str(fault) for fault in rep.faults),
        start_s=float(t_s[start]),
        top_s=float(t_s[top]),
        lower_s=float(t_s[lower]),
        end_s=float(t_s[end]),
        arrival_s=float(t_s[arrival]),
        concentric_s=concentric_s,
        hold_s=float(t_s[lower] - t_s[top]),
        eccentric_s=float(t_s[end] - t_s[lower]),
        lift_cm=100 * lift_m,
        lift_pct=100 * lift_m / reference.full_lift_m,
        range_deg=float(inclination[start]) - top_deg,
        top_inclination_deg=top_deg,
        level_top_deg=level_deg,
        free_side_drop_deg=-level_deg if rep.side is Side.LEFT else level_deg,
        level_range_deg=float(third.max() - third.min()),
        arch_deg=top_deg - float(np.interp(lift_m, reference.curve_m, reference.curve_deg)),
        mean_velocity_mps=float(height_m[top] - height_m[start]) / concentric_s,
        peak_velocity_mps=float(velocity.max()),
    )


def true_sets(reps: tuple[TrueRep, ...]) -> tuple[TrueSet, ...]:
    """Reps gathered by set."""
    numbers = sorted({rep.set_number for rep in reps})
    groups = [tuple(i for i, rep in enumerate(reps) if rep.set_number == number) for number in numbers]
    return tuple(TrueSet(number, reps[group[0]].side, group) for number, group in zip(numbers, groups, strict=True))


def _span(t_s: Floats, start_s: float, end_s: float) -> slice:
    return slice(int(np.searchsorted(t_s, start_s)), int(np.searchsorted(t_s, end_s)))
