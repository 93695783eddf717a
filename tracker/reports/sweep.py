"""What is counted at each value of one setting, as a table to read."""

from __future__ import annotations

from collections.abc import Sequence

from tracker.core.sweep import Sweep
from tracker.reports.counts import Counts
from tracker.reports.csv import CHECKS
from tracker.reports.text import table

_BAR_WIDTH = 20  # with the columns before it still within 100 characters


def sweep_text(sweep: Sweep, counts: Sequence[Counts]) -> str:
    """One row a value: what is counted, how many reps fail each check, and a bar of the clean ones."""
    headings = ("value", "sets", "reps", "partials", "clean", *(check.replace("_", " ") for check in CHECKS), "")
    most = max((one.reps for one in counts), default=0)
    rows = [
        (f"{value:g}", *map(str, one.row), "█" * round(_BAR_WIDTH * one.clean_reps / max(most, 1)))
        for value, one in zip(sweep.values, counts, strict=True)
    ]
    lines = table([headings, *rows], words=(len(headings) - 1,))
    return "\n".join([f"{sweep.key}: reps counted, clean, and failing each check; the bar is the clean ones", *lines])
