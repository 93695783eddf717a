"""Still holds and the ways between them, as values that outlive the history they were read from.

A `Hold` keeps where up pointed and how an accelerometer offset tilts it there; a `Way` keeps height and up along it.
So a calibration survives samples that are lost in between: gravity in the sensor frame is the same before and after a
gap, only the way across it is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracker.core import frame
from tracker.core.height import AccError, between_rests, vertical_acceleration
from tracker.core.history import ACC, UP, History, T, mended_up
from tracker.core.model import Floats
from tracker.core.still import StillPose

Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Hold:
    """A still pose: rows start:stop, its times [s], and the means of up, horizontal axes and tilt responses (5, 3)."""

    start: int
    stop: int
    started_s: float
    ended_s: float
    means: Floats

    @property
    def held_s(self) -> float:
        """How long the body rested."""
        return self.ended_s - self.started_s

    def up(self, acc_bias_mps2: Vector = (0.0, 0.0, 0.0)) -> Vector:
        """Where up points in the sensor frame, a unit vector, with the tilt of this offset taken out."""
        return unit(mended_up(self.means[:, :, None], acc_bias_mps2)[:, 0])

    def angle_deg(self, other: Hold) -> float:
        """How far the body turned between the two."""
        return float(frame.angle_from_deg(np.array(self.up())[:, None], other.up())[0])


@dataclass(frozen=True, slots=True)
class Way:
    """The movement from one hold to the next, raw, so that an accelerometer error found later mends it, too.

    t_s (n,); force (3, n) [m/s2]; rows (5, 3, n): up, horizontal axes and tilt responses; furthest_deg: the furthest it
    turned from its end.
    """

    t_s: Floats
    force: Floats
    rows: Floats
    furthest_deg: float

    @property
    def period_s(self) -> float:
        """Mean time a row."""
        return float(self.t_s[-1] - self.t_s[0]) / (len(self.t_s) - 1)

    def up(self, acc_error: AccError) -> Floats:
        """Up (3, n) in the sensor frame."""
        return mended_up(self.rows, acc_error.bias_mps2)

    def height_cm(self, acc_error: AccError) -> Floats:
        """Height (n,) from 0 at the hold it begins with."""
        acceleration = vertical_acceleration(self.force, self.up(acc_error), acc_error)
        return 100.0 * between_rests(self.t_s, acceleration).height_m

    def lift_cm(self, acc_error: AccError) -> float:
        """How much higher it ends than it began; negative on the way down."""
        return float(self.height_cm(acc_error)[-1])


def read_hold(history: History, pose: StillPose) -> Hold:
    """The hold over these rows of the history."""
    stop = max(pose.stop, pose.start + 1)
    means = history.columns(slice(UP.start, UP.start + 15), pose.start, stop).mean(axis=1).reshape(5, 3)
    return Hold(pose.start, pose.stop, history.time_s(pose.start), history.time_s(stop - 1), means)


def read_way(history: History, first: Hold, second: Hold) -> Way | None:
    """The way between two holds; None if samples are missing on it."""
    start, stop = first.stop - 1, second.start + 1
    if start < history.earliest(second.stop) or stop <= start + 1:
        return None
    rows = history.columns(slice(UP.start, UP.start + 15), start, stop).reshape(5, 3, -1).copy()
    furthest_deg = float(frame.angle_from_deg(rows[0], second.up()).max())
    force = history.columns(ACC, start, stop).copy()
    return Way(history.column(T, start, stop).copy(), force, rows, furthest_deg)


def unit(vector: Floats) -> Vector:
    """The direction of a vector (3,)."""
    x, y, z = (vector / max(float(np.sqrt(vector @ vector)), 1e-9)).tolist()
    return x, y, z
