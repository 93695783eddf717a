"""Where sessions live: one folder each, named by its start in UTC, under one root."""

from __future__ import annotations

import contextlib
import os
import secrets
from datetime import UTC, datetime
from pathlib import Path

import platformdirs

from tracker.errors import RecordingError
from tracker.recording import CLOSED_NAME, OPEN_NAME, Recording

APP_NAME = "hip-thrust-tracker"
LAST = "last"


def session_root() -> Path:
    """The folder of all sessions: TRACKER_HOME, else the platform's place for user data."""
    override = os.environ.get("TRACKER_HOME")
    return Path(override).expanduser() if override else platformdirs.user_data_path(APP_NAME, appauthor=False)


def new_session_id(started_at: datetime) -> str:
    """`<UTC start>-<4 hex>`: sorts by time, and two sessions of one second do not meet."""
    return f"{started_at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"


def recording_in(folder: Path) -> Path | None:
    """The recording in a session folder; the packed one where both are there. None if there is none."""
    return next((path for name in (CLOSED_NAME, OPEN_NAME) if (path := folder / name).is_file()), None)


def find_recording(name: str) -> Path:
    """The file meant by a command's argument: `last`, a session folder, a file, or the folder of an unpacked export.

    Raises RecordingError when there is no such thing.
    """
    if name == LAST and not Path(name).exists():
        return newest_recording(session_root())
    path = Path(name)
    if not path.is_dir():
        return path
    found = recording_in(path)
    if found is None and any(path.rglob("*.[cCtTjJ][sSxX]*")):
        return path
    if found is None:
        raise RecordingError("There is no recording in this folder.", path=path, hint="Name the file itself.")
    return found


def newest_recording(root: Path) -> Path:
    """The recording that was written last, recorded or imported. Raises RecordingError when there is none."""
    paths = [path for folder in root.glob("*") if folder.is_dir() and (path := recording_in(folder))]
    found = max(paths, key=lambda path: (path.stat().st_mtime_ns, path.parent.name), default=None)
    if found is None:
        raise RecordingError(
            "There is no session yet.", path=root, hint="`tracker demo` makes one; TRACKER_HOME names another folder."
        )
    return found


def imported_sessions(root: Path) -> dict[str, Path]:
    """The folders of the sessions that were imported to their end, by the SHA-256 of what they were imported from."""
    found: dict[str, Path] = {}
    for path in sorted(root.glob(f"*/{CLOSED_NAME}")):
        with contextlib.suppress(RecordingError):
            found.setdefault(Recording(path).header.source_sha256, path.parent)
    found.pop("", None)  # what was recorded here
    return found


def report_folder(path: Path) -> Path:
    """Where the report of this file goes: into its session folder; of a loose file, into a folder of its own."""
    if path.name in (OPEN_NAME, CLOSED_NAME):
        return path.parent
    return path.with_name(path.name.split(".")[0] + "-report")
