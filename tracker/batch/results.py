"""Tables that grow file by file, and a journal beside them from which a killed run goes on.

While a run is under way each table is `NAME.part`, and `NAME.progress` beside the first one holds a line of JSON a
file: which file, as it was then, how long every table is with its rows, and what it counted. A run that finds a journal
of the very same job (settings, tables, program version) goes on after the last file that is still first in the list
and unchanged; the tables are cut back to there, so that half a file's rows can not stay. At the end the tables get
their names and the journal goes. Rows are handed to the system file by file: a killed process costs the files that
were under way, no more.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import SEEK_END, BufferedRandom, BufferedWriter
from pathlib import Path
from typing import Any, NamedTuple

from tracker import __version__
from tracker.batch.lock import Lock
from tracker.batch.work import COLUMNS, Outcome, text
from tracker.errors import FileError
from tracker.reports.counts import Counts, added, from_row

_FORMAT = 2


class Stamp(NamedTuple):
    """A file as it is now, so that another one under its name is noticed. -1 = there is none."""

    name: str
    size_bytes: int
    mtime_ns: int


def stamp_of(path: Path) -> Stamp:
    """The stamp of this file; of the folder of an export that of all its files together."""
    try:
        states = [item.stat() for item in path.iterdir()] if path.is_dir() else [path.stat()]
    except OSError:
        states = []
    if not states:
        return Stamp(str(path), -1, -1)
    return Stamp(str(path), sum(state.st_size for state in states), max(state.st_mtime_ns for state in states))


@dataclass(slots=True)
class Tally:
    """What all files so far come to. counts: one sum, or one a swept value."""

    file_count: int = 0
    duration_s: float = 0.0
    counts: tuple[Counts, ...] = ()
    errors: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """Take one more file in."""
        self.file_count += 1
        self.duration_s += outcome.duration_s
        if outcome.notice:
            self.notices.append(outcome.notice)
        if outcome.error:
            self.errors.append(outcome.error)
        elif not self.counts:
            self.counts = outcome.counts
        else:
            self.counts = tuple(added(pair) for pair in zip(self.counts, outcome.counts, strict=True))


class Results:
    """The tables and their journal. tally: of everything in them, an earlier run's files included.

    paths: where each table goes, the first one names the journal; job: what must be equal to go on; files: all of this
    run, in order; restarts: begin anew whatever is there. found_other: there was a journal of another job, which is
    given up. Raises FileError when the system refuses.
    """

    def __init__(
        self, paths: Mapping[str, Path], job: Mapping[str, Any], files: Sequence[Stamp], *, restarts: bool = False
    ) -> None:
        self.paths = dict(paths)
        self.tally = Tally()
        self.found_other = False
        first = next(iter(self.paths.values()))
        self._journal_path = beside(first, ".progress")
        self._ends: dict[str, int] = {}
        head = {"format": _FORMAT, "software_version": __version__, "tables": sorted(self.paths), **job}
        with _told(self._journal_path), contextlib.ExitStack() as locked:
            for path in self.paths.values():
                path.parent.mkdir(parents=True, exist_ok=True)
                locked.callback(Lock(beside(path, ".lock"), table=path).release)
            if restarts:
                self._journal_path.unlink(missing_ok=True)
            self._journal = self._resumed(json.dumps(head, sort_keys=True).encode() + b"\n", files)
            self._tables = {name: self._opened(name) for name in self.paths}
            self._locks = locked.pop_all()

    def add(self, stamp: Stamp, outcome: Outcome) -> None:
        """Append what came of the next file. Raises FileError when the system refuses."""
        with _told(self._journal_path):
            for name, file in self._tables.items():
                file.write(outcome.rows.get(name, "").encode())
                file.flush()
            ends = {name: file.tell() for name, file in self._tables.items()}
            self._journal.write(_line(stamp, outcome, ends))
            self._journal.flush()
        self.tally.add(outcome)

    def finish(self) -> None:
        """Give the tables their names; the journal goes. Raises FileError when the system refuses."""
        with _told(self._journal_path):
            for file in (*self._tables.values(), self._journal):
                file.close()
            for path in self.paths.values():
                beside(path, ".part").replace(path)
            self._journal_path.unlink()
        self._locks.close()

    def close(self) -> None:
        """Leave everything as it is, for another run to go on."""
        for file in (*self._tables.values(), self._journal):
            with contextlib.suppress(OSError):  # a full disk: what is written is written
                file.close()
        self._locks.close()

    def _opened(self, name: str) -> BufferedRandom:
        """The table, cut back to where the run goes on."""
        path = beside(self.paths[name], ".part")
        if self._ends:
            file = path.open("r+b")
            file.truncate(self._ends[name])
            file.seek(0, SEEK_END)
            return file
        file = path.open("w+b")
        file.write(text([COLUMNS[name]]).encode())
        file.flush()
        return file

    def _resumed(self, head: bytes, files: Sequence[Stamp]) -> BufferedWriter:
        """The journal, with the lines that stay, to be appended to."""
        fresh = beside(self._journal_path, ".new")
        try:
            with fresh.open("wb") as file:
                file.write(head)
                if self._journal_path.exists():
                    with self._journal_path.open("rb") as old:
                        self.found_other = old.readline() != head
                        for line in () if self.found_other else self._lines_that_stay(old, files):
                            file.write(line)
            fresh.replace(self._journal_path)
        except BaseException:
            fresh.unlink(missing_ok=True)  # the old one still stands
            raise
        return self._journal_path.open("ab")

    def _lines_that_stay(self, journal: Iterable[bytes], files: Sequence[Stamp]) -> Iterator[bytes]:
        """Up to the first file that is another one now, or whose rows are not all there."""
        sizes = {name: _size_bytes(beside(path, ".part")) for name, path in self.paths.items()}
        for line, stamp in zip(journal, files, strict=False):
            try:
                known, outcome, ends = _parsed(line)
                is_there = all(ends[name] <= size for name, size in sizes.items())
            except (ValueError, TypeError, LookupError):  # a line that was cut
                return
            if known != stamp or not is_there:
                return
            self.tally.add(outcome)
            self._ends = ends
            yield line


def beside(path: Path, suffix: str) -> Path:
    """A file beside `path`, for the time of the run."""
    return path.with_name(path.name + suffix)


def _line(stamp: Stamp, outcome: Outcome, ends: Mapping[str, int]) -> bytes:
    values = {
        "file": stamp,
        "ends": ends,
        "counts": [one.row for one in outcome.counts],
        "duration_s": outcome.duration_s,
        "error": outcome.error,
        "notice": outcome.notice,
    }
    return json.dumps(values).encode() + b"\n"


def _parsed(line: bytes) -> tuple[Stamp, Outcome, dict[str, int]]:
    """A line of the journal; the outcome without its rows, which are in the tables."""
    values = json.loads(line)
    stamp = Stamp(*values["file"])
    counts = tuple(from_row(row) for row in values["counts"])
    outcome = Outcome(stamp.name, {}, counts, float(values["duration_s"]), str(values["error"]), str(values["notice"]))
    return stamp, outcome, dict(values["ends"])


def _size_bytes(path: Path) -> int:
    return path.stat().st_size if path.is_file() else -1


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FileError(
            f"The results can not be written: {error.strerror or error}.",
            path=error.filename or path,
            hint="Make room or name another place with -o; the same command goes on where it was.",
        ) from error
