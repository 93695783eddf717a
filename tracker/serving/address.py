"""Where a server is: on this computer only, or in the network with a key; its port, its URL, its QR code."""

from __future__ import annotations

import io
import socket
from collections.abc import Sequence
from dataclasses import dataclass

from tracker.errors import TrackerError
from tracker.serving import guard
from tracker.serving.listener import BoundedListener

# Two seconds of states: what a slow screen has not taken is old, and the newest should not queue behind minutes of it.
SEND_BUFFER_BYTES = 32768
PORTS_TRIED = 20  # so many sessions at once on one computer nobody has
PAGE_HINT = "Name another with --port, or leave the page out with --no-web."
_ANYWHERE = ("192.0.2.1", 9)  # reserved for documentation: asking for the way there sends nothing


@dataclass(frozen=True, slots=True)
class Address:
    """A bound socket and how to reach it. key: "" = this computer only, and none is needed. scheme: http or https."""

    listener: socket.socket
    host: str
    port: int
    key: str
    own_names: frozenset[str] = frozenset()
    scheme: str = "http"

    @property
    def url(self) -> str:
        """What to open."""
        return f"{self.scheme}://{self.host}:{self.port}/" + (f"{self.key}/" if self.key else "")

    @property
    def is_open(self) -> bool:
        """True if the network may see the page."""
        return bool(self.key)

    def is_named_by(self, hosts: Sequence[str]) -> bool:
        """True if these Host headers of a request, one and no more, name this server."""
        return len(hosts) == 1 and guard.is_host(
            hosts[0], port=self.port, own_names=self.own_names, is_open=self.is_open
        )

    def qr_lines(self) -> str:
        """The URL as a QR code in block characters."""
        return qr_lines(self.url)


def qr_lines(text: str) -> str:
    """A text as a QR code in block characters."""
    import segno

    drawn = io.StringIO()
    segno.make(text, error="m").terminal(out=drawn, compact=True, border=2)
    return drawn.getvalue()


def bind(wanted_port: int, *, is_open: bool, scheme: str = "http", hint: str = PAGE_HINT) -> Address:
    """Listen on the wanted port or the next free one. Raises TrackerError with this hint when none is."""
    listening = "0.0.0.0" if is_open else "127.0.0.1"  # noqa: S104 - only where --lan asks for it, with a key
    for port in range(wanted_port, min(wanted_port + PORTS_TRIED, 65536)) if wanted_port else [0]:
        listener = BoundedListener(socket.AF_INET, socket.SOCK_STREAM)
        try:
            if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # Windows lets two programs share a port otherwise
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
            else:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)  # its connections inherit it
            listener.bind((listening, port))
            listener.listen(64)
        except (OSError, OverflowError):
            listener.close()
            continue
        listener.setblocking(False)
        host = own_address() if is_open else "127.0.0.1"
        names = frozenset(_own_names()) if is_open else frozenset[str]()
        key = guard.new_key() if is_open else ""
        return Address(listener, host, listener.getsockname()[1], key, names, scheme)
    raise TrackerError(
        f"No port from {wanted_port} to {wanted_port + PORTS_TRIED - 1} can be used.",
        hint=hint,
    )


def own_address() -> str:
    """This computer's address in the network; its name where there is no network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_ANYWHERE)
            return str(probe.getsockname()[0])
        except OSError:
            return socket.gethostname().lower() or "localhost"


def _own_names() -> list[str]:
    name = socket.gethostname().lower()
    return [name, f"{name.partition('.')[0]}.local"]
