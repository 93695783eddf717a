"""The sampling rate from the first readings, and how many of them that takes.

Idea: a sensor's claim is used where the data agree with it, because it is exact; where they do not, the data are
right. Sources with uneven stamps claim nothing: their nominal rate is itself an estimate from the first stamps that
came together, so only their stamps are used, and the warm-up ends at a stamp. Whatever the batches, the same rows
give the same rate.

Limits: arrivals alone find the rate to 0.5-1 % in 2 s; the rest is left to `drift`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from tracker.core.config import TimelineConfig
from tracker.core.dial import BACK_S, Dial
from tracker.core.model import Clock, Floats, Readings
from tracker.core.readings import joined, part

# Arrivals are believed only where they differ from the claim by more than they scatter.
ARRIVAL_TOLERANCE = 0.02
# In regular stamps a step of so many usual ones is a hole; bursts of uneven ones have no usual step.
HOLE_STEPS = 2.5
# No sensor of motion samples faster; stamps that seem to are garbage, and their grid would be endless.
FASTEST_HZ = 10_000.0
# Fewer rows than this tell nothing by their arrival.
LEAST_ARRIVALS = 12
# Arrivals that scatter by 50 ms say too little over less than this.
LEAST_SPAN_S = 1.0
# Packets swap by 0.2 s; a counter that goes back further was set anew.
SET_BACK_S = 0.3
# Pairs of so many packets tell as much as of all, and cost milliseconds.
MOST_POINTS = 200


@dataclass(slots=True)
class WarmUp:
    """Holds the first readings back until the rate can be found. `known_s` of uneven stamps passed so far."""

    config: TimelineConfig
    _held: list[Readings] = field(default_factory=list)
    _rows: int = 0
    _device: Dial | None = None
    _known_s: float = 0.0

    def feed(self, readings: Readings, clock: Clock) -> float | None:
        """The rate [Hz], once it is known."""
        before = self._rows
        self._held.append(readings)
        self._rows += len(readings)
        if not clock.is_regular and readings.device_s is not None:
            needed = self._until_stamp(readings.device_s, clock)
            needed = None if needed is None else before + needed
        else:
            needed = max(2, math.ceil(self.config.warm_up_s * clock.nominal_rate_hz))
        if needed is None or self._rows < needed:
            return None
        return found_rate_hz(part(joined(self._held), 0, needed), clock, self.config)

    def finish(self, clock: Clock) -> float | None:
        """The rate [Hz] from what there is; None if there is nothing."""
        return found_rate_hz(joined(self._held), clock, self.config) if self._rows else None

    def release(self) -> Readings:
        """All that was held back."""
        held, self._held = joined(self._held), []
        return held

    def _until_stamp(self, device_s: Floats, clock: Clock) -> int | None:
        """Rows of these up to the first stamp that completes the warm-up."""
        if len(device_s) == 0:
            return None
        if self._device is None:
            self._device = Dial(math.inf if clock.clock_wrap_s is None else clock.clock_wrap_s)
            self._device.begin(device_s[0], 0.0)
        steps_s, rounds = self._device.steps(device_s)
        self._device.unwrapped(device_s, rounds)
        ordinary_s = np.where((steps_s > 0) & (steps_s <= BACK_S), steps_s, 0.0)  # a clock that jumps shows nothing
        known_s = np.cumsum(np.concatenate(([self._known_s], ordinary_s)))[1:]
        self._known_s = float(known_s[-1])
        reached = np.flatnonzero(known_s >= self.config.warm_up_s - 1e-9)
        return int(reached[0]) + 1 if len(reached) else None


def found_rate_hz(readings: Readings, clock: Clock, config: TimelineConfig) -> float:
    """The sampling rate [Hz] from these rows; the nominal one where they agree or say too little."""
    nominal_hz, tolerance = clock.nominal_rate_hz, config.rate_tolerance
    has_clock = readings.device_s is not None and clock.clock_wrap_s is not None
    if has_clock:
        rate_hz = _by_clock(readings, clock, config)
    else:
        rate_hz = _by_arrival(readings.received_s, _counter_steps(readings, clock), nominal_hz * SET_BACK_S)
        tolerance = max(tolerance, ARRIVAL_TOLERANCE)
    if has_clock and not clock.is_regular:
        return min(rate_hz if math.isfinite(rate_hz) else nominal_hz, FASTEST_HZ)
    if not math.isfinite(rate_hz):
        return nominal_hz
    is_plausible = nominal_hz / 20 < rate_hz < nominal_hz * 20
    return rate_hz if is_plausible and abs(rate_hz / nominal_hz - 1) > tolerance else nominal_hz


def _by_clock(readings: Readings, clock: Clock, config: TimelineConfig) -> float:
    """Samples over device time, both only where nothing jumps; NaN if there is nothing."""
    assert readings.device_s is not None
    device = Dial(math.inf if clock.clock_wrap_s is None else clock.clock_wrap_s)
    device.begin(readings.device_s[0], 0.0)
    elapsed_s = device.steps(readings.device_s)[0][1:]
    steps = _counter_steps(readings, clock)
    is_ordinary = (elapsed_s > 0) & (elapsed_s <= BACK_S) & (steps > 0)
    if readings.counter is None and is_ordinary.any():  # without a number, a hole is one step
        longest_s = config.bridge_max_s
        if clock.is_regular:
            longest_s = min(longest_s, HOLE_STEPS * float(np.median(elapsed_s[is_ordinary])))
        is_near = is_ordinary & (elapsed_s <= longest_s)
        if is_near.any():  # of a stream so slow that all are holes, the holes tell
            is_ordinary = is_near
    total_s = math.fsum(elapsed_s[is_ordinary].tolist())
    return math.fsum(steps[is_ordinary].tolist()) / total_s if total_s > 0 else math.nan


def _by_arrival(received_s: Floats, steps: Floats, set_back: float) -> float:
    """Median slope of samples against arrival over all pairs of packets (Theil and Sen); NaN if there is too little.

    Of a stream that was set back by more than `set_back` samples the longest part counts. In it only rows ahead of all
    before do: late packets are left out, and what came a little out of order does not move a median.
    """
    cuts = [0, *(np.flatnonzero(steps < -set_back) + 1).tolist(), len(received_s)]
    start, stop = max(pairwise(cuts), key=lambda part: part[1] - part[0])
    if stop - start < LEAST_ARRIVALS:
        return math.nan
    received_s = received_s[start:stop]
    index = np.concatenate(([0.0], np.cumsum(steps[start : stop - 1])))
    is_ahead = index >= np.maximum.accumulate(index)
    is_last = np.append(np.diff(received_s) > 0, True)  # rows that came together are one point
    places = np.flatnonzero(is_ahead & is_last)
    places = places[:: max(1, len(places) // MOST_POINTS)]
    ahead, behind = np.triu_indices(len(places), 1)
    elapsed_s = received_s[places[behind]] - received_s[places[ahead]]
    longest_s = float(elapsed_s.max(initial=0.0))
    if longest_s < LEAST_SPAN_S:
        return math.nan
    is_long = elapsed_s > 0.5 * longest_s  # over short ones the scatter of arrivals shows
    slopes = (index[places[behind]] - index[places[ahead]])[is_long] / elapsed_s[is_long]
    return float(np.median(slopes))


def _counter_steps(readings: Readings, clock: Clock) -> Floats:
    """Samples (n - 1,) from row to row; 1 where nothing is numbered."""
    if readings.counter is None or not clock.counter_modulus:
        return np.ones(len(readings) - 1)
    counter = Dial(float(clock.counter_modulus))
    raw = readings.counter.astype(np.float64)
    counter.begin(raw[0], 0)
    return counter.steps(raw)[0][1:]
