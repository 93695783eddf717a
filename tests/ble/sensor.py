"""A sensor that speaks the open IMU Stream profile: streams a simulated session while it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from tests.ble.bluez import ADDRESS, Bluez, Characteristic, Peripheral
from tracker.core.model import Packet
from tracker.decoders.imu_stream import DATA, SERVICE, STATUS, STOP_COMMAND
from tracker.decoders.profile import BATTERY_LEVEL

BATTERY_SERVICE = "0000180f-0000-1000-8000-00805f9b34fb"
INFORMATION_SERVICE = "0000180a-0000-1000-8000-00805f9b34fb"
MAKER = "00002a29-0000-1000-8000-00805f9b34fb"
_IDLE_S = 0.2  # a tenth of the silence that counts as a lost link


class ImuSensor:
    """status: the 20 bytes a host reads. `started` is set while the host has told it to stream and subscribed."""

    def __init__(self, status: bytes, *, name: str = "IMU-TEST", address: str = ADDRESS, battery: int = 80):
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
        self._idling: asyncio.Task | None = None

    def _commanded(self, payload: bytes) -> None:
        if payload == STOP_COMMAND:
            self.forget_host()
            self.stopped.set()
        else:
            self.stopped.clear()
            self.started.set()
            self.start_count += 1

    async def send(self, bluez: Bluez, packets: Sequence[Packet], *, idles: bool = False) -> None:
        """The data packets of these, as fast as the other side takes them.

        idles: afterwards the last one again and again, which adds nothing but shows that the link lives.
        """
        self._stop_idling()
        data = [packet.payload for packet in packets if packet.channel == DATA]
        for payload in data:
            await bluez.notify(self.peripheral, self.data, payload)
        if idles:
            self._idling = asyncio.create_task(self._idle(bluez, data[-1]))

    def drop(self, bluez: Bluez) -> None:
        """The link breaks; the sensor itself stops, as its firmware does on a disconnection."""
        self.forget_host()
        bluez.drop_link(self.peripheral)

    def forget_host(self) -> None:
        """Whoever told it to stream is gone."""
        self._stop_idling()
        self.started.clear()

    def _stop_idling(self) -> None:
        if self._idling is not None:
            self._idling.cancel()
            self._idling = None

    async def _idle(self, bluez: Bluez, payload: bytes) -> None:
        while True:
            await asyncio.sleep(_IDLE_S)
            await bluez.notify(self.peripheral, self.data, payload)
