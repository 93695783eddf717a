"""The server's side of the page: its files, and one WebSocket a screen. Starlette and uvicorn do the protocol."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from tracker.controls import Tell
from tracker.core.events import Event
from tracker.serving import guard
from tracker.serving.address import Address
from tracker.serving.allowance import Allowance
from tracker.sinks.web.assets import assets
from tracker.sinks.web.outbox import Outbox
from tracker.sinks.web.scene import Scene, as_json
from tracker.sinks.web.taps import BURST, RATE_PER_S, BadTap, parse_tap

MOST_SCREENS = 16  # walls, phones and laptops of a whole team

_TRY_AGAIN, _GOING_AWAY, _POLICY = 1013, 1001, 1008  # WebSocket close codes (RFC 6455, IANA registry)
_NO_SLASH = "/"  # the page's address without its last slash, from which its parts would not be found
_NO_KEY = "This address needs the key that `tracker` printed with it.\n"
_NO_HOST = "This is not an address of this program.\n"


class Page:
    """Screens and what they see. All of it runs in the server's loop; only `tell` leads out of it."""

    def __init__(self, scene: Scene, address: Address) -> None:
        self._tell: Tell | None = None
        self._scene = scene
        self._address = address
        self._assets = assets()
        self._screens: dict[Outbox, asyncio.Task[None]] = {}
        self._state_text = ""
        self.app = Starlette(
            routes=[
                WebSocketRoute("/{path:path}", self._screen),
                Route("/{path:path}", self._file, methods=["GET"]),
            ]
        )

    def listen(self, tell: Tell) -> None:
        """From now on pass on what screens say."""
        self._tell = tell
        self._scene.can_tell = True

    @property
    def screen_count(self) -> int:
        """How many screens are connected."""
        return len(self._screens)

    def take(self, events: Sequence[Event]) -> None:
        """Fold events in and put what is new before every screen."""
        news = self._scene.take(events)
        self._state_text = ""
        for outbox, task in list(self._screens.items()):
            if not outbox.put(news):
                del self._screens[outbox]
                task.cancel()

    async def say_goodbye(self) -> None:
        """Give every screen what is left for it; at most so long as a slow one may hold up the end."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                while any(outbox.has_news for outbox in self._screens):
                    await asyncio.sleep(0.01)

    # files -------------------------------------------------------------------------------------------------------

    async def _file(self, request: Request) -> Response:
        path, refusal = self._path(request)
        if refusal:
            return PlainTextResponse(refusal, 403)
        if path == _NO_SLASH:
            return RedirectResponse(f"/{self._address.key}/")
        found = self._assets.get(path)
        headers = guard.headers(request.headers["host"])
        if found is None:
            return PlainTextResponse("There is no such page.\n", 404, headers)
        return Response(found.content, media_type=found.media_type, headers=headers)

    def _path(self, connection: HTTPConnection) -> tuple[str, str]:
        """The path below the page's address, or why there is none for this request."""
        if not self._address.is_named_by(connection.headers.getlist("host")):
            return "", _NO_HOST
        path, key = str(connection.path_params["path"]), self._address.key
        if not key:
            return path, ""
        given, slash, rest = path.partition("/")
        return (rest if slash else _NO_SLASH, "") if guard.is_key(given, key) else ("", _NO_KEY)

    # screens -----------------------------------------------------------------------------------------------------

    async def _screen(self, socket: WebSocket) -> None:
        """One screen from opening to closing."""
        path, refusal = self._path(socket)
        origins = socket.headers.getlist("origin")
        if refusal or path != "screen" or len(origins) != 1 or not guard.is_origin(origins[0], socket.headers["host"]):
            await socket.close(_POLICY)  # before it was accepted: the answer is 403
            return
        await socket.accept()
        if len(self._screens) >= MOST_SCREENS:
            await socket.close(_TRY_AGAIN, f"There are {MOST_SCREENS} screens already.")
            return
        outbox = Outbox(self._scene.hello(), self._state, time.monotonic)
        sending = asyncio.create_task(self._send(socket, outbox))
        self._screens[outbox] = sending
        receiving = asyncio.create_task(self._receive(socket))
        try:
            await asyncio.wait({sending, receiving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._screens.pop(outbox, None)
            await _ended(sending, receiving)
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):  # it may be closed already
            await socket.close(_TRY_AGAIN if sending.cancelled() else _GOING_AWAY)

    def _state(self) -> str:
        """The state as JSON; made once for all screens."""
        if not self._state_text:
            self._state_text = as_json(self._scene.state())
        return self._state_text

    async def _send(self, socket: WebSocket, outbox: Outbox) -> None:
        while True:
            await socket.send_text(await outbox.next())

    async def _receive(self, socket: WebSocket) -> None:
        allowance = Allowance(time.monotonic(), burst=BURST, rate_per_s=RATE_PER_S)
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            problem = self._obey(message, allowance)
            if problem:
                await socket.send_text(as_json({"problem": problem}))

    def _obey(self, message: Mapping[str, Any], allowance: Allowance) -> str:
        """Pass a tap on; otherwise why not."""
        if not allowance.take(time.monotonic()):
            return "Too many taps at once; wait a moment."
        if self._tell is None:
            return "This session takes no commands."
        try:
            tap = parse_tap(message.get("text") or "")
        except BadTap as error:
            return str(error)
        self._tell(tap.name, tap.value)
        return ""


async def _ended(*tasks: asyncio.Task[None]) -> None:
    """Cancel and wait; a screen that is gone is no error."""
    for task in tasks:
        task.cancel()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(result, Exception) and not isinstance(result, WebSocketDisconnect | RuntimeError):
            logging.getLogger(__name__).warning("A screen was dropped.", exc_info=result)
