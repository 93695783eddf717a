"""Exports of apps and vendors as a source: recognised by content, their streams in step, their marks as commands.

Each table travels on a channel of its own, raw, a head and then pieces of whole lines; pieces of several tables are
put in order of time, so that the decoder never waits long for a neighbour. What a person can get wrong is refused in
one sentence with file and line.
"""

from __future__ import annotations

import copy
import csv
import heapq
import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import IO, NamedTuple

from tracker.core.markers import marker_command
from tracker.core.model import Command, Decoded, Decoder, Input, Packet
from tracker.decoders.exports import EXPORTS
from tracker.decoders.tables import SPREADSHEET, About, ExportFormat, Role, Table, is_ruined, number, time_of
from tracker.errors import DecodeError, ImportFormatError
from tracker.sources.member import Member

_HEAD_BYTES = 1 << 15  # a header and some hundred rows
_LONGEST_LINE = 1 << 16  # bytes; the widest export has 30 columns
_LARGEST_SIDE_FILE = 1 << 20  # bytes; an hour of marks is some kB
_LEAST_TIMES = 20  # fewer say nothing of the rate
_LONGEST_STEP_S = 1.0  # nothing that counts samples so slowly
_LONGEST_PIECE_S = 0.5  # half of what a sample waits for a neighbour: rows around a hole travel one by one
_PIECE_BYTES = 1 << 10  # about 0.15 s of a table at 100 Hz: so far apart the streams may be


class Part(NamedTuple):
    """One table of an export."""

    member: Member
    table: Table
    head: str


@dataclass(frozen=True, slots=True)
class ExportFile:
    """An export that was recognised. about: of moment and phone; first_time_s: where the stream begins on its clock."""

    path: Path
    format: ExportFormat
    parts: tuple[Part, ...]
    texts: Mapping[str, str]
    marks: Member | None
    about: About

    @property
    def files(self) -> tuple[Path, ...]:
        """The files it is made of, where they lie side by side."""
        return tuple(part.member.path for part in self.parts if part.member.path is not None)

    @property
    def note(self) -> str:
        """What a person should know of how it was put together; "" = nothing."""
        if len(self.files) > 1 and not self.path.is_dir():
            return f"{self.path} and what belongs to it beside it: {self.names}."
        roles = {part.table.role for part in self.parts}
        if not roles & {Role.SAMPLES, Role.GYR}:
            return (
                f"{self.path} has no gyroscope and none lies beside it: counts, tempo and still angles only. "
                "Export the gyroscope too."
            )
        return ""

    @property
    def names(self) -> str:
        """The tables that are used, in words."""
        return " + ".join(part.member.name for part in self.parts)

    @property
    def first_s(self) -> float:
        """Time of the first row on the export's clock; NaN if it can not be read."""
        try:
            return time_of(_first_row(self.parts[0]), self.parts[0].table)
        except (ValueError, IndexError):
            return math.nan

    def keeper(self, decoder: Decoder) -> Decoder:
        """The decoder, refusing rows of this file that it rejects."""
        return RowKeeper(decoder, self)

    def inputs(self) -> Iterator[Input]:
        """Side files, heads, then rows and marks in order of time."""
        for name, text in sorted(self.texts.items()):
            yield Packet(0.0, name, text.encode())
        for part in self.parts:
            yield Packet(0.0, part.table.role.value, part.head.encode())
        timed: list[Iterator[tuple[float, Input]]] = [self._pieces(part) for part in self.parts]
        if self.marks is not None:
            timed.append(self._marks(self.marks))
        first_s: float | None = None
        elapsed_s = 0.0
        for time_s, item in heapq.merge(*timed, key=lambda pair: pair[0]):
            first_s = time_s if first_s is None else first_s
            elapsed_s = max(elapsed_s, min(time_s - first_s, 1e8))
            yield item._replace(received_s=elapsed_s)

    def _pieces(self, part: Part) -> Iterator[tuple[float, Input]]:
        """Pieces of rows, each with the time of its last row; times never fall, so that pieces stay in their order."""
        latest_s = -math.inf
        with part.member.opened() as file:
            for _ in range(part.table.header_line + 1):
                file.readline()
            while piece := file.read(_PIECE_BYTES):
                if not piece.endswith(b"\n"):
                    piece += self._line_end(file, part)
                whole = piece.replace(b"\r\n", b"\n").removesuffix(b"\n")
                last_s = _time_s(whole[whole.rfind(b"\n") + 1 :], part.table)
                first_s = _time_s(whole.partition(b"\n")[0], part.table)
                for rows in whole.split(b"\n") if last_s - first_s > _LONGEST_PIECE_S else [whole]:
                    latest_s = max(latest_s, _time_s(rows[rows.rfind(b"\n") + 1 :], part.table))
                    yield latest_s, Packet(0.0, part.table.role.value, rows)

    def _line_end(self, file: IO[bytes], part: Part) -> bytes:
        end = file.readline(_LONGEST_LINE)
        if len(end) >= _LONGEST_LINE and not end.endswith(b"\n"):
            raise ImportFormatError(
                f"A line of {part.member.name} has more than {_LONGEST_LINE} characters.",
                path=self.path,
                hint="This seems to be no table with one sample a line.",
            )
        return end

    def _marks(self, member: Member) -> Iterator[tuple[float, Input]]:
        """The person's marks; those in our own words are commands."""
        rows = csv.reader(_text_of(member).splitlines())
        header = [name.strip().lower() for name in next(rows, [])]
        if "seconds_elapsed" not in header or "text" not in header:
            return
        time, text = header.index("seconds_elapsed"), header.index("text")
        found = []
        for row in rows:
            if len(row) > max(time, text):
                try:
                    found.append((number(row[time], ",", "seconds_elapsed"), marker_command(row[text].strip())))
                except ValueError:
                    continue
        for time_s, (name, value) in sorted(found, key=lambda pair: pair[0]):
            yield time_s, Command(0.0, name, value)


def open_tables(path: Path, found: Sequence[Member], *, only: str | None = None) -> ExportFile | None:
    """The export in these texts; None if it is none that is known. only: key of the one format to try.

    Raises ImportFormatError for one that can not be used.
    """
    refused: ImportFormatError | None = None
    for item in EXPORTS:
        if only not in {None, item.key}:
            continue
        try:
            if (export := _opened_as(item, path, found)) is not None:
                return export
        except ImportFormatError as error:
            refused = refused or error
    if refused is not None:
        raise refused
    return None


def _opened_as(item: ExportFormat, path: Path, found: Sequence[Member]) -> ExportFile | None:
    parts: dict[Role, Part] = {}
    refused: DecodeError | None = None
    for member in found:
        head = _head_of(member)
        try:
            table = item.table_of(member.name, head)
        except DecodeError as error:
            refused = refused or error
            continue
        if table is not None and table.role not in parts:
            head_lines = head.split("\n")[: table.header_line + 1]
            parts[table.role] = Part(member, table, "\n".join(line.rstrip("\r") for line in head_lines))
    if not parts and refused is None:
        return None
    used = _useful(parts)
    if not used:
        raise _useless(item, path, set(parts), refused)
    for part in used:
        _look_at_times(path, part)
    side = {member.name.lower(): member for member in found if member.name.lower() in item.side_files}
    texts = {**item.told, **{name: _text_of(member) for name, member in side.items()}}
    marks = next((member for member in found if item.marks and member.name.lower() == item.marks), None)
    return ExportFile(
        path, item, used, texts, marks, _moment(item.about({"": _head_of(used[0].member), **texts}), used)
    )


def _useful(parts: Mapping[Role, Part]) -> tuple[Part, ...]:
    """The tables that make up the samples: the best there are."""
    for roles in (
        (Role.SAMPLES,),
        (Role.ACC, Role.GYR),
        (Role.LINEAR, Role.GRAVITY, Role.GYR),
        (Role.ACC,),
        (Role.LINEAR, Role.GRAVITY),
    ):
        if all(role in parts for role in roles):
            return tuple(parts[role] for role in roles)
    return ()


def _useless(item: ExportFormat, path: Path, roles: set[Role], refused: DecodeError | None) -> ImportFormatError:
    if refused is not None:
        return ImportFormatError(_sentence(refused.reason), path=path, line=None, hint=refused.hint)
    if Role.LINEAR in roles:
        return ImportFormatError(
            f"This {item.title} has acceleration without gravity only, in which up can not be seen.",
            path=path,
            hint="Record Total Acceleration (Android) or Gravity (iPhone) too, and export the whole session.",
        )
    return ImportFormatError(
        f"This {item.title} has no acceleration, only {' and '.join(sorted(role.value for role in roles))}.",
        path=path,
        hint="Put the accelerometer's file beside it, or export the whole session.",
    )


def _moment(about: About, parts: Sequence[Part]) -> About:
    """With the moment and zone that stand in the tables themselves."""
    table = parts[0].table
    if about.utc_offset_s is None and table.utc_offset_s is not None:
        about = replace(about, utc_offset_s=table.utc_offset_s)
    if math.isnan(about.zero_unix_s) and table.unix is not None:
        cells = _first_row(parts[0])
        try:
            unix_s = number(cells[table.unix.place], table.separator, table.unix.name) * table.unix.factor
            about = replace(about, zero_unix_s=unix_s - time_of(cells, table))
        except (ValueError, IndexError):  # the decoder will say what is wrong with this row
            pass
    return about


def _first_row(part: Part) -> list[str]:
    with part.member.opened() as file:
        for _ in range(part.table.header_line + 1):
            file.readline(_LONGEST_LINE)
        return file.readline(_LONGEST_LINE).decode("utf-8", "replace").split(part.table.separator)


def _time_s(line: bytes, table: Table) -> float:
    """Time of a row; -inf where there is none, which leaves it where it stands."""
    try:
        return time_of(line.decode("utf-8", "replace").split(table.separator), table)
    except (ValueError, IndexError):
        return -math.inf


def _look_at_times(path: Path, part: Part) -> None:
    """Raises ImportFormatError for times that no sensor has, in which everything would be holes."""
    rows = _head_of(part.member).split("\n")[part.table.header_line + 1 : -1]
    times_s = [time_s for row in rows if (time_s := _time_s(row.encode(), part.table)) > -math.inf]
    if len(times_s) < _LEAST_TIMES:
        return
    step_s = statistics.median(after - before for before, after in pairwise(times_s))
    if step_s > _LONGEST_STEP_S:
        says = (
            f"The rows of {part.member.name} are {step_s:.3g} s apart: times in another unit, or without their point."
        )
        raise ImportFormatError(says, path=path, hint=SPREADSHEET)


def _head_of(member: Member) -> str:
    with member.opened() as file:
        return file.read(_HEAD_BYTES).decode("utf-8", "replace")


def _text_of(member: Member) -> str:
    with member.opened() as file:
        return file.read(_LARGEST_SIDE_FILE).decode("utf-8", "replace")


class RowKeeper:
    """A decoder that turns the first rejected row of an export into an ImportFormatError with its file and line.

    In a stream a bad packet is an event and the set goes on; in a file that somebody chose it is for them to know. Only
    a last line that was cut, as by a phone that died, is let go.
    """

    def __init__(self, decoder: Decoder, export: ExportFile) -> None:
        self._decoder = decoder
        self._export = export
        self._lines = {part.table.role.value: 0 for part in export.parts}  # that have passed, from the top of the file

    def decode(self, packets: Sequence[Packet]) -> Decoded:
        """As the decoder inside. Raises ImportFormatError."""
        decoded = self._decoder.decode(packets)
        kept = [error for error in decoded.rejected if not self._is_cut_end(error)]
        if kept:
            raise self._refusal(kept[0], packets)
        for packet in packets:
            if packet.channel in self._lines:
                self._lines[packet.channel] += packet.payload.count(b"\n") + 1
        return replace(decoded, rejected=()) if decoded.rejected else decoded

    def __deepcopy__(self, memo: dict[int, object]) -> RowKeeper:
        """The engine keeps a copy to step back to; the file itself need not be copied."""
        twin = RowKeeper(copy.deepcopy(self._decoder, memo), self._export)
        twin._lines = dict(self._lines)
        return twin

    def _is_cut_end(self, error: DecodeError) -> bool:
        """True for the last line of a table that does not end as a line should."""
        return error.row is not None and any(_unended_line(part) == error.payload for part in self._export.parts)

    def _refusal(self, error: DecodeError, packets: Sequence[Packet]) -> ImportFormatError:
        lines = dict(self._lines)
        for packet in packets:
            rows = packet.payload.split(b"\n")
            if error.row is not None and error.row < len(rows) and rows[error.row] == error.payload:
                part = next(part for part in self._export.parts if part.table.role.value == packet.channel)
                hint = SPREADSHEET if is_ruined(error.reason) else "Mend or delete this line, or export it again."
                name = "" if len(self._export.parts) == 1 else f"{part.member.name}: "
                line = lines[packet.channel] + error.row + 1
                return ImportFormatError(name + _sentence(error.reason), path=self._export.path, line=line, hint=hint)
            if packet.channel in lines:
                lines[packet.channel] += len(rows)
        return ImportFormatError(_sentence(error.reason), path=self._export.path, hint=error.hint)


def _unended_line(part: Part) -> bytes | None:
    """The last line of a table, if nothing ends it."""
    last = b""
    with part.member.opened() as file:
        while chunk := file.read(1 << 18):
            last = (last + chunk)[-_LONGEST_LINE:]
            last = last[last.rfind(b"\n") + 1 :] if b"\n" in last else last
    return last.rstrip(b"\r") if last else None


def _sentence(reason: str) -> str:
    return reason[:1].upper() + reason[1:]
