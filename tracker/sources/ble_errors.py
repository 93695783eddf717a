"""What Bluetooth stacks raise -> one sentence and one mend, translated here and nowhere else.

Foreign: bleak's typed errors; FileNotFoundError where Linux has no D-Bus at all; EOFError where the bus dies;
OSError of Windows' own calls; TimeoutError of a connection that is never made. Kinds and codes decide, never the text
of a message.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Mapping

from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakCharacteristicNotFoundError,
    BleakDBusError,
    BleakDeviceNotFoundError,
    BleakError,
    BleakGATTProtocolError,
    BleakGATTProtocolErrorCode,
)

from tracker.core.plain_text import plain
from tracker.errors import BluetoothUnavailable, DeviceError, DeviceLost, DeviceNotFound, DeviceUnsupported

_LONGEST_REASON = 200  # characters of what the system says itself

# AssertionError: the Linux backend asserts that its bus is there, which fails when the bus died a moment before.
FOREIGN = (BleakError, TimeoutError, OSError, EOFError, AssertionError)

_Reason = BleakBluetoothNotAvailableReason
_REASONS = {
    _Reason.NO_BLUETOOTH: "no_adapter",
    _Reason.NO_BLE_CENTRAL_ROLE: "no_low_energy",
    _Reason.POWERED_OFF: "powered_off",
    _Reason.DENIED_BY_USER: "denied",
    _Reason.DENIED_BY_SYSTEM: "denied",
    _Reason.DENIED_BY_UNKNOWN: "denied",
}
_DBUS_REASONS = {
    "org.freedesktop.DBus.Error.ServiceUnknown": "no_service",
    "org.freedesktop.DBus.Error.NameHasNoOwner": "no_service",
    "org.freedesktop.DBus.Error.AccessDenied": "denied",
    "org.bluez.Error.NotAuthorized": "denied",
    "org.bluez.Error.NotReady": "powered_off",
}
_SENTENCES = {
    "no_adapter": "This computer has no Bluetooth adapter.",
    "no_low_energy": "This Bluetooth adapter does not speak Low Energy.",
    "powered_off": "Bluetooth is turned off.",
    "denied": "This program may not use Bluetooth.",
    "no_service": "The Bluetooth service is not running.",
    "no_bus": "The system's message bus, over which Bluetooth is reached, is not there.",
    "adapter": "This Bluetooth adapter can not be used.",
    "system": "Bluetooth can not be used.",
}
# reason -> system -> mend; "" is every other system
_MENDS: Mapping[str, Mapping[str, str]] = {
    "no_adapter": {"": "Plug in a USB adapter with Bluetooth 4.0 or later."},
    "no_low_energy": {"": "Plug in a USB adapter with Bluetooth 4.0 or later."},
    "powered_off": {
        "linux": "Turn it on: `bluetoothctl power on`; if that is refused, `rfkill unblock bluetooth`.",
        "darwin": "Turn it on in System Settings > Bluetooth.",
        "win32": "Turn it on in Settings > Bluetooth & devices.",
        "": "Turn it on in the system's settings.",
    },
    "denied": {
        "linux": "Add yourself to the group `bluetooth` and log in again; in a container, share the D-Bus socket.",
        "darwin": "Allow your terminal in System Settings > Privacy & Security > Bluetooth, then start it again.",
        "win32": "Allow it in Settings > Privacy & security > Radios.",
        "": "Allow it in the system's settings.",
    },
    "no_service": {
        "linux": "Start it: `sudo systemctl start bluetooth`; if it is not installed, install the package `bluez`.",
        "win32": "Start the `Bluetooth Support Service`.",
        "": "Restart the computer's Bluetooth.",
    },
    "no_bus": {
        "linux": "Install and start D-Bus and the package `bluez`; in a container, share /run/dbus/system_bus_socket.",
        "": "Restart the computer.",
    },
    "adapter": {
        "linux": "`tracker doctor` lists the adapters.",
        "": "Leave --adapter out: only Linux can choose.",
    },
    "system": {"": "Turn Bluetooth off and on again; `tracker doctor` checks it."},
}
_PAIRING_CODES = {
    BleakGATTProtocolErrorCode.INSUFFICIENT_AUTHENTICATION,
    BleakGATTProtocolErrorCode.INSUFFICIENT_AUTHORIZATION,
    BleakGATTProtocolErrorCode.INSUFFICIENT_ENCRYPTION,
    BleakGATTProtocolErrorCode.INSUFFICIENT_ENCRYPTION_KEY_SIZE,
}
_NEAR = "Bring it closer and check its battery."
_REFUSED = "Turn it off and on. If it refuses again, its firmware does not fit this program."
# A sensor talks to one at a time, and while it does it is neither heard nor to be connected to.
_ELSEWHERE = {
    "linux": "If a phone or another program has it, close that: `bluetoothctl devices Connected` lists those here.",
    "darwin": "If a phone or another program has it, close that: System Settings > Bluetooth lists those here.",
    "win32": "If a phone or another program has it, close that: Settings > Bluetooth & devices lists those here.",
    "": "If a phone or another program has it, close that.",
}
_PAIRING = {
    "linux": "Pair it once: `bluetoothctl`, then `scan on` and `pair` with the address that `tracker scan` shows.",
    "darwin": "Start again and confirm the question that macOS asks; if it was refused, forget the sensor in System "
    "Settings > Bluetooth.",
    "win32": "Pair it once in Settings > Bluetooth & devices > Add device.",
    "": "Pair it once in the system's Bluetooth settings.",
}


@contextlib.contextmanager
def radio_errors(adapter: str | None = None) -> Iterator[None]:
    """For what concerns this computer's Bluetooth as a whole: everything foreign becomes BluetoothUnavailable."""
    try:
        yield
    except FOREIGN as error:
        translated = translate(error, name="")
        if not isinstance(translated, BluetoothUnavailable):
            translated = unavailable("adapter" if adapter else "system")
        raise translated from error


def translate(error: BaseException, *, name: str) -> DeviceError:  # noqa: C901, PLR0911 - one case a kind of error
    """The error of this program that stands for a foreign one. name: the sensor as people know it."""
    match error:
        case BleakBluetoothNotAvailableError():
            return unavailable(_REASONS.get(error.reason, "system"))
        case BleakDBusError() if error.dbus_error in _DBUS_REASONS:
            return unavailable(_DBUS_REASONS[error.dbus_error])
        case BleakDeviceNotFoundError() | BleakDBusError(dbus_error="org.freedesktop.DBus.Error.UnknownObject"):
            return not_found(name)
        case BleakCharacteristicNotFoundError():
            return unsupported(name)
        case BleakGATTProtocolError():
            return _unpaired(name) if needs_pairing(error) else _refused(name, error)
        case BleakDBusError(dbus_error="org.bluez.Error.NotPermitted"):  # not paired, or another program has it
            return DeviceUnsupported(f"{name} does not let this program in.", hint=f"{_here(_PAIRING)} {_elsewhere()}")
        case PermissionError() if name and sys.platform == "win32":  # how Windows says that it is not paired
            return _unpaired(name)
        case TimeoutError():
            return DeviceLost(f"{name} did not answer in time.", hint=f"{_NEAR} {_elsewhere()}")
        case PermissionError():
            return unavailable("denied")
        case FileNotFoundError() | ConnectionError() | EOFError():
            return unavailable("no_bus")
        case OSError():
            return unavailable("system")
        case _:
            reason = plain(str(error), longest=_LONGEST_REASON)
            return DeviceLost(f"The connection to {name} failed: {reason}.", hint=f"{_NEAR} {_elsewhere()}")


def unavailable(reason: str) -> BluetoothUnavailable:
    """This computer's Bluetooth can not be used, for one of the known reasons, with the mend for this system."""
    return BluetoothUnavailable(_SENTENCES[reason], reason=reason, hint=_here(_MENDS[reason]))


def not_found(name: str) -> DeviceNotFound:
    """That sensor is not in range."""
    return DeviceNotFound(f"{name} is not in range.", hint=f"Wake it up. {_NEAR} {_elsewhere()}")


def _unpaired(name: str) -> DeviceUnsupported:
    return DeviceUnsupported(f"{name} talks to paired computers only.", hint=_here(_PAIRING))


def _refused(name: str, error: BleakGATTProtocolError) -> DeviceLost:
    return DeviceLost(f"{name} refused what it was asked (error 0x{error.code:02x}).", hint=_REFUSED)


def _elsewhere() -> str:
    return _here(_ELSEWHERE)


def _here(mends: Mapping[str, str]) -> str:
    """The mend for this system."""
    return mends.get(sys.platform, mends[""])


def needs_pairing(error: BleakGATTProtocolError) -> bool:
    """The sensor refused because this computer is not paired with it."""
    return error.code in _PAIRING_CODES


def unsupported(name: str, mend: str = "") -> DeviceUnsupported:
    """The sensor is there but speaks nothing this program knows. mend: what its kind is known to need."""
    return DeviceUnsupported(
        f"{name} is no sensor that this program knows.",
        hint=mend or "`tracker scan` lists those it knows; its firmware may need an update.",
    )
