"""What a device is, as data: how to recognise it, what to write to it, who decodes it.

`sources/` carries a profile out; nothing here talks to anything. UUIDs are lower case and 128 bit, as they come
from the Bluetooth stack and as they stand in `Packet.channel`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tracker.core.model import Decoder

BATTERY_LEVEL = "00002a19-0000-1000-8000-00805f9b34fb"  # SIG characteristic: one byte, percent


@dataclass(frozen=True, slots=True)
class Write:
    """Write `payload` to a characteristic. service: which one, where a UUID occurs in several services.

    with_response False is needed where the firmware offers only write-without-response.
    """

    characteristic: str
    payload: bytes
    with_response: bool = True
    service: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """Read a characteristic; the value goes to the decoder as a packet on that channel. Skipped if it is not there."""

    characteristic: str
    service: str = ""


@dataclass(frozen=True, slots=True)
class Pause:
    """Let the firmware work before the next step."""

    wait_s: float


Step = Write | Read | Pause


@dataclass(frozen=True, slots=True)
class DeviceProfile:
    """One kind of sensor.

    key: the word on the command line and in recordings; title: what people call it.
    name_prefixes, service_uuids, company_ids: what its advertisement may show (any of them may be absent in one
    advertisement, and each alone may be shared with strangers); excluded_name_prefixes: relatives that speak otherwise.
    characteristic_uuids: what must be there after connecting. payload_lengths: notification lengths [bytes] that are
    possible, empty = not fixed. notify: characteristics to subscribe to, in this order, before `setup`.
    setup, teardown: steps in order; a teardown is also due after a lost link. min_mtu: below it notifications are cut.
    battery: how to ask for it: a characteristic whose first byte is percent, or a request that the sensor answers by a
    notification; None = it tells by itself. Where the characteristic is absent the sensor can not tell.
    nominal_rate_hz: samples a second once set up. wear: where to wear it and which way its axes point.
    describe: the fields of a packet that carries no samples (channel, payload), for people; raises DecodeError.
    note: the page of firmware_notes/.
    """

    key: str
    title: str
    new_decoder: Callable[[], Decoder]
    nominal_rate_hz: float
    has_gyroscope: bool = True
    name_prefixes: tuple[str, ...] = ()
    excluded_name_prefixes: tuple[str, ...] = ()
    service_uuids: tuple[str, ...] = ()
    company_ids: tuple[int, ...] = ()
    characteristic_uuids: tuple[str, ...] = ()
    payload_lengths: tuple[int, ...] = ()
    notify: tuple[str, ...] = ()
    setup: tuple[Step, ...] = ()
    teardown: tuple[Step, ...] = ()
    battery: Read | Write | None = Read(BATTERY_LEVEL)
    min_mtu: int = 23
    wear: str = "On the front of the pelvis, flat on the belt."
    describe: Callable[[str, bytes], Mapping[str, object]] | None = None
    note: str = ""

    @property
    def is_bluetooth(self) -> bool:
        """True for sensors that are found by scanning; False for files and phones."""
        return bool(self.notify)
