"""A Bluetooth service of our own in a thread: DBUS_SYSTEM_BUS_ADDRESS is all that leads a client to it."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from pathlib import Path

from tests.ble.bluez import Bluez, Peripheral
from tests.ble.sensor import ImuSensor
from tracker.core.model import Packet

CHECKOUT = Path(__file__).parents[2]
LONGEST_WAIT_S = 30.0  # nothing here takes a tenth of it; on a computer this busy the test may fail


class World:
    """Bluetooth in a thread of its own; `run` executes a coroutine there."""

    def __init__(self, socket: Path) -> None:
        self.address = f"unix:path={socket}"
        self.bluez = Bluez()
        self._socket = socket
        self._sensors: list[ImuSensor] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def open(self) -> None:
        self._thread.start()
        self.run(self.bluez.start(str(self._socket)))

    def close(self) -> None:
        for sensor in self._sensors:
            self._loop.call_soon_threadsafe(sensor.forget_host)
        self.run(self.bluez.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def add(self, sensor: ImuSensor) -> ImuSensor:
        self._sensors.append(sensor)
        self.add_peripheral(sensor.peripheral)
        return sensor

    def add_peripheral(self, peripheral: Peripheral) -> Peripheral:
        self.bluez.peripherals.append(peripheral)
        return peripheral

    def play(self, sensor: ImuSensor, packets: Sequence[Packet]) -> None:
        """Wait until the sensor was started; it sends these packets and then idles."""

        async def played() -> None:
            await sensor.started.wait()
            await sensor.send(self.bluez, packets, idles=True)

        self.run(played())

    def run(self, coroutine: Coroutine) -> object:
        async def limited() -> object:
            async with asyncio.timeout(LONGEST_WAIT_S):
                return await coroutine

        return self.submit(limited()).result()

    def submit(self, coroutine: Coroutine) -> Future:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    async def call(self, function: Callable[[Bluez], object]) -> None:
        """From another loop: do this to the service, in its own thread."""

        async def called() -> None:
            function(self.bluez)

        await asyncio.wrap_future(self.submit(called()))


def led_to(address: str, folder: Path) -> dict[str, str]:
    """The environment that leads the command to this bus and keeps it out of the person's data folder."""
    bin_folder = folder / "bin"
    bin_folder.mkdir()
    version = bin_folder / "bluetoothctl"  # bleak asks it for the version and warns where it is missing
    version.write_text("#!/bin/sh\necho 'bluetoothctl: 5.66'\n")
    version.chmod(0o755)
    return {
        "DBUS_SYSTEM_BUS_ADDRESS": address,
        "TRACKER_HOME": str(folder / "home"),
        "PATH": f"{bin_folder}:{os.environ['PATH']}",
        "PYTHONPATH": str(CHECKOUT),
    }
