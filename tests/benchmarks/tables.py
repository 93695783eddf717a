"""Results as Markdown tables and as JSON: a fact, its number, its bar, and whether it passes."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

_TESTS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "<": operator.lt,
    "=": operator.eq,
}


@dataclass(frozen=True, slots=True)
class Line:
    """One row. sense and bar: what the value must be; sense "" = stated for honesty, without a bar.

    high: with sense "in", the value must lie from `bar` to `high`, both allowed.
    """

    fact: str
    value: float
    unit: str = ""
    sense: str = ""
    bar: float = float("nan")
    decimals: int = 3
    note: str = ""
    high: float = float("nan")

    @property
    def passes(self) -> bool:
        """NaN passes no bar."""
        if self.sense == "in":
            return self.bar <= self.value <= self.high
        return not self.sense or _TESTS[self.sense](self.value, self.bar)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under one heading; about: how they were measured. skipped: why there are none.

    fails: a missed bar fails the whole run; not so for speed, which a busy machine changes.
    """

    title: str
    about: str
    lines: tuple[Line, ...]
    skipped: str = ""
    fails: bool = True

    @property
    def missed(self) -> tuple[Line, ...]:
        """The rows that miss their bar."""
        return tuple(line for line in self.lines if not line.passes)


def markdown(table: Table) -> str:
    """The table with its heading."""
    parts = [f"### {table.title}", "", table.about, ""]
    if table.skipped:
        return "\n".join([*parts, f"**SKIPPED:** {table.skipped}", ""])
    parts += ["| what | measured | bar | |", "|---|---:|---:|---|"]
    parts += [f"| {line.fact} | {_measured(line)} | {_bar(line)} | {_verdict(line)} |" for line in table.lines]
    return "\n".join([*parts, ""])


def as_json(tables: Sequence[Table]) -> list[dict[str, Any]]:
    """Every row as plain values."""
    return [
        {
            "table": table.title,
            "fact": line.fact,
            "value": None if math.isnan(line.value) else line.value,
            "unit": line.unit,
            "sense": line.sense,
            "bar": line.bar if line.sense else None,
            "high": line.high if line.sense == "in" else None,
            "passes": line.passes,
            "note": line.note,
        }
        for table in tables
        for line in table.lines
    ]


def _measured(line: Line) -> str:
    text = _number(line.value, line)
    return f"{text} ({line.note})" if line.note else text


def _bar(line: Line) -> str:
    if line.sense == "in":
        return f"{_number(line.bar, line)} to {_number(line.high, line)}"
    return f"{line.sense} {_number(line.bar, line)}" if line.sense else "-"


def _verdict(line: Line) -> str:
    if not line.sense:
        return ""
    return "pass" if line.passes else "**MISS**"


def _number(value: float, line: Line) -> str:
    if math.isnan(value):
        return "not measured"
    text = f"{value:.{line.decimals}f}"
    return f"{text} {line.unit}" if line.unit else text
