"""phyphox as a source: our own experiment, opened by a QR code; started, polled and stopped over its remote access.

The phone fetches the experiment from this computer, which so learns its address; an address given by hand will do as
well. A poll asks for what lies above the latest time, so that nothing is lost while the network stalls: the buffers
hold 20 seconds and more. What the app does on its own is waited for: a paused or closed app, another experiment, a
phone asleep.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
from typing import Any
from urllib.parse import quote

from tracker.decoders import PROFILES, phyphox
from tracker.decoders.objects import OBJECTS
from tracker.decoders.tables import Role
from tracker.serving.address import Address
from tracker.sources.ble_inbox import Inbox
from tracker.sources.phone_receiver import File, Receiver
from tracker.sources.phone_stream import Say

EXPERIMENT_PATH = "hip.phyphox"
POLL_S = 0.1  # so often fresh data; each costs the phone some milliseconds
_ANSWER_S = 3.0  # a phone that answers later than this is asleep or gone
_AGAIN_S = 1.0
_LARGEST_ANSWER = 900_000  # bytes: all buffers full; a line of a recording takes 1 MB
_PORTS = (8080, 80)  # Android; iPhone
_BUFFER = 8000  # values: 80 s at 100 a second, 20 s at 400
_STALE_S = 3.0  # an app that measures and has nothing new for so long had its time set back

EXPERIMENT = """<phyphox version="1.14" locale="en">
  <title>Hip thrusts</title>
  <category>hip-thrust-tracker</category>
  <description>Accelerometer (with gravity) and gyroscope for the rep tracker. Switch on "Allow remote access" in the
    menu, put the phone at the back of the waistband with the screen outwards, and leave the screen on.</description>
  <data-containers>
{containers}
  </data-containers>
  <input>
{sensors}
  </input>
  <views>
    <view label="Sensors">
      <info label="Menu: Allow remote access. Screen on, phone at the back of the waistband." />
      <graph label="Acceleration" labelX="t (s)" labelY="a (m/s^2)" partialUpdate="true">
        <input axis="x">acc_time</input>
        <input axis="y">accZ</input>
      </graph>
    </view>
  </views>
  <export>
{sets}
  </export>
</phyphox>
"""
_SENSORS = {
    Role.ACC: ("accelerometer", "Accelerometer", "Acceleration", "m/s^2"),
    Role.GYR: ("gyroscope", "Gyroscope", "Gyroscope", "rad/s"),
}


def experiment() -> str:
    """Our experiment file: both sensors with gravity, true event times, about 100 a second."""
    containers, sensors, sets = [], [], []
    for role, (kind, set_name, quantity, unit) in _SENSORS.items():
        time, *axes = phyphox.BUFFERS[role]
        containers += [f'    <container size="{_BUFFER}" static="false">{name}</container>' for name in (time, *axes)]
        outputs = [f'      <output component="{axis}">{name}</output>' for axis, name in zip("xyz", axes, strict=True)]
        outputs.append(f'      <output component="t">{time}</output>')
        sensors += [f'    <sensor type="{kind}" rate="100" rateStrategy="request">', *outputs, "    </sensor>"]
        data = [
            f'      <data name="{quantity} {axis} ({unit})">{name}</data>'
            for axis, name in zip("xyz", axes, strict=True)
        ]
        sets += [f'    <set name="{set_name}">', f'      <data name="Time (s)">{time}</data>', *data, "    </set>"]
    parts = {"containers": containers, "sensors": sensors, "sets": sets}
    return EXPERIMENT.format(**{name: "\n".join(lines) for name, lines in parts.items()})


class ServedExperiment:
    """Our experiment where the phone can fetch it. host: the phone that did, once one has."""

    def __init__(self, address: Address) -> None:
        self.host = ""
        self._address = address
        content = File(experiment().encode(), "application/xml")
        self.receiver = Receiver(
            address, lambda _message: "Nothing is sent here.", files={EXPERIMENT_PATH: content}, fetched=self._fetched
        )

    @property
    def url(self) -> str:
        """What the QR code says: the app's own scheme, so that phones open it there."""
        return f"phyphox://{self._address.host}:{self._address.port}/{self._address.key}/{EXPERIMENT_PATH}"

    def _fetched(self, _path: str, host: str) -> None:
        self.host = host


class PhyphoxLink:
    """Polls the phone at `address` (HOST or HOST:PORT), or at the one that fetched the served experiment."""

    profile = PROFILES[phyphox.KIND]
    title = "phyphox"
    waiting = "open the experiment in phyphox, switch on `Allow remote access` in its menu, keep the screen on."

    def __init__(self, address: str = "", *, served: ServedExperiment | None = None, poll_s: float = POLL_S) -> None:
        self._address = address
        self._served = served
        self._poll_s = poll_s
        self._said = ""

    async def run(self, inbox: Inbox, say: Say) -> None:
        """From finding the phone to polling it, again and again; stops the experiment at the end."""
        if self._served is not None:
            self._served.receiver.start()
        try:
            await self._poll_forever(inbox, say)
        finally:
            if self._served is not None:
                await asyncio.to_thread(self._served.receiver.close)

    async def _poll_forever(self, inbox: Inbox, say: Say) -> None:
        while True:
            phone = await self._reached(say)
            try:
                if await self._is_ours(phone, say):
                    await self._stream(phone, inbox, say)
            except (OSError, http.client.HTTPException, ValueError) as error:
                self._say_once(say, f"phyphox does not answer ({error or type(error).__name__}); trying again.")
            finally:
                phone.close()
            await asyncio.sleep(_AGAIN_S)

    def _say_once(self, say: Say, sentence: str) -> None:
        if sentence != self._said:
            self._said = sentence
            say(sentence)

    async def _reached(self, say: Say) -> Phone:
        """The phone, as soon as its remote access answers."""
        while True:
            host, _, port = self._address.partition(":")
            host = host or (self._served.host if self._served else "")
            for number in (int(port),) if port.isdigit() else _PORTS:
                if not host:
                    break
                phone = Phone(host, number)
                try:
                    await phone.asked("/config")
                except (OSError, http.client.HTTPException, ValueError):
                    phone.close()
                    continue
                self._said = ""
                return phone
            if host:
                self._say_once(say, f"phyphox at {host} does not answer yet: {self.waiting}")
            await asyncio.sleep(_AGAIN_S)

    async def _is_ours(self, phone: Phone, say: Say) -> bool:
        """True if the experiment on the phone records what is needed."""
        config = await phone.asked("/config")
        names = {str(item.get("name")) for item in config.get("buffers", ()) if isinstance(item, dict)}
        wanted = {name for buffers in phyphox.BUFFERS.values() for name in buffers}
        sources = {str(item.get("source")) for item in config.get("inputs", ()) if isinstance(item, dict)}
        if wanted <= names and (not sources or "linear_acceleration" not in sources):
            return True
        title = str(config.get("title", "another experiment"))[:60]
        self._say_once(say, f"phyphox shows '{title}': open our experiment by the QR code.")
        return False

    async def _stream(self, phone: Phone, inbox: Inbox, say: Say) -> None:
        """Start, then poll; stop at the end. Raises OSError, HTTPException, ValueError when the phone is gone."""
        say(f"phyphox at {phone.host} measures.")
        progress = _Progress(inbox, say)
        try:
            await phone.asked("/control?cmd=start")
            while True:
                text, item = await phone.answer(_query(progress.latest_s))
                progress.take(text, phyphox.read_answer(item), self._poll_s)
                await asyncio.sleep(self._poll_s)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("an answer that makes no sense") from error
        except asyncio.CancelledError:
            await _stopped(phone)
            raise


class _Progress:
    """How far the polls have come. latest_s: the latest time of each sensor, above which the next poll asks."""

    def __init__(self, inbox: Inbox, say: Say) -> None:
        self.latest_s = dict.fromkeys(phyphox.BUFFERS, 0.0)
        self._inbox = inbox
        self._say = say
        self._session = ""
        self._was_measuring = True
        self._empty_s = 0.0

    def take(self, text: bytes, answer: phyphox.Answer, poll_s: float) -> None:
        """Put an answer with news into the inbox."""
        if answer.session != self._session:
            if self._session:
                self._say("phyphox began a new session; the count goes on.")
                self.latest_s = dict.fromkeys(self.latest_s, 0.0)
            self._session = answer.session
        fresh = False
        for role, found in answer.rows.items():
            if found.times_s:
                fresh |= found.times_s[-1] != self.latest_s[role]
                self.latest_s[role] = found.times_s[-1]
        if fresh or answer.is_measuring != self._was_measuring:
            self._inbox.put_packet(OBJECTS, text, is_data=fresh)
        if self._was_measuring and not answer.is_measuring:
            self._say("phyphox is paused: press its start button.")
        self._was_measuring = answer.is_measuring
        self._empty_s = self._empty_s + poll_s if answer.is_measuring and not fresh else 0.0
        if self._empty_s > _STALE_S:
            self.latest_s, self._empty_s = dict.fromkeys(self.latest_s, 0.0), 0.0


async def _stopped(phone: Phone) -> None:
    """Stop the experiment; a phone that is gone can not be."""
    with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
        await asyncio.shield(phone.asked("/control?cmd=stop"))


def _query(latest: dict[Role, float]) -> str:
    """The poll for what lies above the latest times."""
    parts = []
    for role, (time, *axes) in phyphox.BUFFERS.items():
        threshold = repr(latest[role])
        parts.append(f"{time}={threshold}")
        parts += [f"{name}={threshold}{quote('|')}{time}" for name in axes]
    return "/get?" + "&".join(parts)


class Phone:
    """The remote access of one phone: requests one after the other on a connection that is kept."""

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self._connection = http.client.HTTPConnection(host, port, timeout=_ANSWER_S)

    def close(self) -> None:
        """Let the connection go."""
        self._connection.close()

    async def asked(self, path: str) -> dict[str, Any]:
        """The answer as an object. Raises OSError, HTTPException, ValueError."""
        return (await self.answer(path))[1]

    async def answer(self, path: str) -> tuple[bytes, dict[str, Any]]:
        """The answer as it came, in one line, and as an object. Raises OSError, HTTPException, ValueError."""
        return await asyncio.to_thread(self._fetched, path)

    def _fetched(self, path: str) -> tuple[bytes, dict[str, Any]]:
        try:
            self._connection.request("GET", path)
            response = self._connection.getresponse()
            body = response.read(_LARGEST_ANSWER + 1)
        except (OSError, http.client.HTTPException):
            self._connection.close()
            raise
        if response.status != 200 or len(body) > _LARGEST_ANSWER:
            self._connection.close()
            raise ValueError(f"status {response.status}")
        item = json.loads(body)
        if not isinstance(item, dict):
            raise ValueError("no object")  # noqa: TRY004 - told as what else can be wrong with an answer
        return (body if b"\n" not in body else json.dumps(item).encode()), item
