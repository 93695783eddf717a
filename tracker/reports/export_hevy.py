"""A workout in the layout of Hevy's CSV export: one row a set, times in the person's zone, English months.

Columns and formats as Hevy writes them (start_time `22 Dec 2025, 08:00`, set_index from 0, weight_kg empty for none).
"""

from __future__ import annotations

from datetime import datetime
from typing import TextIO

from tracker.reports.workout import TITLE, Workout

COLUMNS = (
    *("title", "start_time", "end_time", "description", "exercise_title", "superset_id", "exercise_notes"),
    *("set_index", "set_type", "weight_kg", "reps", "distance_km", "duration_seconds", "rpe"),
)
# Not by the locale: a diary of another country must read it.
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def write_hevy(file: TextIO, workout: Workout) -> int:
    """One row a set; returns the number of rows. Hevy has notes for an exercise, so each set's is in all rows."""
    notes = " | ".join(f"{number}. {item.note}" for number, item in enumerate(workout.sets, 1))
    start, end = _moment(workout.started_at), _moment(workout.ended_at)
    rows: list[tuple[str | float | None, ...]] = [COLUMNS]
    for index, item in enumerate(workout.sets):
        load_kg = item.load_kg or None
        numbers = (load_kg, item.rep_count, None, None, None)
        rows.append((TITLE, start, end, "", workout.exercise, None, notes, index, "normal", *numbers))
    file.writelines(",".join(map(_cell, row)) + "\n" for row in rows)
    return len(workout.sets)


def _cell(value: str | float | None) -> str:
    """Texts in quotes, numbers bare, nothing for nothing, as Hevy writes them."""
    if value is None:
        return ""
    return '"' + value.replace('"', '""') + '"' if isinstance(value, str) else f"{value:g}"


def _moment(moment: datetime) -> str:
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}, {moment:%H:%M}"
