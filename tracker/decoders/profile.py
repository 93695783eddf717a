"""What a device is, as data: how to recognise it, what to write to it, who decodes it.

`sources/` carries a profile out; nothing here talks to anything. UUIDs are lower case and 128 bit, as they come
from the Bluetooth stack and as they stand in `Packet.channel`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tracker.core.model import Decoder

# Before the characteristic in the channel of a packet that the host wrote: what was asked for, where that tells a
# decoder how to read what comes.
WRITTEN = ">"
BATTERY_LEVEL = "00002a19-0000-1000-8000-00805f9b34fb"  # SIG characteristic: one byte, percent


@dataclass(frozen=True, slots=True)
class Write:
    """Write `payload` to a characteristic. service: which one, where a UUID occurs in several services.

    with_response False is needed where the firmware offers only write-without-response. is_told: it becomes a packet
    on the channel `WRITTEN` + characteristic, because the decoder needs to know what was asked for.
    """

    characteristic: str
    payload: bytes
    with_response: bool = True
    service: str = ""
    is_told: bool = False


@dataclass(frozen=True, slots=True)
class Read:
    """Read a characteristic; the value goes to the decoder as a packet on that channel. Skipped if it is not there."""

    characteristic: str
    service: str = ""


@dataclass(frozen=True, slots=True)
class Pause:
    """Let the firmware work before the next step."""

    wait_s: float


@dataclass(frozen=True, slots=True)
class Ask:
    """Put a request and wait for the answer: the value that is read, or a notification on `answer_on` that begins so.

    then(answer): the steps that follow from it; None = no answer within `wait_s`, or the request was refused.
    """

    request: Write | Read
    then: Callable[[bytes | None], tuple[Step, ...]]
    answer_on: str = ""
    answer_begins: bytes = b""
    wait_s: float = 1.0  # an answer takes two connection intervals, 0.1 s


@dataclass(frozen=True, slots=True)
class Become:
    """The answers proved the sensor to be of this kind."""

    profile: DeviceProfile


@dataclass(frozen=True, slots=True)
class Refuse:
    """The sensor can not be used. reason goes on after its name; mend: what to do, a sentence."""

    reason: str
    mend: str


Step = Write | Read | Pause | Ask | Become | Refuse


@dataclass(frozen=True, slots=True)
class DeviceProfile:
    """One kind of sensor.

    key: the word on the command line and in recordings; title: what people call it.
    name_prefixes, service_uuids, company_ids: what its advertisement may show (any of them may be absent in one
    advertisement, and each alone may be shared with strangers); excluded_name_prefixes: relatives that speak otherwise.
    characteristic_uuids: what must be there after connecting. notify: characteristics to subscribe to, in this order,
    before `setup`.
    setup, teardown: steps in order; a teardown is also due after a lost link. min_mtu: below it notifications are cut.
    fill_s: how long the sensor fills a message before it sends it, at most; longer silence than that is none.
    battery: how to ask for it: a characteristic whose first byte is percent, or a request that the sensor answers by a
    notification; None = it tells by itself. Where the characteristic is absent the sensor can not tell.
    nominal_rate_hz: samples a second once set up. wear: where to wear it and which way its axes point.
    missing_mend: what to do when something is called like this sensor but lacks its characteristics, a sentence.
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
    notify: tuple[str, ...] = ()
    setup: tuple[Step, ...] = ()
    teardown: tuple[Step, ...] = ()
    battery: Read | Write | None = Read(BATTERY_LEVEL)
    min_mtu: int = 23
    fill_s: float = 0.0
    wear: str = "On the front of the pelvis, flat on the belt."
    missing_mend: str = ""
    describe: Callable[[str, bytes], Mapping[str, object]] | None = None
    note: str = ""

    @property
    def is_bluetooth(self) -> bool:
        """True for sensors that are found by scanning; False for files and phones."""
        return bool(self.notify)
