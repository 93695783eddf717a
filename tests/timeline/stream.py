"""Streams whose every sample carries its own number, so that a test can say which of them came out, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from tracker.core.config import Config, TimelineConfig
from tracker.core.grid import Break, Bridged
from tracker.core.model import Clock, Readings, Samples
from tracker.core.readings import part
from tracker.core.runs import Account
from tracker.core.timeline import Started, Timeline

MICROSECONDS_WRAP_S = 2**32 * 1e-6
COUNTED = Clock(100.0, counter_modulus=65536, clock_wrap_s=MICROSECONDS_WRAP_S)
COUNTED_ONLY = Clock(100.0, counter_modulus=65536)
STAMPED = Clock(100.0, clock_wrap_s=MICROSECONDS_WRAP_S)
UNEVEN = Clock(100.0, clock_wrap_s=float("inf"), is_regular=False)
ARRIVED = Clock(100.0)
LATENCY_S = 0.02


def sent(
    count: int,
    clock: Clock,
    *,
    rate_hz: float = 100.0,
    packet: int = 10,
    first_index: int = 0,
    first_clock_s: float = 0.25,
    clock_error: float = 0.0,
) -> Readings:
    """`count` samples, truly `rate_hz` a second, in packets; acc x is the sample's number, gyr z its negative.

    clock_error: the device's second is this much shorter than the host's.
    """
    number = np.arange(count)
    true_s = number / rate_hz
    last = np.minimum((number // packet + 1) * packet - 1, count - 1)
    counter = None if clock.counter_modulus is None else (first_index + number) % clock.counter_modulus
    device_s = None if clock.clock_wrap_s is None else first_clock_s + true_s * (1 + clock_error)
    if device_s is not None and np.isfinite(clock.clock_wrap_s or np.inf):
        device_s = device_s % clock.clock_wrap_s
    columns = np.stack((number, np.sin(number), np.ones(count)), axis=1).astype(float)
    return Readings(true_s[last] + LATENCY_S, columns, -columns[:, ::-1], counter, device_s)


def taken(readings: Readings, rows: Sequence[int] | np.ndarray) -> Readings:
    """These rows in this order; arrivals never go back."""
    rows = np.asarray(rows, dtype=np.int64)
    return Readings(
        np.maximum.accumulate(readings.received_s[rows]) if len(rows) else readings.received_s[rows],
        readings.acc_mps2[rows],
        None if readings.gyr_radps is None else readings.gyr_radps[rows],
        None if readings.counter is None else readings.counter[rows],
        None if readings.device_s is None else readings.device_s[rows],
    )


def packets(count: int, *numbers: int, size: int = 10) -> np.ndarray:
    """Rows of these packets, in this order."""
    return np.concatenate([np.arange(number * size, min((number + 1) * size, count)) for number in numbers])


def appended(first: Readings, second: Readings, pause_s: float, **changes: object) -> Readings:
    """`second` arrives `pause_s` after the end of `first`; what it sends is its own."""
    start_s = first.received_s[-1] + pause_s - second.received_s[0]

    def both(column: str) -> np.ndarray | None:
        one, two = getattr(first, column), getattr(second, column)
        return None if one is None else np.concatenate((one, two))

    acc, received_s = both("acc_mps2"), np.concatenate((first.received_s, second.received_s + start_s))
    assert acc is not None
    joined = Readings(received_s, acc, both("gyr_radps"), both("counter"), both("device_s"))
    return replace(joined, **changes)


@dataclass(frozen=True)
class Outcome:
    """Everything a timeline said: rows together, the rest one by one, and all of it in order as text."""

    started: Started | None
    t_s: np.ndarray
    acc: np.ndarray
    gyr: np.ndarray | None
    filled: np.ndarray
    peak: np.ndarray
    breaks: list[Break]
    bridges: list[Bridged]
    account: Account
    in_order: list[object]

    @property
    def numbers(self) -> np.ndarray:
        """Which samples came out, bridged ones left out."""
        return self.acc[~self.filled, 0]


def through(
    readings: Readings,
    clock: Clock,
    cuts: Sequence[int] = (),
    *,
    working_rate_hz: float = 500.0,
    clock_error_max: float = 0.0,
    warm_up_s: float | None = None,
) -> Outcome:
    """These readings through a timeline, cut into batches before these rows."""
    config = Config()
    settings: TimelineConfig = replace(config.timeline, clock_error_max=clock_error_max)
    if warm_up_s is not None:
        settings = replace(settings, warm_up_s=warm_up_s)
    timeline = Timeline(settings, replace(config.orientation, working_rate_hz=working_rate_hz))
    edges = [0, *cuts, len(readings)]
    items: list[object] = []
    for start, stop in pairwise(edges):
        items += timeline.feed(part(readings, start, stop), clock)
    items += timeline.finish()
    blocks = [item for item in items if isinstance(item, Samples)]
    empty = np.zeros((0, 3))

    def column(name: str) -> np.ndarray:
        return np.concatenate([getattr(block, name) for block in blocks]) if blocks else empty[:, 0]

    return Outcome(
        started=next((item for item in items if isinstance(item, Started)), None),
        t_s=column("t_s"),
        acc=column("acc_mps2") if blocks else empty,
        gyr=column("gyr_radps") if blocks and blocks[0].gyr_radps is not None else None,
        filled=column("filled_samples").astype(bool),
        peak=column("peak_mps2"),
        breaks=[item for item in items if isinstance(item, Break)],
        bridges=[item for item in items if isinstance(item, Bridged)],
        account=timeline.account,
        in_order=_in_order(items),
    )


def _in_order(items: list[object]) -> list[object]:
    """Rows one by one, as bits, among the other items: equal for equal streams whatever the blocks."""
    result: list[object] = []
    for item in items:
        if not isinstance(item, Samples):
            result.append(item)
            continue
        gyr = np.zeros((len(item), 0)) if item.gyr_radps is None else item.gyr_radps
        table = np.column_stack((item.t_s, item.acc_mps2, gyr, item.filled_samples, item.peak_mps2))
        result += [row.tobytes() for row in table]
    return result


def everywhere(readings: Readings, size: int) -> range:
    """Cuts into batches of `size` rows."""
    return range(size, len(readings), size)
