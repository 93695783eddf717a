"""Still holds of two-legged thrusts -> the pelvis frame and the person's full thrust.

In: still poses and the history. Out: a `Calibration`, or a refusal in one sentence that says what to do again.

The top hold is A up, by definition level and fully extended; going down turns up toward C; R = A x C. No assumption
about how the sensor is worn enters. Rises are told from falls by the sign of the height between two poses.
The inclination that the thrusts had at each lift is kept as a curve: it is what tells an arched back (high, but tipped)
from short hips (low, therefore tipped).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from tracker.core import frame
from tracker.core.config import CalibrationConfig
from tracker.core.height import AccError, Track, between_rests, vertical_acceleration
from tracker.core.history import ACC, UP, History, T
from tracker.core.model import NAN, Calibration, CalibrationKind, Floats
from tracker.core.still import StillPose

Vector = tuple[float, float, float]

# Poses within this angle of each other are the same pose [deg].
SAME_POSE_DEG = 10.0
# Two still stretches of one pose this close together are one hold with a twitch in it [s].
TWITCH_S = 0.4
# A slow thrust takes 1-5 s a way; a longer way between holds is something else [s].
LONGEST_WAY_S = 10.0
# Points of the curve of inclination over lift: steps of 5 % are finer than its curvature.
CURVE_POINTS = 21
# A rise of less is no thrust, whatever its angle [cm].
LEAST_LIFT_CM = 8.0


class Refusal(NamedTuple):
    """Why a calibration can not be used, and what to do again."""

    reason: str
    hint: str


@dataclass(slots=True)
class HoldCalibrator:
    """Collects the still poses of one calibration until two thrusts are complete."""

    config: CalibrationConfig
    rate_hz: float
    has_gyroscope: bool
    _poses: list[StillPose] = field(default_factory=list)

    def add(self, history: History, pose: StillPose, acc_error: AccError) -> Calibration | Refusal | None:
        """Take the next still pose; the last bottom pose may still be going on."""
        if self._poses:
            last = self._poses[-1]
            is_near = (pose.start - last.stop) / self.rate_hz <= TWITCH_S + 0.4
            if pose.start == last.start or (is_near and self._angle_deg(history, last, pose) < SAME_POSE_DEG):
                self._poses[-1] = StillPose(last.start, pose.stop)
                return self._judge(history, acc_error)
        self._poses.append(pose)
        self._poses = [item for item in self._poses if item.start >= history.earliest(pose.stop)]
        return self._judge(history, acc_error)

    def _judge(self, history: History, acc_error: AccError) -> Calibration | Refusal | None:
        if len(self._poses) < 2:
            return None
        previous, newest = self._poses[-2:]
        turned_deg = self._angle_deg(history, previous, newest)
        if (newest.start - previous.stop) / self.rate_hz > LONGEST_WAY_S:
            self._poses = [newest]
            return None
        if turned_deg < SAME_POSE_DEG:
            return self._judge_return_without_hold(history)
        rises = self._lift_cm(history, previous, newest, acc_error) > 0
        if rises and turned_deg < self.config.range_min_deg:
            self._poses = [previous]
            return Refusal(
                f"The thrust turned the pelvis by only {turned_deg:.0f} degrees.",
                f"Lift the hips as high as they go, at least {self.config.range_min_deg:.0f} degrees, on both legs.",
            )
        if len(self._poses) >= 3 and not rises:
            held_s = (previous.stop - previous.start) / self.rate_hz
            if held_s < self.config.hold_min_s and self._is_over(newest):
                self._poses = [newest]
                return Refusal(
                    f"The hold at the top lasted only {held_s:.1f} s.",
                    "Hold still for two seconds at the top, then lower slowly. Do both thrusts again.",
                )
        if len(self._poses) < 5 or rises or not self._is_over(newest):
            return None
        return self._accept(history, self._poses[-5:], acc_error)

    def _judge_return_without_hold(self, history: History) -> Refusal | None:
        """Back at the bottom with no still pose on the way: the hold at the top moved, or there was none."""
        previous, newest = self._poses[-2:]
        self._poses = [newest]
        up = history.columns(UP, previous.stop, newest.start)
        if not up.shape[1]:
            return None
        excursion_deg = float(frame.angle_from_deg(up, _mean_up(history, newest)).max())
        if excursion_deg < self.config.range_min_deg:
            return None
        return Refusal(
            "The hold at the top was not still.", "Hold still for two seconds at the top. Do both thrusts again."
        )

    def _is_over(self, pose: StillPose) -> bool:
        """The pose after a thrust lasts long enough to be a bottom hold itself."""
        return (pose.stop - pose.start) / self.rate_hz >= self.config.hold_min_s

    def _accept(self, history: History, poses: list[StillPose], acc_error: AccError) -> Calibration | Refusal | None:
        bottoms, tops = poses[0::2], poses[1::2]
        rises = [self._lift_cm(history, p, q, acc_error) for p, q in zip(poses[:4], poses[1:], strict=True)]
        if self.has_gyroscope and not all(abs(lift_cm) >= LEAST_LIFT_CM for lift_cm in rises):
            self._poses = poses[-1:]
            return Refusal(
                f"The hips rose by only {min(abs(lift_cm) for lift_cm in rises):.0f} cm.",
                "Start lying at the bottom and lift the hips as high as they go, on both legs.",
            )
        for name, group in (("top", tops), ("bottom", bottoms[1:])):
            apart_deg = max(self._angle_deg(history, group[0], pose) for pose in group)
            if apart_deg > self.config.agreement_deg:
                self._poses = poses[-1:]
                return Refusal(
                    f"The two holds at the {name} differ by {apart_deg:.0f} degrees.",
                    "Take the same position both times, the sensor tight. Do both thrusts again.",
                )
        return calibration_of(history, bottoms, tops, acc_error, has_gyroscope=self.has_gyroscope)

    def _angle_deg(self, history: History, first: StillPose, second: StillPose) -> float:
        up = np.array(_mean_up(history, first))[:, None]
        return float(frame.angle_from_deg(up, _mean_up(history, second))[0])

    def _lift_cm(self, history: History, first: StillPose, second: StillPose, acc_error: AccError) -> float:
        if not self.has_gyroscope:  # no height: the first pose is taken for the bottom, they alternate from there
            return 1.0 if len(self._poses) % 2 == 0 else -1.0
        return 100.0 * float(_between(history, first, second, acc_error).height_m[-1])


def calibration_of(
    history: History, bottoms: list[StillPose], tops: list[StillPose], acc_error: AccError, *, has_gyroscope: bool
) -> Calibration:
    """The calibration from still holds at bottom, top, bottom, top and bottom, in this order."""
    bias = acc_error.bias_mps2 if has_gyroscope else (0.0, 0.0, 0.0)
    top = _mean_of([_mean_up(history, pose, bias) for pose in tops])
    bottom = _mean_of([_mean_up(history, pose, bias) for pose in bottoms])
    calibration = pelvis_frame(CalibrationKind.HOLD, top, bottom, acc_error)
    if not has_gyroscope:
        return replace(calibration, full_range_deg=calibration.bottom_deg)
    poses = [pose for pair in zip(bottoms, tops, strict=False) for pose in pair] + bottoms[len(tops) :]
    lifts_cm, curves = [], []
    share = np.linspace(0.0, 1.0, CURVE_POINTS)
    for first, second in zip(poses[:-1], poses[1:], strict=True):
        start, stop = first.stop - 1, second.start
        height_cm = 100.0 * _between(history, first, second, acc_error).height_m
        inclination = frame.inclination_deg(history.corrected_up(start, stop + 1, bias), calibration)
        lifts_cm.append(abs(float(height_cm[-1])))
        if height_cm[-1] < 0:
            height_cm, inclination = (height_cm - height_cm[-1])[::-1], inclination[::-1]
        curves.append(np.interp(share * height_cm[-1], np.maximum.accumulate(height_cm), inclination))
    full_lift_cm = float(np.mean(lifts_cm))
    curve = np.mean(curves, axis=0)
    return replace(
        calibration,
        full_lift_cm=full_lift_cm,
        full_range_deg=calibration.bottom_deg,
        lift_curve_cm=tuple((share * full_lift_cm).tolist()),
        inclination_curve_deg=tuple(curve.tolist()),
    )


def range_at_lift(calibration: Calibration, fraction: float) -> float | None:
    """The range [deg] that the calibrated thrusts had at this fraction of their lift; None without a full thrust."""
    if calibration.lift_curve_cm:
        lift_cm = fraction * calibration.full_lift_cm
        inclination = np.interp(lift_cm, calibration.lift_curve_cm, calibration.inclination_curve_deg)
        return calibration.bottom_deg - float(inclination)
    return fraction * calibration.full_range_deg if np.isfinite(calibration.full_range_deg) else None


def pelvis_frame(kind: CalibrationKind, top: Vector, bottom: Vector, acc_error: AccError) -> Calibration:
    """Axes from where up points at the top (A) and at the bottom (toward C), both unit vectors in the sensor frame."""
    anterior, low = np.array(top), np.array(bottom)
    cranial = low - (low @ anterior) * anterior
    cranial = cranial / np.sqrt(cranial @ cranial)
    right = np.cross(anterior, cranial)
    bottom_deg = float(np.degrees(np.arctan2(low @ cranial, low @ anterior)))
    return Calibration(
        kind,
        right=_vector(right),
        anterior=_vector(anterior),
        cranial=_vector(cranial),
        bottom_deg=bottom_deg,
        full_lift_cm=NAN,
        full_range_deg=NAN,
        acc_bias_mps2=acc_error.bias_mps2,
        acc_scale=acc_error.scale,
    )


def _between(history: History, first: StillPose, second: StillPose, acc_error: AccError) -> Track:
    """The way from the end of one hold to the start of the next."""
    start, stop = first.stop - 1, second.start + 1
    up = history.corrected_up(start, stop, acc_error.bias_mps2)
    acceleration = vertical_acceleration(history.columns(ACC, start, stop), up, acc_error)
    return between_rests(history.column(T, start, stop), acceleration)


def _mean_up(history: History, pose: StillPose, bias: Vector = (0.0, 0.0, 0.0)) -> Vector:
    """Mean up over a pose, a unit vector in the sensor frame."""
    up = history.corrected_up(pose.start, max(pose.stop, pose.start + 1), bias)
    return _unit(up.mean(axis=1))


def _mean_of(vectors: list[Vector]) -> Vector:
    return _unit(np.mean(np.array(vectors), axis=0))


def _unit(vector: Floats) -> Vector:
    return _vector(vector / np.sqrt(vector @ vector))


def _vector(values: Floats) -> Vector:
    return float(values[0]), float(values[1]), float(values[2])
