"""The sessions that lie in the data folder, and what their own reports said when they were written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tracker.errors import FileError
from tracker.recording import OPEN_NAME, is_being_written
from tracker.reports.earlier import said_in
from tracker.sessions import recording_in


@dataclass(frozen=True, slots=True)
class Saved:
    """A session's recording. stamp: its size and the moment of its last change, which tell whether it is the same."""

    path: Path
    stamp: tuple[int, int]

    @property
    def name(self) -> str:
        """The folder's name, which begins with the start."""
        return self.path.parent.name

    @property
    def is_being_recorded(self) -> bool:
        """True while it goes on, in another terminal."""
        return self.path.name == OPEN_NAME and is_being_written(self.path)

    def said_then(self) -> Mapping[str, Any]:
        """What is in the `session.json` beside the recording; empty if there is none, or only half of one."""
        return said_in(self.path.parent)


def saved_sessions(root: Path) -> list[Saved]:
    """Every folder with a recording, by name, that is by time. Raises FileError where the folder can not be read."""
    try:
        folders = sorted(path for path in root.iterdir() if path.is_dir()) if root.exists() else []
    except OSError as error:
        raise FileError(
            f"The folder of the sessions can not be read: {error.strerror or error}.",
            path=root,
            hint="TRACKER_HOME names another one.",
        ) from error
    found: list[Saved] = []
    for folder in folders:
        path = recording_in(folder)
        if path is not None:
            about = path.stat()
            found.append(Saved(path, (about.st_size, about.st_mtime_ns)))
    return found
