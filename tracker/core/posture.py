"""Where the body is at rows of the history, seen through a calibration: at its bottom, away from it, how high."""

from __future__ import annotations

import numpy as np

from tracker.core import frame
from tracker.core.history import History
from tracker.core.model import Bools, Calibration, CalibrationKind, Floats, Ints

NO_BIAS = (0.0, 0.0, 0.0)


def acc_bias(calibration: Calibration, *, has_gyroscope: bool) -> tuple[float, float, float]:
    """The calibrated accelerometer offset [m/s2]; none without a gyroscope, whose up is the specific force itself."""
    return calibration.acc_bias_mps2 if has_gyroscope else NO_BIAS


def seen_up(history: History, start: int, stop: int, calibration: Calibration, *, has_gyroscope: bool) -> Floats:
    """Up in the sensor frame (3, n), rows start:stop, the tilt by the calibrated accelerometer offset taken out."""
    return history.corrected_up(start, stop, acc_bias(calibration, has_gyroscope=has_gyroscope))


def are_at_bottom(
    history: History, rows: Ints, calibration: Calibration, allowed_deg: float, *, has_gyroscope: bool
) -> Bools:
    """Which of these rising rows (n,) are within `allowed_deg` of the calibrated bottom pose."""
    if not len(rows):
        return np.zeros(0, dtype=np.bool_)
    first, last = int(rows[0]), int(rows[-1])
    up = seen_up(history, first, last + 1, calibration, has_gyroscope=has_gyroscope)[:, rows - first]
    is_low: Bools = np.abs(frame.rise_deg(up, calibration)) <= allowed_deg
    return is_low & (np.abs(frame.level_deg(up, calibration)) <= allowed_deg)


def moved_deg(history: History, row: int, calibration: Calibration, *, has_gyroscope: bool) -> float:
    """How far the pose at this row lies from the calibrated rest; what the reps themselves gave has none, so 0."""
    if calibration.kind is not CalibrationKind.HOLD:
        return 0.0
    up = seen_up(history, row, row + 1, calibration, has_gyroscope=has_gyroscope)
    return float(frame.angle_from_deg(up, frame.bottom_up(calibration))[0])


def pose_at(history: History, row: int, calibration: Calibration, *, has_gyroscope: bool) -> tuple[float, float, float]:
    """Rise in % of the full range, level and inclination [deg] of one row."""
    up = seen_up(history, row, row + 1, calibration, has_gyroscope=has_gyroscope)
    return (
        float(height_pct(frame.rise_deg(up, calibration), calibration)[0]),
        float(frame.level_deg(up, calibration)[0]),
        float(frame.inclination_deg(up, calibration)[0]),
    )


def height_pct(rise_deg: Floats, calibration: Calibration) -> Floats:
    """Rise (n,) in % of the calibrated range; without one, of the way from the bottom to the line of the back."""
    full_deg = calibration.full_range_deg if np.isfinite(calibration.full_range_deg) else calibration.bottom_deg
    return np.asarray(100.0 * rise_deg / full_deg)
