"""The sensor of the last session, so that the next one finds it again without being told."""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from tracker.sessions import session_root

_FILE = "last_sensor.json"


@dataclass(frozen=True, slots=True)
class Remembered:
    """A sensor as it was last used. address: on macOS a number that only this computer knows it by."""

    address: str
    name: str
    kind: str


def remembered_sensor() -> Remembered | None:
    """The sensor of the last session; None when there was none or the note of it can not be read."""
    try:
        values = json.loads(_path().read_text("utf-8"))
        return Remembered(str(values["address"]), str(values["name"]), str(values["kind"]))
    except (OSError, ValueError, TypeError, LookupError):
        return None


def remember_sensor(sensor: Remembered) -> None:
    """Note it. A disk that refuses costs only a choice next time, so nothing is said of it."""
    path = _path()
    temporary = path.with_name(f"{path.name}.part")
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps(asdict(sensor), ensure_ascii=False) + "\n", "utf-8")
        temporary.replace(path)


def _path() -> Path:
    return session_root() / _FILE
