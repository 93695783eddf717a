"""Sensors that number their samples: the number is the index, the device clock (if there is one) the time.

In: `Readings` with `counter` and perhaps `device_s`, in order of arrival. Out: `Run`s in order of arrival; gaps,
repetitions and swaps are still inside and show in the index (see `ordering`).

Idea: counter and clock check each other. The clock tells how often the counter ran round in a long dead spot; where
the two disagree, or both go back, the sensor was restarted and a new time base begins, as long after the last
sample as nothing was heard. Without a device clock the arrivals do both, more coarsely, and time is index / rate.

Limits: how many samples a restart cost is only known from that silence. Without a clock, a restart within the first
second of a stream looks like repeated samples unless the sensor flags it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from tracker.core.config import TimelineConfig
from tracker.core.dial import Dial, Front, bases, was_set_anew
from tracker.core.model import Bools, Clock, Floats, Ints, Readings
from tracker.core.runs import Account, Run

# Index and device clock agree within this, else the sensor was restarted: stamps taken when a full buffer is read are
# late by up to 0.1 s, and a claimed rate may be wrong by 2-3 %.
AGREED_S = 0.25
AGREED_SHARE = 0.03


@dataclass(slots=True)
class Counted:
    """Carries counter and clock from batch to batch."""

    config: TimelineConfig
    clock: Clock
    rate_hz: float
    account: Account
    _counter: Dial = field(init=False)
    _device: Dial | None = None
    _front: Front | None = None

    def __post_init__(self) -> None:
        self._counter = Dial(float(self.clock.counter_modulus or np.inf))

    def feed(self, readings: Readings) -> list[Run]:
        """Index and time of these readings, one run for each time base."""
        if len(readings) == 0:
            return []
        assert readings.counter is not None
        counter = readings.counter.astype(np.float64)
        front = self._front or self._begin(readings)
        silences_s = front.silences_s(readings.received_s)
        if self._device is None or readings.device_s is None:
            elapsed_s, clock_rounds = silences_s, np.zeros(len(readings), dtype=np.int64)
        else:
            elapsed_s, clock_rounds = self._device.steps(readings.device_s, silences_s)
        steps, rounds = self._counter.steps(counter, elapsed_s * self.rate_hz)
        steps_s = steps / self.rate_hz
        is_reset = was_set_anew(steps_s, silences_s, readings.restarted, self.config)
        is_reset |= self._disagree(elapsed_s, steps_s)
        rounds[is_reset] = clock_rounds[is_reset] = 0
        runs: list[Run] = []
        for start, stop, begins_anew in bases(is_reset):
            rows = slice(start, stop)
            if begins_anew:
                self._restart(front, counter[start], readings, start, float(silences_s[start]))
            index = self._counter.unwrapped(counter[rows], rounds[rows]).astype(np.int64)
            t_s = self._times(readings, rows, index, clock_rounds)
            front.reach(index, t_s)
            gyr = None if readings.gyr_radps is None else readings.gyr_radps[rows]
            runs.append(Run(index, t_s, readings.received_s[rows], readings.acc_mps2[rows], gyr, begins_anew))
        return runs

    def finish(self) -> list[Run]:
        """Nothing is held back."""
        return []

    def _begin(self, readings: Readings) -> Front:
        assert readings.counter is not None
        self._front = Front(received_s=float(readings.received_s[0]))
        self._counter.begin(readings.counter[0], 0)
        if readings.device_s is not None and self.clock.clock_wrap_s is not None:
            self._device = Dial(self.clock.clock_wrap_s)
            self._device.begin(readings.device_s[0], 0.0)
        return self._front

    def _disagree(self, elapsed_s: Floats, steps_s: Floats) -> Bools:
        """True (n,) where the clock tells another time than the counter."""
        if self._device is None:  # a long silence in which the counter stood still
            return np.asarray(elapsed_s - steps_s > self.config.clock_jump_s)
        return np.asarray(np.abs(elapsed_s - steps_s) > AGREED_S + AGREED_SHARE * np.abs(steps_s))

    def _restart(self, front: Front, counter: float, readings: Readings, row: int, silence_s: float) -> None:
        self.account.clock_resets += 1
        pause_s = max(silence_s, 1.0 / self.rate_hz)
        self._counter.begin(counter, front.index + max(1, round(pause_s * self.rate_hz)))
        if self._device is not None and readings.device_s is not None:
            self._device.begin(readings.device_s[row], front.t_s + pause_s)

    def _times(self, readings: Readings, rows: slice, index: Ints, rounds: Ints) -> Floats:
        if self._device is None or readings.device_s is None:
            return np.asarray(index / self.rate_hz)
        return self._device.unwrapped(readings.device_s[rows], rounds[rows])
