"""A sensor that speaks the open IMU Stream profile: streams a simulated session while it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from tests.ble.bluez import Bluez, Characteristic, Peripheral
from tracker.core.model import Packet
from tracker.decoders.imu_stream import DATA, SERVICE, STATUS, STOP_COMMAND
from tracker.decoders.profile import BATTERY_LEVEL

BATTERY_SERVICE = "0000180f-0000-1000-8000-00805f9b34fb"
INFORMATION_SERVICE = "0000180a-0000-1000-8000-00805f9b34fb"
MAKER = "00002a29-0000-1000-8000-00805f9b34fb"


class ImuSensor:
    """status: the 20 bytes a host reads. `started` is set while the host has told it to stream and subscribed."""

    def __init__(self, status: bytes, *, name: str = "IMU-TEST", address: str = "AA:BB:CC:00:00:01", battery: int = 80):
        self.data = Characteristic(DATA, ("notify",))
        self.status = Characteristic(STATUS, ("read", "write", "notify"), status, self._commanded)
        self.battery = Characteristic(BATTERY_LEVEL, ("read",), bytes([battery]))
        self.peripheral = Peripheral(
            address,
            name,
            {
                SERVICE: (self.data, self.status),
                BATTERY_SERVICE: (self.battery,),
                INFORMATION_SERVICE: (Characteristic(MAKER, ("read",), b"Workshop"),),
            },
            advertised_uuids=(SERVICE,),
        )
        self.started = asyncio.Event()
        self.stopped = asyncio.Event()
        self.start_count = 0

    def _commanded(self, payload: bytes) -> None:
        if payload == STOP_COMMAND:
            self.started.clear()
            self.stopped.set()
        else:
            self.stopped.clear()
            self.started.set()
            self.start_count += 1

    async def send(self, bluez: Bluez, packets: Sequence[Packet], *, as_sent: Callable[[bytes], bytes] = bytes) -> None:
        """The data packets of these, as fast as the other side takes them."""
        for packet in packets:
            if packet.channel == DATA:
                await bluez.notify(self.peripheral, self.data, as_sent(packet.payload))

    def drop(self, bluez: Bluez) -> None:
        """The link breaks; the sensor itself stops, as its firmware does on a disconnection."""
        self.started.clear()
        bluez.drop_link(self.peripheral)
