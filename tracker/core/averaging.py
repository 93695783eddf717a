"""Grid rows at the sensor's rate -> samples at the working rate, by averaging groups of rows.

An average keeps the integral of turning and of acceleration, which picking every second row would not. Sums are
written out, because the order in which a reduction adds may depend on the size of the batch.

Limit: the rows of a group that a break or the end of the stream leaves incomplete are dropped (less than one
working period); an average over fewer rows would belong to another time.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from tracker.core.model import Bools, Floats, Ints, Samples

# 99.5 Hz still counts as two rows of 50 Hz: a rate found from the data is never round.
GROUP_SLACK = 0.01


def rows_per_group(rate_hz: float, working_rate_hz: float) -> int:
    """How many rows are averaged into one, so that once to twice the working rate is left."""
    return max(1, int(rate_hz / working_rate_hz + GROUP_SLACK))


@dataclass(frozen=True, slots=True)
class Rows:
    """Grid rows at the sensor's rate: t_s (n,), values (n, 3 or 6) acc then gyr, filled (n,)."""

    t_s: Floats
    values: Floats
    filled: Bools

    def __len__(self) -> int:
        return len(self.t_s)


@dataclass(slots=True)
class Averaging:
    """Carries the rows of an incomplete group."""

    group: int
    _pending: list[Rows] = field(default_factory=list)

    def feed(self, rows: Rows) -> list[Samples]:
        """The groups that these rows complete."""
        if self.group == 1:
            return (
                [_samples(rows.t_s, rows.values, rows.filled.astype(np.int64), _size(rows.values))] if len(rows) else []
            )
        self._pending.append(rows)
        waiting = sum(map(len, self._pending))
        whole = waiting // self.group * self.group
        if not whole:
            return []
        t_s = np.concatenate([item.t_s for item in self._pending])
        values = np.concatenate([item.values for item in self._pending])
        filled = np.concatenate([item.filled for item in self._pending])
        self._pending = [Rows(t_s[whole:], values[whole:], filled[whole:])] if whole < waiting else []
        return [self._averaged(t_s[:whole], values[:whole], filled[:whole])]

    def clear(self) -> None:
        """The stream was interrupted: the open group can not be completed."""
        self._pending = []

    def _averaged(self, t_s: Floats, values: Floats, filled: Bools) -> Samples:
        step, size_mps2 = self.group, _size(values)
        total, most, filled_samples = values[::step].copy(), size_mps2[::step].copy(), filled[::step].astype(np.int64)
        for row in range(1, step):
            total += values[row::step]
            np.maximum(most, size_mps2[row::step], out=most)
            filled_samples += filled[row::step]
        return _samples((t_s[::step] + t_s[step - 1 :: step]) * 0.5, total / step, filled_samples, most)


def _size(values: Floats) -> Floats:
    """|specific force| (n,)."""
    x, y, z = values[:, 0], values[:, 1], values[:, 2]
    return np.asarray(np.sqrt(x * x + y * y + z * z))


def _samples(t_s: Floats, values: Floats, filled_samples: Ints, peak_mps2: Floats) -> Samples:
    gyr = np.ascontiguousarray(values[:, 3:]) if values.shape[1] > 3 else None
    return Samples(t_s, np.ascontiguousarray(values[:, :3]), gyr, filled_samples, peak_mps2)
