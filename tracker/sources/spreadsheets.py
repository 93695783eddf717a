"""Sheets of a workbook as tab-separated texts: phyphox writes .xls, and people save exports as .xlsx.

Each sheet is converted once and kept packed in memory: at most some tens of megabytes. Both readers are an extra: few
people need them, and a CSV export of the same app does without.
"""

from __future__ import annotations

import contextlib
import functools
import gzip
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO, StringIO
from pathlib import Path
from typing import IO, Any

from tracker.errors import ImportFormatError
from tracker.sources.member import Member

_LARGEST_XLS = 128 << 20  # bytes; the format ends at 65 536 rows a sheet, and its reader holds all of it in memory
_MOST_SHEETS = 32  # a sheet a sensor and some about the recording: more than any experiment has
_MOST_ROWS = 4_000_000  # four sheets as long as the format allows
_EXTRA = "pip install 'hip-thrust-tracker[spreadsheets]', or export CSV instead."


def xls_members(path: Path) -> list[Member]:
    """The sheets of an .xls file. Raises ImportFormatError."""
    try:
        import xlrd
    except ImportError as error:
        raise _missing(path) from error
    if path.stat().st_size > _LARGEST_XLS:
        raise ImportFormatError("The workbook is too large.", path=path, hint="Export CSV instead.")
    try:
        book = xlrd.open_workbook(path, logfile=StringIO())  # the reader prints its opinion of odd files
    except Exception as error:
        raise _damaged(path) from error
    return [
        Member(sheet.name, _converted(functools.partial(_xls_rows, sheet), path))
        for sheet in book.sheets()[:_MOST_SHEETS]
    ]


def _xls_rows(sheet: Any) -> Iterator[list[object]]:
    for number in range(sheet.nrows):
        yield [
            "#date" if kind == 3 else value  # a cell that became a date lost its number
            for kind, value in zip(sheet.row_types(number), sheet.row_values(number), strict=True)
        ]


def xlsx_members(path: Path) -> list[Member]:
    """The sheets of an .xlsx file. Raises ImportFormatError."""
    try:
        import openpyxl
    except ImportError as error:
        raise _missing(path) from error
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        names = list(book.sheetnames)[:_MOST_SHEETS]
        book.close()
    except Exception as error:
        raise _damaged(path) from error
    return [Member(name, _converted(functools.partial(_xlsx_rows, path, name), path)) for name in names]


def _xlsx_rows(path: Path, name: str) -> Iterator[tuple[object, ...]]:
    import openpyxl

    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        yield from book[name].iter_rows(values_only=True)
    finally:
        book.close()


def _converted(
    rows: Callable[[], Iterable[Iterable[object]]], path: Path
) -> Callable[[], contextlib.AbstractContextManager[IO[bytes]]]:
    kept: list[bytes] = []

    @contextlib.contextmanager
    def opened() -> Iterator[IO[bytes]]:
        if not kept:
            try:
                kept.append(_packed(rows()))
            except Exception as error:
                raise _damaged(path) from error
        with gzip.GzipFile(fileobj=BytesIO(kept[0])) as file:
            yield file  # type: ignore[misc]  # reads as a file does

    return opened


def _packed(rows: Iterable[Iterable[object]]) -> bytes:
    packed = BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1) as file:
        for number, row in enumerate(rows):
            if number >= _MOST_ROWS:
                raise ValueError
            cells = ["" if cell is None else repr(cell) if isinstance(cell, float) else str(cell) for cell in row]
            line = "\t".join(cell.replace("\t", " ").replace("\n", " ") for cell in cells).rstrip("\t")
            if line:
                file.write(line.encode() + b"\n")
    return packed.getvalue()


def _missing(path: Path) -> ImportFormatError:
    return ImportFormatError("Reading a spreadsheet needs two more packages.", path=path, hint=_EXTRA)


def _damaged(path: Path) -> ImportFormatError:
    return ImportFormatError("The workbook is damaged or too long.", path=path, hint="Export CSV instead.")
