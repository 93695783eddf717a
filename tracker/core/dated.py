"""Readings dated but as they were measured: no grid, nothing bridged, nothing averaged.

The same first steps as in `timeline`, for those who want samples and their arrivals rather than a signal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil

from tracker.core.arrived import Arrived
from tracker.core.config import TimelineConfig
from tracker.core.counted import Counted
from tracker.core.model import Clock, Readings
from tracker.core.ordering import Ordering
from tracker.core.rate import WarmUp
from tracker.core.runs import Account, Run
from tracker.core.stamped import Stamped


@dataclass(slots=True)
class Dated:
    """Feed readings in order of arrival; take runs in that order, or with `is_in_order` each sample once and in its."""

    config: TimelineConfig
    is_in_order: bool = False
    _account: Account = field(default_factory=Account)
    _warm_up: WarmUp = field(init=False)
    _clock: Clock | None = None
    _dating: Counted | Stamped | Arrived | None = None
    _ordering: Ordering | None = None

    def __post_init__(self) -> None:
        self._warm_up = WarmUp(self.config)

    @property
    def is_by_count(self) -> bool:
        """True where the sensor sends neither number nor stamp; known with the first run."""
        return isinstance(self._dating, Arrived)

    def feed(self, readings: Readings, clock: Clock) -> list[Run]:
        """What these readings complete."""
        if self._dating is not None:
            return self._ordered(self._dating.feed(readings))
        self._clock = clock
        rate_hz = self._warm_up.feed(readings, clock)
        return [] if rate_hz is None else self._begin(rate_hz, clock)

    def finish(self) -> list[Run]:
        """What was held back, at the end of the stream."""
        runs: list[Run] = []
        if self._dating is None and self._clock is not None:
            rate_hz = self._warm_up.finish(self._clock)
            runs = [] if rate_hz is None else self._begin(rate_hz, self._clock)
        if self._dating is not None:
            runs += self._ordered(self._dating.finish())
        return runs if self._ordering is None else [*runs, *self._ordering.finish()]

    def _begin(self, rate_hz: float, clock: Clock) -> list[Run]:
        held = self._warm_up.release()
        if held.counter is not None and clock.counter_modulus:
            self._dating = Counted(self.config, clock, rate_hz, self._account)
            if self.is_in_order:  # the others can not be out of order: nothing numbers them
                self._ordering = Ordering(ceil(self.config.reorder_s * rate_hz), self._account)
        elif held.device_s is not None and clock.clock_wrap_s is not None:
            self._dating = Stamped(self.config, clock, rate_hz, self._account)
        else:
            self._dating = Arrived(self.config, clock, rate_hz, self._account)
        return self._ordered(self._dating.feed(held))

    def _ordered(self, runs: list[Run]) -> list[Run]:
        if self._ordering is None:
            return runs
        return [piece for run in runs for piece in self._ordering.feed(run)]
