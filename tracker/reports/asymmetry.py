"""Left against right, with the rule of three sessions.

Healthy people score 99 +- 12 % (Roberti 2024, IJSPT 19(12)): one uneven session says nothing. From 10 % on it is worth
a look, and above 15 % it is flagged, but only when three sessions in a row say the same of the same side.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

WATCH_PCT = 10.0
FLAG_PCT = 15.0
SESSIONS = 3

# What is compared, and what it is called.
METRICS = {"reps": "Reps", "lift": "Lift", "mean_velocity": "Mean velocity", "hold": "Pause at the top"}


class Standing(StrEnum):
    """What the rule says of one metric."""

    EVEN = "even"
    WATCH = "watch"
    FLAG = "flag"
    NOT_MEASURED = ""


@dataclass(frozen=True, slots=True)
class Asymmetry:
    """One metric: this session's value [%], + = more on the left, and how many sessions in a row were beyond 15 %."""

    metric: str
    value_pct: float
    standing: Standing
    in_a_row: int

    @property
    def sentence(self) -> str:
        """What to think of it."""
        if self.standing is Standing.NOT_MEASURED:
            return "not measured"
        if self.standing is Standing.EVEN:
            return f"even (within {WATCH_PCT:.0f} %)"
        less = "right" if self.value_pct > 0 else "left"
        if self.standing is Standing.FLAG:
            return f"less on the {less}, above {FLAG_PCT:.0f} % in {self.in_a_row} sessions in a row: worth acting on"
        if self.in_a_row:
            return (
                f"less on the {less}; above {FLAG_PCT:.0f} % in {self.in_a_row} of the {SESSIONS} sessions in a row "
                "that make a flag"
            )
        return f"less on the {less}: keep an eye on it"


def judge_asymmetries(now: Mapping[str, float], earlier: Sequence[Mapping[str, float | None]]) -> tuple[Asymmetry, ...]:
    """This session's, judged with the `earlier` ones, the newest first."""
    return tuple(judge_asymmetry(name, [now.get(name), *(one.get(name) for one in earlier)]) for name in METRICS)


def judge_asymmetry(metric: str, values_pct: Sequence[float | None]) -> Asymmetry:
    """values_pct: of this session and those before it, newest first; None or NaN = not measured, and left out."""
    value_pct = _known(values_pct[0]) if values_pct else math.nan
    if math.isnan(value_pct):
        return Asymmetry(metric, value_pct, Standing.NOT_MEASURED, 0)
    known = [value for value in map(_known, values_pct) if not math.isnan(value)]
    in_a_row = 0
    for value in known:
        if abs(value) <= FLAG_PCT or (value > 0) is not (value_pct > 0):
            break
        in_a_row += 1
    if in_a_row >= SESSIONS:
        return Asymmetry(metric, value_pct, Standing.FLAG, in_a_row)
    standing = Standing.WATCH if abs(value_pct) >= WATCH_PCT else Standing.EVEN
    return Asymmetry(metric, value_pct, standing, in_a_row)


def _known(value: float | None) -> float:
    return math.nan if value is None else value
