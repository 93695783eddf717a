"""Rates put onto the times of the accelerations, where a sensor sends both in separate messages.

In: runs of acceleration samples and of rate samples, each with its times (increasing within a stream) on a common
clock. Out: acceleration samples with the rate interpolated linearly between its two neighbours in time, in order.

A sample is ready once a rate sample at or after it has come. It is given up when it can not be paired: the first rate
sample is later, a rate gap over it is longer than `LONGEST_GAP_S`, no rate comes within `LONGEST_WAIT_S` of the
sensor's time, or it comes itself that much too late. Who is given up is decided from the order in which the packets
came (`_order`), not from how they were fed, so that any way of feeding gives the same bits.

Also here: `ArrivalClock`, times of samples for sensors that send none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from tracker.core.model import Floats, Ints

Quantity = Literal["acc", "gyr"]

LONGEST_WAIT_S = 1.0  # several connection events of a healthy link; a longer wait would only delay the count
LONGEST_GAP_S = 0.25  # the same length over which the timeline bridges missing samples
_ARRIVAL_GAIN = 0.1  # a share of the arrival error taken over per packet: bursts of 30 ms leave about 2 ms
_PERIOD_GAIN = 0.0025  # critically damped with the gain above: gain^2 / 4
_RESET_S = 0.25  # an arrival this far off the prediction is a pause, not jitter


class ArrivalClock:
    """Times of samples that carry none, from the arrival of their packets: a second-order tracking loop.

    It finds the real period too, within a factor of 8 of the nominal one; a rate off by 20 % is found in 30 packets.
    """

    def __init__(self, period_s: float) -> None:
        self._nominal_s = period_s
        self._period_s = period_s
        self._last_s: float | None = None

    def times_s(self, received_s: float, samples: int) -> list[float]:
        """Times of the samples of one packet that arrived at `received_s`; increasing from packet to packet."""
        first_s = received_s - (samples - 1) * self._period_s
        if self._last_s is not None:
            predicted_s = self._last_s + self._period_s
            error_s = first_s - predicted_s
            if abs(error_s) < _RESET_S:
                first_s = predicted_s + _ARRIVAL_GAIN * error_s
            # a pause says nothing of the period beyond its sign
            period_s = self._period_s + _PERIOD_GAIN * max(-_RESET_S, min(_RESET_S, error_s)) / samples
            self._period_s = max(self._nominal_s / 8, min(self._nominal_s * 8, period_s))
            first_s = max(first_s, self._last_s + 0.01 * self._period_s)
        times = [first_s + k * self._period_s for k in range(samples)]
        self._last_s = times[-1]
        return times


class Paired(NamedTuple):
    """Rows that are ready: arrival (n,), time (n,), acceleration (n, 3) and rate (n, 3), in the sensors' units."""

    received_s: Floats
    time_s: Floats
    acc: Floats
    gyr: Floats


class _Stream:
    """Samples of one kind that may still be needed: arrival, time, order of the packet, values."""

    def __init__(self) -> None:
        self.received_s: list[float] = []
        self.time_s: list[float] = []
        self.order: list[int] = []
        self.values: list[Sequence[float]] = []

    def forget(self, begin: int) -> None:
        for column in (self.received_s, self.time_s, self.order, self.values):
            del column[:begin]

    def __deepcopy__(self, memo: object) -> _Stream:
        """The engine copies a decoder at most notifications, and what is in the columns never changes."""
        copied = _Stream()
        copied.received_s, copied.time_s = self.received_s[:], self.time_s[:]
        copied.order, copied.values = self.order[:], self.values[:]
        return copied


class Pairing:
    """Carries the samples that wait for a neighbour. Fill with `add`, empty with `take`.

    What comes in one packet came together, however long it is: say which `packet` it is where both kinds share one.
    """

    def __init__(self, *, wait_s: float = LONGEST_WAIT_S) -> None:
        self._wait_s = wait_s
        self._acc = _Stream()
        self._gyr = _Stream()
        self._order = 0
        self._packet: int | None = None

    def add(
        self,
        quantity: Quantity,
        received_s: float,
        times_s: list[float],
        values: Sequence[Sequence[float]],
        *,
        packet: int | None = None,
    ) -> None:
        """Samples of one packet, at times later than all before of their kind."""
        self._order += packet is None or packet != self._packet
        self._packet = packet
        stream, count = self._acc if quantity == "acc" else self._gyr, len(times_s)
        stream.received_s += [received_s] * count
        stream.time_s += times_s
        stream.order += [self._order] * count
        stream.values += values

    def take(self) -> Paired | None:
        """The rows that are ready since the last call; None if there are none."""
        acc, gyr = self._acc, self._gyr
        if not acc.time_s:
            self._forget(gyr)
            return None
        never = self._order + 1
        acc_s, gyr_s = np.array(acc.time_s), np.array(gyr.time_s)
        acc_order = np.array(acc.order)
        gyr_order = np.array([*gyr.order, never])
        # the packet with the first rate at or after each sample, and the packet by which it had to come
        after = np.searchsorted(gyr_s, acc_s, side="left")
        came = gyr_order[after]
        late = np.searchsorted(acc_s, acc_s + self._wait_s, side="right")
        deadline = np.append(acc_order, never)[late]
        is_decided = (came < never) | (deadline < never)
        decided = int(is_decided.sum())  # a prefix: both orders rise with time
        ready = slice(0, decided)
        is_good = (came[ready] < never) & (came[ready] <= deadline[ready])
        rows = np.flatnonzero(is_good)
        # the newest rate when the sample came: if it was far ahead, the neighbours may be forgotten already
        newest = np.searchsorted(gyr_order[:-1], acc_order[rows], side="left") - 1
        is_late = (newest >= 0) & (gyr_s[newest] > acc_s[rows] + self._wait_s)
        right = after[rows]
        left = np.where(gyr_s[right] == acc_s[rows], right, right - 1)
        has_left = left >= 0
        rows, right, left = (column[~is_late & has_left] for column in (rows, right, left))
        near = gyr_s[right] - gyr_s[left] <= LONGEST_GAP_S
        rows, right, left = rows[near], right[near], left[near]
        paired = self._paired(rows, left, right, acc_s, gyr_s) if len(rows) else None
        acc.forget(decided)
        self._forget(gyr)
        return paired

    def _paired(self, rows: Ints, left: Ints, right: Ints, acc_s: Floats, gyr_s: Floats) -> Paired:
        rates = np.array(self._gyr.values)
        span_s = gyr_s[right] - gyr_s[left]
        share = np.divide(acc_s[rows] - gyr_s[left], span_s, out=np.zeros(len(rows)), where=span_s > 0)
        return Paired(
            received_s=np.array(self._acc.received_s)[rows],
            time_s=acc_s[rows],
            acc=np.array(self._acc.values)[rows],
            gyr=rates[left] + (rates[right] - rates[left]) * share[:, None],
        )

    def _forget(self, gyr: _Stream) -> None:
        """Rates that no sample can need any more: over the wait behind the newest, but for the last of these."""
        if gyr.time_s:
            oldest_s = gyr.time_s[-1] - 1.5 * self._wait_s  # more than the wait: no rounding can reach it
            gyr.forget(max(0, int(np.searchsorted(np.array(gyr.time_s), oldest_s, side="right")) - 1))
