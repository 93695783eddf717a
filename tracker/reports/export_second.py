"""Samples of the second sensor as generic CSV, on the time axis of the counted one.

Time goes from the second's clock to the host's and from there to the stream time of the counted sensor, which is that
of its samples and of the tables: rows of both files with the same `time_s` belong together, to some milliseconds. The
rows are the samples themselves, at their own rate. Those from before the counted sensor's first have negative times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TextIO

import numpy as np

from tracker.core.config import TimelineConfig
from tracker.core.dated import Dated
from tracker.core.drift import Drift
from tracker.core.host_time import HostClock
from tracker.core.model import Decoder, Floats, Input, Packet, Samples
from tracker.core.runs import Run
from tracker.core.second import of_first, of_second
from tracker.reports.export_csv import header_of, lines_of

_PACKETS_AT_ONCE = 1024  # as for the first sensor: bounded memory, and the cost of a block is shared


@dataclass(frozen=True, slots=True)
class Worn:
    """One of the sensors: its packets, anew with every call, and who decodes them."""

    packets: Callable[[], Iterable[Packet]]
    new_decoder: Callable[[], Decoder]


def first_worn(inputs: Callable[[], Iterable[Input]], new_decoder: Callable[[], Decoder]) -> Worn:
    """The counted sensor of these inputs."""
    return Worn(lambda: (item for item in of_first(inputs()) if isinstance(item, Packet)), new_decoder)


def second_worn(inputs: Callable[[], Iterable[Input]], new_decoder: Callable[[], Decoder]) -> Worn:
    """The second sensor of these inputs."""
    return Worn(lambda: of_second(inputs()), new_decoder)


def write_second(file: TextIO, first: Worn, second: Worn, config: TimelineConfig) -> int:
    """Write all samples of the second; returns the number of rows. Both sensors' packets are read, its own twice."""
    axis = _Axis(config)
    for run in _runs(first, axis.dated):
        axis.observe(run)
    axis.settle()
    clock = HostClock()
    dated = Dated(config)
    for run in _runs(second, dated):
        clock.observe(run)
    clock.settle(is_by_count=dated.is_by_count)
    row_count = 0
    for run in _runs(second, Dated(config, is_in_order=True)):
        t_s = axis.at(clock.at(run.t_s))
        samples = Samples(t_s, run.acc_mps2, run.gyr_radps, np.zeros(len(run), dtype=np.int64), np.zeros(len(run)))
        if not row_count:
            file.write(header_of(samples))
        file.writelines(f"{line}\n" for line in lines_of(samples))
        row_count += len(run)
    return row_count


@dataclass(slots=True)
class _Axis:
    """Host time to stream time of the counted sensor: its own clock, with the corrections that its stream was given."""

    config: TimelineConfig
    dated: Dated = field(init=False)
    _clock: HostClock = field(default_factory=HostClock)
    _drift: Drift = field(init=False)

    def __post_init__(self) -> None:
        self.dated = Dated(self.config)
        self._drift = Drift(self.config)

    def observe(self, run: Run) -> None:
        """One more run, in order of arrival."""
        self._clock.observe(run)
        self._drift.observe(run)

    def settle(self) -> None:
        """Everything has been seen."""
        self._clock.settle(is_by_count=self.dated.is_by_count)

    def at(self, host_s: Floats) -> Floats:
        """Stream times (n,) of rising host times (n,)."""
        t_s = self._clock.sensor_time(host_s)
        begun = int(np.searchsorted(t_s, 0.0))
        if begun < len(t_s):
            known = t_s[begun:]
            corrected = self._drift.corrected(
                Samples(known, np.zeros((0, 3)), None, np.zeros(0, dtype=np.int64), np.zeros(0))
            )
            assert isinstance(corrected, Samples)
            t_s[begun:] = corrected.t_s
        return t_s


def _runs(worn: Worn, dated: Dated) -> Iterator[Run]:
    decoder = worn.new_decoder()
    packets = iter(worn.packets())
    while block := list(islice(packets, _PACKETS_AT_ONCE)):
        result = decoder.decode(block)
        if result.readings is not None and result.clock is not None:
            yield from dated.feed(result.readings, result.clock)
    yield from dated.finish()
