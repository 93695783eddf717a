"""A server in a thread of its own, so that whatever happens there costs the session nothing: it is a guest here."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import threading
from collections.abc import Awaitable, Callable

import uvicorn

from tracker.errors import TrackerError

_START_S = 10.0  # it takes a tenth of a second; a computer that needs more has other worries
_LOOK_S = 0.01  # whether it is up: uvicorn says it by a flag alone
_END_S = 3.0  # screens get half a second to take their last message, connections one to close

_log = logging.getLogger(__name__)


class ServerThread:
    """Serves at `listener` from `start` to `end`. title: what people call it, in a sentence."""

    def __init__(self, server: uvicorn.Server, listener: socket.socket, *, title: str) -> None:
        self._server = server
        self._listener = listener
        self._title = title
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_serving = threading.Event()
        self._thread = threading.Thread(target=self._run, name=title, daemon=True)

    def start(self, *, hint: str) -> None:
        """Serve. Raises TrackerError with this hint when the server does not come up."""
        self._thread.start()
        if not self._is_serving.wait(_START_S) or self._loop is None:
            self.give_up()
            raise TrackerError(f"The {self._title} could not be served.", hint=hint)

    def soon(self, work: Callable[..., object], *arguments: object) -> None:
        """Do this in the server's thread, without waiting for it; nothing where the server is gone."""
        loop = self._loop  # the other thread may end it at any moment
        if loop is not None:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(work, *arguments)

    def give_up(self) -> None:
        """Take no more work and end, without waiting for it."""
        self._loop = None
        self._server.should_exit = True

    def end(self, last: Callable[[], Awaitable[None]] | None = None) -> None:
        """Do the last thing in the server's thread, then end the server; wait for it at most three seconds."""
        if last is None:
            self.give_up()
        else:
            self.soon(self._end_after, last)
        if self._thread.is_alive():
            self._thread.join(_END_S)

    def _end_after(self, last: Callable[[], Awaitable[None]]) -> None:
        self._ending = asyncio.ensure_future(self._finish(last))  # kept: a task nobody holds may be thrown away

    async def _finish(self, last: Callable[[], Awaitable[None]]) -> None:
        try:
            await last()
        except Exception:  # noqa: BLE001 - no goodbye is no reason to stay
            self._warn()
        finally:
            self._server.should_exit = True

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception:  # noqa: BLE001 - whatever is wrong with a guest, the set goes on
            self._warn()
        finally:
            self._loop = None
            self._is_serving.set()
            self._listener.close()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        serving = asyncio.create_task(self._server.serve(sockets=[self._listener]))
        while not self._server.started and not serving.done():
            await asyncio.sleep(_LOOK_S)
        if self._server.started:
            self._is_serving.set()
        await serving

    def _warn(self) -> None:
        _log.warning("The %s failed; the set goes on.", self._title, exc_info=True)
