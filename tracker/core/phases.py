"""A closed window -> its phases and height: where the body rests, when it rises, how far.

In: a `RepWindow` and the history. Out: `Phases`.

The body rests at the bottom, at the top and at the bottom again; where it does not rest it turns round. Between two
rests the height is integrated (`height`), first as if nothing moved at the ends, then once more with the velocity that
belongs to the turning that is left there, since a degree lifts the hips by so much as the first pass has shown.
Where the height can not be trusted (no gyroscope, gaps, very slow, or rise and fall disagree) the phases are taken
from the angle.

Limits: a body that neither rests nor turns round (a movement that is cut off) has no end.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from tracker.core.config import LiftConfig
from tracker.core.height import AccError, Track, between_rests, vertical_acceleration, with_ends
from tracker.core.history import ACC, FILLED, GYR, INCLINATION, LEVEL, RISE, SEEN_UP, STILL, History, T
from tracker.core.model import NAN, Bools, Floats
from tracker.core.segmentation import RepWindow

# Share of the lift below which the hips are at the bottom, and from which they are at the top.
BOTTOM_SHARE, TOP_SHARE, DWELL_SHARE, LEVEL_SHARE = 0.05, 0.90, 0.10, 0.30
# Within these shares of the range a quiet body is holding at the bottom or at the top.
LOW_SHARE, HIGH_SHARE = 0.10, 0.85
# A bottom hold that ended this long before the lowest point is another pose; the window is read from so far before it.
HOLD_SEARCH_S = 0.5
READ_BEFORE_S = 1.5
# At rest: less turning and less vertical acceleration than this, averaged over a tenth of a second around.
QUIET_S, QUIET_RADPS, QUIET_MPS2 = 0.1, float(np.deg2rad(3.0)), 0.12
# A way that turned the pelvis less says nothing of the height of a degree; no body lifts its hips further by one
# (a trunk of 0.6 m: 1.05 cm).
LEAST_TURN_DEG, LARGEST_M_PER_DEG = 5.0, 0.0105
# A lift with more than this share of rows in which samples were bridged is not trusted.
TRUSTED_FILLED_SHARE = 0.15


class Source(NamedTuple):
    """What the sensor can do."""

    has_gyroscope: bool
    rate_hz: float


class Stretch(NamedTuple):
    """The rows around one movement, running rows first:stop, (n,) each; angles in deg, acceleration along up."""

    first: int
    t_s: Floats
    rise_deg: Floats
    inclination_deg: Floats
    level_deg: Floats
    acceleration_mps2: Floats
    still_rows: Floats
    is_quiet: Bools

    def row_at(self, t_s: float) -> int:
        """The first row that is not earlier."""
        return int(self.t_s.searchsorted(t_s))

    def rate_dps(self, row: int) -> float:
        """Rate of the rise angle at a row, from its neighbours."""
        low, high = max(row - 1, 0), min(row + 1, len(self.t_s) - 1)
        return float((self.rise_deg[high] - self.rise_deg[low]) / (self.t_s[high] - self.t_s[low]))


class Phases(NamedTuple):
    """Times of the phases [s] and what was integrated; rows count from the start of the stretch.

    bottom_row, top_row: at rest; lift_cm, drop_cm: way up and way down (NaN without height);
    low_again_s: when the hips were below 10 % of the lift again; level_from_s: when 30 % of the rise was done.
    """

    bottom_row: int
    top_row: int
    start_s: float
    level_from_s: float
    top_s: float
    lower_s: float
    low_again_s: float
    end_s: float
    lift_cm: float
    drop_cm: float
    missing_samples: int
    is_trusted: bool
    rise_velocity_mps: Floats


def read_stretch(window: RepWindow, history: History, acc_error: AccError, earliest: int) -> Stretch:
    """The rows around a movement, as the calibration sees them."""
    stop = window.stop
    first = max(earliest, history.earliest(stop), window.base - int(READ_BEFORE_S * history.rate_hz))
    acceleration = vertical_acceleration(
        history.columns(ACC, first, stop), history.columns(SEEN_UP, first, stop), acc_error
    )
    still_rows = history.column(STILL, first, stop)
    at_rest = acceleration[still_rows > 0]
    residual = median(at_rest) if len(at_rest) else 0.0  # what is left of the offset shows while still
    return Stretch(
        first=first,
        t_s=history.column(T, first, stop),
        rise_deg=history.column(RISE, first, stop),
        inclination_deg=history.column(INCLINATION, first, stop),
        level_deg=history.column(LEVEL, first, stop),
        acceleration_mps2=acceleration,
        still_rows=still_rows,
        is_quiet=_quiet(history.columns(GYR, first, stop), acceleration - residual, history.rate_hz),
    )


def find_phases(window: RepWindow, stretch: Stretch, history: History, limits: LiftConfig, source: Source) -> Phases:
    """The phases of this movement."""
    bottom, top, leave, end = _rests(window, stretch)
    filled = history.column(FILLED, stretch.first + bottom, stretch.first + end + 1)
    way_up = _track(stretch, bottom, top) if source.has_gyroscope and top > bottom else None
    way_down = _track(stretch, leave, end) if source.has_gyroscope and end > leave else None
    lift_cm = 100.0 * float(way_up.height_m[-1]) if way_up else NAN
    drop_cm = -100.0 * float(way_down.height_m[-1]) if way_down else NAN
    rise_s = float(stretch.t_s[top] - stretch.t_s[bottom])
    is_trusted = (
        not window.is_cut
        and _agree(lift_cm, drop_cm, limits)
        and rise_s <= limits.trusted_rise_s
        and source.rate_hz >= limits.trusted_rate_hz
        and int(np.count_nonzero(filled)) <= TRUSTED_FILLED_SHARE * len(filled)
    )
    if way_up and way_down and is_trusted:
        up = way_up.height_m / way_up.height_m[-1]
        down = 1.0 - way_down.height_m / way_down.height_m[-1]
    else:
        up, down = _share(stretch.rise_deg[bottom : top + 1]), _share(stretch.rise_deg[leave : end + 1])
    up_s, down_s = stretch.t_s[bottom : top + 1], stretch.t_s[leave : end + 1]
    top_s = _first_at(up_s, up, TOP_SHARE)
    lower_s = max(top_s, _last_below(down_s, -down, -TOP_SHARE))
    return Phases(
        bottom_row=bottom,
        top_row=top,
        start_s=_last_below(up_s, up, BOTTOM_SHARE),
        level_from_s=_first_at(up_s, up, LEVEL_SHARE),
        top_s=top_s,
        lower_s=lower_s,
        low_again_s=max(lower_s, _first_at(down_s, -down, -DWELL_SHARE)),
        end_s=max(lower_s, _first_at(down_s, -down, -BOTTOM_SHARE)),
        lift_cm=lift_cm,
        drop_cm=drop_cm,
        missing_samples=int(filled.sum()),
        is_trusted=is_trusted,
        rise_velocity_mps=way_up.velocity_mps if way_up else np.zeros(1),
    )


def _rests(window: RepWindow, stretch: Stretch) -> tuple[int, int, int, int]:
    """Rows at rest: bottom before, top reached, top left, bottom after; turning points where the body does not rest."""
    last = len(stretch.t_s) - 1
    base, top, after = (min(row - stretch.first, last) for row in (window.base, window.top, window.bottom))
    gained = (stretch.rise_deg - window.base_deg) / window.range_deg
    left = _last(gained[: top + 1] < LOW_SHARE) + 1
    search = max(
        0, base - round(HOLD_SEARCH_S * (len(stretch.t_s) - 1) / max(float(stretch.t_s[-1] - stretch.t_s[0]), 1e-6))
    )
    before = _last(stretch.is_quiet[search:left] & (gained[search:left] < LOW_SHARE))
    high = ((gained[base : after + 1] >= HIGH_SHARE) & stretch.is_quiet[base : after + 1]).nonzero()[0] + base
    later = stretch.is_quiet[after:].nonzero()[0]
    return (
        search + before if before >= 0 else base,
        int(high[0]) if len(high) else top,
        int(high[-1]) if len(high) else top,
        after + int(later[0]) if len(later) else after,
    )


def _quiet(gyr: Floats, acceleration: Floats, rate_hz: float) -> Bools:
    """Rows in the middle of QUIET_S without turning and without vertical acceleration (n,)."""
    around = max(1, round(QUIET_S * rate_hz / 2))
    turning = _mean_around(np.sqrt(gyr[0] * gyr[0] + gyr[1] * gyr[1] + gyr[2] * gyr[2]), around)
    is_quiet: Bools = (turning < QUIET_RADPS) & (np.abs(_mean_around(acceleration, around)) < QUIET_MPS2)
    return is_quiet


def _mean_around(values: Floats, around: int) -> Floats:
    """Mean of each value and `around` neighbours on either side (n,); beyond the ends their value goes on.

    For these few rows five times as fast as SciPy's uniform_filter1d.
    """
    padded = np.empty(len(values) + 2 * around)
    padded[:around], padded[around:-around], padded[-around:] = values[0], values, values[-1]
    return np.convolve(padded, _equal_weights(2 * around + 1), "valid")


@cache
def _equal_weights(count: int) -> Floats:
    return np.full(count, 1.0 / count)


def _track(stretch: Stretch, start: int, end: int) -> Track:
    """Height between two rests (rows inclusive)."""
    t_s, acceleration = stretch.t_s[start : end + 1], stretch.acceleration_mps2[start : end + 1]
    first = between_rests(t_s, acceleration)
    turned_deg = float(stretch.rise_deg[end] - stretch.rise_deg[start])
    if abs(turned_deg) < LEAST_TURN_DEG:
        return first
    m_per_deg = min(max(float(first.height_m[-1]) / turned_deg, 0.0), LARGEST_M_PER_DEG)
    return with_ends(first, (m_per_deg * stretch.rate_dps(start), m_per_deg * stretch.rate_dps(end)))


def _agree(lift_cm: float, drop_cm: float, limits: LiftConfig) -> bool:
    """True if what rose came down again; False for NaN."""
    allowed_cm = max(limits.agreement_cm, limits.agreement_fraction * lift_cm)
    return lift_cm > 0 and abs(lift_cm - drop_cm) <= allowed_cm


def _share(rise: Floats) -> Floats:
    """Progress from the lower end of this stretch (0) to its upper end (1), by angle."""
    low, high = min(rise[0], rise[-1]), max(rise[0], rise[-1])
    share: Floats = (rise - low) / max(high - low, 1e-9)
    return share


def _first_at(t_s: Floats, share: Floats, level: float) -> float:
    """First time at or above `level`, interpolated between samples; the end if it never is."""
    above = share >= level
    row = int(above.argmax())
    if not above[row]:
        return float(t_s[-1])
    return _between(t_s, share, row - 1, level) if row > 0 else float(t_s[0])


def _last_below(t_s: Floats, share: Floats, level: float) -> float:
    """Last time at or below `level` before going above for good; the start if it is never below."""
    row = _last(share <= level)
    if row < 0:
        return float(t_s[0])
    return _between(t_s, share, row, level) if row + 1 < len(t_s) else float(t_s[-1])


def _between(t_s: Floats, share: Floats, row: int, level: float) -> float:
    (before, after), (before_s, after_s) = share[row : row + 2].tolist(), t_s[row : row + 2].tolist()
    part = (level - before) / (after - before) if after != before else 0.0
    return float(before_s + min(max(part, 0.0), 1.0) * (after_s - before_s))


def _last(condition: Bools) -> int:
    """Position of the last True, or -1."""
    row = len(condition) - 1 - int(condition[::-1].argmax()) if len(condition) else -1
    return row if row >= 0 and condition[row] else -1


def median(values: Floats) -> float:
    """The median of a few hundred values, an order of magnitude cheaper a call than np.median."""
    ordered = np.sort(values)
    return float(ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2
