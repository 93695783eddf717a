"""A sensor's samples on the host's clock, which is what two sensors of one session have in common.

In: dated runs with their arrivals, all of them. Out: the host time of any sensor time.

Idea: as in `drift`, a sample can only arrive late, so the line that lies under all points (sensor time, arrival minus
sensor time) and closest to them is the other clock (Moon, Skelly and Towsley 1999). Here everything has been seen, so
the line is found as what it is, a linear program: as high as possible under every point. A restart of the sensor and
a pause of the host's clock begin a new stretch with an offset of its own; the slope is that of the crystal and common
to all. A sensor without a clock counts, and its time stands still where samples are lost: if they show that, every
tenth second is a stretch.

Limits: the least delay of a link, 10-20 ms, can not be told from the clock, and two links differ in it by some
milliseconds. A crystal that drifts with its temperature (some ppm) bends the line by some milliseconds an hour. Where
samples without a clock are lost it is off by what is lost in ten seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linprog

from tracker.core.model import Floats, Ints
from tracker.core.runs import Run

# A lag so far below all of the last half minute, beyond any clock's error, means that the host's clock was paused.
PAUSE_S = 0.5
RECENT_POINTS = 30
# Twice the worst clock; a short stream would else make a slope out of its jitter.
STEEPEST = 0.03
# A counting sensor whose least lag in ten seconds lies so far above the line has lost samples: connection intervals
# and stalls leave less.
LOSS_S = 0.02
COUNTED_S = 10.0


@dataclass(slots=True)
class HostClock:
    """Learns from every dated run in order of arrival; after `settle` it says the host time of any sensor time."""

    _t_s: list[float] = field(default_factory=list)  # of the samples that lagged least, second by second
    _lag_s: list[float] = field(default_factory=list)
    _recent_s: list[float] = field(default_factory=list)  # the last lags of this stretch
    _starts_s: Floats = field(default_factory=lambda: np.zeros(0))  # of the stretches
    _offsets_s: Floats = field(default_factory=lambda: np.zeros(1))
    _slope: float = 0.0

    def observe(self, run: Run) -> None:
        """One more run."""
        if run.is_reset or not len(self._starts_s):
            self._begin(float(run.t_s[0]))
        slack_s = PAUSE_S + STEEPEST * RECENT_POINTS
        for t_s, lag_s in _least_of_each_second(run):
            if self._recent_s and lag_s < min(self._recent_s) - slack_s:
                self._begin(t_s)
            self._recent_s = [*self._recent_s[1 - RECENT_POINTS :], lag_s]
            self._t_s.append(t_s)
            self._lag_s.append(lag_s)

    def settle(self, *, is_by_count: bool) -> None:
        """Everything has been seen: find the lines. is_by_count: sensor time was nothing but the count of samples."""
        if not self._t_s:
            return
        t_s, lag_s = np.array(self._t_s), np.array(self._lag_s)
        above_s = self._fit(t_s, lag_s)
        if is_by_count and _least_of_each(t_s // COUNTED_S, above_s).max() > LOSS_S:
            self._starts_s = np.union1d(self._starts_s, np.unique(t_s // COUNTED_S) * COUNTED_S)
            self._fit(t_s, lag_s)

    def at(self, t_s: Floats) -> Floats:
        """Host times (n,) of sensor times (n,)."""
        return np.asarray(t_s + self._offsets_s[self._stretch_of(t_s)] + self._slope * t_s)

    def sensor_time(self, host_s: Floats) -> Floats:
        """Sensor times (n,) of host times (n,): the other way round."""
        begins_s = self.at(self._starts_s) if len(self._starts_s) else np.zeros(1)
        stretch = np.maximum(np.searchsorted(begins_s, host_s, side="right") - 1, 0)
        return np.asarray((host_s - self._offsets_s[stretch]) / (1.0 + self._slope))

    def _begin(self, start_s: float) -> None:
        self._starts_s = np.append(self._starts_s, start_s)
        self._recent_s = []

    def _stretch_of(self, t_s: Floats) -> Ints:
        return np.maximum(np.searchsorted(self._starts_s, t_s, side="right") - 1, 0)

    def _fit(self, t_s: Floats, lag_s: Floats) -> Floats:
        """Find the highest lines under these points; how far (n,) the points lie above them."""
        owner, count = self._stretch_of(t_s), len(self._starts_s)
        span_s = max(1.0, float(np.ptp(t_s)))  # so that slope and offsets are numbers of one size
        height = np.zeros((len(t_s), count + 1))  # of the line at each point, in offsets and slope
        height[np.arange(len(t_s)), owner] = 1.0
        height[:, -1] = t_s / span_s
        bounds = [(None, None)] * count + [(-STEEPEST * span_s, STEEPEST * span_s)]
        found = linprog(-height.sum(axis=0), A_ub=height, b_ub=lag_s, bounds=bounds, method="highs")
        assert found.x is not None, "there is a line under a finite number of points"
        self._offsets_s, self._slope = np.asarray(found.x[:-1]), float(found.x[-1]) / span_s
        return np.asarray(lag_s - height @ found.x)


def _least_of_each_second(run: Run) -> list[tuple[float, float]]:
    """Of each second of arrivals the sample that lagged least: its time and lag [s]."""
    lag_s = run.received_s - run.t_s
    second = np.floor(run.received_s)
    order = np.lexsort((lag_s, second))
    firsts = order[np.flatnonzero(np.diff(second[order], prepend=np.nan) != 0)]
    return list(zip(run.t_s[firsts].tolist(), lag_s[firsts].tolist(), strict=True))


def _least_of_each(group: Floats, values: Floats) -> Floats:
    """The least value of each run of equal groups."""
    return np.asarray(np.minimum.reduceat(values, np.flatnonzero(np.diff(group, prepend=np.nan) != 0)))
