"""A listening socket that closes at once what is too much, before it costs a file handle for long.

The server bounds connections that have said something; those that say nothing, not even a greeting for TLS, it does not
see for a minute, and some hundreds of them take every handle a process has: then nobody can come any more, and the
recording can not be closed. On Windows connections are accepted past `accept`, and only the server's bounds hold.
"""

from __future__ import annotations

import socket
import weakref
from typing import Any

MOST_OPEN = 192  # twice what the server serves; a process has 256 handles at the least (macOS)
MOST_OPEN_FROM_ONE = 64  # a third of all: one address never takes the place of the others


class BoundedListener(socket.socket):
    """Accepts so many connections at a time, and so many from one address."""

    def __init__(self, family: int, kind: int) -> None:
        # named, because asyncio sends at once only where it is: else a small message waits 40 ms for an acknowledgement
        super().__init__(family, kind, socket.IPPROTO_TCP)
        self._open: weakref.WeakKeyDictionary[socket.socket, str] = weakref.WeakKeyDictionary()

    def accept(self) -> tuple[socket.socket, Any]:
        """The next connection. Raises ConnectionAbortedError for one too many, which is closed already."""
        connection, address = super().accept()
        hosts = [host for one, host in self._open.items() if one.fileno() >= 0]
        if len(hosts) >= MOST_OPEN or hosts.count(str(address[0])) >= MOST_OPEN_FROM_ONE:
            connection.close()
            raise ConnectionAbortedError
        self._open[connection] = str(address[0])
        return connection, address
