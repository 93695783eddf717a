"""A closed window -> the numbers of one rep, as the README's table of metrics defines them.

In: a `RepWindow`, the history, a calibration. Any NumPy and SciPy may be used here: the window will not grow.

Height comes from between moments of rest (`height`): up from the bottom hold to the top hold, down from there to the
bottom. A bottom or top without rest is anchored at its turning point. Where there is no trustworthy height (no
gyroscope, gaps, very slow, or rise and fall disagree) the phases are taken from the angle instead, lift and arch are
not claimed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.ndimage import uniform_filter1d

from tracker.core import frame
from tracker.core.config import Config
from tracker.core.filters import zero_phase_band
from tracker.core.height import AccError, Track, between_rests, vertical_acceleration
from tracker.core.history import FILLED, GYR, PEAK, STILL, History, T
from tracker.core.model import GRAVITY_MPS2, NAN, Bools, Calibration, Floats, Rep
from tracker.core.segmentation import RepWindow

# Share of the lift below which the hips are at the bottom, from which they are at the top.
BOTTOM_SHARE, TOP_SHARE, DWELL_SHARE, LEVEL_SHARE = 0.05, 0.90, 0.10, 0.30
# Within these shares of the range the body is at the bottom or top, and if still there, holding.
LOW_SHARE, HIGH_SHARE = 0.10, 0.85
# A bottom hold that ended this long before the lowest point is another pose.
HOLD_SEARCH_S = 0.5
# At rest: less turning and less vertical acceleration than this, averaged over a tenth of a second around.
QUIET_S, QUIET_DPS, QUIET_MPS2 = 0.1, 3.0, 0.12
# A way that turned the pelvis less says nothing of the height of a degree; no body lifts its hips further by one
# (a trunk of 0.6 m: 1.05 cm).
LEAST_TURN_DEG, LARGEST_M_PER_DEG = 5.0, 0.0105
# Roll rates of a swung leg; slower is the body turning, faster is skin.
KICK_BAND_HZ = (2.0, 6.0)
# Looking back for the start of the bottom dwell ends here: longer is rest between sets, not dwell.
LONGEST_DWELL_S = 12.0
# An accelerometer-only angle is only right when still; a median needs this many seconds of it.
STILL_TOP_S = 0.3
# A lift with more than this share of bridged samples is not trusted.
TRUSTED_FILLED_SHARE = 0.15


class Anchors(NamedTuple):
    """Rows at rest: bottom before, top reached, top left, bottom after; from the start of the measured stretch."""

    bottom: int
    top: int
    leave: int
    end: int


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a measurement needs besides the window: where the stream may be read and how good it is."""

    earliest: int
    has_gyroscope: bool
    source_rate_hz: float
    samples_per_row: int


def measure(
    window: RepWindow,
    history: History,
    calibration: Calibration,
    acc_error: AccError,
    config: Config,
    around: Surroundings,
) -> Rep:
    """The numbers of this movement; NaN for what could not be measured."""
    stop = window.stop
    first = max(around.earliest, history.earliest(stop), window.base - int(LONGEST_DWELL_S * history.rate_hz))
    bias = calibration.acc_bias_mps2 if around.has_gyroscope else (0.0, 0.0, 0.0)
    up = history.corrected_up(first, stop, bias)
    rise = frame.rise_deg(up, calibration)
    inclination = frame.inclination_deg(up, calibration)
    level = frame.level_deg(up, calibration)
    t_s = history.column(T, first, stop)
    still_rows = history.column(STILL, first, stop)
    acceleration = vertical_acceleration(history, first, stop, acc_error)
    residual = 0.0
    if np.any(still_rows > 0):  # what is left of the offset shows while still
        residual = float(np.median(acceleration[still_rows > 0]))
    is_quiet = _quiet(history.columns(GYR, first, stop), acceleration - residual, history.rate_hz)
    anchors = _anchors(window, first, t_s, rise, is_quiet)
    bottom, top, leave, end = anchors
    anchors = Anchors(*(row + first for row in anchors))
    rate_dps = np.gradient(rise, t_s)

    lift_cm, drop_cm = NAN, NAN
    velocity = np.zeros(0)
    share_up = _share(rise[bottom : top + 1])
    share_down = _share(rise[leave : end + 1])
    if around.has_gyroscope and top > bottom:
        way = slice(bottom, top + 1)
        up_track = _height_between(t_s[way], acceleration[way], rise[way], rate_dps[way])
        lift_cm, velocity = 100.0 * float(up_track.height_m[-1]), up_track.velocity_mps
        if end > leave:
            way = slice(leave, end + 1)
            down_track = _height_between(t_s[way], acceleration[way], rise[way], rate_dps[way])
            drop_cm = -100.0 * float(down_track.height_m[-1])
    filled = history.column(FILLED, anchors.bottom, anchors.end + 1)
    is_trusted = not window.is_cut and _is_trusted(
        lift_cm, drop_cm, float(t_s[top] - t_s[bottom]), filled, config, around
    )
    if is_trusted:
        share_up = up_track.height_m / up_track.height_m[-1]
        share_down = 1.0 - down_track.height_m / down_track.height_m[-1]

    start_s = _last_crossing(t_s[bottom : top + 1], share_up, BOTTOM_SHARE)
    top_s = _first_crossing(t_s[bottom : top + 1], share_up, TOP_SHARE)
    lower_s = _last_crossing(t_s[leave : end + 1], -share_down, -TOP_SHARE)
    end_s = _first_crossing(t_s[leave : end + 1], -share_down, -BOTTOM_SHARE)
    lower_s = max(lower_s, top_s)
    end_s = max(end_s, lower_s)
    known_lower_s = NAN if window.is_cut else lower_s

    at_top = slice(int(np.searchsorted(t_s, top_s)), max(int(np.searchsorted(t_s, lower_s, side="right")), 0))
    if at_top.stop - at_top.start < 1:
        at_top = slice(top, top + 1)
    angles_hold = around.has_gyroscope
    if not around.has_gyroscope:
        angles_hold = int(np.count_nonzero(still_rows[at_top])) >= STILL_TOP_S * history.rate_hz
    top_inclination = float(np.median(inclination[at_top])) if angles_hold else NAN
    level_top = float(np.median(level[at_top])) if angles_hold else NAN
    at_start = float(np.interp(start_s, t_s, inclination))
    from_row = int(np.searchsorted(t_s, _first_crossing(t_s[bottom : top + 1], share_up, LEVEL_SHARE)))
    moving_level = level[from_row : max(at_top.stop, from_row + 1)]

    dwell_from = _dwell_start(rise, bottom, float(window.range_deg), window.base_deg)
    before_start = int(np.searchsorted(t_s, start_s))
    dwell_rows = slice(dwell_from if dwell_from is not None else bottom, before_start + 1)
    peak = history.column(PEAK, first, stop)[dwell_rows]
    concentric_s = top_s - start_s
    rising = velocity[max(0, before_start - bottom) : max(1, int(np.searchsorted(t_s, top_s)) - bottom + 1)]
    return Rep(
        start_s=start_s,
        top_s=top_s,
        lower_s=known_lower_s,
        end_s=NAN if window.is_cut else end_s,
        concentric_s=concentric_s,
        hold_s=known_lower_s - top_s,
        eccentric_s=end_s - known_lower_s,
        bottom_dwell_s=start_s - float(t_s[dwell_from]) if dwell_from is not None else NAN,
        lift_cm=lift_cm if is_trusted else NAN,
        lift_pct=100.0 * lift_cm / calibration.full_lift_cm if is_trusted else NAN,
        range_deg=at_start - top_inclination,
        top_inclination_deg=top_inclination,
        level_top_deg=level_top,
        level_range_deg=float(np.ptp(moving_level)) if around.has_gyroscope else NAN,
        arch_deg=_arch_deg(top_inclination, lift_cm, calibration) if is_trusted else NAN,
        mean_velocity_mps=(TOP_SHARE - BOTTOM_SHARE) * lift_cm / 100.0 / concentric_s
        if is_trusted and concentric_s > 0
        else NAN,
        peak_velocity_mps=float(rising.max()) if is_trusted and len(rising) else NAN,
        bottom_peak_g=float(peak.max()) / GRAVITY_MPS2 if len(peak) else NAN,
        kick_dps=_kick_dps(history, anchors, stop, calibration) if around.has_gyroscope else NAN,
        missing_samples=int(np.count_nonzero(filled > 0.5)) * around.samples_per_row,
        lift_is_trusted=is_trusted,
    )


def _anchors(window: RepWindow, first: int, t_s: Floats, rise: Floats, is_quiet: Bools) -> Anchors:
    """Where the body rests before, at the top and after; turning points where it does not. Rows count from `first`."""
    base, top, after = window.base - first, window.top - first, min(window.bottom - first, len(rise) - 1)
    gained = (rise - window.base_deg) / window.range_deg
    left = _last(gained[: top + 1] < LOW_SHARE) + 1
    search = max(0, base - round(HOLD_SEARCH_S / float(t_s[1] - t_s[0])))
    before = np.flatnonzero(is_quiet[search:left] & (gained[search:left] < LOW_SHARE)) + search
    high = np.flatnonzero((gained[base : after + 1] >= HIGH_SHARE) & is_quiet[base : after + 1]) + base
    later = np.flatnonzero(is_quiet[after:]) + after
    return Anchors(
        bottom=int(before[-1]) if len(before) else base,
        top=int(high[0]) if len(high) else top,
        leave=int(high[-1]) if len(high) else top,
        end=int(later[0]) if len(later) else after,
    )


def _quiet(gyr: Floats, acceleration: Floats, rate_hz: float) -> Bools:
    """Rows in the middle of QUIET_S without turning and without vertical acceleration (n,)."""
    width = max(3, round(QUIET_S * rate_hz))
    turning = uniform_filter1d(np.sqrt(gyr[0] ** 2 + gyr[1] ** 2 + gyr[2] ** 2), width, mode="nearest")
    rising = uniform_filter1d(acceleration, width, mode="nearest")
    return np.asarray((turning < np.deg2rad(QUIET_DPS)) & (np.abs(rising) < QUIET_MPS2))


def _height_between(t_s: Floats, acceleration: Floats, rise: Floats, rate_dps: Floats) -> Track:
    """Height between two anchors; `rise`, `rate_dps`: angle and its rate at the same samples.

    A first pass, at rest at both ends, tells how far a degree lifts the hips here; the second pass gives the ends the
    velocity that belongs to the turning that is left there.
    """
    first = between_rests(t_s, acceleration)
    turned_deg = float(rise[-1] - rise[0])
    if abs(turned_deg) < LEAST_TURN_DEG:
        return first
    m_per_deg = min(max(float(first.height_m[-1]) / turned_deg, 0.0), LARGEST_M_PER_DEG)
    return between_rests(t_s, acceleration, (m_per_deg * float(rate_dps[0]), m_per_deg * float(rate_dps[-1])))


def _share(rise: Floats) -> Floats:
    """Progress from the lower end of this stretch (0) to its upper end (1), by angle."""
    low, high = min(rise[0], rise[-1]), max(rise[0], rise[-1])
    share: Floats = (rise - low) / max(high - low, 1e-9)
    return share


def _first_crossing(t_s: Floats, share: Floats, level: float) -> float:
    """First time at or above `level`, interpolated between samples; the end if it never is."""
    above = share >= level
    row = int(np.argmax(above))
    if not above[row]:
        return float(t_s[-1])
    return _between(t_s, share, row - 1, level) if row > 0 else float(t_s[0])


def _last_crossing(t_s: Floats, share: Floats, level: float) -> float:
    """Last time at or below `level` before going above for good; the start if it is never below."""
    row = _last(share <= level)
    if row < 0:
        return float(t_s[0])
    return _between(t_s, share, row, level) if row + 1 < len(t_s) else float(t_s[-1])


def _between(t_s: Floats, share: Floats, row: int, level: float) -> float:
    step = share[row + 1] - share[row]
    part = (level - share[row]) / step if step != 0 else 0.0
    return float(t_s[row] + min(max(part, 0.0), 1.0) * (t_s[row + 1] - t_s[row]))


def _last(condition: np.ndarray) -> int:
    """Position of the last True, or -1."""
    rows = np.flatnonzero(condition)
    return int(rows[-1]) if len(rows) else -1


def _is_trusted(
    lift_cm: float, drop_cm: float, rise_s: float, filled: Floats, config: Config, around: Surroundings
) -> bool:
    """True if rise and fall agree, and nothing speaks against the integral."""
    limits = config.lift
    if not around.has_gyroscope or not np.isfinite(lift_cm) or not np.isfinite(drop_cm) or lift_cm <= 0:
        return False
    agreement_cm = max(limits.agreement_cm, limits.agreement_fraction * lift_cm)
    return (
        abs(lift_cm - drop_cm) <= agreement_cm
        and rise_s <= limits.trusted_rise_s
        and around.source_rate_hz >= limits.trusted_rate_hz
        and float(np.mean(filled)) <= TRUSTED_FILLED_SHARE
    )


def _arch_deg(top_inclination_deg: float, lift_cm: float, calibration: Calibration) -> float:
    """Inclination at the top beyond what the calibrated thrusts had at the same lift."""
    if not calibration.lift_curve_cm:
        return NAN
    expected_deg = np.interp(lift_cm, calibration.lift_curve_cm, calibration.inclination_curve_deg)
    return top_inclination_deg - float(expected_deg)


def _dwell_start(rise: Floats, bottom: int, range_deg: float, base_deg: float) -> int | None:
    """First row of the stretch below 10 % that leads to this rise; None if it began before the window."""
    above = _last(rise[: bottom + 1] > base_deg + DWELL_SHARE * range_deg)
    return above + 1 if above >= 0 else None


def _kick_dps(history: History, anchors: Anchors, seen: int, calibration: Calibration) -> float:
    """Largest roll rate about C, 2-6 Hz, in the first third of the rise [deg/s]."""
    pad = int(history.rate_hz)
    start = max(history.earliest(seen), anchors.bottom - pad)
    stop = min(seen, anchors.top + pad)
    third = (anchors.top - anchors.bottom) // 3
    rate = history.columns(GYR, start, stop)
    axis = calibration.cranial
    roll = rate[0] * axis[0] + rate[1] * axis[1] + rate[2] * axis[2]
    if third < 2:
        return NAN
    band = zero_phase_band(roll, *KICK_BAND_HZ, history.rate_hz)
    from_row = anchors.bottom - start
    return float(np.degrees(np.abs(band[from_row : from_row + third]).max()))
