"""The history in a terminal: one athlete's rows, or a line for each of several."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tracker.core.model import Side
from tracker.history.athletes import Athlete, By, Row
from tracker.reports.asymmetry import METRICS, Standing
from tracker.reports.text import table

_HEADINGS = ("side", "reps", "clean", "lift cm", "short°", "drop°", "hold s", "m/s")
_OVERVIEW = ("athlete", "sessions", "newest", "reps", "clean", "lift L/R cm", "asymmetry")


def athlete_text(person: Athlete, by: By) -> str:
    """A row a side, and left against right over the sessions."""
    rows = [(by.value, *_HEADINGS), *(_row(row) for row in person.rows(by))]
    if by is By.SESSION:
        rows = [
            (*rows[0], "then"),
            *((*cells, said_then(row)) for cells, row in zip(rows[1:], person.rows(by), strict=True)),
        ]
    lines = [_headline(person), "", *table(rows, words=(0, 1)), "", *_notes(person)]
    return "\n".join(lines).rstrip()


def overview_text(people: Sequence[Athlete]) -> str:
    """A line each, for who looks after several."""
    rows = [_OVERVIEW, *(_line(person) for person in people)]
    return "\n".join([*table(rows, words=range(len(_OVERVIEW))), "", "--athlete NAME shows one of them."])


def _headline(person: Athlete) -> str:
    count = "1 session" if len(person.entries) == 1 else f"{len(person.entries)} sessions"
    return f"{person.name}: {count}"


def _row(row: Row) -> tuple[str, ...]:
    numbers = row.numbers
    return (
        row.label,
        numbers.side.value or "-",
        str(numbers.reps),
        str(numbers.clean_reps),
        _number(numbers.lift_cm, 1),
        _number(numbers.top_inclination_deg if row.is_calibrated else math.nan, 1),
        _number(numbers.free_side_drop_deg if row.is_calibrated else math.nan, 1),
        _number(numbers.hold_s, 2),
        _number(numbers.mean_velocity_mps, 2),
    )


def said_then(row: Row) -> str:
    """`10/8`: reps and clean reps of the whole session in its own report; `=` where today says the same."""
    (entry,) = row.entries
    if entry.said is None:
        return "-"
    return f"{entry.said.reps}/{entry.said.clean_reps}" if entry.is_said_otherwise else "="


def _notes(person: Athlete) -> list[str]:
    judged = [one for one in person.asymmetries() if one.standing is not Standing.NOT_MEASURED]
    lines = [
        f"{METRICS[one.metric]}, left against right {round(one.value_pct):+d} %: {one.sentence}." for one in judged
    ]
    lines += [person.why_no_row] if person.why_no_row else []
    if any(not entry.is_calibrated for entry in person.entries if entry.sides):
        lines.append("Sessions without calibration have no angles here: theirs are relative to themselves.")
    lines += person.why_marked
    if any(entry.is_said_otherwise for entry in person.entries):
        lines.append("then: reps/clean reps of the session in its own report, where today's settings say otherwise.")
    return lines


def _line(person: Athlete) -> tuple[str, ...]:
    newest = person.entries[-1]
    lifts = [_number(one.lift_cm, 1) if one else "-" for one in (newest.side(Side.LEFT), newest.side(Side.RIGHT))]
    judged = person.asymmetries()
    flags = [METRICS[one.metric].lower() for one in judged if one.standing is Standing.FLAG]
    watched = [METRICS[one.metric].lower() for one in judged if one.standing is Standing.WATCH]
    words = [f"{name}: flag" for name in flags] + [f"{name}: watch" for name in watched]
    return (
        person.name,
        str(len(person.entries)),
        f"{newest.local:%Y-%m-%d}" if newest.local else "no date",
        str(newest.reps),
        str(newest.clean_reps),
        " / ".join(lifts),
        ", ".join(words) or ("even" if any(one.standing for one in judged) else "-"),
    )


def _number(value: float, decimals: int) -> str:
    return "-" if math.isnan(value) else f"{value:.{decimals}f}"
