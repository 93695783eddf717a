"""A phone as a source: whatever the app, it streams, falls silent, and comes back.

         waits for the person and the app
  [away] ---------------------------------> [streaming]
    ^                                           |
    +-------------------------------------------+
       silent: LINK_LOST; back with the first new data: LINK_BACK

A link (one file an app) puts what the phone sends into the inbox for as long as it runs, and never gives up by itself;
here is what all of them share: the first data, silences, sentences for the person, and the end.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from tracker.core.model import CommandName, Input
from tracker.decoders import DeviceProfile
from tracker.sources.inbox import Inbox

SILENT_S = 4.0  # apps send once a second; three missed in a row are no jitter of a home network
_SILENT_INTERVALS = 3.5  # of a slow app: three messages missed in a row
_REMIND_S = 45.0  # a person who is installing an app hears now and then that all is well here
_LATE_S = 0.05  # data that came while the computer was busy are read first

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class About:
    """What is known of the phone: its words for the header, and its charge where an app tells."""

    text: str = ""
    battery_pct: int | None = None


class PhoneLink(Protocol):
    """One app's way to send. profile: who decodes it; title: what people call it; waiting: what to remind of."""

    profile: DeviceProfile
    title: str

    @property
    def waiting(self) -> str:
        """What to do on the phone, if nothing comes."""

    async def run(self, inbox: Inbox, say: Say) -> None:
        """Put in what comes, until cancelled. Raises DeviceError for what waiting can not mend."""


class PhoneStream:
    """Inside `async with` the phone streams; `batches` are its inputs, with notes for the person among them.

    say: for what they should know before and afterwards.

    Raises on entering: DeviceError, TrackerError.
    """

    def __init__(self, link: PhoneLink, *, clock: Callable[[], float], say: Say) -> None:
        self.profile = link.profile
        self.title = link.title
        self.about = About()
        self._link = link
        self._say = say
        self._inbox = Inbox(clock)
        self._is_streaming = False
        self._tasks: list[asyncio.Task[None]] = []

    def tell(self, name: CommandName, value: str = "") -> None:
        """Put a command into the stream, now."""
        self._inbox.put_command(name, value)

    def batches(self) -> AsyncGenerator[list[Input], None]:
        """Packets and commands as they arrive, without end."""
        return self._inbox.batches()

    async def __aenter__(self) -> Self:
        """Begin; returns with the first data."""
        running = asyncio.create_task(self._link.run(self._inbox, self._tell_person))
        first = asyncio.create_task(self._first_data())
        self._tasks = [running, first]
        try:
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                await running
        except BaseException:
            await self._close()
            raise
        self._is_streaming = True
        running.add_done_callback(self._ended)
        self._tasks.append(asyncio.create_task(self._watch()))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let the phone go."""
        self._is_streaming = False
        await self._close()

    async def _close(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._inbox.close(None if task.cancelled() else task.exception())

    async def _first_data(self) -> None:
        while not self._inbox.has_data.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_REMIND_S):
                    await self._inbox.has_data.wait()
                    return
            self._say(f"Still waiting: {self._link.waiting} (Ctrl-C ends)")

    async def _watch(self) -> None:
        """Tell the stream when the phone falls silent; its next data tell that it is back."""
        inbox = self._inbox
        while True:
            limit_s = max(SILENT_S, _SILENT_INTERVALS * inbox.usual_interval_s)
            await asyncio.sleep(max(_LATE_S, limit_s - inbox.seconds_silent()))
            if inbox.seconds_silent() < limit_s:
                continue
            inbox.lose_link()  # first: of two notices the later one stays on a screen
            self._tell_person(f"Nothing comes from the phone: {self._link.waiting}")
            inbox.begin_link()
            await inbox.has_data.wait()

    def _tell_person(self, sentence: str) -> None:
        """While it streams a sentence is a part of the stream: seen where the counts are, and kept with them."""
        if self._is_streaming:
            self._inbox.put_note(sentence)
        else:
            self._say(sentence)
