"""The system message bus, as small as a Bluetooth client needs it: logins, calls to one service, its signals.

Speaks the real D-Bus wire protocol on a Unix socket, so that an unmodified client can not tell. Only one service is
behind it, given as `handler`; there is no routing between clients.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Awaitable, Callable

from jeepney import DBusAddress, HeaderFields, Message, MessageType, new_error, new_method_return, new_signal
from jeepney.low_level import Parser

BUS = "org.freedesktop.DBus"
Reply = tuple[str, tuple]  # signature and body
_SERIAL = slice(8, 12)  # of a serialised message: endianness, type, flags, version, length of the body, serial


class BusError(Exception):
    """A refusal, as it goes over the wire."""

    def __init__(self, name: str, text: str = "") -> None:
        super().__init__(name, text)
        self.name = name
        self.text = text


class Connection:
    """One client. `wants_signals`: it asked for them."""

    def __init__(self, name: str, writer: asyncio.StreamWriter) -> None:
        self.name = name
        self.wants_signals = False
        self._writer = writer
        self._serials = itertools.count(1)

    def send(self, message: Message) -> None:
        message.header.fields.setdefault(HeaderFields.sender, "org.bluez")
        if not self._writer.is_closing():
            self._writer.write(message.serialise(next(self._serials)))

    def send_serialised(self, message: bytearray) -> None:
        """The same for a message that stands as bytes already, little-endian, but for its serial number."""
        if not self._writer.is_closing():
            message[_SERIAL] = next(self._serials).to_bytes(4, "little")
            self._writer.write(bytes(message))

    async def drained(self) -> None:
        """Wait until the client has taken what was sent."""
        with contextlib.suppress(ConnectionError):
            await self._writer.drain()

    def close(self) -> None:
        self._writer.close()


class MiniBus:
    """handler(connection, message) answers calls to the service; has_service False = nobody owns its name."""

    def __init__(
        self,
        handler: Callable[[Connection, Message], Awaitable[Reply]],
        on_gone: Callable[[Connection], None],
    ) -> None:
        self.connections: list[Connection] = []
        self.has_service = True
        self._handler = handler
        self._on_gone = on_gone
        self._names = itertools.count(1)
        self._templates: dict[tuple, tuple[bytearray, int]] = {}
        self._tasks: set[asyncio.Task] = set()
        self._server: asyncio.Server | None = None

    async def start(self, path: str) -> None:
        self._server = await asyncio.start_unix_server(self._serve, path)

    async def stop(self) -> None:
        self._server.close()
        for connection in list(self.connections):
            connection.close()
        for task in list(self._tasks):
            task.cancel()
        while self._tasks:
            await asyncio.wait(self._tasks)
        await self._server.wait_closed()
        while self.connections:  # their readers end in their own time
            await asyncio.sleep(0)

    def signal(self, path: str, interface: str, member: str, signature: str, body: tuple) -> None:
        """To every client that asked for signals."""
        for connection in self.connections:
            if connection.wants_signals:
                connection.send(_signal(path, interface, member, signature, body))

    def signal_bytes(self, place: tuple[str, str, str, str], body: Callable[[bytes], tuple], payload: bytes) -> None:
        """The same for a body that ends in bytes: spelling the rest out each time would take most of the time.

        place: path, interface, member, signature; body(payload): the body with these bytes in it.
        """
        template, begin = self._templates.get((place, len(payload)), (None, 0))
        if template is None:
            spelled = [_signal(*place, body(mark * len(payload))).serialise(1) for mark in (b"\x55", b"\xaa")]
            template = bytearray(spelled[0])
            begin = next((at for at, (one, other) in enumerate(zip(*spelled, strict=True)) if one != other), 0)
            self._templates[place, len(payload)] = template, begin
        template[begin : begin + len(payload)] = payload
        for connection in self.connections:
            if connection.wants_signals:
                connection.send_serialised(template)

    async def drained(self) -> None:
        for connection in list(self.connections):
            await connection.drained()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(f":1.{next(self._names)}", writer)
        try:
            await _log_in(reader, writer)
            self.connections.append(connection)
            parser = Parser()
            while data := await reader.read(1 << 16):
                for message in parser.feed(data):
                    self._spawn(self._answer(connection, message))
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # a killed client
        finally:
            if connection in self.connections:
                self.connections.remove(connection)
                self._on_gone(connection)
            writer.close()

    def _spawn(self, coroutine) -> None:
        """A call that takes long must not hold up the next."""
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, connection: Connection, message: Message) -> None:
        if message.header.message_type is not MessageType.method_call:
            return
        fields = message.header.fields
        try:
            if fields.get(HeaderFields.destination) == BUS or not self.has_service:
                signature, body = self._bus_call(connection, fields)
            else:
                signature, body = await self._handler(connection, message)
        except BusError as error:
            connection.send(new_error(message, error.name, "s", (error.text,)))
            return
        connection.send(new_method_return(message, signature or None, body))

    def _bus_call(self, connection: Connection, fields: dict) -> Reply:
        """What the bus itself answers, also for a name that nobody owns."""
        if fields.get(HeaderFields.destination) != BUS:
            raise BusError(f"{BUS}.Error.ServiceUnknown", "The name org.bluez was not provided")
        match fields[HeaderFields.member]:
            case "Hello":
                return "s", (connection.name,)
            case "AddMatch":
                connection.wants_signals = True
                return "", ()
            case "RemoveMatch":
                return "", ()
            case _:
                raise BusError(f"{BUS}.Error.UnknownMethod")


def _signal(path: str, interface: str, member: str, signature: str, body: tuple) -> Message:
    message = new_signal(DBusAddress(path, "org.bluez", interface), member, signature, body)
    message.header.fields.setdefault(HeaderFields.sender, "org.bluez")
    return message


async def _log_in(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        line = (await reader.readuntil(b"\r\n")).strip(b"\0\r\n")
        if line.startswith(b"AUTH"):
            writer.write(b"OK 1234deadbeef1234deadbeef12345678\r\n")
        elif line == b"NEGOTIATE_UNIX_FD":
            writer.write(b"AGREE_UNIX_FD\r\n")  # agreed, never used: notifications travel as signals
        elif line == b"BEGIN":
            return
        else:
            writer.write(b"ERROR\r\n")
