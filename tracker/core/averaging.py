"""Grid rows at the sensor's rate -> samples at the working rate, by averaging groups of rows.

An average keeps the integral of turning and of acceleration, which picking every second row would not. Sums are
written out, because the order in which a reduction adds may depend on the size of the batch.

Limit: the rows of a group that a break or the end of the stream leaves incomplete are dropped (less than one
working period); an average over fewer rows would belong to another time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracker.core.model import Bools, Floats, Samples

# 99.5 Hz still counts as two rows of 50 Hz: a rate found from the data is never round.
GROUP_SLACK = 0.01


def rows_per_group(rate_hz: float, working_rate_hz: float) -> int:
    """How many rows are averaged into one, so that once to twice the working rate is left."""
    return max(1, int(rate_hz / working_rate_hz + GROUP_SLACK))


Values = tuple[Floats, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """Grid rows at the sensor's rate: t_s (n,); values: specific force and maybe rates, (n, 3) each; filled (n,)."""

    t_s: Floats
    values: Values
    filled: Bools

    def __len__(self) -> int:
        return len(self.t_s)

    def cut(self, start: int, stop: int | None = None) -> Rows:
        """Rows start:stop, as views."""
        rows = slice(start, stop)
        return Rows(self.t_s[rows], tuple(part[rows] for part in self.values), self.filled[rows])


@dataclass(slots=True)
class Averaging:
    """Carries the rows of an incomplete group."""

    group: int
    _pending: Rows | None = None

    def feed(self, rows: Rows) -> list[Samples]:
        """The groups that these rows complete."""
        if self._pending is not None:
            rows, self._pending = _joined(self._pending, rows), None
        whole = len(rows) // self.group * self.group
        if whole < len(rows):
            self._pending = rows.cut(whole)
        return [self._averaged(rows.cut(0, whole))] if whole else []

    def clear(self) -> None:
        """The stream was interrupted: the open group can not be completed."""
        self._pending = None

    def _averaged(self, rows: Rows) -> Samples:
        step, size_mps2 = self.group, _size(rows.values[0])
        most, filled_samples = size_mps2[::step].copy(), rows.filled[::step].astype(np.int64)
        for row in range(1, step):
            np.maximum(most, size_mps2[row::step], out=most)
            filled_samples += rows.filled[row::step]
        acc, *gyr = (self._mean(part) for part in rows.values)
        t_s = (rows.t_s[::step] + rows.t_s[step - 1 :: step]) * 0.5
        return Samples(t_s, acc, gyr[0] if gyr else None, filled_samples, most)

    def _mean(self, values: Floats) -> Floats:
        """Of each group, (n / group, 3)."""
        total = np.array(values[:: self.group], order="C")
        for row in range(1, self.group):
            total += values[row :: self.group]
        return total / self.group


def _joined(first: Rows, second: Rows) -> Rows:
    return Rows(
        np.concatenate((first.t_s, second.t_s)),
        tuple(map(np.concatenate, zip(first.values, second.values, strict=True))),
        np.concatenate((first.filled, second.filled)),
    )


def _size(force: Floats) -> Floats:
    """|specific force| (n,)."""
    x, y, z = force[:, 0], force[:, 1], force[:, 2]
    return np.asarray(np.sqrt(x * x + y * y + z * z))
