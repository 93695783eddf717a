"""Decoder of streams of JSON objects: exports of phone apps, and what the apps send live.

In: on channel "objects" one or more JSON objects, one a line; on channel "about" one object that tells of the phone.
What an object holds is the format's business (`Reader`). Out: see `joined_streams.py`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from tracker.core.model import Decoded, Packet
from tracker.decoders.joined_streams import CLOCK, JoinedStreams
from tracker.decoders.tables import Role
from tracker.errors import DecodeError

OBJECTS = "objects"
ABOUT = "about"
_LEAST_PAUSE_S = 0.3  # longer than a hole that is bridged: what moved meanwhile is not known
_LARGEST = 1e12  # no measurement of motion is larger
# Acceleration comes last, so that it finds its neighbours in its own packet.
_ORDER = (Role.GRAVITY, Role.GYR, Role.LINEAR, Role.ACC, Role.SAMPLES)


_Rows = dict[Role, tuple[list[float], list[Sequence[float]]]]


class Came(StrEnum):
    """New rows; rows that came before; rows that were given up, and came after all."""

    NEW = "new"
    AGAIN = "again"
    LATE = "late"


class Found(NamedTuple):
    """Rows of one stream: times [s], values [SI]. Only new ones are used; the others are counted."""

    role: Role
    times_s: Sequence[float]
    values: Sequence[Sequence[float]]
    came: Came = Came.NEW


class Reader(Protocol):
    """What one format's objects mean; carries what must be known from object to object.

    messages: what the objects told besides, for people; emptied by whoever reads it. has_restarted: the clock of the
    source began anew, or stood still for a while, before the rows read last; unset by whoever reads it.
    """

    messages: list[str]
    has_restarted: bool

    def about(self, item: Mapping[str, Any]) -> None:
        """Take in what tells of the phone. Raises ValueError."""

    def rows(self, item: Mapping[str, Any]) -> Iterable[Found]:
        """The rows in an object, none if it holds no motion. Raises ValueError, KeyError or TypeError."""


class ObjectsDecoder:
    """Carries the reader, the latest time and arrival, and what `JoinedStreams` carries.

    Where a source began anew its time goes on as long after the last sample as nothing was heard.
    """

    def __init__(self, kind: str, new_reader: Callable[[], Reader]) -> None:
        self._kind = kind
        self._reader = new_reader()
        self._streams = JoinedStreams()
        self._has_complained = False
        self._offset_s = 0.0
        self._latest_s = 0.0
        self._received_s: float | None = None

    def decode(self, packets: Sequence[Packet]) -> Decoded:
        """Readings of these packets and of rows that waited for them; see the head of the file."""
        rejected: list[DecodeError] = []
        messages: list[str] = []
        for received_s, channel, payload in packets:
            rows: _Rows = {role: ([], []) for role in _ORDER}
            had_restarted = self._reader.has_restarted
            for place, line in enumerate(payload.split(b"\n")):
                try:
                    found = self._found(channel, line)
                except DecodeError as error:
                    error.row = place
                    rejected.append(error)
                    continue
                if self._reader.has_restarted and not had_restarted:  # what is left of the old clock fits no more
                    had_restarted = True
                    rows = {role: ([], []) for role in _ORDER}
                for role, times_s, values, came in found:
                    if came is Came.NEW:
                        rows[role][0].extend(times_s)
                        rows[role][1].extend(values)
                self._streams.leave_out(
                    duplicate_samples=_samples(found, Came.AGAIN), late_samples=_samples(found, Came.LATE)
                )
            self._add(received_s, rows)
            messages += self._reader.messages
            self._reader.messages.clear()
            if self._streams.complaint and not self._has_complained:
                self._has_complained = True
                messages.append(self._streams.complaint)
        readings = self._streams.take()
        clock = None if readings is None and not self._streams.is_decided else CLOCK
        return Decoded(readings, clock, tuple(rejected), tuple(messages))

    def _add(self, received_s: float, rows: _Rows) -> None:
        times_s = [time_s for times, _ in rows.values() for time_s in times]
        if not times_s:
            return
        if self._reader.has_restarted:
            self._reader.has_restarted = False
            if self._received_s is not None:
                self._streams.restart()
                pause_s = max(received_s - self._received_s, _LEAST_PAUSE_S)
                self._offset_s = self._latest_s + pause_s - min(times_s)
        for role, (times, of_role) in rows.items():
            self._streams.add(role, received_s, [time_s + self._offset_s for time_s in times], of_role)
        self._streams.end_packet()
        self._latest_s, self._received_s = max(self._latest_s, max(times_s) + self._offset_s), received_s

    def _found(self, channel: str, line: bytes) -> list[Found]:
        try:
            item = json.loads(line)
            if not isinstance(item, dict):
                raise TypeError  # noqa: TRY301 - told as what else can be wrong with it
            match channel:
                case "objects":
                    return list(self._reader.rows(item))
                case "about":
                    self._reader.about(item)
                    return []
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            reason = "this is no message of this app." if not isinstance(error, UnusableError) else str(error)
            raise DecodeError(reason, decoder=self._kind, payload=line[:200]) from error
        raise DecodeError(f"no channel {channel[:40]} is known.", decoder=self._kind, payload=line[:200])


def _samples(found: Iterable[Found], came: Came) -> int:
    """So many samples came so: a sample is one acceleration, and some phones send it with gravity and without."""
    counts = dict.fromkeys((Role.ACC, Role.LINEAR, Role.SAMPLES), 0)
    for rows in found:
        if rows.came is came and rows.role in counts:
            counts[rows.role] += len(rows.times_s)
    return max(counts.values())


def in_one_line(text: bytes) -> bytes:
    """An object as it was written, in one line: between its parts a line end is but a space, and inside is none."""
    return text.replace(b"\r", b" ").replace(b"\n", b" ")


class UnusableError(ValueError):
    """A message that was understood and can not be used, with a sentence."""


def numbers(values: Iterable[Any]) -> list[float]:
    """These numbers, written as such or as text. Raises ValueError, TypeError."""
    found = [number(value) for value in values]
    if len(found) != 3:
        raise ValueError
    return found


def number(value: Any, largest: float = _LARGEST) -> float:
    """A finite number of sane size, written as such or as text. Raises ValueError, TypeError."""
    if isinstance(value, bool) or (isinstance(value, str) and "_" in value):
        raise TypeError
    try:
        read = float(value)
    except OverflowError as error:
        raise ValueError from error
    if not abs(read) <= largest or math.isnan(read):
        raise ValueError
    return read


def seconds(value: Any, units_a_second: float) -> float:
    """A time in such units [s]; nanoseconds since 1970 are 2e18. Raises ValueError, TypeError."""
    return number(value, 1e20) / units_a_second
