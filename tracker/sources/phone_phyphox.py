"""phyphox as a source: our own experiment, opened by a QR code; started, polled and stopped over its remote access.

The phone fetches the experiment from this computer, which so learns its address; an address given by hand will do as
well. A poll asks for what lies above the latest time, also after a lost connection, so that nothing is lost while the
network stalls: the buffers hold 40 seconds at 100 a second. What was measured before the session began is not asked
for. What the app does on its own is waited for: a paused or closed app, another experiment, a phone asleep.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from tracker.core.plain_text import plain
from tracker.decoders import PROFILES, phyphox
from tracker.decoders.objects import OBJECTS, in_one_line
from tracker.decoders.tables import Role
from tracker.sources.inbox import Inbox
from tracker.sources.phone_address import host_and_port
from tracker.sources.phone_experiment import ServedExperiment
from tracker.sources.phone_stream import Say

POLL_S = 0.1  # so often fresh data; each costs the phone some milliseconds
_ANSWER_S = 3.0  # a phone whose answer is not whole by then is asleep or gone
_AGAIN_S = 1.0  # soon enough for whoever just switched it on, and no burden to the phone
_LARGEST_ANSWER = 900_000  # bytes: all buffers full; a line of a recording takes 1 MB
_PIECE = 1 << 16  # bytes read at once: the deadline is looked at in between
_PORTS = (8080, 80)  # Android; iPhone
_START_S = 2.0  # apps take the word to start to their main thread, and measure a moment later
_PRESS_START = "press its start button."
_STALE_S = 3.0  # an app that measures and has nothing new for so long had its time set back
# what a phone that is away, asleep or something else raises
_GONE = (OSError, http.client.HTTPException, ValueError, RecursionError)


class PhyphoxLink:
    """Polls the phone at `address` (as the app shows it), or the one that fetched the served experiment.

    Raises DeviceError for what is no address.
    """

    profile = PROFILES[phyphox.KIND]
    title = "phyphox"

    def __init__(self, address: str = "", *, served: ServedExperiment | None = None, poll_s: float = POLL_S) -> None:
        self._host, self._port = host_and_port(address, self.title) if address else ("", None)
        self._served = served
        self._poll_s = poll_s
        self._said = ""
        self._progress: _Progress | None = None
        self._started: tuple[str, int] | None = None

    @property
    def waiting(self) -> str:
        """What to do on the phone, if nothing comes."""
        if self._progress is not None and self._progress.is_paused:
            return _PRESS_START
        return "open the experiment in phyphox, switch on `Allow remote access` in its menu, keep the screen on."

    async def run(self, inbox: Inbox, say: Say) -> None:
        """From finding the phone to polling it, again and again; stops the experiment at the end."""
        if self._served is not None:
            self._served.receiver.start()
        try:
            self._progress = _Progress(inbox, say)
            await self._poll_forever(self._progress, say)
        finally:
            await self._stop(say)
            if self._served is not None:
                await asyncio.to_thread(self._served.receiver.close)

    async def _poll_forever(self, progress: _Progress, say: Say) -> None:
        while True:
            phone = await self._reached(say)
            try:
                if await self._is_ours(phone, say):
                    await self._stream(phone, progress, say)
            except _GONE as error:
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
            host = self._host or (self._served.host if self._served else "")
            for port in (self._port,) if self._port else _PORTS:
                if not host:
                    break
                phone = Phone(host, port)
                try:
                    await phone.asked("/config")
                except _GONE:
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
        title = plain(str(config.get("title", "another experiment")), longest=60)
        self._say_once(say, f"phyphox shows '{title}': open our experiment by the QR code.")
        return False

    async def _stream(self, phone: Phone, progress: _Progress, say: Say) -> None:
        """Start, then poll. Raises one of _GONE when the phone is gone."""
        say(f"phyphox at {phone.host} measures.")
        try:
            if not progress.has_begun:
                progress.begin(await phone.asked(f"/get?{'&'.join(names[0] for names in phyphox.BUFFERS.values())}"))
            self._started = phone.host, phone.port
            await phone.asked("/control?cmd=start")
            progress.expect_start()
            while True:
                text, item = await phone.answer(_query(progress.latest_s))
                progress.take(text, phyphox.read_answer(item), self._poll_s)
                await asyncio.sleep(self._poll_s)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("an answer that makes no sense") from error

    async def _stop(self, say: Say) -> None:
        """Stop what was started, on a connection of its own: a poll may still be under way on the other."""
        if self._started is None:
            return
        phone = Phone(*self._started)
        try:
            await phone.asked("/control?cmd=stop")
        except _GONE:
            say("phyphox could not be reached to stop it: press its pause button.")
        finally:
            phone.close()


class _Progress:
    """How far the polls have come, whatever happens to the connection.

    latest_s: the latest time of each sensor, above which the next poll asks. has_begun: where to begin is known.
    """

    def __init__(self, inbox: Inbox, say: Say) -> None:
        self.latest_s = dict.fromkeys(phyphox.BUFFERS, 0.0)
        self.has_begun = False
        self._inbox = inbox
        self._say = say
        self._session = ""
        self._was_measuring = True
        self._patient_until_s = 0.0
        self._newest_s = dict(self.latest_s)
        self._empty_s = 0.0

    @property
    def is_paused(self) -> bool:
        """True if the app answered last that it does not measure."""
        return not self._was_measuring

    def begin(self, item: Mapping[str, Any]) -> None:
        """Begin behind what the buffers hold: it was measured before this session. item: the last value of each."""
        self.latest_s = dict(phyphox.last_times_s(item))
        self._newest_s = dict(self.latest_s)
        self._session = str((item.get("status") or {}).get("session", ""))
        self.has_begun = True

    def expect_start(self) -> None:
        """The word to start is under way: an app that does not measure yet is not paused."""
        self._was_measuring, self._patient_until_s = True, time.monotonic() + _START_S

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
                fresh |= found.times_s[-1] != self._newest_s[role]
                self._newest_s[role] = self.latest_s[role] = found.times_s[-1]
        if answer.is_measuring:
            self._patient_until_s = 0.0
        elif time.monotonic() < self._patient_until_s and not fresh:
            return
        if fresh or answer.is_measuring != self._was_measuring:
            self._inbox.put_packet(OBJECTS, text, is_data=fresh)
        if self._was_measuring and not answer.is_measuring:
            self._say(f"phyphox is paused: {_PRESS_START}")
        self._was_measuring = answer.is_measuring
        self._look_back(poll_s, is_empty=answer.is_measuring and not fresh)

    def _look_back(self, poll_s: float, *, is_empty: bool) -> None:
        """An app that measures and has nothing new: its time may have been set back, so ask for everything once."""
        was_s, self._empty_s = self._empty_s, self._empty_s + poll_s if is_empty else 0.0
        if was_s <= _STALE_S < self._empty_s:
            self.latest_s = dict.fromkeys(self.latest_s, 0.0)


def _query(latest: Mapping[Role, float]) -> str:
    """The poll for what lies above the latest times."""
    parts = []
    for role, (name, *axes) in phyphox.BUFFERS.items():
        threshold = repr(latest[role])
        parts.append(f"{name}={threshold}")
        parts += [f"{axis}={threshold}{quote('|')}{name}" for axis in axes]
    return "/get?" + "&".join(parts)


class Phone:
    """The remote access of one phone: requests one after the other on a connection that is kept."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self._connection = http.client.HTTPConnection(host, port, timeout=_ANSWER_S)

    def close(self) -> None:
        """Let the connection go."""
        self._connection.close()

    async def asked(self, path: str) -> dict[str, Any]:
        """The answer as an object. Raises one of _GONE."""
        return (await self.answer(path))[1]

    async def answer(self, path: str) -> tuple[bytes, dict[str, Any]]:
        """The answer as it came, in one line, and as an object. Raises one of _GONE."""
        return await asyncio.to_thread(self._fetched, path)

    def _fetched(self, path: str) -> tuple[bytes, dict[str, Any]]:
        try:
            self._connection.request("GET", path)
            with self._connection.getresponse() as response:
                body = _whole(response)
        except (OSError, http.client.HTTPException, ValueError):
            self._connection.close()
            raise
        if response.status != 200:
            raise ValueError(f"status {response.status}")
        item = json.loads(body)
        if not isinstance(item, dict):
            raise ValueError("no object")  # noqa: TRY004 - told as what else can be wrong with an answer
        return in_one_line(body), item


def _whole(response: http.client.HTTPResponse) -> bytes:
    """The body, of bounded size and within bounded time. Raises OSError, HTTPException, ValueError."""
    deadline_s = time.monotonic() + _ANSWER_S
    body = b""
    while chunk := response.read1(_PIECE):
        body += chunk
        if len(body) > _LARGEST_ANSWER:
            raise ValueError("an answer without end")
        if time.monotonic() > deadline_s:
            raise TimeoutError("an answer that takes too long")
    return body
