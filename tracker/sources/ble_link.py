"""One connection to one sensor, from connecting to leaving it quiet: what its profile says, carried out.

Each connection is a new `BleakClient` inside `async with`: on Linux a client that is connected again delivers every
sample as many times as it was connected before (hbldh/bleak issue 2002), on macOS it refuses to subscribe.
The sensor is told to start only after the subscriptions stand, or its first messages would be lost.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Iterable
from dataclasses import dataclass

from bleak import BleakClient
from bleak.args.bluez import BlueZClientArgs
from bleak.args.winrt import WinRTClientArgs
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.device import BLEDevice
from bleak.exc import BleakGATTProtocolError

from tracker.core.plain_text import plain
from tracker.decoders import WRITTEN, Ask, Become, DeviceProfile, Pause, Read, Refuse, Step, Write
from tracker.errors import DeviceError, DeviceLost, DeviceUnsupported
from tracker.sources.ble_errors import FOREIGN, needs_pairing, unsupported
from tracker.sources.ble_scan import LONGEST_NAME
from tracker.sources.inbox import Inbox

CONNECT_S = 10.0  # an advertising sensor is connected within 1-3 s; bleak would wait 30
_TEARDOWN_S = 3.0  # a stop command is 1-12 short writes; a link that can not take them in this time is dead
_ATT_HEADER_BYTES = 3
_LONGEST_TEXT = 40  # characters of what a sensor says of itself; the air allows 512 bytes

_MAKER = "00002a29-0000-1000-8000-00805f9b34fb"
_MODEL = "00002a24-0000-1000-8000-00805f9b34fb"
_FIRMWARE = "00002a26-0000-1000-8000-00805f9b34fb"


@dataclass(frozen=True, slots=True)
class About:
    """What the sensor tells of itself; empty or None where it does not."""

    maker: str = ""
    model: str = ""
    firmware: str = ""
    battery_pct: int | None = None

    @property
    def text(self) -> str:
        """Maker, model and firmware in a few words."""
        words = [self.maker, self.model, self.firmware and f"firmware {self.firmware}"]
        return " ".join(word for word in words if word)


class Link:
    """An open connection. profile: the kind that its services proved it to be; lost: set when the link breaks."""

    def __init__(self, client: BleakClient, profile: DeviceProfile, name: str, lost: asyncio.Event) -> None:
        self.profile = profile
        self.name = name
        self.lost = lost
        self.was_started = False
        self.was_stopped = False
        self._client = client

    async def about(self) -> About:
        """Read the device information, where the sensor has it."""
        texts = [await self._read_if_there(uuid) for uuid in (_MAKER, _MODEL, _FIRMWARE)]
        maker, model, firmware = (plain(text.decode("utf-8", "replace"), longest=_LONGEST_TEXT) for text in texts)
        return About(maker, model, firmware)

    async def battery_pct(self) -> int | None:
        """Ask for the battery: percent, or None where there is none or the answer comes as a notification."""
        match self.profile.battery:
            case Read(characteristic):
                level = await self._read_if_there(characteristic)
                return level[0] if level and level[0] <= 100 else None
            case Write() as request:
                await self._do((request,), None)
        return None

    async def start(self, inbox: Inbox) -> None:
        """Subscribe, then set the sensor up; everything it says goes into the inbox."""
        await self.subscribe(inbox)
        self.was_started = True
        await self._do(self.profile.setup, inbox)

    async def subscribe(self, inbox: Inbox) -> None:
        """Let everything the sensor says go into the inbox."""
        for uuid in self.profile.notify:
            characteristic = self._find(uuid)
            if characteristic is not None:
                await self._client.start_notify(
                    characteristic, _putting(inbox, uuid, is_data=uuid == self.profile.notify[0])
                )

    async def stop(self) -> None:
        """Leave the sensor quiet, if it can still be reached: every step, also after one that it refuses."""
        if not self._client.is_connected:
            return
        with contextlib.suppress(*FOREIGN, DeviceError):  # the link is being given up anyway
            async with asyncio.timeout(_TEARDOWN_S):
                done = [await self._is_done(step) for step in self.profile.teardown]
                self.was_stopped = all(done)

    def cut_bytes(self) -> int:
        """How many bytes of the sensor's longest message do not fit through this link; 0 = all do."""
        first = self._find(self.profile.notify[0])
        if first is None:
            return 0
        return max(0, self.profile.min_mtu - _ATT_HEADER_BYTES - first.max_write_without_response_size)

    async def _do(self, steps: Iterable[Step], inbox: Inbox | None) -> None:
        for step in steps:
            match step:
                case Pause(wait_s):
                    await asyncio.sleep(wait_s)
                case Write():
                    await self._write(step, inbox)
                case Read():
                    await self._read(step, inbox)
                case Ask():
                    await self._do(step.then(await self._answer(step, inbox)), inbox)
                case Become(profile):
                    self.profile = profile
                case Refuse(reason, mend):
                    raise DeviceUnsupported(f"{self.name} {reason}.", hint=mend)

    async def _write(self, step: Write, inbox: Inbox | None) -> None:
        characteristic = self._find(step.characteristic, step.service)
        if characteristic is None:
            raise unsupported(self.name, self.profile.missing_mend)
        if step.is_told and inbox is not None:
            inbox.put_packet(WRITTEN + step.characteristic, step.payload)
        await self._client.write_gatt_char(characteristic, step.payload, response=step.with_response)

    async def _read(self, step: Read, inbox: Inbox | None) -> bytes:
        """The value, which goes to the decoder too; empty where the characteristic is not there."""
        characteristic = self._find(step.characteristic, step.service)
        if characteristic is None or inbox is None:
            return b""
        value = bytes(await self._client.read_gatt_char(characteristic))
        inbox.put_packet(step.characteristic, value)
        return value

    async def _answer(self, step: Ask, inbox: Inbox | None) -> bytes | None:
        if inbox is None:  # nobody listens any more
            return None
        try:
            if isinstance(step.request, Read):
                return await self._read(step.request, inbox) or None
            with inbox.expecting(step.answer_on, step.answer_begins) as answer:
                await self._write(step.request, inbox)
                async with asyncio.timeout(step.wait_s):
                    return await answer
        except TimeoutError:
            return None
        except BleakGATTProtocolError as error:  # what it does not let anybody do, it may do in another way
            if needs_pairing(error):
                raise
            return None

    async def _is_done(self, step: Step) -> bool:
        try:
            await self._do((step,), None)
        except BleakGATTProtocolError:
            return False
        return True

    async def _read_if_there(self, uuid: str) -> bytes:
        characteristic = self._find(uuid)
        if characteristic is None or "read" not in characteristic.properties:
            return b""
        with contextlib.suppress(BleakGATTProtocolError):  # e.g. for paired computers only: not worth the session
            return bytes(await self._client.read_gatt_char(characteristic))
        return b""

    def _find(self, uuid: str, service: str = "") -> BleakGATTCharacteristic | None:
        if not self._client.is_connected:
            raise DeviceLost(f"{self.name} broke the connection.", hint="Bring it closer.")
        return _find(self._client, uuid, service)


@contextlib.asynccontextmanager
async def opened(device: BLEDevice, profiles: Iterable[DeviceProfile], adapter: str | None) -> AsyncGenerator[Link]:
    """A link to this device as the first of these kinds whose characteristics it has; stopped and closed at the end.

    Raises DeviceUnsupported, and what bleak raises.
    """
    lost = asyncio.Event()
    async with BleakClient(
        device,
        disconnected_callback=lambda _client: lost.set(),
        timeout=CONNECT_S,
        bluez=BlueZClientArgs(adapter=adapter) if adapter else BlueZClientArgs(),
        winrt=WinRTClientArgs(use_cached_services=False),  # firmware under development changes its services
    ) as client:
        candidates = list(profiles)
        name = plain(device.name or "", longest=LONGEST_NAME) or device.address
        profile = next((item for item in candidates if _has_all(client, item)), None)
        if profile is None:
            mend = next((item.missing_mend for item in candidates if item.missing_mend), "")
            raise unsupported(name, mend)
        link = Link(client, profile, name, lost)
        try:
            yield link
        finally:
            await link.stop()


def _putting(inbox: Inbox, uuid: str, *, is_data: bool) -> Callable[[BleakGATTCharacteristic, bytearray], None]:
    def put(_characteristic: BleakGATTCharacteristic, payload: bytearray) -> None:
        inbox.put_packet(uuid, bytes(payload), is_data=is_data)

    return put


def _has_all(client: BleakClient, profile: DeviceProfile) -> bool:
    return all(_find(client, uuid) is not None for uuid in profile.characteristic_uuids)


def _find(client: BleakClient, uuid: str, service: str = "") -> BleakGATTCharacteristic | None:
    """The first characteristic with this UUID; some sensors have one UUID in several services."""
    for item in client.services.characteristics.values():
        if item.uuid == uuid and service in ("", item.service_uuid):
            return item
    return None
