"""The native recording: JSON lines, one per input, written before anything is computed from it.

Every line is an array with its kind first:

    ["header", {"format": ..., "version": 1, ...}]     first line, exactly once
    ["packet", 0.0125, "0x0012", "a1b2c3"]             host time [s since the start], channel, payload in hex
    ["text", 0.0125, "rows", "0.01,0.1,..."]           the same for payloads that are text of their own
    ["command", 3.5, "side", "left"]                   side, set start and end, calibration, marks, link ...
    ["footer", {"input_count": 3, "events_sha256": ...}]   last line after a clean close

Why lines of arrays: a line that was cut by a crash is never valid JSON, so a recording that was cut anywhere reads
as a prefix of its inputs; whatever a later version adds is a kind that this version skips. A line that a bad disk
damaged is left out and counted, and so is a lost packet to the engine: one line never costs a session. Only the header
must be whole. While it is written the
file is `recording.jsonl`, unbuffered, so that a killed process costs at most the line being written; on a clean
close it becomes `recording.jsonl.gz` in one rename. The writer holds a lock on it: without an end and without
that lock it was cut.
"""

from __future__ import annotations

import contextlib
import errno
import gzip
import hashlib
import json
import os
import shutil
import zlib
from collections.abc import Callable, Iterable, Iterator
from io import BufferedReader
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from tracker.core.events import NOT_RECORDED, Event, to_json_line
from tracker.core.model import Command, CommandName, Input, Packet
from tracker.damage import Damage, DamagedLines
from tracker.errors import ConfigError, RecordingError
from tracker.header import FORMAT, FORMAT_VERSION, Header, from_json_dict, to_json_dict
from tracker.locks import take

OPEN_NAME = "recording.jsonl"
CLOSED_NAME = "recording.jsonl.gz"

_LONGEST_LINE = 1_000_000  # bytes; the longest honest line is a 64 kB piece of a sample file, escaped
_CHUNK = 1 << 18  # bytes read or unpacked at once: memory stays flat, the loop overhead does not show
_LONGEST_SESSION_S = 1e8  # three years: a host time beyond is no time since the start
_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_WBITS = 31  # zlib's code for "with the gzip frame and its check sum"


class Footer(NamedTuple):
    """The last line after a clean close: how many inputs came, and the digest of what the engine said to them."""

    input_count: int
    events_sha256: str


class EventDigest:
    """SHA-256 over the event lines, in order. Screen-only events are no part of the record."""

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()

    def add(self, events: Iterable[Event]) -> None:
        """Take more events in."""
        for event in events:
            if not isinstance(event, NOT_RECORDED):
                self._sha256.update(to_json_line(event).encode() + b"\n")

    def hexdigest(self) -> str:
        """The digest so far."""
        return self._sha256.hexdigest()


class _RawFile(Protocol):
    """What the writer needs of a file; tests hand in one whose disk is full."""

    def write(self, data: bytes, /) -> int | None: ...
    def truncate(self, size: int, /) -> int: ...
    def seek(self, position: int, /) -> int: ...
    def fileno(self) -> int: ...
    def close(self) -> None: ...


def _create(path: Path) -> _RawFile:
    return path.open("xb", buffering=0)


class RecordingWriter:
    """Appends inputs to `folder/recording.jsonl`; `close` turns it into `recording.jsonl.gz`.

    Raises RecordingError when the folder or the disk can not take the lines. What was written before stays readable.
    """

    def __init__(self, folder: Path, header: Header, *, create: Callable[[Path], _RawFile] = _create) -> None:
        self.path = folder / OPEN_NAME
        self.input_count = 0
        self._has_text_payloads = header.has_text_payloads
        self._good_bytes = 0
        is_new = not folder.exists()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = create(self.path)
        except OSError as error:
            raise _refused_by_system("The recording can not be created", self.path, error) from error
        take(self._file.fileno())  # tells others that this one is not cut but being written
        try:
            self._write(["header", to_json_dict(header)])
        except RecordingError:
            self._file.close()
            self.path.unlink(missing_ok=True)
            if is_new:
                folder.rmdir()
            raise

    def append(self, item: Input) -> None:
        """Write one input; when this returns, the operating system has it."""
        if isinstance(item, Command):
            self._write(["command", item.received_s, item.name.value, item.value])
        else:
            self._write(self._packet_record(item))
        self.input_count += 1

    def close(self, events_sha256: str) -> Path:
        """Write the footer, pack the file and return its new path. On failure the unpacked recording stays."""
        try:
            self._write(["footer", {"input_count": self.input_count, "events_sha256": events_sha256}])
            _sync(self._file)
        finally:
            self._file.close()
        packed = self.path.with_name(CLOSED_NAME)
        try:
            _pack(self.path, packed)
            self.path.unlink()
        except OSError as error:
            raise _refused_by_system("The recording is complete but could not be packed", self.path, error) from error
        self.path = packed
        return packed

    def abandon(self) -> None:
        """Close the file as it is, without a footer: like after a crash, but on purpose."""
        self._file.close()

    def _packet_record(self, packet: Packet) -> list[Any]:
        if self._has_text_payloads:
            with contextlib.suppress(UnicodeDecodeError):
                return ["text", packet.received_s, packet.channel, packet.payload.decode()]
        return ["packet", packet.received_s, packet.channel, packet.payload.hex()]

    def _write(self, record: list[Any]) -> None:
        line = json.dumps(record, separators=(",", ":"), allow_nan=False).encode() + b"\n"
        try:
            written = 0
            while written < len(line):  # an unbuffered write may take only a part
                written += self._file.write(line[written:]) or 0
        except OSError as error:
            with contextlib.suppress(OSError):  # drop the half line, so that nothing can follow it
                self._file.truncate(self._good_bytes)
                self._file.seek(self._good_bytes)
            raise _refused_by_system("The recording can not be written", self.path, error) from error
        self._good_bytes += len(line)


class Recording:
    """A recording on disk. `header` is read at once; `inputs` streams, and `footer` and `damage` are known after it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.footer: Footer | None = None
        self._is_being_written = False
        self._damaged = DamagedLines()
        self._unpacked_to: int | None = None
        for _number, line in self._lines():
            self.header = self._read_header(line)
            return
        raise RecordingError(
            "The file is empty or cut inside its first line.", path=path, hint="There is nothing in it to read."
        )

    def inputs(self) -> Iterator[Input]:
        """The inputs in order, one at a time; lines that make no sense are left out. Raises RecordingError."""
        self.footer = None
        self._is_being_written = is_being_written(self.path)
        lines = self._lines()
        next(lines, None)  # the header
        for number, line in lines:
            try:
                record = _parsed(line)
                kind = _text(record[0])
                if self.footer is not None or kind == "header":
                    raise RecordingError(
                        "Here a second recording begins in the same file."
                        if kind == "header"
                        else "There is a line after the footer.",
                        path=self.path,
                        line=number,
                    )
                match kind:
                    case "packet":
                        _, received_s, channel, payload = record
                        yield Packet(_seconds(received_s), _text(channel), bytes.fromhex(payload))
                    case "text":
                        _, received_s, channel, payload = record
                        yield Packet(_seconds(received_s), _text(channel), payload.encode())
                    case "command":
                        _, received_s, name, value = record
                        yield Command(_seconds(received_s), CommandName(name), _text(value))
                    case "footer":
                        self.footer = Footer(int(record[1]["input_count"]), _text(record[1]["events_sha256"]))
                    case _:  # a kind that a later version added
                        pass
            except (ValueError, TypeError, AttributeError, LookupError, OverflowError, RecursionError):
                self._damaged.add(number)

    @property
    def damage(self) -> Damage:
        """What could not be read; known when `inputs` ended."""
        has_end = self.footer is not None
        return Damage(
            not has_end,
            self._damaged.count,
            tuple(self._damaged.first),
            self._unpacked_to,
            has_end,
            not has_end and self._is_being_written,
        )

    def _lines(self) -> Iterator[tuple[int, bytes]]:
        """Numbered lines from 1. A last line that was cut is left out, an endless one is given as empty."""
        self._damaged, self._unpacked_to = DamagedLines(), None
        number = 0
        rest = b""
        is_endless = False
        try:
            for chunk in _chunks(self.path):
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    number += 1
                    yield number, b"" if is_endless else line
                    is_endless = False
                if len(rest) > _LONGEST_LINE:
                    rest, is_endless = b"", True
        except zlib.error:
            self._unpacked_to = number
        except OSError as error:
            raise _refused_by_system("The recording can not be read", self.path, error) from error
        if is_endless or (rest and _is_json(rest)):  # complete but for its line end
            yield number + 1, b"" if is_endless else rest

    def _read_header(self, line: bytes) -> Header:
        try:
            record = _parsed(line)
        except (ValueError, TypeError, RecursionError):
            record = []
        values = record[1] if len(record) == 2 and isinstance(record[1], dict) else {}
        if not record or record[0] != "header" or values.get("format") != FORMAT:
            raise RecordingError(
                "This is no recording of this program.",
                path=self.path,
                hint="A packed sample file must be unpacked first; `tracker import` reads it then.",
            )
        version = values.get("version")
        if isinstance(version, bool) or not isinstance(version, int):
            raise self._wrong(1, "The header's format version is no whole number.")
        if version > FORMAT_VERSION:
            raise RecordingError(
                f"The recording has format version {version}, this program reads up to {FORMAT_VERSION}.",
                path=self.path,
                hint="Update the program.",
            )
        try:
            return from_json_dict(values)
        except ConfigError as error:
            raise RecordingError(error.message, path=self.path, line=1, hint=error.hint) from error
        except (ValueError, TypeError, AttributeError, LookupError, OverflowError) as error:
            raise self._wrong(1, "The header is incomplete.") from error

    def _wrong(self, number: int, message: str) -> RecordingError:
        return RecordingError(message, path=self.path, line=number)


def is_being_written(path: Path) -> bool:
    """True while a `RecordingWriter`, of whatever process, has this file open; False where that can not be known."""
    try:
        with path.open("rb") as file:
            return not take(file.fileno(), is_shared=True)
    except OSError:
        return False


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        start = file.read(len(_GZIP_MAGIC))
        file.seek(0)
        if start and _GZIP_MAGIC.startswith(start):
            yield from _unpacked(file)
        else:
            while chunk := file.read(_CHUNK):
                yield chunk


def _unpacked(file: BufferedReader) -> Iterator[bytes]:
    """The content of a gzip file as far as it goes. Raises zlib.error at damage, after all that came before it."""
    unpack = zlib.decompressobj(_GZIP_WBITS)
    while data := file.read(_CHUNK):
        while data:
            before = unpack.copy()
            try:
                yield unpack.decompress(data, _CHUNK)
            except zlib.error:
                yield from _to_the_damage(before, data)
                raise
            data = unpack.unconsumed_tail
            if unpack.eof:
                data, unpack = unpack.unused_data, zlib.decompressobj(_GZIP_WBITS)
                if not data and not file.peek(1):
                    return
    yield unpack.flush()


def _to_the_damage(unpack: zlib._Decompress, data: bytes) -> Iterator[bytes]:
    """What can be unpacked of data that is damaged somewhere: byte by byte, so that nothing before it is lost."""
    with contextlib.suppress(zlib.error):
        for place in range(len(data)):
            yield unpack.decompress(data[place : place + 1])


def _pack(source: Path, target: Path) -> None:
    """Gzip `source` to `target` in one visible step; the same bytes for the same content."""
    temporary = target.with_name(target.name + ".part")
    try:
        with source.open("rb") as plain, temporary.open("wb") as file:
            with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed:
                shutil.copyfileobj(plain, packed, _CHUNK)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _sync(file: _RawFile) -> None:
    with contextlib.suppress(OSError):  # pipes and some network drives can not; the lines are written all the same
        os.fsync(file.fileno())


def _parsed(line: bytes) -> list[Any]:
    record = json.loads(line)
    if not isinstance(record, list) or not record:
        raise TypeError
    return record


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, float | int) or not abs(value) <= _LONGEST_SESSION_S:
        raise TypeError
    return float(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


_HINTS = {
    errno.ENOSPC: "Make room on the disk.",
    errno.EDQUOT: "Your share of the disk is used up: make room.",
    errno.EEXIST: "A recording is never overwritten: choose another folder.",
    errno.ENOENT: "Check the path.",
    errno.EISDIR: "Name the file inside the folder.",
}


def _refused_by_system(what: str, path: Path, error: OSError) -> RecordingError:
    hint = _HINTS.get(error.errno or 0, "Choose a folder that you may write to, or set TRACKER_HOME.")
    return RecordingError(f"{what}: {error.strerror or error}.", path=path, hint=hint)
