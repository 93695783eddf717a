"""Movements in closed form: angles over time, and histories whose up, force and height are known exactly.

The body is a rod that turns about the left-right axis: inclination i = bottom - rise, and the sensor rides at
`height_m(i)`. Pelvis and sensor axes are the same unless a mounting says otherwise.
"""

from __future__ import annotations

import numpy as np

from tracker.core.config import RepConfig
from tracker.core.history import ACC, FILLED, GYR, PEAK, ROW_X, ROW_Y, STILL, UP, W_X, W_Y, WIDTH, History, T
from tracker.core.model import GRAVITY_MPS2, NAN, Calibration, CalibrationKind, Floats, Rep
from tracker.core.segmentation import Move, RepWindow, Segmenter
from tracker.core.still import StillPose

RATE_HZ = 50.0
BOTTOM_DEG = 45.0
ARM_M = 0.34  # from the bench edge to the hips
DEPTH_M = 0.09  # hips in front of the line of the back
STILL_RATE_DPS = 0.1

Leg = tuple[float, float]  # duration [s], angle at its end [deg]
THRUST: tuple[Leg, ...] = ((1.5, 45.0), (1.0, 45.0), (1.5, 0.0), (1.5, 0.0))


def smooth_step(share: Floats) -> Floats:
    """From 0 to 1 with the least jerk: rest at both ends."""
    return np.asarray(share**3 * (10 - 15 * share + 6 * share**2))


def path(*legs: Leg, start_deg: float = 0.0, rate_hz: float = RATE_HZ) -> Floats:
    """Angle (n,) [deg] that goes smoothly to each leg's target in its time, at rest between the legs."""
    pieces, now_deg = [], start_deg
    for duration_s, target_deg in legs:
        count = round(duration_s * rate_hz)
        share = np.arange(1, count + 1) / count
        pieces.append(now_deg + (target_deg - now_deg) * smooth_step(share))
        now_deg = target_deg
    return np.concatenate(pieces)


def rate_of(angle_deg: Floats, rate_hz: float = RATE_HZ) -> Floats:
    """Rate (n,) [deg/s] at the samples."""
    return np.asarray(np.gradient(angle_deg) * rate_hz)


def new_segmenter(*, counted_deg: float | None = 22.5, partial_deg: float | None = 11.25) -> Segmenter:
    return Segmenter(
        RepConfig(),
        RATE_HZ,
        counted_deg=counted_deg,
        partial_deg=partial_deg,
        lowest_top_deg=0.0,
        highest_top_deg=90.0,
    )


def windows(moves: list[Move]) -> list[RepWindow]:
    return [move for move in moves if isinstance(move, RepWindow)]


def moves_of(segmenter: Segmenter, angle_deg: Floats) -> list[Move]:
    """What the machine says of a whole curve from row 0, before the stream ends."""
    segmenter.start_at(0, float(angle_deg[0]))
    return segmenter.feed(angle_deg, rate_of(angle_deg, segmenter.rate_hz))


def height_m(inclination_deg: Floats | float) -> Floats:
    """Height of the sensor above the bench edge."""
    angle = np.radians(inclination_deg)
    return np.asarray(-ARM_M * np.sin(angle) + DEPTH_M * np.cos(angle))


def lift_cm(low_deg: float, high_deg: float) -> float:
    """How far the sensor rises between two inclinations."""
    return 100.0 * float(height_m(high_deg) - height_m(low_deg))


def up_of(inclination_deg: Floats, level_deg: Floats | float = 0.0) -> Floats:
    """Up (3, n) in pelvis axes R, A, C."""
    incline = np.radians(inclination_deg)
    level = np.broadcast_to(np.radians(level_deg), incline.shape)
    cranial = np.sin(incline)
    right = np.sin(level)
    anterior = np.sign(np.cos(incline)) * np.sqrt(np.maximum(1 - cranial**2 - right**2, 0.0))
    return np.stack([right, anterior, cranial])


def history_of(
    rise_deg: Floats,
    *,
    level_deg: Floats | float = 0.0,
    mounting: Floats | None = None,
    height: Floats | None = None,
    bias_mps2: tuple[float, float, float] = (0.0, 0.0, 0.0),
    rate_hz: float = RATE_HZ,
) -> History:
    """The history of a body that turns up from the bottom by `rise_deg`; `mounting` (3, 3) sensor from pelvis."""
    history = History(rate_hz)
    columns = columns_of(rise_deg, level_deg=level_deg, mounting=mounting, height=height, rate_hz=rate_hz)
    columns[ACC] += np.array(bias_mps2)[:, None]
    history.append(columns)
    return history


def columns_of(
    rise_deg: Floats,
    *,
    level_deg: Floats | float = 0.0,
    mounting: Floats | None = None,
    height: Floats | None = None,
    rate_hz: float = RATE_HZ,
) -> Floats:
    """History columns (WIDTH, n) of this movement."""
    mount = np.eye(3) if mounting is None else mounting
    inclination = BOTTOM_DEG - rise_deg
    path_m = height_m(inclination) if height is None else height
    acceleration = np.zeros(len(rise_deg))
    acceleration[1:-1] = (path_m[2:] - 2 * path_m[1:-1] + path_m[:-2]) * rate_hz**2
    up = mount @ up_of(inclination, level_deg)
    columns = np.zeros((WIDTH, len(rise_deg)))
    columns[T] = np.arange(len(rise_deg)) / rate_hz
    columns[UP] = up
    columns[ROW_X] = columns[W_X] = np.cross(up, mount[:, 0], axis=0)  # horizontal, if not exactly of unit length
    columns[ROW_Y] = columns[W_Y] = np.cross(up, columns[ROW_X], axis=0)
    columns[ACC] = up * (GRAVITY_MPS2 + acceleration)
    columns[GYR] = mount[:, :1] * -np.radians(rate_of(rise_deg, rate_hz))
    columns[PEAK] = np.abs(GRAVITY_MPS2 + acceleration)
    columns[FILLED] = 0.0
    run = 0
    for row, is_still in enumerate(np.abs(rate_of(rise_deg, rate_hz)) < STILL_RATE_DPS):
        run = run + 1 if is_still else 0
        columns[STILL, row] = run
    return columns


def poses_of(history: History, least_s: float = 0.5) -> list[StillPose]:
    """The rests of a synthetic history."""
    still = history.column(STILL, 0, history.end)
    ends = [row for row in range(history.end) if still[row] and (row + 1 == history.end or not still[row + 1])]
    poses = [StillPose(row + 1 - int(still[row]), row + 1) for row in ends]
    return [pose for pose in poses if pose.stop - pose.start >= least_s * RATE_HZ]


def calibration_of(
    *, mounting: Floats | None = None, kind: CalibrationKind = CalibrationKind.HOLD, top_deg: float = 0.0
) -> Calibration:
    """What a perfect calibration of this body says; `top_deg`: inclination at its full extension."""
    right, anterior, cranial = (np.eye(3) if mounting is None else mounting).T.tolist()
    share = np.linspace(0.0, 1.0, 21)
    inclination = np.linspace(BOTTOM_DEG, top_deg, 200)
    lifts = 100.0 * (height_m(inclination) - height_m(BOTTOM_DEG))
    full_cm = float(lifts[-1])
    curve = np.interp(share * full_cm, lifts, inclination)
    return Calibration(
        kind,
        right=tuple(right),
        anterior=tuple(anterior),
        cranial=tuple(cranial),
        bottom_deg=BOTTOM_DEG,
        full_lift_cm=full_cm if kind is CalibrationKind.HOLD else NAN,
        full_range_deg=BOTTOM_DEG - top_deg if kind is CalibrationKind.HOLD else NAN,
        period_s=1 / RATE_HZ if kind is CalibrationKind.HOLD else NAN,
        lift_curve_cm=tuple((share * full_cm).tolist()) if kind is CalibrationKind.HOLD else (),
        inclination_curve_deg=tuple(curve.tolist()) if kind is CalibrationKind.HOLD else (),
    )


GOOD_REP = Rep(
    start_s=10.0,
    top_s=11.0,
    lower_s=12.5,
    end_s=14.5,
    concentric_s=1.0,
    hold_s=1.5,
    eccentric_s=2.0,
    lift_cm=21.0,
    lift_pct=100.0,
    range_deg=45.0,
    top_inclination_deg=0.0,
    level_top_deg=0.0,
    arch_deg=0.0,
    kick_dps=1.0,
    lift_is_trusted=True,
)
