"""The earliest arrivals: by how much a sample comes after its own time, at the least, in each second.

In: sampling times and arrivals. Out: one point a second. Radio, connection interval and a busy host only ever delay,
so the smallest lag of a second is close to the true offset between the two clocks; stalls do not touch it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from tracker.core.model import Floats

# So many seconds of arrivals are recent: enough to outlast a stall, and a clock that is 2 % off moves by only 0.08 s.
RECENT_SECONDS = 4


class Earliest(NamedTuple):
    """Of one second of arrivals: the sample that lagged least, its time and lag [s]; the latest time so far [s]."""

    t_s: float
    lag_s: float
    latest_s: float


@dataclass(slots=True)
class EarliestArrivals:
    """Carries the second that is not over yet, and the recent ones."""

    _second: float = math.nan
    _open: Earliest | None = None
    _closed: list[Earliest] = field(default_factory=list)

    def add(self, t_s: Floats, received_s: Floats) -> list[Earliest]:
        """The seconds that these rows show to be over."""
        before = self._open
        points = _by_second(t_s, received_s, -math.inf if before is None else before.latest_s)
        if before is not None:
            if math.floor(received_s[0]) == self._second:
                least = min(before, points[0], key=lambda point: (point.lag_s, -point.t_s))
                points[0] = least._replace(latest_s=points[0].latest_s)
            else:
                points.insert(0, before)
        self._second = math.floor(received_s[-1])
        self._open = points.pop()
        self._closed = [*self._closed, *points][-RECENT_SECONDS + 1 :]
        return points

    def recent_lag_s(self) -> float:
        """The smallest lag of the last seconds in which anything came [s]; inf if nothing did."""
        recent = self._closed if self._open is None else [*self._closed, self._open]
        return min((point.lag_s for point in recent), default=math.inf)


def _by_second(t_s: Floats, received_s: Floats, latest_before_s: float) -> list[Earliest]:
    if math.floor(received_s[0]) == math.floor(received_s[-1]):  # the usual packet, five times as fast
        lag_s = received_s - t_s
        least_lag_s = float(lag_s.min())
        return [Earliest(float(t_s[lag_s == least_lag_s].max()), least_lag_s, max(float(t_s.max()), latest_before_s))]
    # of rows that came together the one that was taken last lagged least: ten samples a packet are one point
    firsts = np.append(0, np.flatnonzero(received_s[1:] != received_s[:-1]) + 1)
    t_s, received_s = np.maximum.reduceat(t_s, firsts), received_s[firsts]
    lag_s = received_s - t_s
    latest_s = np.maximum(np.maximum.accumulate(t_s), latest_before_s)
    seconds = np.floor(received_s)
    starts = np.flatnonzero(np.diff(seconds, prepend=np.nan) != 0)  # NaN differs from everything: row 0 is a start
    stops = np.append(starts[1:], len(seconds))
    least_s = np.minimum.reduceat(lag_s, starts)
    is_least = lag_s == np.repeat(least_s, stops - starts)
    at_s = np.maximum.reduceat(np.where(is_least, t_s, -np.inf), starts)
    columns = at_s.tolist(), least_s.tolist(), latest_s[stops - 1].tolist()
    return [Earliest(*point) for point in zip(*columns, strict=True)]
