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
from tracker.core.height import AccError
from tracker.core.history import History
from tracker.core.holds import Hold, Vector, Way, read_hold, read_way, unit
from tracker.core.model import NAN, Calibration, CalibrationKind
from tracker.core.still import STILL_LAG_S, StillPose

# Poses within this angle of each other are the same pose [deg].
SAME_POSE_DEG = 10.0
# Two still stretches of one pose this close together are one hold with a twitch in it [s].
TWITCH_S = 0.4
# With samples lost in between: the gap, the quiet until up is known again, and until stillness shows [s].
GAP_IN_HOLD_S = 2.0
# A slow thrust takes 1-5 s a way; a longer way between holds is something else [s].
LONGEST_WAY_S = 10.0
# Points of the curve of inclination over lift: steps of 5 % are finer than its curvature.
CURVE_POINTS = 21
# A rise of less is no thrust, whatever its angle [cm].
LEAST_LIFT_CM = 8.0
# No thrust from a bench lifts the hips further; published travel is 36 cm, tall people reach 45.
MOST_LIFT_CM = 80.0
# Of the four ways of two thrusts, this many must be without a gap to know the full lift.
LEAST_WAYS = 2


class Refusal(NamedTuple):
    """Why a calibration can not be used, and what to do again."""

    reason: str
    hint: str


@dataclass(slots=True)
class HoldCalibrator:
    """Collects the still holds of one calibration until two thrusts are complete.

    holds: so far; held_count: how many of the five wanted ones are done, odd at the bottom, even at the top.
    """

    config: CalibrationConfig
    has_gyroscope: bool
    holds: list[Hold] = field(default_factory=list)
    held_count: int = 0
    _ways: list[Way | None] = field(default_factory=list)  # _ways[i] leads from holds[i] to holds[i + 1]

    def add(self, history: History, pose: StillPose, acc_error: AccError) -> Calibration | Refusal | None:
        """Take the next still pose; the last bottom pose may still be going on."""
        hold = read_hold(history, pose)
        if self.holds and self._is_same(self.holds[-1], hold, history):
            last = self.holds[-1]
            is_whole = last.start >= history.earliest(hold.stop)
            hold = read_hold(history, StillPose(last.start, hold.stop)) if is_whole else hold
            self.holds[-1] = replace(hold, started_s=last.started_s)
        elif self.holds:
            self._ways.append(read_way(history, self.holds[-1], hold))
            self.holds.append(hold)
        else:
            self.holds = [hold]
        result = self._judge(acc_error) if len(self.holds) > 1 else None
        self.held_count = self._count(acc_error)
        return result

    def _is_same(self, last: Hold, hold: Hold, history: History) -> bool:
        """The same hold again: it goes on, or there was only a twitch or a gap in it."""
        has_gap = last.stop <= history.start
        is_near = hold.started_s - last.ended_s <= (GAP_IN_HOLD_S if has_gap else TWITCH_S + STILL_LAG_S)
        return hold.start == last.start or (is_near and last.angle_deg(hold) < SAME_POSE_DEG)

    def _judge(self, acc_error: AccError) -> Calibration | Refusal | None:
        previous, newest = self.holds[-2:]
        way = self._ways[-1]
        is_base_short = len(self.holds) == 2 and previous.held_s < self.config.hold_min_s
        if is_base_short or newest.started_s - previous.ended_s > LONGEST_WAY_S:
            return self._from(newest, None)
        turned_deg = previous.angle_deg(newest)
        if turned_deg < SAME_POSE_DEG:
            return self._from(newest, UNSTILL if self._was_thrust(previous, way, newest, acc_error) else None)
        if self._is_low(-1, acc_error):
            return self._judge_low(turned_deg, acc_error)
        return self._judge_way(previous, newest, turned_deg, acc_error)

    def _judge_way(
        self, previous: Hold, newest: Hold, turned_deg: float, acc_error: AccError
    ) -> Calibration | Refusal | None:
        """Up or down between two holds."""
        last = len(self._ways) - 1
        rises = self._rises(last, acc_error)
        rose_before = self._rises(last - 1, acc_error) if last > 0 else None
        if self._is_low(-2, acc_error) or (rises is not None and rises == rose_before):
            # it lay back, then rose: the hold before is the first
            self.holds, self._ways = self.holds[-2:], self._ways[-1:]
        if rises and turned_deg < self.config.range_min_deg:
            return self._from(previous, _too_small(turned_deg, self.config.range_min_deg))
        if rises is not False or newest.held_s < self.config.hold_min_s:
            return None  # on the way up, or the bottom hold after the thrust is not complete yet
        if len(self.holds) > 2 and previous.held_s < self.config.hold_min_s:
            return self._from(newest, _too_short(previous.held_s))
        return self._accept(acc_error) if len(self.holds) >= 5 else None

    def _was_thrust(self, before: Hold, way: Way | None, after: Hold, acc_error: AccError) -> bool:
        """True if the hips rose and came back between two whole holds in one pose: no bend, no part of a set."""
        is_whole = min(before.held_s, after.held_s) >= self.config.hold_min_s
        if way is None or not is_whole or way.furthest_deg < self.config.range_min_deg:
            return False
        if not self.has_gyroscope:
            return True
        height_cm = way.height_cm(acc_error)
        return float(height_cm.max()) >= LEAST_LIFT_CM + abs(float(height_cm[-1]))

    def _is_low(self, place: int, acc_error: AccError) -> bool:
        """True for a known way, counted from the newest (-1), that neither lifts nor lowers the hips enough."""
        way = self._ways[place] if len(self._ways) >= -place else None
        return self.has_gyroscope and way is not None and abs(way.lift_cm(acc_error)) < LEAST_LIFT_CM

    def _judge_low(self, turned_deg: float, acc_error: AccError) -> Refusal | None:
        """A turn without lift: getting into place, or, there and back with whole holds, a misunderstood thrust."""
        way = self._ways[-1]
        assert way is not None
        is_back = len(self.holds) > 2 and self.holds[-3].angle_deg(self.holds[-1]) < SAME_POSE_DEG
        is_whole = min(hold.held_s for hold in self.holds[-3:]) >= self.config.hold_min_s
        if is_back and is_whole and turned_deg >= self.config.range_min_deg and self._is_low(-2, acc_error):
            return self._from(self.holds[-1], _too_low(abs(way.lift_cm(acc_error))))
        if not is_back:
            self.holds, self._ways = self.holds[-2:], self._ways[-1:]
        return None

    def _rises(self, number: int, acc_error: AccError) -> bool | None:
        """True for a way up; ways alternate, so one that was lost in a gap is known from the one nearest to it."""
        if not self.has_gyroscope:  # no height: the first pose is taken for the bottom
            return number % 2 == 0
        known = [other for other, way in enumerate(self._ways) if way is not None]
        if not known:
            return None
        nearest = min(known, key=lambda other: abs(other - number))
        way = self._ways[nearest]
        assert way is not None
        return (way.lift_cm(acc_error) > 0) == ((number - nearest) % 2 == 0)

    def _count(self, acc_error: AccError) -> int:
        """Holds of the chain that are long enough and follow each other as wanted; a fifth that did not do is none."""
        place = len(self.holds) - 1
        if place and self.holds[place].held_s < self.config.hold_min_s:
            place -= 1  # it still goes on
        if self.holds[place].held_s < self.config.hold_min_s:
            return 0
        if self._is_low(-1, acc_error):
            return 1  # whatever it was: the next thrust begins here
        is_top = place % 2 == 1
        if self._ways:
            rises = self._rises(max(place - 1, 0), acc_error)
            is_top = is_top if rises is None else rises == (place > 0)
        count = place + 1 if (place % 2 == 1) == is_top else place
        return min(count, 4 if is_top else 3)

    def _from(self, hold: Hold, refusal: Refusal | None) -> Refusal | None:
        """Begin again with this hold."""
        self.holds, self._ways = [hold], []
        return refusal

    def _accept(self, acc_error: AccError) -> Calibration | Refusal | None:
        holds, ways = self.holds[-5:], self._ways[-4:]
        seen = [way for way in ways if way is not None]
        if self.has_gyroscope:
            if len(seen) < LEAST_WAYS:
                return None
            least_cm = min(abs(way.lift_cm(acc_error)) for way in seen)
            if least_cm < LEAST_LIFT_CM:
                return self._from(holds[-1], _too_low(least_cm))
            if least_cm > MOST_LIFT_CM:
                return self._from(holds[-1], _impossible(least_cm))
        for name, (first, second) in (("top", (holds[1], holds[3])), ("bottom", (holds[2], holds[4]))):
            apart_deg = first.angle_deg(second)
            if apart_deg > self.config.agreement_deg:
                return self._from(holds[-1], _not_alike(name, apart_deg))
        bottoms = holds[0::2]
        if holds[0].angle_deg(holds[2]) > self.config.agreement_deg:  # it lay elsewhere yet, or up was not known well
            bottoms, seen = bottoms[1:], [way for way in ways[1:] if way is not None]
            if self.has_gyroscope and len(seen) < LEAST_WAYS:
                return None
        return calibration_of(holds[1::2], bottoms, seen if self.has_gyroscope else [], acc_error)


UNSTILL = Refusal("The hold at the top was not still.", "Hold still for two seconds at the top. Do both thrusts again.")


def _too_small(turned_deg: float, least_deg: float) -> Refusal:
    return Refusal(
        f"The thrust turned the pelvis by only {turned_deg:.0f} degrees.",
        f"Lift the hips as high as they go, at least {least_deg:.0f} degrees, on both legs.",
    )


def _too_short(held_s: float) -> Refusal:
    return Refusal(
        f"The hold at the top lasted only {held_s:.1f} s.",
        "Hold still for two seconds at the top, then lower slowly. Do both thrusts again.",
    )


def _too_low(lift_cm: float) -> Refusal:
    return Refusal(
        f"The hips rose by only {lift_cm:.0f} cm.",
        "Start lying at the bottom and lift the hips as high as they go, on both legs.",
    )


def _impossible(lift_cm: float) -> Refusal:
    return Refusal(
        f"The hips would have risen by {lift_cm:.0f} cm.",
        "Accelerometer and gyroscope do not fit together: check the order, sign and unit of their axes.",
    )


def _not_alike(name: str, apart_deg: float) -> Refusal:
    return Refusal(
        f"The two holds at the {name} differ by {apart_deg:.0f} degrees.",
        "Take the same position both times, the sensor tight. Do both thrusts again.",
    )


def calibration_of(tops: list[Hold], bottoms: list[Hold], ways: list[Way], acc_error: AccError) -> Calibration:
    """The calibration from the holds at top and bottom, and the ways between them that are known."""
    bias = acc_error.bias_mps2 if ways else (0.0, 0.0, 0.0)
    top = _mean_of([hold.up(bias) for hold in tops])
    bottom = _mean_of([hold.up(bias) for hold in bottoms])
    calibration = pelvis_frame(CalibrationKind.HOLD, top, bottom, acc_error)
    calibration = replace(calibration, full_range_deg=calibration.bottom_deg)
    if not ways:
        return calibration
    share = np.linspace(0.0, 1.0, CURVE_POINTS)
    curves = []
    for way in ways:
        height_cm, inclination = way.height_cm(acc_error), frame.inclination_deg(way.up(acc_error), calibration)
        if height_cm[-1] < 0:
            height_cm, inclination = (height_cm - height_cm[-1])[::-1], inclination[::-1]
        curves.append(np.interp(share * height_cm[-1], np.maximum.accumulate(height_cm), inclination))
    full_lift_cm = float(np.mean([abs(way.lift_cm(acc_error)) for way in ways]))
    return replace(
        calibration,
        full_lift_cm=full_lift_cm,
        period_s=float(np.mean([way.period_s for way in ways])),
        lift_curve_cm=tuple((share * full_lift_cm).tolist()),
        inclination_curve_deg=tuple(np.mean(curves, axis=0).tolist()),
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
        right=unit(right),
        anterior=unit(anterior),
        cranial=unit(cranial),
        bottom_deg=bottom_deg,
        full_lift_cm=NAN,
        full_range_deg=NAN,
        acc_bias_mps2=acc_error.bias_mps2,
        acc_scale=acc_error.scale,
    )


def _mean_of(vectors: list[Vector]) -> Vector:
    return unit(np.mean(np.array(vectors), axis=0))
