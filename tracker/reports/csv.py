"""`reps.csv` and `sets.csv`: one row a rep, one row a set.

UTF-8, comma, `.` decimal, empty = not measured, true/false; decimals as in `core/decimals.py`.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from operator import attrgetter
from typing import TextIO

from tracker.core.decimals import decimals_of, round_to
from tracker.core.model import Rep, Verdict
from tracker.core.summary import FinalRep, SetSummary
from tracker.header import Header, utc_text

SCHEMA_VERSION = 1

# The fixed words for checks: column names, and what stands in `faults`.
CHECKS = ("full_extension", "level_hips", "pause", "slow_lowering", "neutral_spine")

REP_COLUMNS = (
    *("schema_version", "session_id", "athlete", "exercise", "set", "side", "rep", "counted", "status", "calibration"),
    *("start_s", "top_s", "lower_s", "end_s", "top_utc", "concentric_s", "hold_s", "eccentric_s", "bottom_dwell_s"),
    *("lift_cm", "lift_pct", "range_deg", "top_inclination_deg", "level_top_deg", "free_side_drop_deg"),
    *("level_range_deg", "arch_deg", "mean_velocity_mps", "peak_velocity_mps", "bottom_peak_g", "kick_dps"),
    *CHECKS,
    *("faults", "clean", "load_kg", "load_type", "gap", "gyroscope"),
)

SET_COLUMNS = (
    *("schema_version", "session_id", "set", "side", "start_s", "end_s", "reps", "partials", "clean_reps"),
    *("rest_before_s", "median_lift_cm", "median_top_inclination_deg", "median_level_top_deg", "level_drift_deg"),
    *("velocity_loss_pct", "tempo_cv_pct", "time_under_tension_s", "load_kg", "load_type", "volume_kg"),
    "gyroscope",
)


def number(name: str, value: float) -> str:
    """A value as it stands under the column `name`; empty if it was not measured."""
    return _text(value, decimals_of(name))


def write_reps(
    file: TextIO, header: Header, reps: Iterable[FinalRep], *, zero: datetime | None, has_gyroscope: bool
) -> None:
    """`reps.csv`. zero: the moment of stream time 0, None if unknown."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(REP_COLUMNS)
    writer.writerows(rep_rows(header, reps, zero=zero, has_gyroscope=has_gyroscope))


def rep_rows(
    header: Header, reps: Iterable[FinalRep], *, zero: datetime | None, has_gyroscope: bool
) -> Iterator[list[object]]:
    """The rows of `reps.csv`, under `REP_COLUMNS`."""
    load_kg = number("load_kg", header.load_kg)
    for item in reps:
        judged, rep = item.judged, item.judged.rep
        verdicts = {finding.check: finding.verdict for finding in judged.findings}
        drop_deg = rep.free_side_drop_deg(judged.side)
        yield [
            SCHEMA_VERSION,
            *(header.session_id, header.athlete, header.exercise, judged.set_number, judged.side.value, judged.number),
            *(word(item.is_counted), judged.status.value, judged.calibration.value),
            *_TIMES.texts(rep),
            _moment(zero, rep.top_s),
            *_BEFORE_DROP.texts(rep),
            number("free_side_drop_deg", drop_deg),
            *_AFTER_DROP.texts(rep),
            *[verdicts.get(check, Verdict.NOT_MEASURED).value for check in CHECKS],
            *(";".join(judged.faults), word(judged.is_clean), load_kg, header.load_type, rep.missing_samples),
            word(has_gyroscope),
        ]


def write_sets(file: TextIO, header: Header, sets: Iterable[SetSummary], *, has_gyroscope: bool) -> None:
    """`sets.csv`."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(SET_COLUMNS)
    writer.writerows(set_rows(header, sets, has_gyroscope=has_gyroscope))


def set_rows(header: Header, sets: Iterable[SetSummary], *, has_gyroscope: bool) -> Iterator[list[object]]:
    """The rows of `sets.csv`, under `SET_COLUMNS`."""
    for item in sets:
        times = [number(name, getattr(item, name)) for name in ("start_s", "end_s")]
        metrics = [
            number(name, getattr(item, name))
            for name in SET_COLUMNS[SET_COLUMNS.index("rest_before_s") : SET_COLUMNS.index("load_kg")]
        ]
        yield [
            *(SCHEMA_VERSION, header.session_id, item.set_number, item.side.value),
            *times,
            *(item.rep_count, item.partial_count, item.clean_count),
            *metrics,
            *(number("load_kg", header.load_kg), header.load_type, number("volume_kg", item.volume_kg)),
            word(has_gyroscope),
        ]


class _Fields:
    """Neighbouring columns that are plain fields of a rep, from `first` to `last`."""

    def __init__(self, first: str, last: str) -> None:
        names = REP_COLUMNS[REP_COLUMNS.index(first) : REP_COLUMNS.index(last) + 1]
        self._values = attrgetter(*names)
        self._decimals = [decimals_of(name) for name in names]

    def texts(self, rep: Rep) -> list[str]:
        """Their cells."""
        return [_text(value, decimals) for value, decimals in zip(self._values(rep), self._decimals, strict=True)]


def _text(value: float, decimals: int) -> str:
    told = round_to(value, decimals)
    return "" if told is None else str(told)


_TIMES = _Fields("start_s", "end_s")
_BEFORE_DROP = _Fields("concentric_s", "level_top_deg")
_AFTER_DROP = _Fields("level_range_deg", "kick_dps")


def word(fact: bool) -> str:
    """A fact as it stands in a table."""
    return "true" if fact else "false"


def _moment(zero: datetime | None, t_s: float) -> str:
    if zero is None or not math.isfinite(t_s):
        return ""
    try:
        return utc_text(zero + timedelta(seconds=t_s))
    except OverflowError:  # a start in the year 9999
        return ""
