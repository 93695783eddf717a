"""Runs of dated rows -> blocks on a uniform grid at the working rate.

In: `Run`s in order (see `ordering`). Out: `Samples` blocks, with `Break`s where the stream was interrupted.

Idea: rows of a counting sensor stand on the grid already; short holes between them are bridged in a straight line.
Rows that only carry stamps are interpolated onto a grid of the rate that was found. Then groups of `group` rows are
averaged, so that the engine works at 50-100 Hz whatever the sensor sends: an average keeps the integral of turning
and of acceleration, which picking every second row would not.

Every value is computed element by element from its own neighbours, so any batching gives the same bits.
Limits: inside a bridged hole the true motion is unknown; the rows are flagged `filled`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from tracker.core.model import Bools, Floats, Samples
from tracker.core.ordering import Account, Run

# A stamp this many periods after the last means missing rows, not jitter.
HOLE_PERIODS = 2.5


@dataclass(frozen=True, slots=True)
class Break:
    """The stream was interrupted for longer than can be bridged, or begins a new time base."""

    t_s: float
    duration_s: float
    missing_samples: int


@dataclass(frozen=True, slots=True)
class Bridged:
    """A short hole was filled in; `t_s` is its start."""

    t_s: float
    duration_s: float
    missing_samples: int


GridItem = Samples | Break | Bridged


@dataclass(frozen=True, slots=True)
class _Rows:
    """Grid rows at the sensor's rate: t_s (n,), values (n, 3 or 6) acc then gyr, filled (n,)."""

    t_s: Floats
    values: Floats
    filled: Bools


@dataclass(slots=True)
class Grid:
    """Carries the last row and the rows of an incomplete group between batches."""

    rate_hz: float
    working_rate_hz: float
    bridge_max_s: float
    is_counted: bool
    account: Account
    _last_index: int = -1
    _last_t_s: float = 0.0
    _last_values: Floats = field(default_factory=lambda: np.zeros(0))
    _origin_s: float = 0.0
    _grid_count: int = 0
    _pending: list[_Rows] = field(default_factory=list)

    @property
    def group(self) -> int:
        """How many rows are averaged into one."""
        return max(1, int(self.rate_hz // self.working_rate_hz))

    @property
    def output_rate_hz(self) -> float:
        """Rows a second that come out."""
        return self.rate_hz / self.group

    def feed(self, run: Run) -> list[GridItem]:
        """What this run completes."""
        if len(run) == 0:
            return []
        values = run.acc_mps2 if run.gyr_radps is None else np.concatenate((run.acc_mps2, run.gyr_radps), axis=1)
        items = self._counted(run, values) if self.is_counted else self._stamped(run, values)
        self._last_index = int(run.index[-1])
        self._last_t_s = float(run.t_s[-1])
        self._last_values = values[-1]
        return items

    def _counted(self, run: Run, values: Floats) -> list[GridItem]:
        items: list[GridItem] = []
        missing = int(run.index[0]) - self._last_index - 1 if self._last_index >= 0 else 0
        if missing > 0 or run.is_reset:
            duration_s = float(run.t_s[0]) - self._last_t_s
            self._count_gap(missing)
            if run.is_reset or missing / self.rate_hz > self.bridge_max_s:
                items.append(self._break(duration_s, missing))
            else:
                share = (np.arange(1, missing + 1) / (missing + 1))[:, None]
                items.append(Bridged(self._last_t_s, duration_s, missing))
                t_s = self._last_t_s + share[:, 0] * duration_s
                bridge = np.asarray(self._last_values + share * (values[0] - self._last_values))
                items += self._grouped(_Rows(np.asarray(t_s), bridge, np.ones(missing, dtype=np.bool_)))
        items += self._grouped(_Rows(run.t_s, values, np.zeros(len(run), dtype=np.bool_)))
        return items

    def _stamped(self, run: Run, values: Floats) -> list[GridItem]:
        t_s, is_continued = run.t_s, self._last_index >= 0 and not run.is_reset
        items: list[GridItem] = []
        if is_continued:
            t_s = np.concatenate(([self._last_t_s], t_s))
            values = np.concatenate((self._last_values[None, :], values))
        elif self._last_index >= 0:
            items.append(self._restart_at(float(t_s[0])))
        else:
            self._origin_s = float(t_s[0])
        steps_s = np.diff(t_s)
        cuts = [0, *(np.flatnonzero(steps_s > self.bridge_max_s) + 1).tolist(), len(t_s)]
        for start, stop in zip(cuts[:-1], cuts[1:], strict=True):
            if start > 0:
                self._last_t_s = float(t_s[start - 1])
                items.append(self._restart_at(float(t_s[start])))
            items += self._interpolated(t_s[start:stop], values[start:stop])
        return items

    def _interpolated(self, t_s: Floats, values: Floats) -> list[GridItem]:
        """Grid rows from the one after the last up to the last stamp, in straight lines between stamps."""
        period_s = 1.0 / self.rate_hz
        last = int(np.floor((t_s[-1] - self._origin_s) / period_s + 1e-6))
        grid_s = self._origin_s + np.arange(self._grid_count, last + 1) * period_s
        if len(grid_s) == 0:
            return []
        items: list[GridItem] = []
        steps_s = np.diff(t_s)
        for hole in np.flatnonzero(steps_s > HOLE_PERIODS * period_s):
            missing = round(float(steps_s[hole]) / period_s) - 1
            self._count_gap(missing)
            items.append(Bridged(float(t_s[hole]), float(steps_s[hole]), missing))
        if len(t_s) == 1:
            rows, is_filled = np.asarray(np.repeat(values, len(grid_s), axis=0)), np.zeros(len(grid_s), dtype=np.bool_)
        else:
            right = np.clip(np.searchsorted(t_s, grid_s, side="left"), 1, len(t_s) - 1)
            left = right - 1
            share = ((grid_s - t_s[left]) / steps_s[left])[:, None]
            rows = np.asarray(values[left] + share * (values[right] - values[left]))
            is_filled = steps_s[left] > HOLE_PERIODS * period_s
        self._grid_count = last + 1
        return items + self._grouped(_Rows(np.asarray(grid_s), rows, is_filled))

    def _restart_at(self, t_s: float) -> Break:
        duration_s = t_s - self._last_t_s
        missing = max(0, round(duration_s * self.rate_hz) - 1)
        self._count_gap(missing)
        self._origin_s, self._grid_count = t_s, 0
        return self._break(duration_s, missing)

    def _break(self, duration_s: float, missing: int) -> Break:
        self._pending = []  # half a group before a break can never be completed
        return Break(self._last_t_s, duration_s, missing)

    def _count_gap(self, missing: int) -> None:
        self.account.missing_samples += missing
        self.account.gap_count += 1

    def _grouped(self, rows: _Rows) -> list[GridItem]:
        group = self.group
        if group > 1:
            self._pending.append(rows)
            waiting = sum(len(item.t_s) for item in self._pending)
            if waiting < group:
                return []
            rows = _joined(self._pending)
            whole = waiting // group * group
            self._pending = (
                [_Rows(rows.t_s[whole:], rows.values[whole:], rows.filled[whole:])] if whole < waiting else []
            )
            rows = _Rows(rows.t_s[:whole], rows.values[:whole], rows.filled[:whole])
        acc = np.ascontiguousarray(rows.values[:, :3])
        peak = np.sqrt(acc[:, 0] * acc[:, 0] + acc[:, 1] * acc[:, 1] + acc[:, 2] * acc[:, 2])
        t_s, values, filled = rows.t_s, rows.values, rows.filled
        for step in range(1, group):  # an explicit sum: its order must not depend on the batch
            peak[::group] = np.maximum(peak[::group], peak[step::group])
            values[::group] += values[step::group]
            filled[::group] |= filled[step::group]
        if group > 1:
            t_s = (t_s[::group] + t_s[group - 1 :: group]) * 0.5
            values = values[::group] / group
            peak, filled = np.ascontiguousarray(peak[::group]), np.ascontiguousarray(filled[::group])
        gyr = np.ascontiguousarray(values[:, 3:]) if values.shape[1] > 3 else None
        return [Samples(t_s, np.ascontiguousarray(values[:, :3]), gyr, filled, peak)]


def _joined(rows: list[_Rows]) -> _Rows:
    """One block that owns its memory, so that the sum over groups may work in place."""
    return _Rows(
        np.concatenate([item.t_s for item in rows]),
        np.concatenate([item.values for item in rows]),
        np.concatenate([item.filled for item in rows]),
    )
