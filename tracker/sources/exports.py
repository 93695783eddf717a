"""Whatever a person hands over as an export: a file and what belongs to it beside it, a zip, a folder, a workbook."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tracker.errors import ImportFormatError
from tracker.sources.containers import has_acceleration_in_name, members, neighbours
from tracker.sources.export_file import ExportFile, open_tables
from tracker.sources.json_export import JsonExport, is_json_export, open_json

Export = ExportFile | JsonExport


def open_export(path: Path, *, only: str | None = None) -> Export | None:
    """The export; None if it is none that is known. only: key of the one format to try.

    Raises ImportFormatError for one that can not be used.
    """
    found = members(path)
    if len(found) == 1 and found[0].path == path:
        found += neighbours(path)
    return open_json(path, found, only=only) or open_tables(path, found, only=only)


def is_export(path: Path) -> bool:
    """True for a file that one of the formats claims, also where it then refuses it: whoever reads it says why."""
    try:
        found = members(path)
        return is_json_export(path, found) or open_tables(path, found) is not None
    except ImportFormatError:
        return True


def is_companion(path: Path) -> bool:
    """True for a gyroscope's file and the like, by name, which is read together with the accelerometer's beside it."""
    if has_acceleration_in_name(path.name):
        return False
    return any(has_acceleration_in_name(one.name) for one in neighbours(path))


def is_unpacked_export(names: Iterable[str]) -> bool:
    """True for the names of files in a folder that some app has filled: all of it is one session."""
    return not {"accelerometer.csv", "totalacceleration.csv"}.isdisjoint(name.lower() for name in names)
