"""Dated rows in order -> blocks on a uniform grid at the working rate.

In: `Run`s in order (see `ordering`, `stamped`). Out: `Samples` blocks, with `Break`s where the stream was interrupted.

Idea: rows of a sensor that counts stand on the grid already; short holes between them are bridged by the cubic that
leaves and arrives with the slopes of the rows around. In fast reps that has a third of the error of a straight line:
0.10 instead of 0.34 deg rms for a tenth of a second (own measurement, 12 simulated sessions). A single row after a hole
waits for a second one.
Rows that only carry stamps are interpolated onto a grid of the rate that was found; a stamp that falls on the grid
passes as it is. Then groups of rows are averaged down to the working rate (see `averaging`).

Every value is computed element by element from its own neighbours, so any batching gives the same bits.
Limits: inside a bridged hole the true motion is unknown; the rows are flagged `filled`. A straight line between stamps
h apart cuts up to (2 pi f h)^2 / 8 of a motion at f: 0.2 % at 1 Hz and 50 stamps a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from tracker.core.averaging import Averaging, Rows, Values
from tracker.core.model import Floats, Samples
from tracker.core.runs import Account, Run

# A stamp this many periods after the last means missing rows, not jitter.
HOLE_PERIODS = 2.5
# Stamps this close to the grid [periods] are on it: files round to a microsecond, which is 5e-5 periods at 100 Hz; at
# 200 deg/s the pelvis turns 0.0002 deg meanwhile.
ON_GRID_PERIODS = 1e-4
# Times of counted rows rise at least this much [periods]: stamps of a careless clock may step back a little.
LEAST_STEP_PERIODS = 0.25


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


def _values(run: Run) -> Values:
    return (run.acc_mps2,) if run.gyr_radps is None else (run.acc_mps2, run.gyr_radps)


@dataclass(slots=True)
class CountedGrid:
    """For rows with a running index. Carries the last two rows, and one that waits to show where a hole leads."""

    rate_hz: float
    bridge_max_s: float
    averaging: Averaging
    account: Account
    _last_index: int = -1
    _last_t_s: float = 0.0
    _last_values: Values = ()
    _before: Values = ()  # the row before the last, if that one follows it
    _waiting: Run | None = None
    _highest_s: float = -np.inf

    def feed(self, run: Run) -> list[GridItem]:
        """What this run completes."""
        items: list[GridItem] = []
        if self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            if run.is_reset or run.index[0] != waiting.index[-1] + 1:
                items = self._placed(waiting)
            else:
                run = waiting.followed_by(run)
        if len(run) == 1 and not run.is_reset and self._is_short(self._missing_before(run)):
            self._waiting = run
            return items
        return items + self._placed(run)

    def finish(self) -> list[GridItem]:
        """The row that still waits."""
        waiting, self._waiting = self._waiting, None
        return [] if waiting is None else self._placed(waiting)

    def _missing_before(self, run: Run) -> int:
        return int(run.index[0]) - self._last_index - 1 if self._last_index >= 0 else 0

    def _is_short(self, missing: int) -> bool:
        """True for a hole that can be bridged."""
        return missing > 0 and missing / self.rate_hz <= self.bridge_max_s

    def _placed(self, run: Run) -> list[GridItem]:
        values, t_s = _values(run), self._rising(run)
        first_s, items = float(t_s[0]), list[GridItem]()
        missing = self._missing_before(run)
        if missing > 0 or run.is_reset:
            duration_s = first_s - self._last_t_s
            self.account.missing_samples += missing
            self.account.gap_count += 1
            if run.is_reset or not self._is_short(missing):
                self.averaging.clear()
                items.append(Break(self._last_t_s, duration_s, missing))
            else:
                items.append(Bridged(self._last_t_s, duration_s, missing))
                share = np.arange(1, missing + 1) / (missing + 1)
                bridge_s = np.asarray(self._last_t_s + share * duration_s)
                bridge = self._bridge(share[:, None], values, missing + 1)
                items += self.averaging.feed(Rows(bridge_s, bridge, np.ones(missing, dtype=np.bool_)))
        items += self.averaging.feed(Rows(t_s, values, np.zeros(len(run), dtype=np.bool_)))
        follows = missing == 0 and not run.is_reset
        self._before = _row(values, -2) if len(run) > 1 else self._last_values if follows else ()
        self._last_index, self._last_t_s, self._last_values = int(run.index[-1]), float(t_s[-1]), _row(values, -1)
        return items

    def _bridge(self, share: Floats, values: Values, steps: int) -> Values:
        """Rows at these shares (n, 1) of a hole of so many steps before `values`; without a neighbour, straight."""
        left = tuple(steps * (last - before) for last, before in zip(self._last_values, self._before, strict=False))
        right = tuple(steps * (part[1] - part[0]) for part in values) if len(values[0]) > 1 else ()
        bridge = []
        for number, (last, part) in enumerate(zip(self._last_values, values, strict=True)):
            rise = part[0] - last
            out, back = (left[number] if left else rise) - rise, (right[number] if right else rise) - rise
            straight = last + share * rise
            bridge.append(straight + share * (1 - share) * ((1 - share) * out - share * back))
        return tuple(bridge)

    def _rising(self, run: Run) -> Floats:
        """Times (n,) that rise with the index, changed only where they would not."""
        by_index_s = run.index * (LEAST_STEP_PERIODS / self.rate_hz)
        rest_s = run.t_s - by_index_s
        highest_s = np.maximum.accumulate(np.concatenate(([self._highest_s], rest_s)))[1:]
        self._highest_s = float(highest_s[-1])
        is_low = rest_s < highest_s
        return np.where(is_low, highest_s + by_index_s, run.t_s) if is_low.any() else run.t_s


@dataclass(slots=True)
class StampedGrid:
    """For rows with nothing but a time. Carries the last row and the place on the grid."""

    rate_hz: float
    bridge_max_s: float
    averaging: Averaging
    account: Account
    _last_t_s: float | None = None
    _last_values: Values = ()
    _origin_s: float = 0.0
    _grid_count: int = 0

    def feed(self, run: Run) -> list[GridItem]:
        """What this run completes."""
        t_s, values, items = run.t_s, _values(run), list[GridItem]()
        if self._last_t_s is None:
            self._origin_s = float(t_s[0])
        elif run.is_reset:
            items.append(self._break(self._last_t_s, float(t_s[0])))
        else:
            t_s = np.concatenate(([self._last_t_s], t_s))
            values = tuple(
                np.concatenate((last[None, :], part)) for last, part in zip(self._last_values, values, strict=True)
            )
        steps_s = np.diff(t_s)
        is_hole = steps_s > min(HOLE_PERIODS / self.rate_hz, self.bridge_max_s)
        cuts = [0, *(np.flatnonzero(is_hole) + 1).tolist(), len(t_s)]
        for start, stop in pairwise(cuts):
            first = start
            if start > 0 and steps_s[start - 1] > self.bridge_max_s:
                items.append(self._break(float(t_s[start - 1]), float(t_s[start])))
            elif start > 0:
                first = start - 1
                items.append(self._bridged(float(t_s[first]), float(steps_s[first])))
            items += self._interpolated(t_s[first:stop], tuple(part[first:stop] for part in values))
        self._last_t_s, self._last_values = float(t_s[-1]), _row(values, -1)
        return items

    def finish(self) -> list[GridItem]:
        """Nothing waits."""
        return []

    def _interpolated(self, t_s: Floats, values: Values) -> list[Samples]:
        """Grid rows from the one after the last up to the last stamp, in straight lines between stamps."""
        period_s = 1.0 / self.rate_hz
        slack_s = ON_GRID_PERIODS * period_s
        last = int((float(t_s[-1]) - self._origin_s) / period_s) + 1
        grid_s = self._origin_s + np.arange(self._grid_count, last + 1) * period_s
        grid_s = grid_s[grid_s - slack_s <= t_s[-1]]
        self._grid_count += len(grid_s)
        earliest_s = grid_s - slack_s
        known = int(np.count_nonzero(t_s[:1] < earliest_s[:1]))  # the last row, which is on the grid already
        if len(t_s) == known + len(grid_s) and _are_within(t_s[known:], earliest_s, grid_s + slack_s):
            # an even recording: every stamp is on the grid
            return self.averaging.feed(
                Rows(grid_s, tuple(part[known:] for part in values), np.zeros(len(grid_s), dtype=np.bool_))
            )
        right = np.searchsorted(t_s, earliest_s, side="left")
        left = np.maximum(right - 1, 0)
        right_s, rows = t_s.take(right), tuple(part.take(right, axis=0) for part in values)
        before_s, step_s = right_s - grid_s, right_s - t_s.take(left)
        is_between = before_s > slack_s
        if is_between.any():
            share = np.divide(before_s, step_s, out=np.zeros(len(grid_s)), where=is_between)
            share = share[:, None]
            rows = tuple(
                right_row - share * (right_row - part.take(left, axis=0))
                for right_row, part in zip(rows, values, strict=True)
            )
        return self.averaging.feed(Rows(grid_s, rows, is_between & (step_s > HOLE_PERIODS * period_s)))

    def _bridged(self, from_s: float, duration_s: float) -> Bridged:
        missing = round(duration_s * self.rate_hz) - 1
        self._count(missing)
        return Bridged(from_s, duration_s, missing)

    def _break(self, from_s: float, to_s: float) -> Break:
        """The grid begins anew at `to_s`."""
        missing = max(0, round((to_s - from_s) * self.rate_hz) - 1)
        self._count(missing)
        self.averaging.clear()
        self._origin_s, self._grid_count = to_s, 0
        return Break(from_s, to_s - from_s, missing)

    def _count(self, missing: int) -> None:
        self.account.missing_samples += missing
        self.account.gap_count += 1


def _row(values: Values, place: int) -> Values:
    return tuple(part[place] for part in values)


def _are_within(t_s: Floats, earliest_s: Floats, latest_s: Floats) -> bool:
    return bool(((t_s >= earliest_s) & (t_s <= latest_s)).all())
