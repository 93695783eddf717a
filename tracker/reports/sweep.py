"""What is counted at each value of one setting, as a table to read."""

from __future__ import annotations

from collections.abc import Sequence

from tracker.core.sweep import Sweep
from tracker.reports.counts import Counts
from tracker.reports.csv import CHECKS
from tracker.reports.text import table


def sweep_text(sweep: Sweep, counts: Sequence[Counts]) -> str:
    """One row a value; under each check the reps that fail it."""
    headings = ("value", "sets", "reps", "partials", "clean", *(check.replace("_", " ") for check in CHECKS))
    rows = [(f"{value:g}", *map(str, one.row)) for value, one in zip(sweep.values, counts, strict=True)]
    return "\n".join([f"{sweep.key}, and how many reps fail each check:", *table([headings, *rows], words=None)])
