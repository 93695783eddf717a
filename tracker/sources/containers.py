"""What a person hands over, as a list of texts: a file, a folder of files, a zip, or the sheets of a spreadsheet.

Everything is bounded, because files come from strangers: how many members are looked at, how far they unpack, how deep.
Texts are streamed, never held; sheets are converted to tab-separated text as they are read.
"""

from __future__ import annotations

import codecs
import contextlib
import io
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, cast

from tracker.errors import ImportFormatError
from tracker.sources.member import Member
from tracker.sources.spreadsheets import xls_members, xlsx_members

_MOST_MEMBERS = 256  # a Sensor Logger zip of all sensors of a watch, a phone and a pod has 60
_MOST_ENTRIES = 4096  # their list is read anew for each member that is opened
_MOST_BYTES = 4 << 30  # of one unpacked member: 200 Hz on six columns for a week
_MOST_RATIO = 250  # tables of numbers pack 3 to 20 times; a sensor that reads 0 throughout, 200 times
_SMALL_BYTES = 16 << 20  # unpacks in a fifth of a second, whatever the ratio
ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
XLS_START = b"\xd0\xcf\x11\xe0"
# Names of sensors and their rates: what remains of a name says which recording a file belongs to.
_SENSOR_WORDS = re.compile(
    r"total|linear|uncalibrated|acceleration|accelerometer|gyroscope|gravity|metadata|annotation|"
    r"(?<![a-z])(acc|gyro|gyr)(?![a-z])|\d+(\.\d+)?hz"
)
# What the zip module raises for damage of one kind or another.
_ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    KeyError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)
_ACCELERATION = re.compile(r"accel|(?<![a-z])acc(?![a-z])")
_WIDE = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def members(path: Path) -> list[Member]:
    """The texts in `path`, in order of their names. Raises ImportFormatError."""
    if path.is_dir():
        names = sorted(item for item in path.rglob("*") if item.is_file() and not _is_hidden(item.relative_to(path)))
        return [_loose(item) for item in names[:_MOST_MEMBERS]]
    start = _start(path)
    if start.startswith(ZIP_STARTS):
        return _zip_members(path)
    if start.startswith(XLS_START):
        return xls_members(path)
    return [_loose(path)]


def neighbours(path: Path) -> list[Member]:
    """Files beside `path` whose names differ from its name only in the words for the sensor, as apps write them."""
    stem = _SENSOR_WORDS.sub("", path.stem.lower())
    try:
        beside = sorted(item for item in path.parent.iterdir() if item.suffix.lower() == path.suffix.lower())
    except OSError:
        return []
    fitting = [item for item in beside if item != path and _SENSOR_WORDS.sub("", item.stem.lower()) == stem]
    return [_loose(item) for item in fitting[:_MOST_MEMBERS] if item.is_file()]


def has_acceleration_in_name(name: str) -> bool:
    """True for the names that apps give to the accelerometer's file."""
    return _ACCELERATION.search(name.lower()) is not None


def _loose(path: Path) -> Member:
    return Member(path.name, _file_opener(path), path)


def _start(path: Path) -> bytes:
    with _file_opener(path)() as file:
        return file.read(len(XLS_START))


def _zip_members(path: Path) -> list[Member]:
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
    except _ZIP_ERRORS as error:
        raise ImportFormatError(
            "The zip file is damaged or cut.", path=path, hint="Export it again and copy it whole."
        ) from error
    if len(infos) > _MOST_ENTRIES:
        raise ImportFormatError(
            f"The zip file holds {len(infos)} files, which no export does.", path=path, hint="Unpack the one you mean."
        )
    names = {info.filename for info in infos}
    if "xl/workbook.xml" in names:
        return xlsx_members(path)
    found = []
    for info in sorted(infos, key=lambda info: info.filename)[:_MOST_MEMBERS]:
        inner = PurePosixPath(info.filename)
        if info.is_dir() or _is_hidden(Path(inner)) or "__MACOSX" in inner.parts:
            continue
        if info.flag_bits & 1:
            raise ImportFormatError("The zip file has a password.", path=path, hint="Unpack it, and import the folder.")
        if info.file_size > _MOST_BYTES or (
            info.file_size > _SMALL_BYTES and info.file_size > _MOST_RATIO * max(info.compress_size, 1)
        ):
            raise ImportFormatError(
                f"{inner.name} would unpack to {info.file_size / 1e9:.1f} GB, which no session has.",
                path=path,
                hint="Export it again; a file from a stranger may be a trap.",
            )
        found.append(Member(inner.name, _zip_opener(path, info.filename)))
    return found


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _file_opener(path: Path) -> Callable[[], contextlib.AbstractContextManager[IO[bytes]]]:
    @contextlib.contextmanager
    def opened() -> Iterator[IO[bytes]]:
        try:
            with path.open("rb") as file:
                yield _as_utf8(file)
        except OSError as error:
            raise ImportFormatError(
                f"The file can not be read: {error.strerror or error}.",
                path=path,
                hint="Check the path and permissions.",
            ) from error

    return opened


def _zip_opener(path: Path, name: str) -> Callable[[], contextlib.AbstractContextManager[IO[bytes]]]:
    @contextlib.contextmanager
    def opened() -> Iterator[IO[bytes]]:
        try:
            with zipfile.ZipFile(path) as archive, archive.open(name) as file:
                yield _as_utf8(cast(io.BufferedReader, file))  # which peeks and reads as one
        except _ZIP_ERRORS as error:
            raise ImportFormatError(
                f"{PurePosixPath(name).name} in the zip file is damaged or cut.", path=path, hint="Export it again."
            ) from error

    return opened


def _as_utf8(file: io.BufferedReader) -> IO[bytes]:
    """The bytes, as UTF-8 where a spreadsheet wrote UTF-16."""
    start = file.peek(2)[:2]
    if start not in _WIDE:
        return file
    file.read(2)
    return codecs.EncodedFile(file, "utf-8", _WIDE[start], errors="replace")
