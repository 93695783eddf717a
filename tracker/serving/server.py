"""The HTTP server, with bounds on what a stranger may do. Starlette and uvicorn do the protocol."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

MOST_CONNECTIONS = 96  # a browser opens up to six while it loads
MOST_FROM_ONE = 48  # of them from one address: one that stalls must not take every place
REQUEST_S = 10.0  # a request that is not complete by then is nobody's who wants to see a page
PING_S, PONG_S = 5.0, 10.0  # a phone that left the room is given up after a quarter of a minute


class _Impatient(H11Protocol):
    """Closes a connection whose request is not complete in time: one byte a second must not hold a place."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the time; who has come with wrong keys before is not listened to."""
        super().connection_made(transport)
        self._patience = self.loop.call_later(REQUEST_S, self._give_up)
        host = self.client[0] if self.client else ""
        clients = (getattr(other, "client", None) for other in self.connections)
        from_there = sum(client is not None and client[0] == host for client in clients)
        if from_there > MOST_FROM_ONE or self.is_refused(host):
            transport.abort()

    def is_refused(self, host: str) -> bool:  # noqa: ARG002 - for those that know better
        """True for an address that is not to be listened to."""
        return False

    def data_received(self, data: bytes) -> None:
        """A request that is complete has all the time it needs; the keep-alive limit follows."""
        super().data_received(data)
        if self.scope is not None:
            self._patience.cancel()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is left to limit."""
        self._patience.cancel()
        super().connection_lost(exc)

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.abort()


def _choosy(refuses: Callable[[str], bool]) -> type[_Impatient]:
    class Choosy(_Impatient):
        def is_refused(self, host: str) -> bool:
            return refuses(host)

    return Choosy


def server(
    app: Starlette,
    *,
    largest_message: int,
    tls: ssl.SSLContext | None = None,
    refuses: Callable[[str], bool] | None = None,
) -> uvicorn.Server:
    """A server that neither logs nor catches signals, and bounds what a stranger may send.

    largest_message: of a WebSocket [bytes]; what is posted is bounded by whoever reads it. tls: serve HTTPS with it.
    refuses: true for an address that is not to be listened to.
    """
    quiet = logging.getLogger("uvicorn.error")
    quiet.addHandler(logging.NullHandler())
    quiet.propagate = False  # what strangers send wrong is no news for the terminal
    config = uvicorn.Config(
        app,
        loop="asyncio",
        http=_Impatient if refuses is None else _choosy(refuses),
        ws="websockets-sansio",
        ws_max_size=largest_message,
        ws_ping_interval=PING_S,
        ws_ping_timeout=PONG_S,
        ws_per_message_deflate=False,  # a state is 500 bytes: compressing costs more than it saves
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=MOST_CONNECTIONS,
        h11_max_incomplete_event_size=8192,
        timeout_graceful_shutdown=1,
    )
    config.load()
    config.ssl = tls
    return uvicorn.Server(config)
