"""Calibrations of today, kept beside the sessions: the next session with the same sensor need not ask again.

A calibration belongs to one sensor on one person on one day: another day it will be worn otherwise. Whether it still
holds is seen from the rest pose when the next session begins. What can not be read is as good as not there.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from tracker.core.model import Calibration
from tracker.header import calibration_from_dict, calibration_to_dict, utc_moment, utc_text
from tracker.sessions import session_root

_FILE = "calibrations.json"
_MOST_BYTES = 1_000_000  # a club's day is a tenth of it; more is no file of ours


@dataclass(frozen=True, slots=True)
class Wearing:
    """Which sensor (its address, or another name that only it has) on whom, on which local day."""

    sensor: str
    athlete: str
    day: date


class Kept(NamedTuple):
    """A calibration of earlier today. made_at: UTC, None where an older version did not write it down."""

    calibration: Calibration
    made_at: datetime | None


def stored_calibration(wearing: Wearing) -> Kept | None:
    """The calibration of this wearing; None if there is none."""
    for entry in _entries():
        if _is_of(entry, wearing):
            with contextlib.suppress(ValueError, TypeError, LookupError, AttributeError):
                made_at = entry.get("made_at")
                moment = None if made_at is None else utc_moment(made_at)
                return Kept(calibration_from_dict(entry["calibration"]), moment)
    return None


def store_calibration(wearing: Wearing, calibration: Calibration, *, made_at: datetime) -> None:
    """Keep it, in place of an earlier one; those of other days go. A refusing disk costs a new calibration, no more."""
    kept = {
        "sensor": wearing.sensor,
        "athlete": wearing.athlete,
        "day": wearing.day.isoformat(),
        "made_at": utc_text(made_at),
        "calibration": calibration_to_dict(calibration),
    }
    _write([*_others(wearing), kept])


def forget_calibration(wearing: Wearing) -> None:
    """It does not hold any more."""
    _write(_others(wearing))


def _others(wearing: Wearing) -> list[Mapping[str, Any]]:
    today = wearing.day.isoformat()
    return [entry for entry in _entries() if entry.get("day") == today and not _is_of(entry, wearing)]


def _is_of(entry: Mapping[str, Any], wearing: Wearing) -> bool:
    told = tuple(entry.get(name) for name in ("sensor", "athlete", "day"))
    return told == (wearing.sensor, wearing.athlete, wearing.day.isoformat())


def _entries() -> list[Mapping[str, Any]]:
    try:
        with (session_root() / _FILE).open("rb") as file:
            found = json.loads(file.read(_MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return []
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def _write(entries: list[Mapping[str, Any]]) -> None:
    path = session_root() / _FILE
    temporary = path.with_name(f"{path.name}.part")
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps(entries, ensure_ascii=False) + "\n", "utf-8")
        temporary.replace(path)
