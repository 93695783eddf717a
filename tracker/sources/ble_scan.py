"""Which sensors are in range: advertisements and open connections, recognised by what profiles say of themselves.

No service filter is given to the scan: several sensors advertise a name and no service. A sensor that this computer is
still connected to (a killed run leaves the link up) does not advertise, so the system is asked for those too.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass

from bleak import BleakAdapter, BleakScanner
from bleak.args.bluez import BlueZAdapterArgs, BlueZScannerArgs
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from tracker.core.plain_text import plain
from tracker.decoders import PROFILES, DeviceProfile, recognised
from tracker.sources.ble_errors import FOREIGN, radio_errors

_BATTERY_SERVICE = "0000180f-0000-1000-8000-00805f9b34fb"
_GENERIC_ACCESS = "00001800-0000-1000-8000-00805f9b34fb"  # in every device, so it finds those known by name alone
LONGEST_NAME = 40  # characters; makers use up to 24, the air allows 248


@dataclass(frozen=True, slots=True)
class Sensor:
    """A Bluetooth device in range. profiles: what it may be, the likeliest first; empty = a stranger.

    signal_dbm: None where the system does not tell (an open connection). battery_pct: None unless it advertises it.
    """

    address: str
    name: str
    profiles: tuple[DeviceProfile, ...]
    device: BLEDevice
    signal_dbm: int | None = None
    battery_pct: int | None = None

    @property
    def kind(self) -> str:
        """The key of the likeliest profile; empty for a stranger."""
        return self.profiles[0].key if self.profiles else ""

    @property
    def title(self) -> str:
        """What to call it: its name, or its address where it has none."""
        return self.name or self.address


async def advertised(adapter: str | None, *, asks_system: bool = True) -> AsyncGenerator[Sensor, None]:
    """Everything in range as it is heard, the same device again and again, first those connected already.

    asks_system: for open connections, too; only what is heard is certain. Raises BluetoothUnavailable.
    """
    for sensor in await connected(adapter) if asks_system else ():
        yield sensor
    bluez = BlueZScannerArgs(adapter=adapter) if adapter else BlueZScannerArgs()
    scanner = BleakScanner(bluez=bluez)
    with radio_errors(adapter):
        await scanner.start()
    services: dict[str, set[str]] = {}
    try:
        async for device, heard in scanner.advertisement_data():
            known = services.setdefault(device.address, set())
            known.update(heard.service_uuids)  # some alternate between advertisements with and without their services
            yield _sensor(device, heard, known)
    finally:
        with radio_errors(adapter):
            await scanner.stop()


async def listen(adapter: str | None, *, duration_s: float) -> list[Sensor]:
    """Everything that was heard, each device once with its last signal, the strongest first."""
    found: dict[str, Sensor] = {}
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(duration_s), contextlib.aclosing(advertised(adapter)) as sensors:
            async for sensor in sensors:
                found[sensor.address] = sensor
    return strongest_first(found.values())


async def connected(adapter: str | None) -> list[Sensor]:
    """Supported sensors that this computer is connected to; none where the system can not tell."""
    known = {uuid for profile in PROFILES.values() for uuid in profile.service_uuids}
    bluez = BlueZAdapterArgs(adapter=adapter) if adapter else BlueZAdapterArgs()
    try:
        system = await BleakAdapter.get(bluez=bluez)
        services: dict[str, set[str]] = {}
        devices = {device.address: device for device in await system.get_connected_devices([_GENERIC_ACCESS, *known])}
        for uuid in known if devices else ():  # which one a device has shows only in asking for each
            for device in await system.get_connected_devices([uuid]):
                services.setdefault(device.address, set()).add(uuid)
    except (NotImplementedError, *FOREIGN):  # whatever is wrong with Bluetooth, the scan that follows says it
        return []
    found = [_connected(device, services.get(address, ())) for address, device in devices.items()]
    return [sensor for sensor in found if sensor.profiles]


def strongest_first(sensors: Iterable[Sensor]) -> list[Sensor]:
    """By signal; those connected already are nearest of all."""
    return sorted(sensors, key=lambda item: 0 if item.signal_dbm is None else item.signal_dbm, reverse=True)


def _sensor(device: BLEDevice, heard: AdvertisementData, services: Iterable[str]) -> Sensor:
    name = plain(heard.local_name or device.name or "", longest=LONGEST_NAME)
    profiles = recognised(name, service_uuids=services, company_ids=heard.manufacturer_data)
    battery = heard.service_data.get(_BATTERY_SERVICE, b"")
    return Sensor(device.address, name, profiles, device, heard.rssi, battery[0] if battery else None)


def _connected(device: BLEDevice, services: Iterable[str]) -> Sensor:
    name = plain(device.name or "", longest=LONGEST_NAME)
    return Sensor(device.address, name, recognised(name, service_uuids=services), device)
