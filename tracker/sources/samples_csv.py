"""Import of the generic samples CSV: the file as packets (header line, then pieces of whole lines) and commands.

The numbers are the decoder's business; here are only bytes, lines and markers, so that a file of an hour costs little
more than reading it. Only a file with a `marker` column is looked at line by line, because a marker must land between
the right two rows. What a person can get wrong is refused in one sentence with the line number.
"""

from __future__ import annotations

import codecs
import contextlib
import copy
import csv
import itertools
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BufferedReader
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tracker.core.markers import marker_command
from tracker.core.model import Command, Decoded, Decoder, Input, Packet
from tracker.decoders.generic_csv import HEADER, ROWS, read_header
from tracker.errors import DecodeError, ImportFormatError
from tracker.sources.text_encoding import SAVE_ANEW, not_utf8

MARKER = "marker"
BULK_BYTES = 1 << 20  # a piece for computing: pieces cost nothing, and the processor keeps one at hand
PACED_BYTES = 1 << 10  # a piece for watching and for recordings: about 0.15 s of six axes at 100 Hz

_LONGEST_LINE = 1 << 16  # bytes; six numbers and a note take 200
_EPOCH_FROM_S = 1e8  # times beyond (March 1973) are Unix time; as time since the start it would be three years
_MENDS = {
    b";": "Columns are separated by ';'. Save the file with ',' between columns and '.' as the decimal point.",
    b"\t": "Columns are separated by tabs. Save the file with ',' between columns.",
}
_DECIMAL_POINT = "Save the file with '.' as the decimal point."
_INTEGER = re.compile(rb" *[-+]?[0-9]+ *$")
_DECIMAL_COMMA = re.compile(rb'"[-+]?[0-9]+,[0-9]+"')


class _Layout(NamedTuple):
    """What the header line says of every row."""

    time: int
    marker: int | None
    column_count: int
    numbers: tuple[int, ...]  # the columns that must hold numbers


@dataclass(frozen=True, slots=True)
class SamplesCsv:
    """A sample file. started_at: from its time column if that is Unix time, else None.

    Raises ImportFormatError on the first look at a file that can not be one, and while reading.
    """

    path: Path
    piece_bytes: int
    header_line: bytes
    layout: _Layout
    first_time_s: float

    @property
    def started_at(self) -> datetime | None:
        """When the first sample was taken, if the file tells."""
        if not _EPOCH_FROM_S < self.first_time_s < 1e11:
            return None
        return datetime.fromtimestamp(self.first_time_s, UTC)

    def inputs(self) -> Iterator[Input]:
        """The header line, then rows and markers, in the order of the file."""
        yield Packet(0.0, HEADER, self.header_line)
        for offset, piece in _pieces(self.path, self.piece_bytes):
            _refuse_odd(piece, offset, self.path)
            _refuse_long_rows(piece, offset, self.layout, self.path)
            if self.layout.marker is None:
                yield Packet(self._elapsed_s(piece), ROWS, piece)
            else:
                yield from self._with_markers(piece, self.layout.marker, offset)

    def _with_markers(self, piece: bytes, place: int, offset: int) -> Iterator[Input]:
        lines = piece.split(b"\n")
        start = 0
        for index, line in enumerate(lines):
            try:
                text = self._marker(line, place)
            except csv.Error as error:
                line_number = _line_at(self.path, offset) + index
                raise ImportFormatError("The quotes do not match.", path=self.path, line=line_number) from error
            if not text:
                continue
            if index > start:
                rows = b"\n".join(lines[start:index])
                yield Packet(self._elapsed_s(rows), ROWS, rows)
            start = index
            name, value = marker_command(text)
            yield Command(self._elapsed_s(line), name, value)
        rows = b"\n".join(lines[start:])
        yield Packet(self._elapsed_s(rows), ROWS, rows)

    def _marker(self, line: bytes, place: int) -> str:
        if b'"' in line:
            cells = next(csv.reader([line.decode()]), [])
            return cells[place].strip() if place < len(cells) else ""
        if place == self.layout.column_count - 1 and line.endswith(b","):
            return ""
        parts = line.split(b",")
        return parts[place].decode().strip() if place < len(parts) else ""

    def _elapsed_s(self, rows: bytes) -> float:
        """Time of the last row since the first row [s]."""
        return _time_s(rows[rows.rfind(b"\n") + 1 :], self.layout) - self.first_time_s


def open_samples_csv(path: Path, *, piece_bytes: int = BULK_BYTES) -> SamplesCsv:
    """A look at the header and the first row. Raises ImportFormatError."""
    with _opened(path) as file:
        header_line = _header_and_rest(file, path).removeprefix(codecs.BOM_UTF8)
    if not header_line.strip():
        raise ImportFormatError("The file is empty.", path=path, line=1, hint="Export it again.")
    layout = _layout(header_line, path)
    offset, rows = next(_pieces(path, 1), (0, b""))
    if not rows:
        raise ImportFormatError("There is a header but no row of samples.", path=path, line=1, hint="Export it again.")
    first_row = rows.split(b"\n", 1)[0]
    _refuse_long_rows(first_row, offset, layout, path)
    return SamplesCsv(path, piece_bytes, header_line, layout, _time_s(first_row, layout))


class LineKeeper:
    """A decoder that turns the first rejected row of a sample file into an ImportFormatError with its line number.

    In a stream a bad packet is an event and the set goes on; in a file that somebody chose it is for them to know.
    """

    def __init__(self, decoder: Decoder, samples: SamplesCsv) -> None:
        self._decoder = decoder
        self._samples = samples
        self._packet_count = 0

    def decode(self, packets: Sequence[Packet]) -> Decoded:
        """As the decoder inside. Raises ImportFormatError."""
        if not all(self._ends_well(packet) for packet in packets):
            probe = copy.deepcopy(self._decoder)
            for packet in packets:  # one by one: a gigabyte of garbage must not become a gigabyte of errors
                self._refuse(probe.decode([packet]).rejected, packets)
        decoded = self._decoder.decode(packets)
        self._refuse(decoded.rejected, packets)
        self._packet_count += len(packets)
        return decoded

    def _refuse(self, rejected: Sequence[DecodeError], packets: Sequence[Packet]) -> None:
        if rejected:
            error = rejected[0]
            raise ImportFormatError(
                _sentence(error.reason),
                path=self._samples.path,
                line=self._line_of(error, packets),
                hint=_DECIMAL_POINT
                if _DECIMAL_COMMA.search(error.payload)
                else "Mend or delete this line (a logger that died leaves half a last one).",
            ) from error

    def _ends_well(self, packet: Packet) -> bool:
        """True when the last row is one of numbers: garbage nearly always shows there, at no cost."""
        if packet.channel == HEADER:
            return True
        cells = packet.payload[packet.payload.rfind(b"\n") + 1 :].split(b",")
        try:
            return all(math.isfinite(float(cells[place])) for place in self._samples.layout.numbers)
        except (ValueError, IndexError):
            return False

    def __deepcopy__(self, memo: dict[int, object]) -> LineKeeper:
        """The engine keeps a copy to step back to; the file itself need not be copied."""
        twin = LineKeeper(copy.deepcopy(self._decoder, memo), self._samples)
        twin._packet_count = self._packet_count
        return twin

    def _line_of(self, error: DecodeError, packets: Sequence[Packet]) -> int:
        """Counted only now, by reading the file again: a good file need not pay for it."""
        seen = (item for item in self._samples.inputs() if isinstance(item, Packet))
        line = 1 + sum(packet.payload.count(b"\n") + 1 for packet in itertools.islice(seen, self._packet_count))
        for packet in packets:
            rows = packet.payload.split(b"\n")
            is_rows = packet.channel == ROWS  # a header that stands again is the same text as the first one
            if is_rows and error.row is not None and error.row < len(rows) and rows[error.row] == error.payload:
                return line + error.row
            line += len(rows)
        return line


def _layout(header_line: bytes, path: Path) -> _Layout:
    _refuse_odd(header_line, 0, path)
    for separator, mend in _MENDS.items():
        if header_line.count(separator) > header_line.count(b","):
            raise ImportFormatError(mend, path=path, line=1)
    names = [name.strip().strip('"').strip() for name in header_line.decode().split(",")]
    try:
        columns = read_header(header_line)
    except DecodeError as error:
        raise ImportFormatError(
            _sentence(error.reason),
            path=path,
            line=1,
            hint="The header must name time_s, acc_x_mps2 (or _g), acc_y_..., acc_z_..., and gyr_x_dps (or _radps) ...",
        ) from error
    for quantity in ("acc", "gyr"):
        units = {name.rpartition("_")[2] for name in names if name.startswith(f"{quantity}_")}
        if len(units) > 1:
            raise ImportFormatError(
                f"The {quantity} columns mix the units {' and '.join(sorted(units))}.",
                path=path,
                line=1,
                hint="One unit for all three axes.",
            )
    return _Layout(
        names.index("time_s"),
        names.index(MARKER) if MARKER in names else None,
        len(names),
        tuple(column.place for column in columns),
    )


def _refuse_long_rows(piece: bytes, offset: int, layout: _Layout, path: Path) -> None:
    """Refuse rows of more cells than columns: a decimal comma makes two of one number.

    A piece that has no comma too many is not looked at row by row. NumPy counts bytes six times as fast as `count`.
    """
    characters = np.frombuffer(piece, np.uint8)
    commas, line_ends = (int(np.count_nonzero(characters == ord(end))) for end in ",\n")
    if commas <= (layout.column_count - 1) * (line_ends + 1):
        return
    for index, row in enumerate(piece.split(b"\n")):
        cells = [] if b'"' in row else row.split(b",")
        found = len(cells)
        while len(cells) > layout.column_count and not cells[-1].strip():
            cells.pop()  # loggers that end every row with a comma
        halves = cells[: 2 * len(layout.numbers)]  # what follows them may be a marker with commas
        is_split = found >= 2 * layout.column_count - 1 > 1 and all(_INTEGER.match(cell) for cell in halves)
        if is_split or (layout.marker is None and len(cells) > layout.column_count):
            guess = ": numbers seem to have a decimal comma" if is_split else ""
            raise ImportFormatError(
                f"The row has {len(cells)} columns, the header {layout.column_count}{guess}.",
                path=path,
                line=_line_at(path, offset) + index,
                hint=_DECIMAL_POINT if is_split else "Mend this line, or name all columns in the header.",
            )


def _refuse_odd(piece: bytes, offset: int, path: Path) -> None:
    """Refuse what is no UTF-8 text. offset: where the piece begins in the file."""
    place = piece.find(b"\0")
    if place < 0:
        if piece.isascii():
            return
        try:
            piece.decode()
        except UnicodeDecodeError as error:
            place = error.start
        else:
            return
    line = _line_at(path, offset) + piece.count(b"\n", 0, place)
    raise ImportFormatError(not_utf8(piece, is_start=offset == 0), path=path, line=line, hint=SAVE_ANEW)


def _header_and_rest(file: BufferedReader, path: Path) -> bytes:
    """The header line without its end; the file stands at the first row."""
    line = file.readline(_LONGEST_LINE).rstrip(b"\r\n")
    if b"\r" in line:
        hint = "Save the file with the line ends of Windows or Unix."
        raise ImportFormatError("Its lines end with a bare carriage return.", path=path, line=1, hint=hint)
    return _checked_end(line, 0, path)


def _pieces(path: Path, piece_bytes: int) -> Iterator[tuple[int, bytes]]:
    """The rows: whole lines, about `piece_bytes` at a time, without the last line end; with their place in the file.

    Line numbers are counted from the place only when one is needed: counting costs as much as reading.
    """
    with _opened(path) as file:
        _header_and_rest(file, path)
        offset = file.tell()
        while True:
            # where the last line ends is looked up first: a piece that is put together is copied twice, for as long as
            # parsing a third of it
            last = offset + piece_bytes - 1
            file.seek(last)
            tail = _checked_end(file.readline(_LONGEST_LINE), last, path)
            file.seek(offset)
            piece = file.read(piece_bytes - 1 + len(tail) - tail.endswith(b"\n") if tail else -1)
            if not piece and not tail:
                return
            next_offset = offset + len(piece) + tail.endswith(b"\n")
            if b"\r" in piece:
                piece = piece.replace(b"\r\n", b"\n").removesuffix(b"\r")
            piece = piece.removesuffix(b"\n")
            if not piece[piece.rfind(b"\n") + 1 :].strip():  # empty lines at the end of the file are no rows
                piece = piece.rstrip(b"\n ")
                if _has_more(file):
                    raise ImportFormatError(
                        "The row is empty.",
                        path=path,
                        line=_line_at(path, offset) + piece.count(b"\n") + bool(piece),
                        hint="Rows must follow each other without a gap.",
                    )
            if piece:
                yield offset, piece
            offset = next_offset


def _line_at(path: Path, offset: int) -> int:
    """Number (from 1) of the line that begins or goes on at this place of the file."""
    with _opened(path) as file:
        return 1 + sum(
            file.read(min(BULK_BYTES, offset - start)).count(b"\n") for start in range(0, offset, BULK_BYTES)
        )


def _has_more(file: BufferedReader) -> bool:
    """True if anything but line ends and spaces follows; where that is so, it also stops reading."""
    return any(chunk.strip() for chunk in iter(lambda: file.read(BULK_BYTES), b""))


def _checked_end(line: bytes, offset: int, path: Path) -> bytes:
    """The line itself, unless it was too long to be one."""
    if len(line) < _LONGEST_LINE or line.endswith(b"\n"):
        return line
    _refuse_odd(line[:1024], offset, path)
    raise ImportFormatError(
        f"The line has more than {_LONGEST_LINE} characters.",
        path=path,
        line=_line_at(path, offset),
        hint="This seems to be no CSV file with one sample a line.",
    )


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[BufferedReader]:
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise ImportFormatError(
            f"The file can not be read: {error.strerror or error}.", path=path, hint="Check the path and permissions."
        ) from error


def _time_s(row: bytes, layout: _Layout) -> float:
    """The time in a row [s]; 0 where it is no number: the decoder will say so."""
    try:
        time_s = float(row.split(b",", layout.time + 1)[layout.time].strip(b' "'))
    except (ValueError, IndexError):
        return 0.0
    return time_s if math.isfinite(time_s) else 0.0


def _sentence(reason: str) -> str:
    return reason[:1].upper() + reason[1:]
