"""What the sessions before this one said of left and right: read from the `session.json` beside them."""

from __future__ import annotations

import json
import math
from pathlib import Path

from tracker.reports.asymmetry import METRICS, SESSIONS

SESSION_JSON = "session.json"
# A session.json has some kilobytes; what is larger is something else.
_LARGEST_BYTES = 1_000_000


def earlier_asymmetries(folder: Path, athlete: str, *, count: int = SESSIONS - 1) -> list[dict[str, float | None]]:
    """Of the `count` sessions of this athlete before the one in `folder`, the newest first.

    Folders beside it are sessions whose names sort by time. Those that hold no report, or half of one, are passed over,
    as are sessions in which no side was compared.
    """
    found: list[dict[str, float | None]] = []
    try:
        names = sorted((path.name for path in folder.resolve().parent.iterdir()), reverse=True)
    except OSError:
        return found
    for name in names:
        if name >= folder.resolve().name:
            continue
        values = _asymmetry_in(folder.resolve().with_name(name) / SESSION_JSON, athlete)
        if any(value is not None for value in values.values()):
            found.append(values)
        if len(found) == count:
            break
    return found


def _asymmetry_in(path: Path, athlete: str) -> dict[str, float | None]:
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            return {}
        plain = json.loads(path.read_text("utf-8"))
        if plain["athlete"] != athlete:
            return {}
        return {name: _number(plain["asymmetry_pct"].get(name)) for name in METRICS}
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return {}


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)
