"""The table: a row a scenario, and whether it holds. Read on both sides."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

REPS, GHOSTS, DOUBLED = "reps counted / true", "ghost reps", "samples counted twice"
COMPLETE, EQUAL, QUIET = "recording complete", "verify", "sensor left quiet"
COLUMNS = (REPS, GHOSTS, DOUBLED, COMPLETE, EQUAL, QUIET)


FAILED = "**FAILED**"


@dataclass
class Row:
    """One scenario. cells: by column; wrong: what did not hold, a sentence each; note: what else was seen."""

    scenario: str
    cells: dict[str, str] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    note: str = ""

    def put(self, column: str, check: Callable[[], object]) -> bool:
        """Fill a cell with what the check returns; when it raises AssertionError, with that. True when it held."""
        try:
            self.cells[column] = str(check())
        except AssertionError as error:
            self.cells[column] = FAILED
            self.wrong.append(f"{column}: {error}")
            return False
        return True

    def expect(self, otherwise: str, *, is_so: bool) -> None:
        """A fact beside the columns."""
        if not is_so:
            self.wrong.append(otherwise)


def markdown(rows: Iterable[Row]) -> str:
    """All rows; a scenario in which anything did not hold is marked."""
    lines = [("what happened", *COLUMNS, "seen"), ("---",) * (len(COLUMNS) + 2)]
    for row in rows:
        seen = f"{FAILED} {row.note}" if row.wrong else row.note
        lines.append((row.scenario, *(row.cells.get(column, "-") for column in COLUMNS), seen.replace("|", "\\|")))
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def merged(old: str, new: str, names: Sequence[str]) -> str:
    """A table with the rows of both, those of the new one where both have them, in the order of these names."""
    rows = {line.split("|")[1].strip(): line for text in (old, new) for line in text.splitlines() if line}
    head = new.splitlines()[:2]
    return "".join(f"{line}\n" for line in (*head, *(rows[name] for name in names if name in rows)))
