"""The source under test, in this process: chosen, entered, drained."""

from __future__ import annotations

import asyncio
import time

from tracker.core.model import Command, CommandName, Packet
from tracker.decoders.imu_stream import DATA
from tracker.sources.ble_choice import choose_sensor
from tracker.sources.ble_stream import BleStream


class Client:
    """The source under test, chosen by name and entered; `inputs` is everything it has yielded."""

    def __init__(self, name: str) -> None:
        self.inputs: list[Packet | Command] = []
        self.said: list[str] = []
        self.runs = 1  # how often the sensor has sent its packets
        self._name = name
        self._more = asyncio.Condition()
        self._has_heard = asyncio.Event()

    async def __aenter__(self):
        choice = await choose_sensor(self._name, None, search_s=5.0)
        start_s = time.monotonic()
        self.stream = BleStream(choice.sensor, clock=lambda: time.monotonic() - start_s, say=self._hear)
        await self.stream.__aenter__()
        self._drain = asyncio.create_task(self._collect())
        return self

    async def __aexit__(self, *exception):
        await self.stream.__aexit__(*exception)
        await self._drain

    async def _collect(self) -> None:
        async for batch in self.stream.batches():
            for item in batch:
                if isinstance(item, Command) and item.name is CommandName.NOTE:
                    self._hear(item.value)
            async with self._more:
                self.inputs += batch
                self._more.notify_all()

    def _hear(self, sentence: str) -> None:
        self.said.append(sentence)
        self._has_heard.set()

    async def until_said(self) -> None:
        async with asyncio.timeout(20):
            await self._has_heard.wait()

    async def until(self, is_true) -> None:
        async with asyncio.timeout(20), self._more:
            await self._more.wait_for(lambda: is_true(self))

    @property
    def data(self) -> list[bytes]:
        return [item.payload for item in self.inputs if isinstance(item, Packet) and item.channel == DATA]

    @property
    def commands(self) -> list[CommandName]:
        """What the link and the person said; the battery is asked at every connection, notes are in `said`."""
        commands = [item.name for item in self.inputs if isinstance(item, Command)]
        return [name for name in commands if name not in (CommandName.BATTERY, CommandName.NOTE)]
