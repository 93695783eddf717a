"""What waits for one screen: of the state only the latest, of sounds and sets everything, up to a limit.

So memory is bounded however slow the screen is, and a screen that is too slow for its sounds is let go: when it comes
back it gets everything in one message. All of it lives in the server's thread.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from tracker.sinks.web.scene import News, as_json

# The engine is asked for 30 poses a second; a little above, so that one that comes late does not delay the next [1/s].
STATE_RATE_HZ = 40.0
# So that a page knows within two seconds when the program or the network is gone [s].
HEARTBEAT_S = 1.0
# Some twenty reps' worth: whoever is so far behind should start afresh.
MOST_SOUNDS = 64


class Outbox:
    """One screen's. hello: what it gets first; state: gives the present state as JSON; clock: monotonic seconds."""

    def __init__(self, hello: str, state: Callable[[], str], clock: Callable[[], float]) -> None:
        self._hello = hello
        self._state = state
        self._clock = clock
        self._sounds: list[dict[str, Any]] = []
        self._sets: dict[int, str] = {}
        self._has_news = asyncio.Event()
        self._is_urgent = asyncio.Event()
        self._sent_s = float("-inf")

    def put(self, news: News) -> bool:
        """Something changed; False when the screen is too far behind. Urgent news do not wait for their turn."""
        self._sounds += news.sounds
        self._sets.update(news.sets)
        self._has_news.set()
        if news.is_urgent:
            self._is_urgent.set()
        return len(self._sounds) <= MOST_SOUNDS

    @property
    def has_news(self) -> bool:
        """True while something was not yet sent."""
        return self._has_news.is_set()

    async def next(self) -> str:
        """The next message, when it is time for one."""
        if self._hello:
            text, self._hello = self._hello, ""
            return text
        await _within(HEARTBEAT_S, self._has_news)
        await _within(self._sent_s + 1 / STATE_RATE_HZ - self._clock(), self._is_urgent)
        self._sent_s = self._clock()
        return self._message()

    def _message(self) -> str:
        parts = [f'"state":{self._state()}']
        if self._sounds:
            parts.append(f'"sounds":{as_json(self._sounds)}')
        if self._sets:
            parts.append(f'"sets":[{",".join(self._sets.values())}]')
        self._sounds, self._sets = [], {}
        self._has_news.clear()
        self._is_urgent.clear()
        return f"{{{','.join(parts)}}}"


async def _within(limit_s: float, event: asyncio.Event) -> None:
    """Until the event is set, at most so long."""
    if limit_s > 0 and not event.is_set():
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                await event.wait()
