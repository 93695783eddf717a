"""A simulated session in other shapes: repeated with counters that go on, in small notifications, as a CSV file."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tracker.core.model import Command, Input, Packet
from tracker.sources.simulator import DATA_CHANNEL, Simulation

Floats = NDArray[np.float64]

_HEADER = struct.Struct("<BBHI")  # version and flags, samples, first index, device time [us]
_SAMPLE_BYTES = 12
__all__ = ["Floats", "Input", "notifications", "tiled", "written_csv"]


def tiled(simulation: Simulation, times: int) -> list[Input]:
    """The session `times` over, index and device clock going on: to the engine one long stream."""
    sensor = simulation.scenario.sensor
    count = len(simulation.truth.t_s)
    duration_s = count / sensor.rate_hz / (1 + sensor.clock_error)
    inputs: list[Input] = []
    for number in range(times):
        for item in simulation.inputs:
            later_s = item.received_s + number * duration_s
            if isinstance(item, Packet) and item.channel == DATA_CHANNEL:
                flags, size, index, clock_us = _HEADER.unpack_from(item.payload)
                index = (index + number * count) % 2**16
                clock_us = (clock_us + round(number * count * 1e6 / sensor.rate_hz)) % 2**32
                header = _HEADER.pack(flags, size, index, clock_us)
                inputs.append(Packet(later_s, item.channel, header + item.payload[_HEADER.size :]))
            elif not number or not isinstance(item, Packet):
                inputs.append(item._replace(received_s=later_s))
    return inputs


def notifications(simulation: Simulation, size: int) -> list[Input]:
    """The same samples in notifications of `size` each, the person's commands between them."""
    data = [item for item in simulation.inputs if isinstance(item, Packet) and item.channel == DATA_CHANNEL]
    first_index, first_us = _HEADER.unpack_from(data[0].payload)[2:]
    samples = b"".join(item.payload[_HEADER.size :] for item in data)
    rate_hz = simulation.scenario.sensor.rate_hz
    out: list[Input] = [item for item in simulation.inputs if isinstance(item, Command) or item.channel != DATA_CHANNEL]
    for first in range(0, len(samples) // _SAMPLE_BYTES - size + 1, size):
        clock_us = (first_us + round(first * 1e6 / rate_hz)) % 2**32
        header = _HEADER.pack(0x10, size, (first_index + first) % 2**16, clock_us)
        piece = samples[first * _SAMPLE_BYTES : (first + size) * _SAMPLE_BYTES]
        out.append(Packet((first + size) / rate_hz, DATA_CHANNEL, header + piece))
    return sorted(out, key=lambda item: item.received_s)


def written_csv(simulation: Simulation, path: Path) -> Path:
    """The samples as a generic CSV file, numbers as sensors' apps write them."""
    samples = simulation.truth.samples
    stamps_s = np.arange(len(samples.acc_mps2)) / simulation.scenario.sensor.rate_hz
    columns: Sequence[Floats] = [stamps_s[:, None], samples.acc_mps2, samples.gyr_radps]
    names = ["time_s", *(f"acc_{a}_mps2" for a in "xyz"), *(f"gyr_{a}_radps" for a in "xyz")]
    pd.DataFrame(np.concatenate(columns, axis=1), columns=names).to_csv(path, index=False, float_format="%.6f")
    return path
