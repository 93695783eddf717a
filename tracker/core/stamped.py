"""Sensors that stamp their samples but do not number them: the stamp is the time.

In: `Readings` with `device_s`, in order of arrival. Out: `Run`s whose times rise strictly, in order.

Idea: a row whose stamp does not rise is dropped, as a repetition (same stamp) or as late. A stamp far off begins a
new time base, as long after the last sample as nothing was heard.

Limits: nothing is put back in order, because without a number nobody knows that something is still to come. Sources
with uneven stamps (phones, files) may bring many rows in one packet, so arrival says nothing of them: a pause in
their stamps is believed up to an hour.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from tracker.core.config import TimelineConfig
from tracker.core.dial import Dial, Front, bases, was_set_anew
from tracker.core.model import Clock, Floats, Readings
from tracker.core.runs import Account, Run

# In sources whose arrival says nothing, a jump beyond this is a clock that was set, not a pause between sets.
LONGEST_PAUSE_S = 3600.0


@dataclass(slots=True)
class Stamped:
    """Carries the clock from batch to batch."""

    config: TimelineConfig
    clock: Clock
    rate_hz: float
    account: Account
    _device: Dial = field(init=False)
    _front: Front | None = None

    def __post_init__(self) -> None:
        self._device = Dial(np.inf if self.clock.clock_wrap_s is None else self.clock.clock_wrap_s)
        if not self.clock.is_regular:
            self.config = replace(self.config, clock_jump_s=LONGEST_PAUSE_S)

    def feed(self, readings: Readings) -> list[Run]:
        """The rows of these readings that are new, one run for each time base."""
        if len(readings) == 0:
            return []
        assert readings.device_s is not None
        front = self._front
        if front is None:
            self._front = front = Front(t_s=-np.inf, received_s=float(readings.received_s[0]))
            self._device.begin(readings.device_s[0], 0.0)
        silences_s = front.silences_s(readings.received_s) if self.clock.is_regular else np.zeros(len(readings))
        steps_s, rounds = self._device.steps(readings.device_s, silences_s)
        is_reset = was_set_anew(steps_s, silences_s, readings.restarted, self.config)
        rounds[is_reset] = 0
        runs: list[Run] = []
        for start, stop, begins_anew in bases(is_reset):
            if begins_anew:
                self.account.clock_resets += 1
                pause_s = max(float(silences_s[start]), 1.0 / self.rate_hz)
                self._device.begin(readings.device_s[start], front.t_s + pause_s)
            t_s = self._device.unwrapped(readings.device_s[start:stop], rounds[start:stop])
            runs += self._rising(readings, t_s, start, front, is_reset=begins_anew)
        return runs

    def finish(self) -> list[Run]:
        """Nothing is held back."""
        return []

    def _rising(self, readings: Readings, t_s: Floats, start: int, front: Front, *, is_reset: bool) -> list[Run]:
        """The rows from `start` on, dated t_s (n,), without those whose time does not rise."""
        rows = slice(start, start + len(t_s))
        received_s, acc = readings.received_s[rows], readings.acc_mps2[rows]
        gyr = None if readings.gyr_radps is None else readings.gyr_radps[rows]
        if not (t_s[0] > front.t_s and bool((t_s[1:] > t_s[:-1]).all())):  # rarely
            highest_s = np.maximum.accumulate(np.concatenate(([front.t_s], t_s)))[:-1]
            is_new = t_s > highest_s
            repeated = int(np.count_nonzero(t_s == highest_s))
            self.account.duplicate_samples += repeated
            self.account.late_samples += int(np.count_nonzero(~is_new)) - repeated
            t_s, received_s, acc = t_s[is_new], received_s[is_new], acc[is_new]
            gyr = None if gyr is None else gyr[is_new]
        if len(t_s) == 0:
            return []
        index = front.index + 1 + np.arange(len(t_s), dtype=np.int64)
        front.reach(index, t_s)
        return [Run(index, t_s, received_s, acc, gyr, is_reset)]
