"""A batch from its list of files to its finished tables, with a bar for whoever watches. The verb is `batch.py`."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from tracker import __version__
from tracker.batch.order import Workers, in_order
from tracker.batch.results import Results, Stamp, Tally, stamp_of
from tracker.batch.work import Outcome, Task, analyse
from tracker.batch.workers import core_count, dask, local
from tracker.commands.options import Declared, Judging
from tracker.core.plain_text import FORMULA_STARTS
from tracker.core.sweep import Sweep
from tracker.errors import TrackerError

_HOUR_S = 3600
_MOST_ERRORS_SAID = 50  # more of them are a table, and --files writes it


@dataclass(frozen=True)
class Job:
    """What is to be done: which files, and how each is judged."""

    files: list[Path]
    judging: Judging
    declared: Declared
    sweep: Sweep | None
    kind: str | None = None

    @property
    def fingerprint(self) -> Mapping[str, Any]:
        """What must be equal for a run to go on where another one was."""
        return {
            "profile": self.judging.profile,
            "settings": self.judging.assignments,
            "declared": repr(self.declared),
            "sweep": repr(self.sweep),
            "format": self.kind,
        }

    @cached_property
    def stamps(self) -> list[Stamp]:
        """Every file as it is now."""
        return [stamp_of(path) for path in self.files]

    def tasks(self, first: int) -> Iterator[Task]:
        """From this file on."""
        for path in self.files[first:]:
            name = str(path).encode(errors="backslashreplace").decode()  # a name that is no text still gets a row
            if name.startswith(tuple(FORMULA_STARTS)):
                name = f"./{name}"  # the same file, and no spreadsheet takes it for a formula
            yield Task(name, path.absolute(), self.judging.applied_to, self.declared.applied_to, self.sweep, self.kind)


def run(job: Job, results: Results, *, jobs: int | None, address: str | None) -> None:
    """Analyse what is left and finish the tables. Raises TrackerError, KeyboardInterrupt."""
    first = results.tally.file_count
    if results.found_other:
        click.echo("A stopped run with other settings was here; this one begins anew.", err=True)
    elif first:
        click.echo(f"Going on after {first} of {len(job.files)} files; --restart begins anew.", err=True)
    began_s = time.monotonic()
    left = len(job.files) - first
    try:
        if left:
            with _workers(left, jobs, address) as workers, _bar(job, first) as bar:
                outcomes = in_order(workers, analyse, job.tasks(first))
                for stamp, outcome in zip(job.stamps[first:], outcomes, strict=True):
                    _refuse_other_version(outcome)
                    results.add(stamp, outcome)
                    bar(stamp, results.tally)
        results.finish()
    except BaseException:
        results.close()
        click.echo(
            f"Stopped after {results.tally.file_count} of {len(job.files)} files; the same command goes on.", err=True
        )
        raise
    _say(results.tally, time.monotonic() - began_s)


def _workers(left: int, jobs: int | None, address: str | None) -> contextlib.AbstractContextManager[Workers]:
    return dask(address) if address is not None else local(min(left, jobs or core_count()))


def _refuse_other_version(outcome: Outcome) -> None:
    if outcome.software_version != __version__:
        raise TrackerError(
            f"A worker runs version {outcome.software_version} of this program, this is {__version__}.",
            hint="Install the same version everywhere.",
        )


@contextlib.contextmanager
def _bar(job: Job, first: int) -> Iterator[Any]:
    """A progress bar by bytes, on a terminal only; gives a function to call after each file."""
    console = Console(stderr=True)
    columns = (
        *(TextColumn("{task.description}"), BarColumn(), TaskProgressColumn()),
        *(TimeRemainingColumn(elapsed_when_finished=True), TextColumn("left")),
    )
    with Progress(*columns, console=console, transient=True, disable=not _is_terminal()) as progress:
        sizes = [max(stamp.size_bytes, 1) for stamp in job.stamps]
        task = progress.add_task(_bar_words(job, first, 0), total=sum(sizes), completed=sum(sizes[:first]))

        def advance(stamp: Stamp, tally: Tally) -> None:
            words = _bar_words(job, tally.file_count, len(tally.errors))
            progress.update(task, advance=max(stamp.size_bytes, 1), description=words)

        yield advance


def _is_terminal() -> bool:
    return sys.stderr.isatty()


def _bar_words(job: Job, count: int, error_count: int) -> str:
    skipped = f", {error_count} skipped" if error_count else ""
    return f"{count} of {len(job.files)} files{skipped}"


def _say(tally: Tally, seconds: float) -> None:
    counts = tally.counts
    found = f": {counts[0].reps} reps, {counts[0].clean_reps} clean" if len(counts) == 1 else ""
    recorded = (
        f"{tally.duration_s / 60:.0f} min" if tally.duration_s < _HOUR_S else f"{tally.duration_s / _HOUR_S:.0f} h"
    )
    click.echo(f"{_of(tally.file_count)}, {recorded} recorded, in {seconds:.0f} s{found}.", err=True)
    if tally.notices:
        _list(f"Something was amiss with {_of(len(tally.notices))}; what can be read is in the table:", tally.notices)
    if tally.errors:
        were = "was" if len(tally.errors) == 1 else "were"
        _list(f"{_of(len(tally.errors))} {were} skipped:", tally.errors)


def _of(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"


def _list(headline: str, sentences: Sequence[str]) -> None:
    click.echo(headline, err=True)
    for sentence in sentences[:_MOST_ERRORS_SAID]:
        click.echo(f"  {sentence}", err=True)
    if len(sentences) > _MOST_ERRORS_SAID:
        click.echo(f"  and {len(sentences) - _MOST_ERRORS_SAID} more; --files PATH lists them all.", err=True)
