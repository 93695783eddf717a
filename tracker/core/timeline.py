"""Readings -> uniform blocks: the stream's own clock, in five steps.

rate:     the first `warm_up_s` are held back until the rate is found from the data (`rate`);
dating:   each row gets its index or time, by counter, stamp or arrival (`counted`, `stamped`, `arrived`);
ordering: counted rows are put in order, once each (`ordering`);
grid:     short holes bridged, uneven stamps interpolated, averaged to the working rate (`grid`);
drift:    a clock that runs wrong is put right by the arrivals of all history (`drift`).

Time is seconds since the first sample. Only `dating`, where the sensor has no clock, and `drift` look at arrivals;
nothing below this module ever sees one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import ceil

from tracker.core.arrived import Arrived
from tracker.core.averaging import Averaging, rows_per_group
from tracker.core.config import OrientationConfig, TimelineConfig
from tracker.core.counted import Counted
from tracker.core.drift import Drift
from tracker.core.grid import CountedGrid, GridItem, StampedGrid
from tracker.core.model import Clock, Readings
from tracker.core.ordering import Ordering
from tracker.core.rate import WarmUp
from tracker.core.runs import Account, Run
from tracker.core.stamped import Stamped


@dataclass(frozen=True, slots=True)
class Started:
    """The rate is known; blocks follow at `output_rate_hz`."""

    rate_hz: float
    nominal_rate_hz: float
    output_rate_hz: float
    has_gyroscope: bool


@dataclass(slots=True)
class _Stages:
    """What readings run through once the rate is known."""

    dating: Counted | Stamped | Arrived
    ordering: Ordering | None
    grid: CountedGrid | StampedGrid
    drift: Drift

    def feed(self, runs: list[Run]) -> list[GridItem]:
        """What these dated runs complete."""
        items: list[GridItem] = []
        for run in runs:
            self.drift.observe(run)
            for piece in [run] if self.ordering is None else self.ordering.feed(run):
                items += map(self.drift.corrected, self.grid.feed(piece))
        return items

    def finish(self) -> list[GridItem]:
        """What still waits."""
        items = self.feed(self.dating.finish())
        for piece in [] if self.ordering is None else self.ordering.finish():
            items += map(self.drift.corrected, self.grid.feed(piece))
        return [*items, *map(self.drift.corrected, self.grid.finish())]


@dataclass(slots=True)
class Timeline:
    """Feed readings in order of arrival; take grid items in order of sampling."""

    config: TimelineConfig
    orientation: OrientationConfig
    account: Account = field(default_factory=Account)
    _clock: Clock | None = None
    _warm_up: WarmUp = field(init=False)
    _stages: _Stages | None = None

    def __post_init__(self) -> None:
        self._warm_up = WarmUp(self.config)

    @property
    def is_warming_up(self) -> bool:
        """True until the rate is known."""
        return self._stages is None

    def feed(self, readings: Readings, clock: Clock) -> list[Started | GridItem]:
        """What these readings complete."""
        self.account.saturated_samples += readings.saturated_samples
        self.account.duplicate_samples += readings.duplicate_samples
        self.account.late_samples += readings.late_samples
        if self._stages is not None:
            return [*self._stages.feed(self._stages.dating.feed(readings))]
        self._clock = clock
        rate_hz = self._warm_up.feed(readings, clock)
        return [] if rate_hz is None else self._start(rate_hz, clock)

    def finish(self) -> list[Started | GridItem]:
        """What was held back, at the end of the stream."""
        items: list[Started | GridItem] = []
        if self._stages is None and self._clock is not None:
            rate_hz = self._warm_up.finish(self._clock)
            items += [] if rate_hz is None else self._start(rate_hz, self._clock)
        return items if self._stages is None else [*items, *self._stages.finish()]

    def _start(self, rate_hz: float, clock: Clock) -> list[Started | GridItem]:
        held = self._warm_up.release()
        self._stages = stages = self._stages_for(held, clock, rate_hz)
        started = Started(
            rate_hz,
            clock.nominal_rate_hz if clock.is_regular else rate_hz,  # uneven sources claim nothing
            rate_hz / stages.grid.averaging.group,
            has_gyroscope=held.gyr_radps is not None,
        )
        return [started, *stages.feed(stages.dating.feed(held))]

    def _stages_for(self, readings: Readings, clock: Clock, rate_hz: float) -> _Stages:
        """By what the sensor sends: a number, else a stamp, else nothing."""
        config, account = self.config, self.account
        averaging = Averaging(rows_per_group(rate_hz, self.orientation.working_rate_hz))
        if not clock.is_regular:  # stamps are all there is; their arrivals may be those of a file
            config = replace(config, clock_error_max=0.0)
        drift = Drift(config)
        counted_grid = CountedGrid(rate_hz, config.bridge_max_s, averaging, account)
        if readings.counter is not None and clock.counter_modulus:
            ordering = Ordering(ceil(config.reorder_s * rate_hz), account)
            return _Stages(Counted(config, clock, rate_hz, account), ordering, counted_grid, drift)
        if readings.device_s is not None and clock.clock_wrap_s is not None:
            grid = StampedGrid(rate_hz, config.bridge_max_s, averaging, account)
            return _Stages(Stamped(config, clock, rate_hz, account), None, grid, drift)
        return _Stages(Arrived(config, clock, rate_hz, account), None, counted_grid, drift)
