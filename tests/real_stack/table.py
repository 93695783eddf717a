"""The table: a row a scenario, and whether it holds. Read on both sides."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

REPS, GHOSTS, DOUBLED = "reps counted / true", "ghost reps", "samples counted twice"
COMPLETE, EQUAL, QUIET = "recording complete", "verify", "sensor left quiet"
COLUMNS = (REPS, GHOSTS, DOUBLED, COMPLETE, EQUAL, QUIET)


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
            self.cells[column] = "**FAILED**"
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
        name = f"{row.scenario} **FAILED**" if row.wrong else row.scenario
        lines.append((name, *(row.cells.get(column, "-") for column in COLUMNS), row.note.replace("|", "\\|")))
    return "\n".join(f"| {' | '.join(line)} |".replace("|  |", "| |") for line in lines) + "\n"
