"""Pelvis angles from up in the sensor frame, through a calibration.

Signs: inclination + = shoulders above hips, 0 = the calibrated full extension; level + = right hip higher; rise + = the
pelvis turned up from the bottom pose. Inclination and level are arcsines as defined in the README; the rise angle is
taken in the sagittal plane over the whole circle, so that leaning forward when upright does not look like a thrust.
"""

from __future__ import annotations

import math

import numpy as np

from tracker.core.model import Calibration, Floats


def _along(up: Floats, axis: tuple[float, float, float]) -> Floats:
    """Dot product of columns (3, n) with an axis; an explicit sum, so that batching does not change its bits."""
    projection: Floats = up[0] * axis[0] + up[1] * axis[1] + up[2] * axis[2]
    return projection


def _sine(up: Floats, axis: tuple[float, float, float]) -> Floats:
    """The projection kept within what an arcsine takes; rounding may carry a unit vector past 1."""
    return np.asarray(np.minimum(np.maximum(_along(up, axis), -1.0), 1.0))


def inclination_deg(up: Floats, calibration: Calibration) -> Floats:
    """Inclination of the pelvis (n,) [deg] from up (3, n)."""
    sine = _sine(up, calibration.cranial)
    return np.asarray(np.degrees(np.arcsin(sine)))


def level_deg(up: Floats, calibration: Calibration) -> Floats:
    """Level of the hips (n,) [deg] from up (3, n); + = right hip higher."""
    sine = _sine(up, calibration.right)
    return np.asarray(np.degrees(np.arcsin(sine)))


def rise_deg(up: Floats, calibration: Calibration) -> Floats:
    """How far the pelvis has turned up from the bottom pose (n,) [deg], -180..180; upright is negative."""
    angle = np.degrees(np.arctan2(_along(up, calibration.cranial), _along(up, calibration.anterior)))
    turned = calibration.bottom_deg - angle
    return np.asarray(turned - 360.0 * np.rint(turned / 360.0))


def bottom_up(calibration: Calibration) -> tuple[float, float, float]:
    """Where up points in the sensor frame in the calibrated bottom pose, a unit vector."""
    sine, cosine = math.sin(math.radians(calibration.bottom_deg)), math.cos(math.radians(calibration.bottom_deg))
    x, y, z = (sine * c + cosine * a for c, a in zip(calibration.cranial, calibration.anterior, strict=True))
    return x, y, z


def angle_from_deg(up: Floats, pose: tuple[float, float, float]) -> Floats:
    """Unsigned angle (n,) [deg] between up (3, n) and a fixed direction; exact also for small angles."""
    cross_0 = up[1] * pose[2] - up[2] * pose[1]
    cross_1 = up[2] * pose[0] - up[0] * pose[2]
    cross_2 = up[0] * pose[1] - up[1] * pose[0]
    sine = np.sqrt(cross_0 * cross_0 + cross_1 * cross_1 + cross_2 * cross_2)
    return np.asarray(np.degrees(np.arctan2(sine, _along(up, pose))))
