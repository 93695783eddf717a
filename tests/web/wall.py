"""A page that is served for a test, events to feed it, and a screen without a browser."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import threading
from collections.abc import Callable
from typing import Any, Self

from websockets.exceptions import ConnectionClosed
from websockets.frames import Close
from websockets.sync.client import ClientConnection, connect

from tracker.core.config import Config
from tracker.core.events import Event
from tracker.core.model import CommandName
from tracker.sinks.web import WebScreen, bind
from tracker.sinks.web.scene import Scene

LONGEST_WAIT_S = 30.0  # nothing here takes a tenth of it


class Wall:
    """A served page. told: what screens said, once `listen` was called."""

    def __init__(
        self, *, is_open: bool = False, config: Config | None = None, speed: float = 1.0, port: int = 0
    ) -> None:
        self.address = bind(port, is_open=is_open)
        self.page = WebScreen(self.address, Scene(config or Config(), title="Test", speed=speed))
        self.told: list[tuple[CommandName, str]] = []
        self._heard = threading.Condition()
        self._loop: asyncio.AbstractEventLoop | None = None

    def __enter__(self) -> Self:
        self.page.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.page.close()
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.address.port}"

    @property
    def base(self) -> str:
        """The path under which everything is."""
        return f"/{self.address.key}/" if self.address.key else "/"

    @property
    def url(self) -> str:
        return f"http://{self.host}{self.base}"

    def listen(self) -> None:
        """Take what screens say, in a loop of its own as the program's is."""
        if self._loop is not None:
            return
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

        async def listening() -> None:
            self.page.listen(self._hear)

        asyncio.run_coroutine_threadsafe(listening(), self._loop).result(LONGEST_WAIT_S)

    def _hear(self, name: CommandName, value: str) -> None:
        with self._heard:
            self.told.append((name, value))
            self._heard.notify_all()

    def wait_told(self, count: int) -> list[tuple[CommandName, str]]:
        with self._heard:
            assert self._heard.wait_for(lambda: len(self.told) >= count, LONGEST_WAIT_S)
            return list(self.told)

    def handle(self, *events: Event) -> None:
        self.page.handle(events)

    def until_taken(self) -> None:
        """Wait until the server's thread has taken everything that was handed over."""
        assert self.page.until_taken(LONGEST_WAIT_S)

    def get(self, path: str, *, method: str = "GET", host: str = "") -> tuple[int, dict[str, str], bytes]:
        """One request: status, headers, body. host: another Host header."""
        connection = http.client.HTTPConnection("127.0.0.1", self.address.port, timeout=LONGEST_WAIT_S)
        try:
            connection.putrequest(method, path, skip_host=True)
            connection.putheader("host", host or self.host)
            connection.endheaders()
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, found, answer.read()
        finally:
            connection.close()

    def screen(self, *, path: str = "", origin: str | None = "", host: str = "") -> Screen:
        """A screen that is connected. origin: "" = that of our own page. Raises InvalidStatus when it is refused."""
        stack = contextlib.ExitStack()
        socket = stack.enter_context(
            connect(
                f"ws://{host or self.host}{path or self.base + 'screen'}",
                origin=f"http://{self.host}" if origin == "" else origin,  # type: ignore[arg-type]
                compression=None,
                open_timeout=LONGEST_WAIT_S,
                close_timeout=1.0,
                max_size=None,
            )
        )
        return Screen(socket, stack)


class Screen:
    """What a page would hear, message by message."""

    def __init__(self, socket: ClientConnection, stack: contextlib.ExitStack) -> None:
        self.socket = socket
        self._stack = stack

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._stack.close()

    def next(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self.socket.recv(LONGEST_WAIT_S))
        return message

    def until(self, is_it: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """The first message of which it is true."""
        for _ in range(10_000):
            message = self.next()
            if is_it(message):
                return message
        raise AssertionError("it did not come")

    def until_closed(self) -> tuple[dict[str, Any], Close | None]:
        """The last message, and how the link was closed."""
        last: dict[str, Any] = {}
        try:
            while True:
                last = self.next()
        except ConnectionClosed as closed:
            return last, closed.rcvd

    def send(self, message: object) -> None:
        self.socket.send(message if isinstance(message, str | bytes) else json.dumps(message))
