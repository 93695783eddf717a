"""The truth file: a small CSV beside the recording in which a person says when each true rep was at its top.

    schema_version,set,side,rep,top_s,fault
    1,1,left,1,39.54,false

`top_s` counts from the first sample, as in reps.csv, and is all that a file made by hand needs; set and rep are
numbers, side is left, right or empty, fault is true for a rep that was done badly. Rows stand in order of time.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

from tracker.core.model import Side
from tracker.errors import ImportFormatError
from tracker.recording import CLOSED_NAME, OPEN_NAME

SCHEMA_VERSION = 1
COLUMNS = ("schema_version", "set", "side", "rep", "top_s", "fault")
SUFFIX = "truth.csv"

_MOST_REPS = 100_000  # a year of training; more is another kind of file
_LONGEST_S = 1e8  # as in recordings: three years
_HINT = f"It needs a header row with top_s, and may have {', '.join(name for name in COLUMNS if name != 'top_s')}."


@dataclass(frozen=True, slots=True)
class TrueRep:
    """A rep that a person saw: when it was at its top [s since the first sample], on which leg, done badly or not."""

    top_s: float
    side: Side = Side.UNKNOWN
    is_faulty: bool = False
    set_number: int = 0


def truth_path(recording: Path) -> Path:
    """Where the truth of this file lies: in its session folder, else beside it under its name."""
    if recording.name in (OPEN_NAME, CLOSED_NAME):
        return recording.with_name(SUFFIX)
    return recording.with_name(f"{recording.name.split('.')[0]}.{SUFFIX}")


def in_sets(reps: Iterable[TrueRep], rest_s: float) -> list[TrueRep]:
    """The reps in order of time with their set: a new one after a longer rest or on another leg."""
    numbered: list[TrueRep] = []
    for rep in sorted(reps, key=lambda one: one.top_s):
        last = numbered[-1] if numbered else replace(rep, set_number=1)
        number = last.set_number + (rep.top_s - last.top_s > rest_s or rep.side is not last.side)
        numbered.append(replace(rep, set_number=number))
    return numbered


def write_truth(file: TextIO, reps: Sequence[TrueRep]) -> None:
    """The reps (in order, with their sets) as a truth file."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    in_set: dict[int, int] = {}
    for rep in reps:
        number = in_set[rep.set_number] = in_set.get(rep.set_number, 0) + 1
        fault = "true" if rep.is_faulty else "false"
        writer.writerow([SCHEMA_VERSION, rep.set_number, rep.side.value, number, f"{rep.top_s:.3f}", fault])


def read_truth(path: Path, *, rest_s: float) -> list[TrueRep]:
    """The reps of a truth file in order of time; where it names no sets they are told by rests longer than `rest_s`.

    Raises ImportFormatError.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reps = sorted(_reps(path, file), key=lambda rep: rep.top_s)
    except OSError as error:
        raise ImportFormatError(
            f"The truth can not be read: {error.strerror or error}.",
            path=path,
            hint="`tracker mark` makes it; --truth names another file.",
        ) from error
    except UnicodeDecodeError as error:
        raise ImportFormatError("This is no UTF-8 text.", path=path, hint="Save it as CSV in UTF-8.") from error
    return reps if all(rep.set_number for rep in reps) else in_sets(reps, rest_s)


def _reps(path: Path, file: TextIO) -> Iterator[TrueRep]:
    rows = csv.DictReader(file, strict=True)
    try:
        if "top_s" not in (rows.fieldnames or ()):
            raise ImportFormatError("The column top_s is missing.", path=path, line=1, hint=_HINT)
        for count, row in enumerate(rows):
            if count >= _MOST_REPS:
                raise ImportFormatError(f"There are more than {_MOST_REPS} reps.", path=path, line=rows.line_num)
            try:
                yield _rep(row)
            except (ValueError, TypeError, AttributeError) as error:
                raise ImportFormatError(
                    "This is no row of a truth file.", path=path, line=rows.line_num, hint=_HINT
                ) from error
    except csv.Error as error:
        raise ImportFormatError("This is no CSV.", path=path, line=max(rows.line_num, 1), hint=_HINT) from error


def _rep(row: dict[str, str]) -> TrueRep:
    top_s = float(row["top_s"])
    if not math.isfinite(top_s) or abs(top_s) > _LONGEST_S:
        raise ValueError
    fault = (row.get("fault") or "false").strip().lower()
    if fault not in ("true", "false"):
        raise ValueError
    set_number = int(row.get("set") or 0)
    if set_number < 0:
        raise ValueError
    return TrueRep(top_s, Side((row.get("side") or "").strip().lower()), fault == "true", set_number)
