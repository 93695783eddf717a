"""What was worked out before: one file beside the sessions, so that looking back over years takes no second.

A result belongs to the content of a recording (SHA-256), the settings and the version of this program. Size and time of
change only save reading the file again, as in version control. Whatever is wrong with the cache, it is made anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tracker import __version__
from tracker.core.config import Config, to_dict
from tracker.errors import FileError
from tracker.history.saved import Saved
from tracker.reports.files import written_whole

FILE_NAME = "history-cache.json"
_FORMAT = 3
# What `reports.earlier.as_reported` reads.
_CHANGES_NUMBERS = ("session_id", "athlete", "load_kg", "load_type", "side_plan")
# Somebody who compares profiles switches between a few settings.
_MOST_SETTINGS = 4


def settings_digest(config: Config, said: Mapping[str, Any]) -> str:
    """A short name for these settings, and for what the session's own report says that changes its numbers."""
    plain = [to_dict(config), *(said.get(name) for name in _CHANGES_NUMBERS)]
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()[:16]


class Cache:
    """Results by session, for one version of this program; read at once, written at once."""

    def __init__(self, root: Path) -> None:
        self._path = root / FILE_NAME
        self._sessions: dict[str, dict[str, Any]] = {}
        self._has_news = False
        with contextlib.suppress(OSError, ValueError, LookupError, TypeError, RecursionError):
            plain = json.loads(self._path.read_bytes())
            if (plain["format"], plain["software_version"]) == (_FORMAT, __version__):
                self._sessions = {
                    name: item for name, item in plain["sessions"].items() if isinstance(item["results"], dict)
                }

    def result(self, saved: Saved, settings: str) -> Mapping[str, Any] | None:
        """What was worked out for this recording under these settings; None if it must be worked out."""
        known = self._sessions.get(saved.name)
        if known is None:
            return None
        if known.get("stamp") != list(saved.stamp):
            if known.get("sha256") != _sha256(saved.path):
                return None
            known["stamp"] = list(saved.stamp)  # touched or copied, but the same
            self._has_news = True
        result = known["results"].get(settings)
        return result if isinstance(result, dict) else None

    def keep(self, saved: Saved, settings: str, result: Mapping[str, Any]) -> None:
        """Remember a result."""
        digest = _sha256(saved.path)
        known = self._sessions.get(saved.name)
        if known is None or known.get("sha256") != digest:
            known = {"results": {}}
        results = {name: one for name, one in known["results"].items() if name != settings}
        kept = dict([*results.items()][1 - _MOST_SETTINGS :])
        self._sessions[saved.name] = {
            "stamp": list(saved.stamp),
            "sha256": digest,
            "results": {**kept, settings: dict(result)},
        }
        self._has_news = True

    def forget_others(self, names: set[str]) -> None:
        """Sessions that are gone are forgotten."""
        gone = self._sessions.keys() - names
        for name in gone:
            del self._sessions[name]
        self._has_news |= bool(gone)

    def save(self) -> None:
        """Write it if there is anything new. A folder that can not be written costs time, not the history."""
        if not self._has_news:
            return
        plain = {"format": _FORMAT, "software_version": __version__, "sessions": self._sessions}
        with contextlib.suppress(FileError), written_whole(self._path) as file:
            json.dump(plain, file, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        self._has_news = False


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
