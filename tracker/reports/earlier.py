"""What reports that were written earlier said: of left and right in sessions before, and what was forgotten then."""

from __future__ import annotations

import contextlib
import json
import math
import stat
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tracker.header import SIDE_PLANS, Header
from tracker.reports.asymmetry import METRICS, SESSIONS
from tracker.sessions import report_folder

SESSION_JSON = "session.json"
# A session.json has some kilobytes; what is larger is something else.
_LARGEST_BYTES = 1_000_000


def said_in(folder: Path) -> Mapping[str, Any]:
    """What is in the `session.json` of a folder; empty if there is none, or only half of one."""
    path = folder / SESSION_JSON
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode) or about.st_size > _LARGEST_BYTES:  # a pipe would be waited for
            return {}
        plain = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return plain if isinstance(plain, dict) else {}


def as_reported(header: Header, said: Mapping[str, Any]) -> Header:
    """The header with athlete, load and leg as the session's own report says them.

    They may have been forgotten when recording: `tracker report SESSION --load 20` says them afterwards, and the
    recording stays as it is. A report of another session, or a value that makes no sense, says nothing.
    """
    if said.get("session_id") != header.session_id:
        return header
    told = {name: said[name] for name in ("athlete", "load_type") if isinstance(said.get(name), str)}
    if (load_kg := _number(said.get("load_kg"))) is not None and load_kg >= 0:
        told["load_kg"] = load_kg
    if said.get("side_plan") in SIDE_PLANS:
        told["side_plan"] = said["side_plan"]
    return replace(header, **told)


def reported_since(header: Header, path: Path) -> Header:
    """The header of the recording at `path` with what the report that belongs to it says since."""
    return as_reported(header, said_in(report_folder(path)))


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
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    with contextlib.suppress(OverflowError):  # a whole number of 400 digits
        if math.isfinite(value):
            return float(value)
    return None
