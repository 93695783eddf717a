"""Between the callbacks of Bluetooth or of a server for phones and the loop: stamped inputs, in order, bounded.

A callback may only stamp and put down; whoever drains takes everything at once. When the loop falls so far behind that
the inbox is full, new packets are dropped and counted, and the stream says so in a note of its own, so that a replay
knows too. Commands are never dropped: there are few of them.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass

from tracker.core.model import Command, CommandName, Input, Packet
from tracker.core.second import as_second

# 100 notifications a second for 80 s; the engine needs 1 % of that time, so only a suspended process gets there
_MOST_PACKETS = 8192


@dataclass(frozen=True, slots=True)
class _Expected:
    channel: str
    begins: bytes
    answer: asyncio.Future[bytes]

    def hear(self, channel: str, payload: bytes) -> bool:
        is_answer = channel == self.channel and payload.startswith(self.begins)
        if is_answer and not self.answer.done():
            self.answer.set_result(payload)
        return is_answer


class Inbox:
    """Put inputs in from callbacks, take them out with `batches`. clock: seconds since the session's start.

    beside: the inbox of the counted sensor, where everything of a second one ends up, marked as such.
    has_data, data_count, usual_interval_s (averaged over about eight): of the data of the link at hand.
    """

    def __init__(
        self, clock: Callable[[], float], *, most_packets: int = _MOST_PACKETS, beside: Inbox | None = None
    ) -> None:
        self.has_data = asyncio.Event()
        self.data_count = 0
        self.usual_interval_s = 0.0
        self._last_data_s = 0.0
        self._beside = beside
        self._clock = clock
        self._most_packets = most_packets
        self._items: list[Input] = []
        self._dropped = 0
        self._must_say_back = False
        self._arrived = asyncio.Event()
        self._error: BaseException | None = None
        self._is_closed = False
        self._expected: _Expected | None = None

    def put_packet(self, channel: str, payload: bytes, *, is_data: bool = False) -> None:
        """A notification or a value that was read, stamped now. is_data: a sign that the sensor streams."""
        now_s = self._clock()
        if self._expected is not None and self._expected.hear(channel, payload):
            is_data = False  # some sensors answer on the channel of their data
        if is_data:
            if not self.data_count and self._must_say_back:
                self._must_say_back = False
                self._put(Command(now_s, CommandName.LINK_BACK))
            if self.data_count:
                self.usual_interval_s += (now_s - self._last_data_s - self.usual_interval_s) / 8
            self.data_count += 1
            self._last_data_s = now_s
            self.has_data.set()
        self._put(Packet(now_s, channel, payload))

    def put_command(self, name: CommandName, value: str = "") -> None:
        """A command, stamped now."""
        self._put(Command(self._clock(), name, value))

    def put_note(self, sentence: str) -> None:
        """For the person, while it streams: seen where the counts are and kept with them, whichever sensor it is of."""
        (self._beside or self).put_command(CommandName.NOTE, sentence)

    @contextlib.contextmanager
    def expecting(self, channel: str, begins: bytes) -> Iterator[asyncio.Future[bytes]]:
        """The next packet on this channel that begins so, which is put down like any other."""
        self._expected = _Expected(channel, begins, asyncio.get_running_loop().create_future())
        try:
            yield self._expected.answer
        finally:
            self._expected.answer.cancel()
            self._expected = None

    def lose_link(self) -> None:
        """Tell that the sensor is gone; its next data will be preceded by the word that it is back."""
        self._must_say_back = True
        self.put_command(CommandName.LINK_LOST)

    def begin_link(self) -> None:
        """A new connection: what was usual on the old one says nothing."""
        self.has_data.clear()
        self.data_count = 0
        self.usual_interval_s = 0.0

    def seconds_silent(self) -> float:
        """How long no data have come."""
        return self._clock() - self._last_data_s

    def close(self, error: BaseException | None = None) -> None:
        """Nothing more will come; whoever drains gets the rest, then the error if there is one.

        A second sensor that ends in peace ends nothing else.
        """
        if self._beside is not None:
            if error is not None:
                self._beside.close(error)
            return
        self._is_closed, self._error = True, error
        self._arrived.set()

    def _put(self, item: Input) -> None:
        if self._beside is not None:
            self._beside._put(as_second(item))
            return
        if isinstance(item, Packet) and len(self._items) >= self._most_packets:
            self._dropped += 1
            return
        self._items.append(item)
        self._arrived.set()

    async def batches(self) -> AsyncGenerator[list[Input], None]:
        """Everything that has arrived, whenever something has."""
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            if self._dropped:
                count, self._dropped = self._dropped, 0
                self.put_command(CommandName.NOTE, f"{count} packets were lost because this computer was busy.")
            items, self._items = self._items, []
            if items:
                yield items
            if self._is_closed and not self._items:
                if self._error is not None:
                    raise self._error
                return
