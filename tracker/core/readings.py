"""Readings cut and put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tracker.core.model import Readings


def part(readings: Readings, start: int, stop: int) -> Readings:
    """Rows start:stop (half-open). What was counted is not counted again."""
    return replace(
        readings,
        received_s=readings.received_s[start:stop],
        acc_mps2=readings.acc_mps2[start:stop],
        gyr_radps=None if readings.gyr_radps is None else readings.gyr_radps[start:stop],
        counter=None if readings.counter is None else readings.counter[start:stop],
        device_s=None if readings.device_s is None else readings.device_s[start:stop],
        saturated_samples=0,
        duplicate_samples=0,
        late_samples=0,
        restarted=tuple(row - start for row in readings.restarted if start <= row < stop),
    )


def joined(parts: Sequence[Readings]) -> Readings:
    """At least one block of readings, one after the other; the sensor sends the same columns in all of them."""
    first = parts[0]
    if len(parts) == 1:
        return first
    offsets = np.cumsum([0] + [len(item) for item in parts]).tolist()
    return Readings(
        received_s=np.concatenate([item.received_s for item in parts]),
        acc_mps2=np.concatenate([item.acc_mps2 for item in parts]),
        gyr_radps=None if first.gyr_radps is None else np.concatenate([_there(item.gyr_radps) for item in parts]),
        counter=None if first.counter is None else np.concatenate([_there(item.counter) for item in parts]),
        device_s=None if first.device_s is None else np.concatenate([_there(item.device_s) for item in parts]),
        saturated_samples=sum(item.saturated_samples for item in parts),
        duplicate_samples=sum(item.duplicate_samples for item in parts),
        late_samples=sum(item.late_samples for item in parts),
        restarted=tuple(row + offset for item, offset in zip(parts, offsets, strict=False) for row in item.restarted),
    )


def _there(column: np.ndarray | None) -> np.ndarray:
    assert column is not None  # a decoder gives the same columns in every batch
    return column
