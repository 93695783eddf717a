"""Sensors on the air: boards of tests/ble as Bumble peripherals, and the controller that the kernel drives.

All controllers share one simulated air in this process; the kernel reaches its own through /dev/vhci.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bumble import att, gatt, hci
from bumble.controller import Controller
from bumble.core import UUID, AdvertisingData, PhysicalTransport
from bumble.device import Connection, Device, DeviceConfiguration
from bumble.host import Host
from bumble.link import LocalLink
from bumble.transport import open_transport
from bumble.transport.common import AsyncPipeSink, Transport

from tests.ble.bluez import BusError, Characteristic, Peripheral

ADVERTISING_MS = 100.0
LONGEST_ADVERTISEMENT_BYTES = 31
LOOK_S = 0.05  # how often it is looked whether a sensor should be heard
REFUSED = 0x80  # an error code that is the application's own
HOST_ADDRESS = "00:1B:DC:00:00:01/P"
# Bumble says that it can do these and does not do them for a host that is another program (google/bumble issue 841)
NOT_REALLY = hci.LeFeatureMask.LL_PRIVACY | hci.LeFeatureMask.LE_EXTENDED_ADVERTISING
PROPERTIES = gatt.Characteristic.Properties
FLAGS = {
    "read": PROPERTIES.READ,
    "write": PROPERTIES.WRITE,
    "write-without-response": PROPERTIES.WRITE_WITHOUT_RESPONSE,
    "notify": PROPERTIES.NOTIFY,
    "indicate": PROPERTIES.INDICATE,
}


class Air(LocalLink):
    """Data go by the addresses of the connection: Bumble's own takes the sender's address of the moment, which a scan
    changes, and then nothing arrives any more."""

    def send_acl_data(
        self, sender_controller: Controller, destination_address: hci.Address, transport: PhysicalTransport, data: bytes
    ) -> None:
        connection = sender_controller.le_connections.get(destination_address)
        receiver = self.find_le_controller(destination_address)
        if connection is not None and receiver is not None:
            loop = asyncio.get_running_loop()
            loop.call_soon(receiver.on_link_acl_data, connection.self_address, transport, data)

    def cut(self, controller: Controller) -> None:
        """Everything this controller is connected to is out of reach: both sides notice by the silence."""
        for connection in list(controller.le_connections.values()):
            other = self.find_le_controller(connection.peer_address)
            for side, address in ((controller, connection.peer_address), (other, connection.self_address)):
                if side is not None and (half := side.le_connections.get(address)) is not None:
                    side.on_le_disconnected(half, hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR)


async def plug_in(air: Air) -> tuple[Controller, Transport]:
    """A controller for the kernel, as if an adapter was plugged in; gone when the transport closes."""
    transport = await open_transport("vhci")
    controller = Controller(
        "adapter",
        host_source=transport.source,
        host_sink=transport.sink,
        link=air,
        public_address=hci.Address(HOST_ADDRESS),
    )
    controller.le_features &= ~NOT_REALLY
    return controller, transport


class OnAir:
    """One peripheral of a board, for as long as `run` runs. Keeps its is_connected, connect_count and subscribers true.

    It is heard while its `is_advertising` says so and nobody is connected.
    """

    def __init__(self, peripheral: Peripheral, air: Air) -> None:
        self.peripheral = peripheral
        self.controller = Controller(peripheral.address, link=air)
        self._air = air
        self._items: dict[Characteristic, gatt.Characteristic] = {}
        self._device = Device(
            config=DeviceConfiguration(
                name=peripheral.name,
                address=hci.Address(peripheral.address),
                advertising_interval_min=ADVERTISING_MS,
                advertising_interval_max=ADVERTISING_MS,
                advertising_data=advertisement(peripheral.name, peripheral.advertised_uuids),
            ),
            host=Host(self.controller, AsyncPipeSink(self.controller)),
        )
        self._device.gatt_server.max_mtu = peripheral.mtu
        for uuid, characteristics in peripheral.services.items():
            self._device.add_service(gatt.Service(uuid, [self._offered(item) for item in characteristics]))
        self._device.on("connection", self._connected)

    async def run(self) -> None:
        """On the air until cancelled."""
        await self._device.power_on()
        is_heard = False
        while True:
            should = self.peripheral.is_advertising and not self.peripheral.is_connected
            if should != is_heard:
                is_heard = should
                await (self._device.start_advertising() if should else self._device.stop_advertising())
            await asyncio.sleep(LOOK_S)

    async def notify(self, characteristic: Characteristic, payload: bytes) -> None:
        """To whoever subscribed."""
        await self._device.notify_subscribers(self._items[characteristic], payload)

    def at_handle(self, declaration: int) -> Characteristic | None:
        """Which characteristic is declared at this handle; its value follows."""
        return next((ours for ours, item in self._items.items() if item.handle == declaration + 1), None)

    def cut(self) -> None:
        """Out of reach."""
        self._air.cut(self.controller)

    def _offered(self, characteristic: Characteristic) -> gatt.Characteristic:
        def read(_connection: Connection) -> bytes:
            return characteristic.value

        def write(_connection: Connection, payload: bytes) -> None:
            characteristic.writes.append(payload)
            try:
                if characteristic.on_write is not None:
                    characteristic.on_write(payload)
            except BusError as error:
                raise att.ATT_Error(att.ErrorCode(REFUSED)) from error

        item = gatt.Characteristic(
            characteristic.uuid,
            PROPERTIES(sum(FLAGS[flag] for flag in characteristic.flags)),
            gatt.Characteristic.READABLE | gatt.Characteristic.WRITEABLE,
            gatt.CharacteristicValue(read=read, write=write),
        )

        def subscribed(bearer: object, is_notified: bool, is_indicated: bool) -> None:
            if is_notified or is_indicated:
                characteristic.subscribers.add(bearer)
            else:
                characteristic.subscribers.discard(bearer)

        item.on(item.EVENT_SUBSCRIPTION, subscribed)
        self._items[characteristic] = item
        return item

    def _connected(self, connection: Connection) -> None:
        self.peripheral.is_connected = True
        self.peripheral.connect_count += 1
        connection.on("disconnection", self._disconnected)

    def _disconnected(self, _reason: int) -> None:
        self.peripheral.is_connected = False
        for characteristic in self._items:
            characteristic.subscribers.clear()


def advertisement(name: str, uuids: Sequence[str]) -> bytes:
    """Flags, services and as much of the name as fits."""
    data = AdvertisingData(
        [
            (AdvertisingData.FLAGS, bytes([0x06])),
            *((AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS, bytes(UUID(uuid))) for uuid in uuids),
        ]
    )
    room = LONGEST_ADVERTISEMENT_BYTES - len(bytes(data)) - 2
    text = name.encode()
    kind = AdvertisingData.COMPLETE_LOCAL_NAME if len(text) <= room else AdvertisingData.SHORTENED_LOCAL_NAME
    return bytes(data) + bytes([min(len(text), room) + 1, kind]) + text[:room]
