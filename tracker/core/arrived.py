"""Sensors that neither number nor stamp their samples: time is the count of samples over the rate.

In: `Readings` with nothing but arrivals. Out: `Run`s in order; the index jumps where samples were lost.

Idea: arrivals come in bursts and are useless one by one, but a link that stalled catches up and one that lost samples
does not. So after a silence the rows of the next moment wait; if even the earliest of them lags behind what was
usual before, that lag is what was lost.

Limits: losses without a silence of 0.25 s, or of less than 0.15 s, can not be seen. A backlog that takes longer than
0.25 s to come in is taken for a loss.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from tracker.core.config import TimelineConfig
from tracker.core.earliest import EarliestArrivals
from tracker.core.model import Clock, Floats, Readings
from tracker.core.readings import part
from tracker.core.runs import Account, Run

# A silence this long makes suspect of loss; shorter ones are ordinary radio bursts. As long is then waited.
SUSPICIOUS_SILENCE_S = 0.25
# A lag that is still there then means loss; connection intervals and a claimed rate 2 % off stay below.
LOSS_LAG_S = 0.15


@dataclass(slots=True)
class Arrived:
    """Carries the count of samples, and the readings that wait since the last silence."""

    config: TimelineConfig
    clock: Clock
    rate_hz: float
    account: Account
    _next: int = 0
    _received_s: float = 0.0
    _suspected: list[Readings] = field(default_factory=list)
    _arrivals: EarliestArrivals = field(default_factory=EarliestArrivals)

    def feed(self, readings: Readings) -> list[Run]:
        """The readings of which it is clear whether something was lost before them."""
        if len(readings) == 0:
            return []
        if self._next == 0 and not self._suspected:
            self._received_s = float(readings.received_s[0])
        silences_s = np.diff(readings.received_s, prepend=self._received_s)
        self._received_s = float(readings.received_s[-1])
        runs: list[Run] = []
        cuts = [0, *np.flatnonzero(silences_s > SUSPICIOUS_SILENCE_S).tolist(), len(readings)]
        for number, (start, stop) in enumerate(pairwise(cuts)):
            if number > 0:
                runs += self.finish()
            if start < stop:
                runs += self._after_silence(part(readings, start, stop), is_first=number > 0)
        return runs

    def finish(self) -> list[Run]:
        """The waiting readings, moved up by what was lost before them."""
        if not self._suspected:
            return []
        suspected, self._suspected = self._suspected, []
        first, lag_s = self._next, np.inf
        for readings in suspected:
            lag_s = min(lag_s, float((readings.received_s - self._times(first, len(readings))).min()))
            first += len(readings)
        excess_s = lag_s - self._arrivals.recent_lag_s()
        if np.isfinite(excess_s) and excess_s > LOSS_LAG_S:
            self._next += round(excess_s * self.rate_hz)
        return [self._dated(readings) for readings in suspected]

    def _after_silence(self, readings: Readings, *, is_first: bool) -> list[Run]:
        """These readings if nothing is suspected, or no more."""
        if not is_first and not self._suspected:
            return [self._dated(readings)]
        since = self._suspected[0] if self._suspected else readings
        waiting = int(np.searchsorted(readings.received_s, since.received_s[0] + SUSPICIOUS_SILENCE_S))
        if waiting:
            self._suspected.append(part(readings, 0, waiting))
        if waiting == len(readings):
            return []
        return [*self.finish(), self._dated(part(readings, waiting, len(readings)))]

    def _dated(self, readings: Readings) -> Run:
        index = self._next + np.arange(len(readings), dtype=np.int64)
        t_s = self._times(self._next, len(readings))
        self._next += len(readings)
        self._arrivals.add(t_s, readings.received_s)
        return Run(index, t_s, readings.received_s, readings.acc_mps2, readings.gyr_radps)

    def _times(self, first: int, count: int) -> Floats:
        return np.asarray(np.arange(first, first + count) / self.rate_hz)
