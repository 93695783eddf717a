"""Readings in order of arrival -> rows in order of sampling, each with its index or its time.

In: `Readings`, possibly repeated, late, re-ordered, wrapped, or from a sensor that was restarted.
Out: `Run`s. Inside a run the index rises by exactly one a row (sensors that count) or the time rises strictly
(sensors that only stamp). Between runs lie gaps; an `is_reset` run begins a new time base.

Idea: the usual batch continues the last one without a hole and passes untouched. Only where the index jumps is the
batch cut into pieces; a piece that is ahead waits until the hole is filled or `reorder_s` of later samples have
come. All decisions depend on the order of the samples alone, never on how they were batched.

Limits: a sensor without counter and clock is dated by arrival; then only losses longer than 0.25 s can be seen.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from tracker.core.config import TimelineConfig
from tracker.core.model import Clock, Floats, Ints, Readings

# A silence this long makes a sensor without counter suspect of loss; shorter ones are ordinary radio bursts.
SUSPICIOUS_SILENCE_S = 0.25
# Lag behind the earliest arrivals that, still there after the silence, means loss and not a burst to catch up.
LOSS_LAG_S = 0.15
# The lower envelope of arrival against index may rise this fast: no real sensor clock is worse than 1 %.
ENVELOPE_LEAK = 0.01
# Index and device clock agree within this, else the sensor was restarted.
RESTART_SLACK_S = 0.25
RESTART_SLACK_SHARE = 0.03


@dataclass(slots=True)
class Account:
    """What was found wrong with the stream so far, in samples."""

    missing_samples: int = 0
    duplicate_samples: int = 0
    late_samples: int = 0
    saturated_samples: int = 0
    gap_count: int = 0
    clock_resets: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive rows: index (n,), t_s (n,) seconds since the first sample, acc (n, 3), gyr (n, 3) or None."""

    index: Ints
    t_s: Floats
    acc_mps2: Floats
    gyr_radps: Floats | None
    is_reset: bool = False

    def __len__(self) -> int:
        return len(self.index)

    def cut(self, start: int, stop: int | None = None) -> Run:
        """Rows start:stop; only the first row of a reset run carries the reset."""
        gyr = None if self.gyr_radps is None else self.gyr_radps[start:stop]
        is_reset = self.is_reset and start == 0
        return Run(self.index[start:stop], self.t_s[start:stop], self.acc_mps2[start:stop], gyr, is_reset)


def found_rate_hz(readings: Readings, clock: Clock, config: TimelineConfig) -> float:
    """The sampling rate [Hz] from these first readings; the nominal one where they agree or say too little."""
    nominal_hz = clock.nominal_rate_hz
    tolerance = config.rate_tolerance
    if readings.counter is not None and clock.counter_modulus:
        steps = np.cumsum(_wrapped(np.diff(readings.counter), clock.counter_modulus))
    else:
        steps = np.arange(1, len(readings))
    if readings.device_s is not None and clock.clock_wrap_s is not None:
        elapsed_s = np.diff(readings.device_s)
        if np.isfinite(clock.clock_wrap_s):
            elapsed_s = _wrapped(elapsed_s, clock.clock_wrap_s)
        if readings.counter is None:  # holes and repeats must not count as sampling
            ordinary = (elapsed_s > 0) & (elapsed_s <= config.bridge_max_s)
            rate_hz = float(np.count_nonzero(ordinary) / max(np.sum(elapsed_s[ordinary]), 1e-9))
        else:
            rate_hz = float(steps[-1] / max(float(np.sum(elapsed_s)), 1e-9)) if len(steps) else nominal_hz
    else:
        tolerance = max(tolerance, 0.02)  # arrivals alone find the rate to about 0.5-1 %
        rate_hz = float(np.polyfit(readings.received_s[1:], steps, 1)[0]) if len(steps) > 10 else nominal_hz
    is_plausible = np.isfinite(rate_hz) and nominal_hz / 20 < rate_hz < nominal_hz * 20
    return rate_hz if is_plausible and abs(rate_hz / nominal_hz - 1) > tolerance else nominal_hz


def _wrapped(steps: np.ndarray, modulus: float) -> np.ndarray:
    """Differences taken modulo `modulus` into -modulus/2 .. modulus/2."""
    half = modulus // 2 if isinstance(modulus, int) else modulus / 2
    return np.mod(steps + half, modulus) - half


@dataclass(slots=True)
class Ordering:
    """Carries the place in the stream between batches."""

    config: TimelineConfig
    clock: Clock
    rate_hz: float
    account: Account
    _raw_counter: int = -1
    _raw_clock_s: float = 0.0
    _wraps: int = 0
    _index: int = -1
    _clock_offset_s: float = 0.0
    _received_s: float = 0.0
    _t_s: float = 0.0
    _next: int = 0
    _waiting: list[Run] = field(default_factory=list)
    _given_up: list[tuple[int, int]] = field(default_factory=list)
    _envelope: float = np.inf
    _suspended: list[tuple[Run, Floats]] = field(default_factory=list)

    def feed(self, readings: Readings) -> list[Run]:
        """Runs that are complete after these readings."""
        if len(readings) == 0:
            return []
        if readings.counter is not None and self.clock.counter_modulus:
            return self._in_order(self._dated_by_counter(readings))
        if readings.device_s is not None and self.clock.clock_wrap_s is not None:
            return self._dated_by_stamp(readings)
        return self._dated_by_arrival(readings)

    def finish(self) -> list[Run]:
        """What still waits for samples that will not come."""
        return self._release(everything=True) + self._resume()

    # sensors that count ----------------------------------------------------------------------------------------

    def _dated_by_counter(self, readings: Readings) -> list[Run]:
        """Unwrapped index and time, cut where the sensor restarted its counter or clock."""
        assert readings.counter is not None
        assert self.clock.counter_modulus is not None
        is_first = self._index < 0
        counters = readings.counter if is_first else np.concatenate(([self._raw_counter], readings.counter))
        steps = _wrapped(np.diff(counters), self.clock.counter_modulus)
        received_s = readings.received_s if is_first else np.concatenate(([self._received_s], readings.received_s))
        period_s = 1.0 / self.rate_hz
        if readings.device_s is not None and self.clock.clock_wrap_s is not None:
            clocks_s = readings.device_s if is_first else np.concatenate(([self._raw_clock_s], readings.device_s))
            elapsed_s = np.diff(clocks_s)
            wraps = np.zeros(len(elapsed_s), dtype=np.int64)
            if np.isfinite(self.clock.clock_wrap_s):
                half_s = self.clock.clock_wrap_s / 2
                wraps = (elapsed_s < -half_s).astype(np.int64) - (elapsed_s > half_s)
                elapsed_s = elapsed_s + wraps * self.clock.clock_wrap_s
            # a dead spot longer than half the counter's round: the clock tells how many rounds were missed
            rounds = np.rint((elapsed_s * self.rate_hz - steps) / self.clock.counter_modulus).astype(np.int64)
            steps = steps + rounds * self.clock.counter_modulus
            slack_s = RESTART_SLACK_S + RESTART_SLACK_SHARE * np.abs(steps) * period_s
            is_restart = np.abs(elapsed_s - steps * period_s) > slack_s
            is_restart |= (steps < 0) & (-elapsed_s > self.config.clock_jump_s)
        else:
            wraps = np.zeros(len(steps), dtype=np.int64)
            elapsed_s = np.diff(received_s)
            is_restart = np.abs(elapsed_s - steps * period_s) > self.config.clock_jump_s
        if is_first:
            steps = np.concatenate(([0], steps))
            wraps = np.concatenate(([0], wraps))
            is_restart = np.concatenate(([False], is_restart))
            self._index, self._next = 0, 0
            self._received_s = float(readings.received_s[0])
            if readings.device_s is not None:
                self._clock_offset_s = -float(readings.device_s[0])
        runs: list[Run] = []
        cuts = [0, *np.flatnonzero(is_restart).tolist(), len(readings)]
        for number, (start, stop) in enumerate(zip(cuts, cuts[1:], strict=False)):
            if start < stop:
                runs.append(self._one_base(readings, steps, wraps, start, stop, is_restart=number > 0))
        return runs

    def _one_base(
        self, readings: Readings, steps: Ints, wraps: Ints, start: int, stop: int, *, is_restart: bool
    ) -> Run:
        """Rows start:stop, which share one counter and clock; a restart begins a new time base."""
        assert readings.counter is not None
        steps, wraps = steps[start:stop].copy(), wraps[start:stop].copy()
        if is_restart:
            silence_s = max(float(readings.received_s[start]) - self._received_s, 1 / self.rate_hz)
            self.account.clock_resets += 1
            steps[0] = max(1, round(silence_s * self.rate_hz))
            wraps[0] = 0
            if readings.device_s is not None:
                self._wraps = 0
                self._clock_offset_s = self._t_s + silence_s - float(readings.device_s[start])
        index = self._index + np.cumsum(steps)
        if readings.device_s is not None and self.clock.clock_wrap_s is not None:
            rounds = self._wraps + np.cumsum(wraps)
            t_s = readings.device_s[start:stop] + self._clock_offset_s
            if np.isfinite(self.clock.clock_wrap_s):
                t_s = t_s + rounds * self.clock.clock_wrap_s
            self._wraps = int(rounds[-1])
            self._raw_clock_s = float(readings.device_s[stop - 1])
        else:
            t_s = index / self.rate_hz
        self._index = int(index[-1])
        self._raw_counter = int(readings.counter[stop - 1])
        self._received_s = float(readings.received_s[stop - 1])
        self._t_s = float(t_s[-1])
        gyr = None if readings.gyr_radps is None else readings.gyr_radps[start:stop]
        return Run(index, t_s, readings.acc_mps2[start:stop], gyr, is_restart)

    def _in_order(self, runs: list[Run]) -> list[Run]:
        """Each row once and in order; what is ahead waits for what is missing."""
        out: list[Run] = []
        for run in runs:
            if run.is_reset:
                out += self._release(everything=True)
                self._next = int(run.index[0])
            if not self._waiting and run.index[0] == self._next and run.index[-1] - run.index[0] == len(run) - 1:
                if bool(np.all(np.diff(run.index) == 1)):  # the usual batch
                    out.append(run)
                    self._next = int(run.index[-1]) + 1
                    continue
            cuts = [0, *(np.flatnonzero(np.diff(run.index) != 1) + 1).tolist(), len(run)]
            for start, stop in zip(cuts, cuts[1:], strict=False):
                self._place(run.cut(start, stop))
                out += self._release(everything=False)
        return out

    def _place(self, piece: Run) -> None:
        """Put a piece without holes among those that wait, dropping rows that are already there or given up."""
        first, last = int(piece.index[0]), int(piece.index[-1])
        if first < self._next:
            old = min(last + 1, self._next) - first
            late = sum(max(0, min(first + old, stop) - max(first, start)) for start, stop in self._given_up)
            self.account.late_samples += late
            self.account.duplicate_samples += old - late
            if old == len(piece):
                return
            piece = piece.cut(old)
            first = self._next
        for other in self._waiting:
            overlap_start = max(first, int(other.index[0]))
            overlap_stop = min(last, int(other.index[-1])) + 1
            if overlap_start < overlap_stop:
                self.account.duplicate_samples += overlap_stop - overlap_start
                if overlap_start > first:
                    self._place(piece.cut(0, overlap_start - first))
                if overlap_stop <= last:
                    self._place(piece.cut(overlap_stop - first))
                return
        self._waiting.append(piece)
        self._waiting.sort(key=lambda item: int(item.index[0]))

    def _release(self, *, everything: bool) -> list[Run]:
        """The waiting pieces that are next, or whose predecessor is given up."""
        out: list[Run] = []
        patience = int(np.ceil(self.config.reorder_s * self.rate_hz))
        while self._waiting:
            piece = self._waiting[0]
            if piece.index[0] > self._next:
                ahead = sum(len(item) for item in self._waiting)
                if ahead <= patience and not everything:
                    break
                self._given_up = [*self._given_up[-15:], (self._next, int(piece.index[0]))]
            out.append(piece)
            self._next = int(piece.index[-1]) + 1
            del self._waiting[0]
        return out

    # sensors that only stamp -----------------------------------------------------------------------------------

    def _dated_by_stamp(self, readings: Readings) -> list[Run]:
        """Rows with strictly rising stamps; a stamp far off begins a new time base."""
        assert readings.device_s is not None
        assert self.clock.clock_wrap_s is not None
        is_first = self._index < 0
        if is_first:
            self._index = 0
            self._raw_clock_s = float(readings.device_s[0])
            self._clock_offset_s = -self._raw_clock_s
            self._received_s = float(readings.received_s[0])
            self._t_s = -np.inf
        raw_s = np.concatenate(([self._raw_clock_s], readings.device_s))
        steps_s = np.diff(raw_s)
        wraps = np.zeros(len(steps_s), dtype=np.int64)
        if np.isfinite(self.clock.clock_wrap_s):
            wraps = (steps_s < -self.clock.clock_wrap_s / 2).astype(np.int64)
            wraps -= steps_s > self.clock.clock_wrap_s / 2
            steps_s = steps_s + wraps * self.clock.clock_wrap_s
        silence_s = np.diff(np.concatenate(([self._received_s], readings.received_s)))
        is_restart = (steps_s < -1.0) | (steps_s - silence_s > self.config.clock_jump_s)
        runs: list[Run] = []
        cuts = [0, *np.flatnonzero(is_restart).tolist(), len(readings)]
        for number, (start, stop) in enumerate(zip(cuts, cuts[1:], strict=False)):
            if start == stop:
                continue
            if number > 0:
                self.account.clock_resets += 1
                pause_s = max(float(silence_s[start]), 1 / self.rate_hz)
                self._wraps = 0
                self._clock_offset_s = self._t_s + pause_s - float(readings.device_s[start])
                wraps[start] = 0
            rounds = self._wraps + np.cumsum(wraps[start:stop])
            t_s = readings.device_s[start:stop] + self._clock_offset_s
            if np.isfinite(self.clock.clock_wrap_s):
                t_s = t_s + rounds * self.clock.clock_wrap_s
            self._wraps = int(rounds[-1])
            runs += self._rising(readings, t_s, start, stop, is_reset=number > 0)
        self._raw_clock_s = float(readings.device_s[-1])
        self._received_s = float(readings.received_s[-1])
        return runs

    def _rising(self, readings: Readings, t_s: Floats, start: int, stop: int, *, is_reset: bool) -> list[Run]:
        """Rows start:stop without those whose time does not rise."""
        highest_s = np.maximum.accumulate(np.concatenate(([self._t_s], t_s)))[:-1]
        is_new = t_s > highest_s
        repeated = int(np.count_nonzero(t_s == highest_s))
        self.account.duplicate_samples += repeated
        self.account.late_samples += int(len(t_s) - np.count_nonzero(is_new)) - repeated
        acc = readings.acc_mps2[start:stop]
        gyr = None if readings.gyr_radps is None else readings.gyr_radps[start:stop]
        if not is_new.all():
            t_s, acc, gyr = t_s[is_new], acc[is_new], None if gyr is None else gyr[is_new]
        if len(t_s) == 0:
            return []
        index = self._index + np.arange(len(t_s), dtype=np.int64)
        self._index += len(t_s)
        self._t_s = float(t_s[-1])
        return [Run(index, t_s, acc, gyr, is_reset)]

    # sensors that do neither -----------------------------------------------------------------------------------

    def _dated_by_arrival(self, readings: Readings) -> list[Run]:
        """Time = index / rate; after a long silence that nothing catches up, the index jumps by what is missing."""
        out: list[Run] = []
        self._index = max(self._index, 0)
        before_s = self._received_s if self._index else float(readings.received_s[0])
        silences = np.diff(np.concatenate(([before_s], readings.received_s)))
        cuts = [0, *np.flatnonzero(silences > SUSPICIOUS_SILENCE_S).tolist(), len(readings)]
        for number, (start, stop) in enumerate(zip(cuts, cuts[1:], strict=False)):
            if start == stop:
                continue
            if number > 0:
                out += self._resume()
            out += self._by_arrival(readings, start, stop, is_suspicious=number > 0)
        self._received_s = float(readings.received_s[-1])
        return out

    def _by_arrival(self, readings: Readings, start: int, stop: int, *, is_suspicious: bool) -> list[Run]:
        received_s = readings.received_s[start:stop]
        index = self._index + np.arange(stop - start, dtype=np.int64)
        self._index += stop - start
        gyr = None if readings.gyr_radps is None else readings.gyr_radps[start:stop]
        run = Run(index, index / self.rate_hz, readings.acc_mps2[start:stop], gyr)
        out: list[Run] = []
        if is_suspicious or self._suspended:
            began_s = float(self._suspended[0][1][0]) if self._suspended else float(received_s[0])
            undecided = int(np.searchsorted(received_s, began_s + SUSPICIOUS_SILENCE_S))
            if undecided:
                self._suspended.append((run.cut(0, undecided), received_s[:undecided]))
            if undecided == len(run):
                return out
            out += self._resume()
            shift = self._index - int(run.index[-1]) - 1
            run, received_s = run.cut(undecided), received_s[undecided:]
            if shift:
                index = run.index + shift
                run = Run(index, index / self.rate_hz, run.acc_mps2, run.gyr_radps)
        self._follow(run, received_s)
        return [*out, run]

    def _follow(self, run: Run, received_s: Floats) -> None:
        """Lower envelope of arrival minus sampling time, free to rise slowly with the clocks' disagreement."""
        lag = received_s - run.index / self.rate_hz - ENVELOPE_LEAK * received_s
        self._envelope = min(self._envelope, float(lag.min()))

    def _resume(self) -> list[Run]:
        """The rows after a silence, moved up by what is missing if they did not catch up."""
        if not self._suspended:
            return []
        pieces, self._suspended = self._suspended, []
        lags = [
            float((received_s - run.index / self.rate_hz - ENVELOPE_LEAK * received_s).min())
            for run, received_s in pieces
        ]
        lag_s = min(lags) - self._envelope if np.isfinite(self._envelope) else 0.0
        missing = round(lag_s * self.rate_hz) if lag_s > LOSS_LAG_S else 0
        self._index += missing
        out: list[Run] = []
        for run, received_s in pieces:
            index = run.index + missing
            moved = Run(index, index / self.rate_hz, run.acc_mps2, run.gyr_radps)
            self._follow(moved, received_s)
            out.append(moved)
        return out
