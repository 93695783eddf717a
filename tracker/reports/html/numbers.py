"""Numbers for people. Each is the number of the CSV files, shown with as many digits as a person can use.

The `value` of the `data` element is to the digit what stands in `reps.csv` or `sets.csv`; the text is that, rounded.
"""

from __future__ import annotations

import math

from tracker.core.decimals import rounded
from tracker.reports.html.markup import Markup, element

NOT_MEASURED = "–"
# Decimals shown, by the unit at the end of the name: what repeats from one measurement to the next.
_SHOWN_DECIMALS = {"_cm": 1, "_deg": 1, "_pct": 1, "_s": 2, "_mps": 2, "_kg": 1, "_dps": 0, "_g": 2, "_hz": 1}


def shown(name: str, value: float) -> Markup:
    """The number of the column `name`; a dash where it was not measured."""
    told = rounded(name, value)
    if told is None:
        return Markup(NOT_MEASURED)
    return Markup(f'<data value="{told}">{shown_text(name, told)}</data>')  # a number needs no escaping


def shown_text(name: str, told: float) -> str:
    """Only the text."""
    return signed_minus(f"{told:.{_SHOWN_DECIMALS['_' + name.rpartition('_')[2]]}f}")


def signed_minus(text: str) -> str:
    """With a minus sign that is as wide as a digit, and no minus zero."""
    return text.replace("-", "−") if text.strip("-0.") else text.removeprefix("-")


def whole(count: int) -> Markup:
    """A count, as it stands in the files."""
    return element("data", str(count), value=str(count))


def clock_text(seconds: float) -> str:
    """`1:05` or `1:02:03`."""
    if not math.isfinite(seconds):
        return NOT_MEASURED
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
