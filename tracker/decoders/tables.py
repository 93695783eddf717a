"""Tables of numbers as apps and vendors write them: what a header line says, and the numbers of one row.

Separators may be comma, semicolon or tab. Where it is no comma, a decimal comma is read as such. Numbers that a
spreadsheet has ruined (1.234.567, dates) are told of as that: nothing can bring them back.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

_LARGEST = 1e20  # nanoseconds since 1970 are 2e18; beyond is no measurement
_HEADER_WITHIN_LINES = 40  # the longest preamble seen has 11 lines
_SEPARATORS = (",", ";", "\t")
_DIGITS = re.compile(r"\d+")
_RUINED = re.compile(r"-?\d{1,3}([.,]\d{3}){2,}|\d{1,2}[./-]([A-Za-z]{3,}|\d{1,2})\.?([./-]\d{2,4})?|#+.*")
DAY_S = 86400.0
DAY_ZERO = datetime(2000, 1, 1)
SPREADSHEET = "Import the file as the app wrote it; one that was opened and saved in a spreadsheet is damaged for good."


class Role(StrEnum):
    """What the rows of a table hold; also the channel on which they travel."""

    SAMPLES = "samples"  # specific force and rate
    ACC = "acceleration"  # specific force
    LINEAR = "linear_acceleration"  # without gravity
    GRAVITY = "gravity"
    GYR = "rate"


class Column(NamedTuple):
    """A column of numbers: its place, what to multiply it with to get SI, its name."""

    place: int
    factor: float
    name: str


class Clock(NamedTuple):
    """A column of times as text: date and time of day, time of day alone, or plain seconds."""

    place: int
    name: str


@dataclass(frozen=True, slots=True)
class Table:
    """What a header says of the rows below it.

    values: three columns, six where role is SAMPLES. gravity: three more, to be added to the first three.
    unix: the column that holds Unix time, where there is one.
    utc_offset_s: of the zone in which the file was written. acc_rail, gyr_rail [SI]: the end of the sensor's range.
    wrap_s: the time starts again at 0 here. header_line: which line of the file (from 0) names the columns.
    """

    role: Role
    separator: str
    time: Column | Clock
    values: tuple[Column, ...]
    header_line: int = 0
    gravity: tuple[Column, ...] = ()
    unix: Column | None = None
    utc_offset_s: int | None = None
    acc_rail: float = math.inf
    gyr_rail: float = math.inf
    wrap_s: float = math.inf


class Header(NamedTuple):
    """The line that names the columns: its number (from 0), the separator, the names as written and in lower case."""

    line: int
    separator: str
    names: tuple[str, ...]
    lower: tuple[str, ...]

    def place(self, *wanted: str) -> int | None:
        """Where the first of these names (lower case) stands."""
        return next((self.lower.index(name) for name in wanted if name in self.lower), None)

    def columns(self, names: Sequence[str], factor: float) -> tuple[Column, ...] | None:
        """The columns of these names (lower case); None if one is missing."""
        places = [self.place(name) for name in names]
        found = [place for place in places if place is not None]
        return tuple(Column(place, factor, self.names[place]) for place in found) if len(found) == len(names) else None


def header_of(text: str, is_header: Callable[[Header], bool]) -> Header | None:
    """The first line that `is_header`, within the first lines of `text`."""
    for number, line in enumerate(text.split("\n", _HEADER_WITHIN_LINES)[:_HEADER_WITHIN_LINES]):
        separator = max(_SEPARATORS, key=line.count)
        names = tuple(_bare(cell) for cell in line.lstrip("\ufeff").rstrip("\r").split(separator))
        header = Header(number, separator, names, tuple(name.lower() for name in names))
        if is_header(header):
            return header
    return None


def number(cell: str, separator: str, name: str) -> float:
    """The number in a cell. Raises ValueError with a sentence."""
    text = cell.strip(' "\r')
    try:
        value = float(text) if "_" not in text else math.nan  # float() alone would take 1_000
    except ValueError:
        if separator != "," and text.count(",") == 1 and "." not in text:
            return number(text.replace(",", "."), ",", name)
        value = math.nan
    if abs(value) <= _LARGEST:  # NaN is not
        return value
    if _RUINED.fullmatch(text):
        raise ValueError(f"'{text[:40]}' in the column {name} is no number any more: a spreadsheet changed it.")
    raise ValueError(f"'{text[:40]}' is not a usable number for {name}.")


def is_ruined(sentence: str) -> bool:
    """True for what `number` says of cells that a spreadsheet has changed."""
    return sentence.endswith("a spreadsheet changed it.")


def clock_s(cell: str, name: str) -> float:
    """Seconds of a text as `2024-3-19 16:44:16.689` since 2000, of `16:44:16:689` since midnight, or of `1.25`.

    Raises ValueError with a sentence.
    """
    if ":" not in cell:
        return number(cell, ",", name)
    numbers = [int(digits) for digits in _DIGITS.findall(cell)[:7]]
    fraction = re.search(r"\d{1,2}:\d{1,2}:\d{1,2}[.:,](\d{1,9})\D*$", cell)
    try:
        has_date = bool(numbers) and numbers[0] > 99
        days = (date(numbers[0], numbers[1], numbers[2]) - DAY_ZERO.date()).days if has_date else 0
        hour, minute, second = numbers[3:6] if has_date else numbers[:3]
    except (ValueError, IndexError, OverflowError):
        raise ValueError(f"'{cell.strip()[:40]}' is no time for {name}.") from None
    part_s = float(f"0.{fraction[1]}") if fraction else 0.0
    if hour > 23 or minute > 59 or second > 60:
        raise ValueError(f"'{cell.strip()[:40]}' is no time for {name}.")
    return days * DAY_S + hour * 3600 + minute * 60 + second + part_s


def row_of(line: str, table: Table) -> tuple[float, list[float]] | None:
    """Time [s] and values [SI] of a row; None for one without values (a shorter column beside longer ones).

    Raises ValueError with a sentence.
    """
    cells = line.split(table.separator)
    columns = (*table.values, *table.gravity)
    needed = max(table.time.place, *(column.place for column in columns)) + 1
    if len(cells) < needed:
        raise ValueError(f"the row has {len(cells)} columns, {needed} are needed.")
    texts = [cells[column.place] for column in columns]
    if not any(text.strip(' "\r') not in {"", "NaN", "nan"} for text in texts):
        return None
    values = [
        number(text, table.separator, column.name) * column.factor for text, column in zip(texts, columns, strict=True)
    ]
    for axis in range(len(table.gravity)):
        values[axis] += values[len(table.values) + axis]
    values = values[: len(table.values)]
    return time_of(cells, table), values


def time_of(cells: Sequence[str], table: Table) -> float:
    """The time in a row [s]. Raises ValueError with a sentence, or IndexError."""
    match table.time:
        case Column(place, factor, name):
            return number(cells[place], table.separator, name) * factor
        case Clock(place, name):
            return clock_s(cells[place], name)


@dataclass(frozen=True, slots=True)
class About:
    """What the side files and heads of an export tell: of the moment, of the phone.

    zero_unix_s: Unix time at which the table's time was 0, NaN if not told. first_local: when the first row was
    written, on a clock whose offset from UTC is not told. zone: name of the time zone.
    """

    zero_unix_s: float = math.nan
    first_local: datetime | None = None
    zone: str = ""
    utc_offset_s: int | None = None
    device: str = ""


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """A kind of file: how it is recognised. Pure data and functions; `sources` opens files and zips.

    key: the word for --format. decoder: key of the decoder's profile. table_of: what the beginning of a text called
    `name` holds, None if it is none of this format's tables; raises DecodeError for one of which no use can be made.
    about: what side files (by lower-case base name) and the beginning of the first table (by "") tell.
    side_files: their texts go to the decoder too, each on a channel of its own name.
    told: texts that stand in for side files that are not there. marks: the side file with the person's marks.
    """

    key: str
    title: str
    decoder: str
    table_of: Callable[[str, str], Table | None]
    about: Callable[[Mapping[str, str]], About] = lambda _texts: About()
    side_files: tuple[str, ...] = ()
    told: Mapping[str, str] = field(default_factory=dict)
    marks: str = ""


def _bare(cell: str) -> str:
    return cell.strip().strip('"').strip()
