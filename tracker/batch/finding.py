"""From what the person named to the files that are analysed: files as they are, folders by what lies in them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from tracker.errors import FileError
from tracker.sessions import find_recording, recording_in
from tracker.sources.exports import is_companion, is_export, is_unpacked_export

# What is looked at inside a folder; a file that is named itself may be called anything.
SUFFIXES = (".jsonl", ".jsonl.gz", ".csv")
EXPORT_SUFFIXES = (
    ".zip",
    ".txt",
    ".log",
    ".json",
    ".xls",
    ".xlsx",
)  # taken only where it is an export: notes are no samples
_OWN_TABLE = b"schema_version,"  # how every table of this program begins: a result, never an input


def found_files(names: Iterable[str]) -> list[Path]:
    """Every file meant, each once, in the order named; those of a folder by name.

    A session folder stands for its recording; of any other folder everything below it that can be a recording or a
    sample file; the folder of an unpacked export and the files that belong together count once. Raises FileError when a
    folder holds nothing.
    """
    seen: set[str] = set()
    found: list[Path] = []
    for name in names:
        path = Path(name)
        if path.is_dir() and recording_in(path) is None:
            items = list(_inside(path))
            if not items:
                raise FileError(
                    "There is no recording and no sample file in this folder.", path=path, hint="Name the files."
                )
        else:
            items = [find_recording(name)]
        for item in items:
            real = os.path.realpath(item)
            if real not in seen:
                seen.add(real)
                found.append(item)
    return found


def _inside(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder, followlinks=False):
        folders.sort()
        here = Path(place)
        recording = recording_in(here)
        if recording is not None:
            yield recording
            folders.clear()  # a session folder holds one session
            continue
        if is_unpacked_export(names):
            yield here
            folders.clear()
            continue
        for name in sorted(names):
            path = here / name
            if not name.lower().endswith(SUFFIXES + EXPORT_SUFFIXES) or not path.is_file():
                continue
            is_wanted = is_export(path) if name.lower().endswith(EXPORT_SUFFIXES) else not _is_own_table(path)
            if is_wanted and not is_companion(path):
                yield path


def _is_own_table(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_OWN_TABLE)) == _OWN_TABLE
    except OSError:
        return False  # whoever analyses it says why it can not be read
