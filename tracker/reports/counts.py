"""A session in a handful of whole numbers: what a comparison, a sweep or a batch adds up."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from tracker.core.model import Verdict
from tracker.core.summary import SessionSummary
from tracker.reports.csv import CHECKS

COUNT_COLUMNS = ("sets", "reps", "partials", "clean_reps", *(f"{check}_faults" for check in CHECKS))


class Counts(NamedTuple):
    """Under `COUNT_COLUMNS`; faults: counted reps that fail the check, in the order of CHECKS."""

    sets: int = 0
    reps: int = 0
    partials: int = 0
    clean_reps: int = 0
    faults: tuple[int, ...] = (0,) * len(CHECKS)

    @property
    def row(self) -> tuple[int, ...]:
        """All of them, one a column."""
        return (self.sets, self.reps, self.partials, self.clean_reps, *self.faults)


def from_row(row: Iterable[int]) -> Counts:
    """The counts of a row."""
    sets, reps, partials, clean_reps, *faults = row
    return Counts(sets, reps, partials, clean_reps, tuple(faults))


def counts_of(summary: SessionSummary) -> Counts:
    """What this session counts."""
    counted = [rep for rep in summary.reps if rep.is_counted]
    return Counts(
        sets=len(summary.sets),
        reps=len(counted),
        partials=sum(rep.judged.status.value == "partial" and not rep.is_struck for rep in summary.reps),
        clean_reps=sum(rep.is_clean for rep in counted),
        faults=tuple(
            sum(
                any(finding.check == check and finding.verdict is Verdict.FAULT for finding in rep.judged.findings)
                for rep in counted
            )
            for check in CHECKS
        ),
    )


def added(counts: Iterable[Counts]) -> Counts:
    """Their sum, column by column."""
    rows = [one.row for one in counts]
    return from_row(map(sum, zip(*rows, strict=True))) if rows else Counts()
