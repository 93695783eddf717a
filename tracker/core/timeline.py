"""Readings -> uniform blocks: the stream's own clock, in four steps.

warm-up: the first `warm_up_s` are held back until the rate is found from the data;
ordering: duplicates, late, re-ordered and wrapped readings put right (`ordering`);
grid: short holes bridged, uneven stamps interpolated, averaged to the working rate (`grid`).

Time is seconds since the first sample, on the sensor's clock where it has one. Nothing below this module ever
sees an arrival time.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from tracker.core.config import OrientationConfig, TimelineConfig
from tracker.core.grid import Grid, GridItem
from tracker.core.model import Clock, Readings
from tracker.core.ordering import Account, Ordering, found_rate_hz


@dataclass(frozen=True, slots=True)
class Started:
    """The rate is known; blocks follow at `output_rate_hz`."""

    rate_hz: float
    nominal_rate_hz: float
    output_rate_hz: float
    has_gyroscope: bool


@dataclass(slots=True)
class Timeline:
    """Feed readings in order of arrival; take grid items in order of sampling."""

    config: TimelineConfig
    orientation: OrientationConfig
    account: Account = field(default_factory=Account)
    _clock: Clock | None = None
    _held: list[Readings] = field(default_factory=list)
    _ordering: Ordering | None = None
    _grid: Grid | None = None

    @property
    def is_warming_up(self) -> bool:
        """True until the rate is known."""
        return self._ordering is None

    def feed(self, readings: Readings, clock: Clock) -> list[Started | GridItem]:
        """What these readings complete."""
        self.account.saturated_samples += readings.saturated_samples
        if self._ordering is not None:
            return self._through(readings)
        self._clock = clock
        self._held.append(readings)
        needed = max(2, int(np.ceil(self.config.warm_up_s * clock.nominal_rate_hz)))
        if sum(len(item) for item in self._held) < needed:
            return []
        return self._start(needed)

    def finish(self) -> list[Started | GridItem]:
        """What was held back, at the end of the stream."""
        items: list[Started | GridItem] = []
        if self._ordering is None and self._held:
            items += self._start(sum(len(item) for item in self._held))
        if self._ordering is not None and self._grid is not None:
            for run in self._ordering.finish():
                items += self._grid.feed(run)
        return items

    def _start(self, needed: int) -> list[Started | GridItem]:
        assert self._clock is not None
        held = joined(self._held)
        self._held = []
        rate_hz = found_rate_hz(part(held, 0, needed), self._clock, self.config)
        self._ordering = Ordering(self.config, self._clock, rate_hz, self.account)
        is_stamped = held.counter is None and held.device_s is not None
        self._grid = Grid(
            rate_hz,
            self.orientation.working_rate_hz,
            self.config.bridge_max_s,
            is_counted=not is_stamped,
            account=self.account,
        )
        started = Started(
            rate_hz, self._clock.nominal_rate_hz, self._grid.output_rate_hz, has_gyroscope=held.gyr_radps is not None
        )
        return [started, *self._through(held)]

    def _through(self, readings: Readings) -> list[Started | GridItem]:
        assert self._ordering is not None
        assert self._grid is not None
        items: list[Started | GridItem] = []
        for run in self._ordering.feed(readings):
            items += self._grid.feed(run)
        return items


def part(readings: Readings, start: int, stop: int) -> Readings:
    """Rows start:stop (half-open)."""
    return replace(
        readings,
        received_s=readings.received_s[start:stop],
        acc_mps2=readings.acc_mps2[start:stop],
        gyr_radps=None if readings.gyr_radps is None else readings.gyr_radps[start:stop],
        counter=None if readings.counter is None else readings.counter[start:stop],
        device_s=None if readings.device_s is None else readings.device_s[start:stop],
        saturated_samples=0,
        restarted=(),
    )


def joined(parts: list[Readings]) -> Readings:
    """Readings of one stream one after the other."""
    first = parts[0]
    return Readings(
        received_s=np.concatenate([item.received_s for item in parts]),
        acc_mps2=np.concatenate([item.acc_mps2 for item in parts]),
        gyr_radps=None if first.gyr_radps is None else np.concatenate([_present(i.gyr_radps) for i in parts]),
        counter=None if first.counter is None else np.concatenate([_present(i.counter) for i in parts]),
        device_s=None if first.device_s is None else np.concatenate([_present(i.device_s) for i in parts]),
        saturated_samples=sum(item.saturated_samples for item in parts),
    )


def _present(column: np.ndarray | None) -> np.ndarray:
    assert column is not None  # a decoder gives the same columns in every batch
    return column
