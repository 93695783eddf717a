"""The sensor's second against the host's: a clock that runs up to 1.5 % wrong is put right, slowly.

In: dated runs with their arrivals. Out: the time base of the grid items, corrected.

Why: lift goes with time squared, so a clock that is 1 % off costs 2 % of the lift, and nothing else shows it. On 40
simulated sessions with clocks up to 1 % off the error of the lift falls from 0.65 to 0.59 cm RMSE, the most that a
perfectly known clock would give.

Idea: arrival minus sampling time can only be delayed, never early. The line that lies under all points of all history
and closest to them has the slope of the two clocks' disagreement (Moon, Skelly and Towsley 1999,
https://doi.org/10.1109/INFCOM.1999.749287); it is the edge of the lower convex hull over the mean time, and a hull
grows point by point. How far the line can be wrong follows from how far the points lie above it: by at most their
spread over the time known. The slope is pulled towards 0 by that much, so that a good clock stays as it is: with
connection intervals of 7.5-200 ms and stalls, no clock was made worse by more than 0.03 %. A new slope holds from the
newest sample on, and the corrected time is continuous and rises.

Limits: the first 30 s are as the sensor says; a movement across a change of slope is mended in part only. A pause of
the host's clock or of the sensor's begins a new history; the slope found so far is kept.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field, replace

import numpy as np

from tracker.core.config import TimelineConfig
from tracker.core.earliest import Earliest, EarliestArrivals
from tracker.core.grid import Break, Bridged, GridItem
from tracker.core.model import Floats, Samples
from tracker.core.runs import Run

# Before, the spread of a slow link (50 ms) over the time known exceeds the 0.1-0.2 % that would matter.
LEAST_KNOWN_S = 30.0
# The slope is looked at again after so many seconds with arrivals.
RENEWED_AFTER = 10
# Crystals are better than 0.01 %: below this there is nothing to mend, and the time stays as it was, to the bit.
LEAST_SLOPE = 0.0002
# A lag this far below all before, beyond what a drifting clock explains, means that one of the clocks was paused.
PAUSE_S = 0.5
# A new slope begins this long after the newest sample: grid rows may lie a rounding error behind it.
MARGIN_S = 1e-6


@dataclass(slots=True)
class _LowestLine:
    """The line under all points (time, lag), grown point by point in order of time."""

    count: int = 0
    _sum_t_s: float = 0.0
    _sum_lag_s: float = 0.0
    _hull: list[tuple[float, float]] = field(default_factory=list)
    _lowest: tuple[float, float] = (0.0, np.inf)

    def add(self, t_s: float, lag_s: float) -> None:
        """One more point; one that is not later than the last is left out."""
        hull = self._hull
        if hull and t_s <= hull[-1][0]:
            return
        while len(hull) > 1:
            (t0, lag0), (t1, lag1) = hull[-2:]
            if (lag1 - lag0) * (t_s - t0) < (lag_s - lag0) * (t1 - t0):
                break
            hull.pop()
        hull.append((t_s, lag_s))
        if lag_s < self._lowest[1]:
            self._lowest = (t_s, lag_s)
        self.count += 1
        self._sum_t_s += t_s
        self._sum_lag_s += lag_s

    def known_s(self) -> float:
        """From the first point to the last [s]."""
        return self._hull[-1][0] - self._hull[0][0] if self._hull else 0.0

    def is_far_below(self, t_s: float, lag_s: float, steepest: float) -> bool:
        """True if no line of this slope leads from the lowest point so far to this one."""
        lowest_t_s, lowest_s = self._lowest
        return bool(self._hull) and lag_s < lowest_s - PAUSE_S - steepest * (t_s - lowest_t_s)

    def slope(self) -> tuple[float, float]:
        """Slope and how far it may be wrong; at least two points."""
        mean_t_s = self._sum_t_s / self.count
        right = min(max(bisect_left(self._hull, (mean_t_s, -np.inf)), 1), len(self._hull) - 1)
        (t0, lag0), (t1, lag1) = self._hull[right - 1 : right + 1]
        slope = (lag1 - lag0) / (t1 - t0)
        above_s = self._sum_lag_s / self.count - (lag0 + slope * (mean_t_s - t0))
        return slope, 2.0 * above_s / self.known_s()  # of evenly spread points the mean is half the spread


@dataclass(slots=True)
class Drift:
    """Carries all history as a line, and since when which correction holds: t + shift + slope (t - knot)."""

    config: TimelineConfig
    _arrivals: EarliestArrivals = field(default_factory=EarliestArrivals)
    _line: _LowestLine = field(default_factory=_LowestLine)
    _renew_at: int = 0
    # the first knot lies before all times
    _knots: list[tuple[float, float, float]] = field(default_factory=lambda: [(-1.0, 0.0, 0.0)])

    def observe(self, run: Run) -> None:
        """Learn from these dated rows, in order of arrival."""
        if not self.config.clock_error_max:
            return
        if run.is_reset:
            self._arrivals = EarliestArrivals()
            self._forget()
        for point in self._arrivals.add(run.t_s, run.received_s):
            self._learn(point)

    def corrected(self, item: GridItem) -> GridItem:
        """The item on the corrected time base."""
        if len(self._knots) == 1:
            return item
        match item:
            case Samples():
                return replace(item, t_s=self._at(item.t_s))
            case Break() | Bridged():
                start_s, end_s = self._at(np.array([item.t_s, item.t_s + item.duration_s])).tolist()
                return replace(item, t_s=start_s, duration_s=end_s - start_s)

    def _learn(self, point: Earliest) -> None:
        steepest = 2.0 * self.config.clock_error_max
        if self._line.is_far_below(point.t_s, point.lag_s, steepest):
            self._forget()
        self._line.add(point.t_s, point.lag_s)
        if self._line.count < self._renew_at or self._line.known_s() < LEAST_KNOWN_S:
            return
        self._renew_at = self._line.count + RENEWED_AFTER
        slope, doubt = self._line.slope()
        certain = min(abs(slope) - doubt, self.config.clock_error_max)
        if certain < LEAST_SLOPE or abs(slope) > steepest:  # steeper than any clock: the arrivals are not real ones
            certain = 0.0
        self._bend(point.latest_s + MARGIN_S, float(np.copysign(certain, slope)))

    def _bend(self, knot_s: float, slope: float) -> None:
        last_knot_s, shift_s, last_slope = self._knots[-1]
        if slope != last_slope:
            self._knots.append((knot_s, shift_s + last_slope * (knot_s - last_knot_s), slope))

    def _forget(self) -> None:
        self._line = _LowestLine()
        self._renew_at = 0

    def _at(self, t_s: Floats) -> Floats:
        """Corrected times (n,) of rising times (n,); a time on a knot belongs to what was before."""
        first = bisect_left(self._knots, (float(t_s[0]), -np.inf)) - 1
        knots_s, shifts_s, slopes = np.array(self._knots[first:]).T
        place = np.searchsorted(knots_s, t_s, side="left") - 1
        return np.asarray(t_s + (shifts_s[place] + slopes[place] * (t_s - knots_s[place])))
