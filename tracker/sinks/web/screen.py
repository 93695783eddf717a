"""The sink: hands events to the server's thread and goes on. Whatever happens there, the set goes on."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Sequence

from tracker.controls import Tell
from tracker.core.events import Event
from tracker.core.model import CommandName
from tracker.errors import TrackerError
from tracker.serving.address import Address
from tracker.serving.server import server
from tracker.sinks.web.app import Page
from tracker.sinks.web.scene import Scene
from tracker.sinks.web.taps import MAX_BYTES

_START_S = 10.0  # it takes a tenth of a second; a computer that needs more has other worries
_END_S = 3.0  # screens get half a second to take their last message, connections one to close

_log = logging.getLogger(__name__)


class WebScreen:
    """Serves the page at `address` from `start` to `close`."""

    def __init__(self, address: Address, scene: Scene) -> None:
        self.address = address
        self._page = Page(scene, address)
        self._server = server(self._page.app, largest_message=MAX_BYTES)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_serving = threading.Event()
        self._thread = threading.Thread(target=self._run, name="web page", daemon=True)

    def start(self) -> None:
        """Serve. Raises TrackerError when the server does not come up."""
        self._thread.start()
        if not self._is_serving.wait(_START_S) or self._loop is None:
            raise TrackerError("The page could not be served.", hint="--no-web leaves it out.")

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
        self._soon(self._take, list(events))

    def _take(self, events: Sequence[Event]) -> None:
        try:
            self._page.take(events)
        except Exception:  # noqa: BLE001 - whatever is wrong with the page, the set goes on
            _log.warning("The page failed; the set goes on.", exc_info=True)
            self._loop = None
            self._server.should_exit = True

    def until_taken(self, limit_s: float) -> bool:
        """Wait until all that was handed over so far is taken; False when it takes longer. For tests and benchmarks."""
        taken = threading.Event()
        self._soon(taken.set)
        return taken.wait(limit_s)

    def close(self) -> None:
        """Let the screens see the last of it, then end the server."""
        self._soon(self._end)
        if self._thread.is_alive():
            self._thread.join(_END_S)

    def _soon(self, work: Callable[..., object], *arguments: object) -> None:
        """Do this in the server's thread, without waiting for it; nothing where the server is gone."""
        loop = self._loop  # the other thread may end it at any moment
        if loop is not None:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(work, *arguments)

    def _end(self) -> None:
        self._ending = asyncio.ensure_future(self._goodbye())

    async def _goodbye(self) -> None:
        await self._page.say_goodbye()
        self._server.should_exit = True

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception:  # noqa: BLE001 - the page is a guest here: the set goes on without it
            _log.warning("The page failed; the set goes on.", exc_info=True)
        finally:
            self._loop = None
            self._is_serving.set()
            self.address.listener.close()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop.call_soon(self._is_serving.set)
        await self._server.serve(sockets=[self.address.listener])
