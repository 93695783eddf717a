"""`history.csv`: one row a side of a session, judged by today's settings, beside what was said then.

UTF-8, comma, `.` decimal, empty = not measured, decimals as in the other tables. Here angles of sessions without
calibration stand as they are: the column `calibration` tells.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import TextIO

from tracker.header import utc_text
from tracker.history.athletes import Athlete
from tracker.history.entries import Entry, SideNumbers
from tracker.reports.asymmetry import METRICS
from tracker.reports.csv import SCHEMA_VERSION, number, word

COLUMNS = (
    *("schema_version", "session_id", "athlete", "started_at", "week", "side", "load_kg", "load_type", "calibration"),
    *("sets", "reps", "partials", "clean_reps", "median_lift_cm", "median_top_inclination_deg"),
    *("median_free_side_drop_deg", "median_hold_s", "median_mean_velocity_mps", "time_under_tension_s", "volume_kg"),
    *(f"asymmetry_{name}_pct" for name in METRICS),
    *("session_reps", "session_clean_reps", "reps_then", "clean_reps_then", "software_version_then"),
    *("is_cut", "damaged_lines"),
)


def write_history(file: TextIO, people: Iterable[Athlete]) -> None:
    """Every athlete's sessions in order of time."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for person in people:
        for entry in person.entries:
            writer.writerows(_row(entry, one) for one in entry.sides)


def _row(entry: Entry, one: SideNumbers) -> list[object]:
    said = entry.said
    return [
        *(SCHEMA_VERSION, entry.session_id, entry.athlete, utc_text(entry.started_at) if entry.started_at else ""),
        *(entry.week, one.side.value, number("load_kg", entry.load_kg), entry.load_type, entry.calibration.value),
        *(one.sets, one.reps, one.partials, one.clean_reps, number("lift_cm", one.lift_cm)),
        number("top_inclination_deg", one.top_inclination_deg),
        number("free_side_drop_deg", one.free_side_drop_deg),
        number("hold_s", one.hold_s),
        number("mean_velocity_mps", one.mean_velocity_mps),
        number("time_under_tension_s", one.time_under_tension_s),
        number("volume_kg", one.volume_kg),
        *(number("asymmetry_pct", entry.asymmetry_pct[name]) for name in METRICS),
        *(entry.reps, entry.clean_reps),
        *((said.reps, said.clean_reps, said.software_version) if said else ("", "", "")),
        *(word(entry.is_cut), entry.damaged_lines),
    ]
