"""Which Bluetooth adapters this computer has. Only Linux lets a program choose, so only there they are listed.

Asked of BlueZ directly over D-Bus: the Bluetooth client uses adapters but has no list of them.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bleak.exc import BleakDBusError

from tracker.sources.ble_errors import radio_errors, unavailable

if TYPE_CHECKING:
    from dbus_fast import Variant

_ADAPTER = "org.bluez.Adapter1"
_ANSWER_S = 3.0  # the service answers within milliseconds, or it hangs


@dataclass(frozen=True, slots=True)
class Adapter:
    """name: what --adapter takes; title: what its owner calls it."""

    name: str
    title: str
    address: str
    is_powered: bool


async def adapters() -> list[Adapter]:
    """By name; empty where the system does not tell. Raises BluetoothUnavailable."""
    if sys.platform != "linux":
        return []
    with radio_errors():
        async with asyncio.timeout(_ANSWER_S):
            return await _asked_of_bluez()


async def _asked_of_bluez() -> list[Adapter]:
    from dbus_fast import AuthError, BusType, DBusFastError, Message, MessageType
    from dbus_fast.aio import MessageBus

    question = Message(
        destination="org.bluez", path="/", interface="org.freedesktop.DBus.ObjectManager", member="GetManagedObjects"
    )
    try:
        bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
        try:
            reply = await bus.call(question)
        finally:
            bus.disconnect()
    except DBusFastError as error:
        raise unavailable("denied" if isinstance(error, AuthError) else "no_bus") from error
    if reply.message_type is MessageType.ERROR:
        raise BleakDBusError(reply.error_name or "", reply.body)
    [objects] = reply.body
    found = [_adapter(path, interfaces[_ADAPTER]) for path, interfaces in objects.items() if _ADAPTER in interfaces]
    return sorted(found, key=lambda item: item.name)


def _adapter(path: str, properties: Mapping[str, Variant]) -> Adapter:
    values = {name: variant.value for name, variant in properties.items()}
    address = str(values.get("Address", ""))
    return Adapter(path.rpartition("/")[2], str(values.get("Alias", "")), address, values.get("Powered") is True)
