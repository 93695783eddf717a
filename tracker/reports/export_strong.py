"""A workout in the layout of Strong's CSV export, which the imports of other diaries, Hevy's among them, read.

Semicolons, the unit of the load in a column of its own, the time of the person, and no empty note and no empty number
of seconds, which such imports refuse (layout as exported on Android since 2023, described by github.com/a-mufasa/
hevy-tools, strong-csv-migrator).
"""

from __future__ import annotations

import csv
from typing import TextIO

from tracker.reports.workout import TITLE, Workout

COLUMNS = (
    *("Date", "Workout Name", "Exercise Name", "Set Order", "Weight", "Weight Unit", "Reps", "RPE"),
    *("Distance", "Distance Unit", "Seconds", "Notes", "Workout Notes", "Workout Duration"),
)
_NO_NOTE = "-"


def write_strong(file: TextIO, workout: Workout) -> int:
    """One row a set; returns the number of rows."""
    writer = csv.writer(file, delimiter=";", lineterminator="\n")
    writer.writerow(COLUMNS)
    date = workout.started_at.strftime("%Y-%m-%d %H:%M:%S")
    for number, item in enumerate(workout.sets, 1):
        writer.writerow(
            [
                *(date, TITLE, workout.exercise, number, f"{item.load_kg:g}", "kg", item.rep_count),
                *("", "", "", 0, item.note, _NO_NOTE, _duration(workout.duration_s)),
            ]
        )
    return len(workout.sets)


def _duration(seconds: float) -> str:
    """`45m`, `1h 5m`; at least a minute."""
    hours, minutes = divmod(max(1, round(seconds / 60)), 60)
    return f"{hours}h {minutes}m" if hours else f"{minutes}m"
