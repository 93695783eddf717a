"""Exports that are JSON objects as a source: recognised by an object, put in order of time, raw on one channel.

Objects are passed on as they stand in the file where that is in order of time (phones write all sensors as they come);
where each sensor has a stretch of its own, the stretches are read side by side.
"""

from __future__ import annotations

import contextlib
import copy
import heapq
import itertools
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tracker.core.model import Decoded, Decoder, Input, Packet
from tracker.decoders.object_formats import OBJECT_FORMATS, ObjectFormat
from tracker.decoders.objects import ABOUT, OBJECTS, Came, Reader
from tracker.decoders.tables import About, Role
from tracker.errors import DecodeError, ImportFormatError
from tracker.sources.json_objects import JsonObject, NoJsonError, objects
from tracker.sources.member import Member

_LOOKED_AT = 200  # objects: metadata and other sensors may come first
_PIECE_BYTES = 1 << 11  # some 15 objects, about 0.05 s of two sensors at 100 Hz
_OUT_OF_ORDER_S = 0.5  # half of what a sample waits for a neighbour
_ERRORS = (ValueError, TypeError, KeyError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True)
class JsonExport:
    """An export that was recognised. roles: the streams in it; is_in_order: as a whole, not only each stream."""

    path: Path
    format: ObjectFormat
    member: Member
    about: About
    about_text: str
    roles: frozenset[Role]
    is_in_order: bool
    first_s: float

    @property
    def names(self) -> str:
        """The streams that are used, in words."""
        return " + ".join(sorted(role.value for role in self.roles))

    @property
    def files(self) -> tuple[Path, ...]:
        """The file it is made of."""
        return (self.path,)

    @property
    def note(self) -> str:
        """What a person should know of it; "" = nothing."""
        if self.roles & {Role.GYR, Role.SAMPLES}:
            return ""
        return f"{self.path} has no gyroscope: counts, tempo and still angles only. Record the gyroscope too."

    def keeper(self, decoder: Decoder) -> Decoder:
        """The decoder, refusing objects of this file that it rejects."""
        return ObjectKeeper(decoder, self.path)

    def inputs(self) -> Iterator[Input]:
        """What tells of the phone, then the objects in order of time."""
        if self.about_text:
            yield Packet(0.0, ABOUT, self.about_text.encode())
        timed = self._timed(self.roles) if self.is_in_order else self._side_by_side()
        piece: list[str] = []
        size, elapsed_s = 0, 0.0
        for time_s, item in timed:
            elapsed_s = max(elapsed_s, min(time_s - self.first_s, 1e8))
            piece.append(item.text)
            size += len(item.text)
            if size >= _PIECE_BYTES:
                yield Packet(elapsed_s, OBJECTS, "\n".join(piece).encode())
                piece, size = [], 0
        if piece:
            yield Packet(elapsed_s, OBJECTS, "\n".join(piece).encode())

    def _side_by_side(self) -> Iterator[tuple[float, JsonObject]]:
        return heapq.merge(*(self._timed({role}) for role in sorted(self.roles)), key=lambda pair: pair[0])

    def _timed(self, roles: Iterable[Role]) -> Iterator[tuple[float, JsonObject]]:
        """The objects with rows of these streams, and those that can not be read, each with the time of its last row.

        Times never fall, so that each stream stays in its order.
        """
        wanted, reader, latest_s = set(roles), self.format.new_reader(), -math.inf
        for item in _objects(self.path, self.member):
            try:
                found = list(reader.rows(item.value))
            except _ERRORS:
                yield latest_s, item
                continue
            if any(one.role in wanted for one in found):
                latest_s = max(latest_s, *(one.times_s[-1] for one in found))
                yield latest_s, item
            elif not found and self._may_wait(item):
                yield latest_s, item

    def _may_wait(self, item: JsonObject) -> bool:
        """True for an object whose rows come out later: the first array of a stream waits for the second."""
        return self.is_in_order and self.format.fits(item.value)


def open_json(path: Path, found: Sequence[Member], *, only: str | None = None) -> JsonExport | None:
    """The export in the first of these texts that is JSON of a known format; None if there is none.

    Raises ImportFormatError for one that can not be used.
    """
    for member, item in _fitting(path, found):
        if only in {None, item.key}:
            return _looked_through(item, path, member)
    return None


def is_json_export(path: Path, found: Sequence[Member]) -> bool:
    """True if one of these texts is JSON of a known format, without reading all of it. Raises ImportFormatError."""
    return any(True for _ in _fitting(path, found))


def _fitting(path: Path, found: Sequence[Member]) -> Iterator[tuple[Member, ObjectFormat]]:
    for member in found:
        with member.opened() as file:
            is_json = file.read(64).lstrip(b"\xef\xbb\xbf \r\n\t").startswith((b"[", b"{"))
        if is_json:
            yield from ((member, item) for item in OBJECT_FORMATS if _fits(item, path, member))


def _fits(item: ObjectFormat, path: Path, member: Member) -> bool:
    with contextlib.suppress(ImportFormatError):
        return any(item.fits(one.value) for one in itertools.islice(_objects(path, member), _LOOKED_AT))
    return False


def _looked_through(item: ObjectFormat, path: Path, member: Member) -> JsonExport:
    """One pass over the file: which streams there are, whether in order, and what tells of the phone."""
    reader: Reader = item.new_reader()
    roles: set[Role] = set()
    first_s, latest_s, in_order = math.inf, -math.inf, True
    about, about_text = About(), ""
    for one in _objects(path, member):
        if item.is_about(one.value) and not about_text:
            about, about_text = item.about(one.value), one.text
            continue
        try:
            found = list(reader.rows(one.value))
        except _ERRORS:  # the decoder will say what is wrong with it
            continue
        for role, times_s, _, came in found:
            if came is not Came.NEW:
                continue
            roles.add(role)
            first_s = min(first_s, times_s[0])
            in_order &= times_s[-1] > latest_s - _OUT_OF_ORDER_S
            latest_s = max(latest_s, times_s[-1])
    if not roles & {Role.ACC, Role.SAMPLES} and not roles >= {Role.LINEAR, Role.GRAVITY}:
        raise _useless(item, path, roles)
    if item.told is not None and not about_text:
        about_text = json.dumps(item.told)
    if item.has_unix_times:
        about = replace(about, zero_unix_s=0.0)
    return JsonExport(path, item, member, about, about_text, frozenset(roles), in_order, first_s)


def _useless(item: ObjectFormat, path: Path, roles: set[Role]) -> ImportFormatError:
    if Role.LINEAR in roles:
        return ImportFormatError(
            f"This {item.title} has acceleration without gravity only, in which up can not be seen.",
            path=path,
            hint="Record Total Acceleration (Android) or Gravity (iPhone) too, and export again.",
        )
    return ImportFormatError(
        f"This {item.title} has no acceleration.", path=path, hint="Switch the accelerometer on and record again."
    )


def _objects(path: Path, member: Member) -> Iterator[JsonObject]:
    """The objects of a text; a last one that was cut is let go. Raises ImportFormatError."""
    with member.opened() as file:
        try:
            yield from objects(file)
        except NoJsonError as error:
            number, is_at_end = error.args
            if number > 1 and is_at_end:
                return
            raise ImportFormatError(
                f"This is no JSON from its object {number} on.", path=path, hint="Export it again."
            ) from error


class ObjectKeeper:
    """A decoder that turns the first rejected object of an export into an ImportFormatError."""

    def __init__(self, decoder: Decoder, path: Path) -> None:
        self._decoder = decoder
        self._path = path

    def decode(self, packets: Sequence[Packet]) -> Decoded:
        """As the decoder inside. Raises ImportFormatError."""
        decoded = self._decoder.decode(packets)
        if decoded.rejected:
            raise _refusal(decoded.rejected[0], self._path)
        return decoded

    def __deepcopy__(self, memo: dict[int, object]) -> ObjectKeeper:
        """The engine keeps a copy to step back to."""
        return ObjectKeeper(copy.deepcopy(self._decoder, memo), self._path)


def _refusal(error: DecodeError, path: Path) -> ImportFormatError:
    shown = error.payload.decode("utf-8", "replace")[:80]
    reason = error.reason[:1].upper() + error.reason[1:]
    return ImportFormatError(f"{reason} It begins: {shown}", path=path, hint="Export it again, or cut this object out.")
