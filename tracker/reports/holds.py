"""The single-leg bridge hold test in words and as `holds.csv`."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Sequence
from typing import TextIO

from tracker.core.bridge_hold import LEAST_S, NORM_S, NORM_SPREAD_S, BridgeHold
from tracker.core.model import NAN, Side
from tracker.core.summary import asymmetry_pct
from tracker.header import Header
from tracker.reports.csv import SCHEMA_VERSION, number
from tracker.reports.text import table
from tracker.words import HOLD_END_WORDS

COLUMNS = ("schema_version", "session_id", "athlete", "side", "start_s", "end_s", "duration_s", "ended_by")

NORM_WORDS = (
    f"For comparison: {NORM_S:.0f} ± {NORM_SPREAD_S:.0f} s in healthy young adults. One study with another protocol: a "
    "weak norm, good for an order of magnitude. Left against right, and against yourself, says more."
)
NOTHING_WORDS = (
    f"No hold: the hips were never up (90 % of the calibrated range) and level (within 10°) for {LEAST_S:.0f} s."
)
UNCALIBRATED_WORDS = "It needs a calibration: two slow thrusts on both legs, still at bottom and top."


def holds_text(holds: Sequence[BridgeHold], *, is_calibrated: bool = True) -> str:
    """A row a hold, the longest of each side against each other, and the norm for what it is."""
    if not holds:
        return NOTHING_WORDS if is_calibrated else f"{NOTHING_WORDS} {UNCALIBRATED_WORDS}"
    rows = [("side", "seconds", "ended by")]
    rows += [(one.side.value or "-", f"{one.duration_s:.1f}", HOLD_END_WORDS[one.ended_by]) for one in holds]
    lines = [*table(rows, words=(0, 2)), ""]
    difference = hold_asymmetry_pct(holds)
    if not math.isnan(difference):
        lines.append(f"Longest of each side, left against right: {difference:+.0f} %")
    return "\n".join([*lines, NORM_WORDS])


def hold_asymmetry_pct(holds: Iterable[BridgeHold]) -> float:
    """100 (L - R) / the larger, of the longest hold of each side; NaN while one is missing."""
    longest = {Side.LEFT: NAN, Side.RIGHT: NAN}
    for one in holds:
        if one.side in longest and not longest[one.side] > one.duration_s:
            longest[one.side] = one.duration_s
    return asymmetry_pct(longest[Side.LEFT], longest[Side.RIGHT])


def write_holds(file: TextIO, header: Header, holds: Iterable[BridgeHold]) -> None:
    """`holds.csv`: one row a hold."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in holds:
        times = [number("time_s", value) for value in (one.start_s, one.end_s, one.duration_s)]
        writer.writerow([SCHEMA_VERSION, header.session_id, header.athlete, one.side.value, *times, one.ended_by.value])
