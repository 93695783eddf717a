"""The Bluetooth service of Linux as seen over D-Bus: one adapter, peripherals, their services.

What it says and in which order was recorded from the real one, version 5.66. Two habits matter most: a subscription
belongs to the D-Bus connection that made it and survives a lost link, and a lost link is one signal.
Objects: path -> interface -> property -> (signature, value).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from jeepney import HeaderFields, Message

from tests.ble.mini_bus import BusError, Connection, MiniBus, Reply

ADAPTER, DEVICE = "org.bluez.Adapter1", "org.bluez.Device1"
SERVICE, CHARACTERISTIC = "org.bluez.GattService1", "org.bluez.GattCharacteristic1"
OBJECTS, PROPERTIES = "org.freedesktop.DBus.ObjectManager", "org.freedesktop.DBus.Properties"
# Of the only sensor of most tests. A command that is given it needs not wait whether a stronger one is heard.
ADDRESS = "AA:BB:CC:00:00:01"
ADVERTISING_INTERVAL_S = 0.02
ATT_HEADER_BYTES = 3
GENERIC_UUIDS = ("00001800-0000-1000-8000-00805f9b34fb", "00001801-0000-1000-8000-00805f9b34fb")  # every device's
NOT_READY = "org.bluez.Error.NotReady"


@dataclass(eq=False)
class Characteristic:
    """on_write(payload) may raise BusError. writes: everything that was written, in order.

    notify_errors: one is raised at each StartNotify. given: what the host got of it, notified or read, in order.
    """

    uuid: str
    flags: tuple[str, ...]
    value: bytes = b""
    on_write: Callable[[bytes], object] | None = None
    read_error: BusError | None = None
    notify_errors: deque = field(default_factory=deque)
    writes: list[bytes] = field(default_factory=list)
    given: list[bytes] = field(default_factory=list)
    path: str = ""
    subscribers: set[Connection] = field(default_factory=set)


@dataclass(eq=False)
class Peripheral:
    """A device in range. connect_errors: one is raised at each Connect; disconnect_error: at Disconnect.

    is_advertising: it is heard; is_answering: it lets itself be connected to. connect_s, disconnect_s: how long the
    service takes (the real one 0.1-1 s and 2-2.3 s). mtu: notifications are cut to three bytes less.
    calls: what was asked of its characteristics, in order, as (method, UUID, payload).
    """

    address: str
    name: str
    services: dict[str, Sequence[Characteristic]]
    advertised_uuids: tuple[str, ...] = ()
    rssi: int = -50
    mtu: int = 247
    is_advertising: bool = True
    is_answering: bool = True
    connect_errors: deque = field(default_factory=deque)
    service_data: dict[str, bytes] = field(default_factory=dict)
    is_connected: bool = False
    is_exported: bool = False
    is_wanted: bool = False
    connect_s: float = 0.0
    disconnect_s: float = 0.0
    connect_count: int = 0
    disconnect_error: BusError | None = None
    calls: list[tuple[str, str, bytes]] = field(default_factory=list)
    called: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def path(self) -> str:
        return f"/org/bluez/hci0/dev_{self.address.replace(':', '_')}"

    @property
    def characteristics(self) -> list[Characteristic]:
        return [item for items in self.services.values() for item in items]

    async def was_called(self, count: int) -> None:
        """Wait until the characteristics were asked so often."""
        async with self.called:
            await self.called.wait_for(lambda: len(self.calls) >= count)


class Bluez:
    """Lives in one event loop; `peripherals` are in range."""

    def __init__(self, peripherals: Sequence[Peripheral] = (), *, is_powered: bool = True) -> None:
        self.peripherals = list(peripherals)
        self.bus = MiniBus(self._handle, self._forget)
        self.scanning: set[Connection] = set()
        self.is_powered = is_powered
        self._objects: dict[str, dict[str, dict[str, tuple]]] = {}
        self._advertiser: asyncio.Task | None = None

    def add_adapter(self, name: str, alias: str, *, is_powered: bool) -> None:
        """One more, with nothing in its range."""
        properties = {"Alias": ("s", alias), "Powered": ("b", is_powered), "Roles": ("as", ["central"])}
        self._export(f"/org/bluez/{name}", {ADAPTER: properties})

    async def start(self, path: str) -> None:
        """Message bus and service, with nothing known of any device."""
        self._export_adapter()
        await self.bus.start(path)
        self._advertiser = asyncio.create_task(self._advertise())

    async def stop(self) -> None:
        """The bus is gone and the service with it: every connection of a client breaks, every link drops."""
        self._advertiser.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._advertiser
        self.kill_service()
        await self.bus.stop()

    # what the tests do to it -----------------------------------------------------------------------------------------

    async def notify(self, peripheral: Peripheral, characteristic: Characteristic, payload: bytes) -> None:
        """One notification, delivered once for each subscribed D-Bus connection, as the real service does."""
        payload = payload[: peripheral.mtu - ATT_HEADER_BYTES]
        characteristic.value = payload
        if not peripheral.is_connected:
            return
        for _ in characteristic.subscribers:
            characteristic.given.append(payload)
            place = (characteristic.path, PROPERTIES, "PropertiesChanged", "sa{sv}as")
            self.bus.signal_bytes(place, _value_changed, payload)
        await self.bus.drained()

    def drop_link(self, peripheral: Peripheral) -> None:
        """Out of reach: one signal, then the subscriptions are shown as off although they are kept."""
        peripheral.is_connected = False
        self._changed(peripheral.path, DEVICE, {"ServicesResolved": ("b", False), "Connected": ("b", False)})
        for item in peripheral.characteristics:
            if item.subscribers:
                self._changed(item.path, CHARACTERISTIC, {"Notifying": ("b", False)})

    def remove_device(self, peripheral: Peripheral) -> None:
        """The service forgets the device: link lost, then its objects go, children first."""
        if peripheral.is_connected:
            self._changed(peripheral.path, DEVICE, {"ServicesResolved": ("b", False)})
            self._changed(peripheral.path, DEVICE, {"Connected": ("b", False)})
        peripheral.is_connected = peripheral.is_exported = False
        for path in sorted((path for path in self._objects if path.startswith(peripheral.path)), reverse=True):
            interfaces = list(self._objects.pop(path))
            self.bus.signal("/", OBJECTS, "InterfacesRemoved", "oas", (path, interfaces))
        for item in peripheral.characteristics:
            item.subscribers.clear()

    def power(self, *, is_on: bool) -> None:
        """The adapter is turned off or on; turned off, it loses every link, and turned on, it knows no device."""
        self.is_powered = is_on
        for item in self.peripherals:
            if item.is_connected and not is_on:
                self.drop_link(item)
        self._changed("/org/bluez/hci0", ADAPTER, {"Powered": ("b", is_on)})
        if is_on:
            for item in self.peripherals:
                self.remove_device(item)

    def kill_service(self) -> None:
        """The service dies without a word: its objects are gone, the links drop, nobody is told."""
        self.bus.has_service = False
        self._objects.clear()
        self.scanning.clear()
        for item in self.peripherals:
            item.is_connected = item.is_exported = False
            for characteristic in item.characteristics:
                characteristic.subscribers.clear()

    def start_service(self) -> None:
        """A new one: it tells of its adapter and knows no device."""
        self.bus.has_service = True
        self._export_adapter()

    # calls -----------------------------------------------------------------------------------------------------------

    async def _handle(self, connection: Connection, message: Message) -> Reply:
        fields = message.header.fields
        path, interface, member = (
            fields[key] for key in (HeaderFields.path, HeaderFields.interface, HeaderFields.member)
        )
        if member == "GetManagedObjects":
            return "a{oa{sa{sv}}}", (self._objects,)
        if path not in self._objects:
            raise BusError("org.freedesktop.DBus.Error.UnknownObject", path)
        if interface == ADAPTER:
            return self._adapter_call(connection, member)
        if not self.is_powered:
            raise BusError(NOT_READY, "Resource Not Ready")
        peripheral = next(item for item in self.peripherals if path.startswith(item.path))
        if interface == DEVICE:
            return await self._device_call(peripheral, member)
        characteristic = next(item for item in peripheral.characteristics if item.path == path)
        async with peripheral.called:
            payload = bytes(message.body[0]) if member == "WriteValue" else b""
            peripheral.calls.append((member, characteristic.uuid, payload))
            peripheral.called.notify_all()
        return self._characteristic_call(connection, peripheral, characteristic, member, payload)

    def _adapter_call(self, connection: Connection, member: str) -> Reply:
        match member:
            case "StartDiscovery":
                if not self.is_powered:
                    raise BusError(NOT_READY, "Resource Not Ready")
                self.scanning.add(connection)
            case "StopDiscovery":
                self.scanning.discard(connection)
                for item in self.peripherals:
                    if item.is_exported:
                        self.bus.signal(item.path, PROPERTIES, "PropertiesChanged", "sa{sv}as", (DEVICE, {}, ["RSSI"]))
        return "", ()

    async def _device_call(self, peripheral: Peripheral, member: str) -> Reply:
        match member:
            case "Connect":
                peripheral.connect_count += 1
                error = peripheral.connect_errors.popleft() if peripheral.connect_errors else None
                if error is not None:
                    raise error
                peripheral.is_wanted = True
                await asyncio.sleep(peripheral.connect_s)
                while not peripheral.is_answering and peripheral.is_wanted:  # the real one waits until it is heard
                    await asyncio.sleep(ADVERTISING_INTERVAL_S)
                if not (peripheral.is_wanted and self.is_powered and peripheral.is_exported):
                    raise BusError("org.bluez.Error.Failed", "Operation canceled")
                self._connect(peripheral)
            case "Disconnect":
                peripheral.is_wanted = False
                if peripheral.disconnect_error is not None:
                    raise peripheral.disconnect_error
                await asyncio.sleep(peripheral.disconnect_s)
                if peripheral.is_connected:
                    peripheral.is_connected = False
                    self._changed(peripheral.path, DEVICE, {"ServicesResolved": ("b", False)})
                    self._changed(peripheral.path, DEVICE, {"Connected": ("b", False)})
        return "", ()

    def _connect(self, peripheral: Peripheral) -> None:
        peripheral.is_connected = True
        self._changed(peripheral.path, DEVICE, {"Connected": ("b", True)})
        for number, (uuid, characteristics) in enumerate(peripheral.services.items(), 1):
            service_path = f"{peripheral.path}/service{number << 8:04x}"
            self._export(service_path, {SERVICE: {"UUID": ("s", uuid), "Device": ("o", peripheral.path)}})
            for index, item in enumerate(characteristics, 1):
                item.path = f"{service_path}/char{(number << 8) + index:04x}"
                self._export(
                    item.path,
                    {
                        CHARACTERISTIC: {
                            "UUID": ("s", item.uuid),
                            "Service": ("o", service_path),
                            "Flags": ("as", list(item.flags)),
                            "MTU": ("q", peripheral.mtu),
                            "Notifying": ("b", False),
                        }
                    },
                )
        uuids = ("as", [*peripheral.advertised_uuids, *peripheral.services, *GENERIC_UUIDS])
        self._changed(peripheral.path, DEVICE, {"UUIDs": uuids, "ServicesResolved": ("b", True)})

    def _characteristic_call(
        self, connection: Connection, peripheral: Peripheral, item: Characteristic, member: str, payload: bytes
    ) -> Reply:
        if not peripheral.is_connected:
            raise BusError("org.bluez.Error.Failed", "Not connected")
        match member:
            case "StartNotify":
                if item.notify_errors:
                    raise item.notify_errors.popleft()
                item.subscribers.add(connection)
                self._changed(item.path, CHARACTERISTIC, {"Notifying": ("b", True)})
            case "StopNotify":
                item.subscribers.discard(connection)
                self._changed(item.path, CHARACTERISTIC, {"Notifying": ("b", False)})
            case "ReadValue":
                if item.read_error is not None:
                    raise item.read_error
                item.given.append(item.value)
                return "ay", (item.value,)
            case "WriteValue":
                item.writes.append(payload)
                if item.on_write is not None:
                    item.on_write(payload)
        return "", ()

    def _forget(self, connection: Connection) -> None:
        """A client went, politely or killed: its scans and subscriptions go with it, its links stay up."""
        self.scanning.discard(connection)
        for peripheral in self.peripherals:
            for item in peripheral.characteristics:
                item.subscribers.discard(connection)

    # objects and signals ---------------------------------------------------------------------------------------------

    def _export_adapter(self) -> None:
        properties = {
            "Address": ("s", "00:11:22:33:44:55"),
            "Powered": ("b", self.is_powered),
            "Discovering": ("b", False),
            "Roles": ("as", ["central", "peripheral"]),
        }
        self._export("/org/bluez/hci0", {ADAPTER: properties})

    async def _advertise(self) -> None:
        while True:
            for item in self.peripherals:
                if self.scanning and item.is_advertising and not item.is_connected:
                    self._heard(item)
            await asyncio.sleep(ADVERTISING_INTERVAL_S)

    def _heard(self, peripheral: Peripheral) -> None:
        if peripheral.is_exported:
            self._changed(peripheral.path, DEVICE, {"RSSI": ("n", peripheral.rssi)})
            return
        peripheral.is_exported = True
        alias = peripheral.name or peripheral.address.replace(":", "-")
        properties = {
            "Adapter": ("o", "/org/bluez/hci0"),
            "Address": ("s", peripheral.address),
            "Alias": ("s", alias),
            "Connected": ("b", False),
            "ServicesResolved": ("b", False),
            "RSSI": ("n", peripheral.rssi),
            "UUIDs": ("as", list(peripheral.advertised_uuids)),
        }
        if peripheral.name:
            properties["Name"] = ("s", peripheral.name)
        if peripheral.service_data:
            data = {uuid: ("ay", value) for uuid, value in peripheral.service_data.items()}
            properties["ServiceData"] = ("a{sv}", data)
        self._export(peripheral.path, {DEVICE: properties})

    def _export(self, path: str, interfaces: dict[str, dict[str, tuple]]) -> None:
        if path not in self._objects:
            self._objects[path] = interfaces
            self.bus.signal("/", OBJECTS, "InterfacesAdded", "oa{sa{sv}}", (path, interfaces))

    def _changed(self, path: str, interface: str, properties: dict[str, tuple]) -> None:
        if path in self._objects:
            self._objects[path][interface].update(properties)
            self.bus.signal(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", (interface, properties, []))


def _value_changed(payload: bytes) -> tuple:
    return CHARACTERISTIC, {"Value": ("ay", payload)}, []
