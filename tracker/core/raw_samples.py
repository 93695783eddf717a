"""Samples of the counted sensor at its own rate, without an engine: for files and streams that want what was measured.

decoder -> timeline, as in the engine, but nothing is averaged down to a working rate.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import cast

import numpy as np

from tracker.core.config import Config
from tracker.core.model import Command, Decoder, Floats, Input, Packet, Samples
from tracker.core.second import is_second
from tracker.core.timeline import Started, Timeline

_FASTEST_HZ = 500.0  # the largest working rate a configuration allows


@dataclass(slots=True)
class RawSamples:
    """Carries decoder and timeline. started: the rate and whether there is a gyroscope, None before they are known."""

    decoder: Decoder
    config: Config
    started: Started | None = None
    _timeline: Timeline = field(init=False)

    def __post_init__(self) -> None:
        orientation = replace(self.config.orientation, working_rate_hz=_FASTEST_HZ)
        self._timeline = Timeline(self.config.timeline, orientation)

    def feed(self, inputs: Sequence[Input]) -> list[Samples | Command]:
        """Blocks that these inputs make known, none of them empty, and every command where it was told."""
        found: list[Samples | Command] = []
        for kind, group in groupby(inputs, type):
            if kind is Packet:
                found += self._decoded([item for item in cast("Iterable[Packet]", group) if not is_second(item)])
            else:
                found += cast("list[Command]", list(group))
        return found

    def finish(self) -> list[Samples]:
        """What was held back, at the end of the stream."""
        return self._samples(self._timeline.finish())

    def _decoded(self, packets: list[Packet]) -> list[Samples]:
        result = self.decoder.decode(packets)
        if result.readings is None or result.clock is None:
            return []
        return self._samples(self._timeline.feed(result.readings, result.clock))

    def _samples(self, items: Iterable[object]) -> list[Samples]:
        found = []
        for item in items:
            if isinstance(item, Started):
                self.started = item
            elif isinstance(item, Samples) and len(item):
                found.append(item)
        return found


def measured_rows(samples: Samples) -> Floats:
    """Time, specific force and, where there is one, angular rate (n, 4 or 7) of what was measured, not bridged."""
    columns = [samples.t_s[:, None], samples.acc_mps2]
    if samples.gyr_radps is not None:
        columns.append(samples.gyr_radps)
    rows: Floats = np.hstack(columns)[samples.filled_samples == 0]
    return rows
