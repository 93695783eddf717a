"""SensorServer (Android) as a source: both sensors over one WebSocket, opened again whenever it breaks.

Messages come one a reading, 200 to 800 a second; those that came together travel together. The app can not be started
from here, and its rate is its own setting.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from urllib.parse import quote

from tracker.decoders import PROFILES, sensorserver
from tracker.decoders.objects import OBJECTS
from tracker.sources.inbox import Inbox
from tracker.sources.phone_address import host_and_port
from tracker.sources.phone_stream import Say

_PORT = 8080  # the app's default
_TOGETHER_S = 0.03  # shorter than anybody hears; keeps 800 messages a second from being 800 lines a second
_LARGEST_MESSAGE = 4096  # bytes; a reading has 120
_AGAIN_S = 1.0  # soon enough for whoever just started the server
_OPEN_S = 5.0  # a network answers in a tenth; a phone that was asleep takes longer
_MOST_WAITING = 2048  # messages; five seconds of both sensors


class SensorServerLink:
    """Connects to the phone at `address`, as the app shows it. Raises DeviceError for what is no address."""

    profile = PROFILES[sensorserver.KIND]
    title = "SensorServer"
    waiting = "start the server in SensorServer, sampling rate 0 (fastest) in its settings, and keep the screen on."

    def __init__(self, address: str) -> None:
        host, port = host_and_port(address, self.title)
        types = quote(json.dumps([sensorserver.ACCELEROMETER, sensorserver.GYROSCOPE], separators=(",", ":")))
        self.url = f"ws://{host}:{port or _PORT}/sensors/connect?types={types}"
        self._said = ""

    async def run(self, inbox: Inbox, say: Say) -> None:
        """Connect, read, connect again."""
        from websockets.asyncio.client import connect
        from websockets.exceptions import WebSocketException

        while True:
            try:
                async with connect(
                    self.url,
                    max_size=_LARGEST_MESSAGE,
                    max_queue=64,
                    open_timeout=_OPEN_S,
                    compression=None,
                    proxy=None,
                ) as socket:
                    self._said = ""
                    say(f"Connected to {self.url.partition('/sensors')[0]}.")
                    await _read(socket, inbox)
                reason = f"the app closed the connection ({socket.close_code or 'no code'})"
            except (OSError, TimeoutError, WebSocketException) as error:
                reason = str(error) or type(error).__name__
            if reason != self._said:
                self._said = reason
                say(f"SensorServer does not answer ({reason}): {self.waiting}")
            await asyncio.sleep(_AGAIN_S)


async def _read(socket: object, inbox: Inbox) -> None:
    """Messages into the inbox until the connection closes; what comes together is one packet."""
    waiting: list[str] = []

    async def handed_over() -> None:
        while True:
            await asyncio.sleep(_TOGETHER_S)
            _put(waiting, inbox)

    handing = asyncio.create_task(handed_over())
    try:
        async for message in socket:  # type: ignore[attr-defined]
            if isinstance(message, str) and "\n" not in message and len(waiting) < _MOST_WAITING:
                waiting.append(message)
    finally:
        handing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await handing
        _put(waiting, inbox)


def _put(waiting: list[str], inbox: Inbox) -> None:
    if waiting:
        inbox.put_packet(OBJECTS, "\n".join(waiting).encode(), is_data=True)
        waiting.clear()
