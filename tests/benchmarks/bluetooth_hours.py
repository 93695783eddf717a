"""Prints the resident memory [MB] at minute 10 and at the end of hours on the air, in virtual time.

A process of its own (`python -m tests.benchmarks.bluetooth_hours HOURS`): service, D-Bus, bleak, client, recorder and
engine, all that a live session is made of but its screen. The session is an hour, over and over.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import tempfile
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from bleak.backends.bluezdbus.version import BlueZFeatures

from tests.benchmarks import memory, scenarios
from tests.ble import virtual_time
from tests.ble.boards.board import Movement
from tests.ble.boards.whole_samples import ImuStream
from tests.ble.trial import Scene
from tests.ble.world import led_to
from tracker.core.events import Event
from tracker.sources.simulator import Sensor, simulate

EARLY_S = 600.0
HOUR_S = 3600.0


class Patient(ImuStream):
    """Its messages come through five at a time, which costs a fifth of the time here."""

    event_s = 0.5


class Forgetful:
    """A sink that keeps nothing."""

    def __init__(self, _clock: object) -> None:
        self.events: list[Event] = []
        self.said_at_s: list[float] = []

    def handle(self, events: Sequence[Event]) -> None:
        """Heard and forgotten."""

    def close(self) -> None:
        """Nothing is open."""


def felt(hours: float) -> Movement:
    """An hour of training, over and over."""
    sensor = Sensor(rate_hz=100, acc_range_g=16, gyr_range_dps=2000)
    hour = simulate(replace(scenarios.hour(min(hours, 1.0) * HOUR_S), sensor=sensor)).truth
    times = max(1, round(hours))
    count = len(hour.t_s)
    t_s = np.arange(times * count) * (hour.t_s[1] - hour.t_s[0])
    acc, gyr = (np.tile(values, (times, 1)) for values in hour.samples)
    return Movement(100.0, t_s, acc, gyr, hour, said=())


async def streamed(folder: Path, hours: float) -> tuple[float, float]:
    """Memory at minute 10 and at the end."""
    board = Patient(felt(hours))
    for item in board.peripheral.characteristics:
        item.given = deque(maxlen=0)  # what the stand-in notes for tests is not the client's
    early_mb = 0.0

    async def look(scene: Scene) -> None:
        nonlocal early_mb
        await scene.at(min(EARLY_S, hours * HOUR_S / 3))
        gc.collect()
        early_mb = memory.resident_mb()

    async with Scene(board, folder) as scene:
        looking = asyncio.create_task(look(scene))
        trial = await scene.session("imu_stream", new_sink=Forgetful, reads_back=False)
        await looking
    if trial.error is not None:
        raise trial.error
    gc.collect()
    return early_mb, memory.resident_mb()


def main(hours: float) -> tuple[float, float]:
    """In a folder of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ |= led_to(f"unix:path={folder / 'bus'}", folder)
        asyncio.run(BlueZFeatures.check_bluez_version())
        early_mb, late_mb = virtual_time.run(streamed(folder, hours))
        return early_mb, late_mb


if __name__ == "__main__":
    print(*main(float(sys.argv[1])))  # noqa: T201 - the answer to the process that asked
