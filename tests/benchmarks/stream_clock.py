"""True moments on the engine's stream clock.

The engine puts a sensor clock that runs wrong right by the arrivals, slowly and piece by piece. Where it is at which
moment shows the timeline itself: the same packets, once with and once without that correction, give the same rows on
two clocks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tracker.core.config import Config, TimelineConfig
from tracker.core.model import Decoded, Input, Packet, Samples
from tracker.core.timeline import Timeline
from tracker.decoders.registry import profile
from tracker.sources.simulator import Truth

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class StreamClock:
    """The same grid rows on the sensor's own clock and on the stream's (n,) [s]."""

    truth: Truth
    device_s: Floats
    stream_s: Floats

    def at(self, true_s: float) -> float:
        """Stream time of a true moment."""
        device_s = self.truth.device_time_s(true_s)
        return device_s + float(np.interp(device_s, self.device_s, self.stream_s - self.device_s))


def stream_clock(truth: Truth, inputs: Sequence[Input], decoder: str) -> StreamClock:
    """The clock of the engine that is fed these inputs."""
    decoded = profile(decoder).new_decoder().decode([item for item in inputs if isinstance(item, Packet)])
    config = Config()
    return StreamClock(
        truth,
        _rows(decoded, replace(config.timeline, clock_error_max=0.0), config),
        _rows(decoded, config.timeline, config),
    )


def _rows(decoded: Decoded, timeline_config: TimelineConfig, config: Config) -> Floats:
    assert decoded.readings is not None
    assert decoded.clock is not None
    timeline = Timeline(timeline_config, config.orientation)
    items = [*timeline.feed(decoded.readings, decoded.clock), *timeline.finish()]
    return np.concatenate([item.t_s for item in items if isinstance(item, Samples)])
