"""The server to which a phone sends: a few files to fetch, and one place for messages, behind a key in the URL.

It runs in a thread of its own, so that a stranger who floods it costs the session nothing but processor time, and
hands messages to the session's loop, a bounded number at a time. Bounds: the size of a message, messages a second of
one sender, connections that never finish; whoever brings wrong keys is soon not listened to at all.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from tracker.serving import guard
from tracker.serving.address import Address
from tracker.serving.allowance import Allowance
from tracker.serving.server import server
from tracker.serving.server_thread import ServerThread

# bytes; a second of every sensor of a phone has 250 kB, and a line of a recording takes 1 MB with its quotes escaped
LARGEST_MESSAGE = 600_000
BODY_S = 10.0  # a body that is not whole by then comes from nobody who measures
MESSAGES_A_SECOND = 60.0  # a page sends 10 to 20; five seconds' worth may come at once after a stall
_BURST = 300.0
_MOST_UNDERWAY = 512  # messages on their way to the session
_MOST_WRONG = 20  # wrong keys from one address; nobody mistypes a QR code so often
_FORGIVEN_S = 60.0  # whoever guesses on gets 20 keys a minute of 2 ** 49
_MOST_REMEMBERED = 256  # addresses
_POLICY = 1008  # a WebSocket close code (RFC 6455)
BUSY = "The computer is too busy to take this; send it again."
_NO = "This address needs the key that `tracker` printed with it.\n"

# Takes a message, in the server's thread; says what is wrong with it, "" = nothing.
Take = Callable[[bytes], str]


class File(NamedTuple):
    """Something to fetch."""

    content: bytes
    media_type: str


class Receiver:
    """Serves between `start` and `close`. take: for each message; fetched: told the host that fetched which file."""

    def __init__(
        self,
        address: Address,
        take: Take,
        *,
        files: Mapping[str, File],
        message_path: str | None = None,
        fetched: Callable[[str, str], None] = lambda _path, _host: None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.address = address
        self._take = take
        self._files = files
        self._message_path = message_path
        self._fetched = fetched
        self._senders: dict[str, Allowance] = {}
        self._wrong: dict[str, tuple[int, float]] = {}
        app = Starlette(
            routes=[
                WebSocketRoute("/{path:path}", self._socket),
                Route("/{path:path}", self._post, methods=["POST"]),
                Route("/{path:path}", self._file, methods=["GET"]),
            ]
        )
        http = server(app, largest_message=LARGEST_MESSAGE, tls=tls, refuses=self._is_refused)
        self._serving = ServerThread(http, address.listener, title="address for the phone")

    def start(self) -> None:
        """Serve. Raises TrackerError when the server does not come up."""
        self._serving.start(hint="Try another --phone-port.")

    def close(self) -> None:
        """End the server."""
        self._serving.end()

    # who may come ------------------------------------------------------------------------------------------------

    def _is_refused(self, host: str) -> bool:
        count, since_s = self._wrong.get(host, (0, 0.0))
        if count >= _MOST_WRONG and time.monotonic() - since_s > _FORGIVEN_S:
            del self._wrong[host]
            return False
        return count >= _MOST_WRONG

    def _path(self, connection: HTTPConnection) -> str | None:
        """The path behind the key; None for a stranger, who is remembered."""
        given, slash, rest = str(connection.path_params["path"]).partition("/")
        is_here = self.address.is_named_by(connection.headers.getlist("host"))
        if is_here and slash and guard.is_key(given, self.address.key):
            return rest
        host = _host(connection)
        count, since_s = self._wrong.get(host, (0, time.monotonic()))
        if len(self._wrong) >= _MOST_REMEMBERED and host not in self._wrong:
            self._wrong.pop(next(iter(self._wrong)))
        self._wrong[host] = count + 1, since_s
        return None

    def _may_send(self, connection: HTTPConnection) -> bool:
        host = _host(connection)
        if len(self._senders) >= _MOST_REMEMBERED and host not in self._senders:
            self._senders.pop(next(iter(self._senders)))
        now_s = time.monotonic()
        fresh = Allowance(now_s, burst=_BURST, rate_per_s=MESSAGES_A_SECOND)
        return self._senders.setdefault(host, fresh).take(now_s)

    # what they want ----------------------------------------------------------------------------------------------

    async def _file(self, request: Request) -> Response:
        path = self._path(request)
        if path is None:
            return _refusal(403, _NO)
        found = self._files.get(path)
        headers = guard.headers(request.headers["host"], self.address.scheme)
        if found is None:
            return PlainTextResponse("There is nothing here.\n", 404, headers)
        self._fetched(path, _host(request))
        return Response(found.content, media_type=found.media_type, headers=headers)

    async def _post(self, request: Request) -> Response:
        path = self._path(request)
        if path is None:
            return _refusal(403, _NO)
        if path != self._message_path:
            return _refusal(404, "Messages go elsewhere.\n")
        if not self._may_send(request):
            return _refusal(429, "Too many messages; wait a moment.\n")
        body = bytearray()
        try:
            async with asyncio.timeout(BODY_S):
                async for chunk in request.stream():
                    body += chunk
                    if len(body) > LARGEST_MESSAGE:
                        return _refusal(413, f"A message has at most {LARGEST_MESSAGE} bytes: switch sensors off.\n")
        except (TimeoutError, ClientDisconnect):
            return _refusal(408, "The message did not come whole.\n")
        problem = self._take(bytes(body))
        return PlainTextResponse(f"{problem or 'ok'}\n", {"": 200, BUSY: 503}.get(problem, 400))

    async def _socket(self, socket: WebSocket) -> None:
        origins = socket.headers.getlist("origin")
        is_ours = all(
            guard.is_origin(origin, socket.headers.get("host", ""), self.address.scheme) for origin in origins
        )
        if self._path(socket) != self._message_path or not is_ours:
            await socket.close(_POLICY)  # before it was accepted: the answer is 403
            return
        await socket.accept()
        with contextlib.suppress(WebSocketDisconnect, RuntimeError, KeyError):
            while True:
                message = await socket.receive_text()
                if not self._may_send(socket):
                    await socket.close(_POLICY, "Too many messages.")
                    return
                problem = self._take(message.encode())
                if problem:
                    await socket.send_text(problem)


class Handover:
    """From the server's thread to the session's loop: a bounded number of calls under way. Made in that loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._underway = 0
        self._lock = threading.Lock()

    def call(self, what: Callable[[], None]) -> bool:
        """Let the loop do this; False if it is too far behind or gone."""
        with self._lock:
            if self._underway >= _MOST_UNDERWAY:
                return False
            self._underway += 1
        try:
            self._loop.call_soon_threadsafe(self._do, what)
        except RuntimeError:  # the session is over
            return False
        return True

    def _do(self, what: Callable[[], None]) -> None:
        with self._lock:
            self._underway -= 1
        what()


async def receive(
    address: Address,
    read: Callable[[bytes], Callable[[], None]],
    *,
    files: Mapping[str, File],
    message_path: str,
    no_message: str,
    tls: ssl.SSLContext | None = None,
) -> None:
    """Serve until cancelled. Raises TrackerError when the server does not come up.

    read: what a message means, read in the server's thread; what it returns is done in the loop of the caller. Of
    anything else it raises what parsing raises, and the sender is told `no_message`.
    """
    handover = Handover()

    def take(body: bytes) -> str:
        try:
            what = read(body)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
            return no_message
        return "" if handover.call(what) else BUSY

    receiver = Receiver(address, take, files=files, message_path=message_path, tls=tls)
    receiver.start()
    try:
        await asyncio.Event().wait()
    finally:
        await asyncio.to_thread(receiver.close)


def _refusal(status: int, text: str) -> Response:
    return PlainTextResponse(text, status, {"connection": "close"})


def _host(connection: HTTPConnection) -> str:
    return connection.client.host if connection.client else ""
