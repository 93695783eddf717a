"""The sink: hands events to the server's thread and goes on. Whatever happens there, the set goes on."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Sequence

from tracker.controls import Tell
from tracker.core.events import Event
from tracker.core.model import CommandName
from tracker.serving.address import Address
from tracker.serving.server import server
from tracker.serving.server_thread import ServerThread
from tracker.sinks.web.app import Page
from tracker.sinks.web.scene import Scene
from tracker.sinks.web.taps import MAX_BYTES

_log = logging.getLogger(__name__)


class WebScreen:
    """Serves the page at `address` from `start` to `close`."""

    def __init__(self, address: Address, scene: Scene) -> None:
        self.address = address
        self._page = Page(scene, address)
        http = server(self._page.app, largest_message=MAX_BYTES)
        self._serving = ServerThread(http, address.listener, title="page")

    def start(self) -> None:
        """Serve. Raises TrackerError when the server does not come up."""
        self._serving.start(hint="--no-web leaves it out.")

    def listen(self, tell: Tell) -> None:
        """From now on pass on what screens say; `tell` is called in the loop that runs now, not in the server's."""
        loop = asyncio.get_running_loop()

        def tell_there(name: CommandName, value: str) -> None:
            with contextlib.suppress(RuntimeError):  # the session is over
                loop.call_soon_threadsafe(tell, name, value)

        self._page.listen(tell_there)

    @property
    def screen_count(self) -> int:
        """How many screens look on."""
        return self._page.screen_count

    def handle(self, events: Sequence[Event]) -> None:
        """Hand over; nothing here waits for a screen."""
        self._serving.soon(self._take, list(events))

    def _take(self, events: Sequence[Event]) -> None:
        try:
            self._page.take(events)
        except Exception:  # noqa: BLE001 - whatever is wrong with the page, the set goes on
            _log.warning("The page failed; the set goes on.", exc_info=True)
            self._serving.give_up()

    def until_taken(self, limit_s: float) -> bool:
        """Wait until all that was handed over so far is taken; False when it takes longer. For tests and benchmarks."""
        taken = threading.Event()
        self._serving.soon(taken.set)
        return taken.wait(limit_s)

    def close(self) -> None:
        """Let the screens see the last of it, then end the server."""
        self._serving.end(self._page.say_goodbye)
