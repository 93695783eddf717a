"""What reports that were written earlier said: of left and right in the sessions before, and whose session it is."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tracker.core.plain_text import label
from tracker.reports.asymmetry import METRICS, SESSIONS

SESSION_JSON = "session.json"
# A session.json has some kilobytes; what is larger is something else.
_LARGEST_BYTES = 1_000_000


def said_in(folder: Path) -> Mapping[str, Any]:
    """What is in the `session.json` of a folder; empty if there is none, or only half of one."""
    path = folder / SESSION_JSON
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            return {}
        plain = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return plain if isinstance(plain, dict) else {}


def athlete_said(said: Mapping[str, Any], session_id: str) -> str | None:
    """Whose session it is by its own report, which may name who was forgotten when recording; None: it says nothing."""
    athlete = said.get("athlete")
    return label(athlete) if isinstance(athlete, str) and said.get("session_id") == session_id else None


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
        values = _asymmetry_in(said_in(folder.resolve().with_name(name)), athlete)
        if any(value is not None for value in values.values()):
            found.append(values)
        if len(found) == count:
            break
    return found


def _asymmetry_in(plain: Mapping[str, Any], athlete: str) -> dict[str, float | None]:
    try:
        if plain["athlete"] != athlete:
            return {}
        return {name: _number(plain["asymmetry_pct"].get(name)) for name in METRICS}
    except (LookupError, TypeError, AttributeError):
        return {}


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)
