"""Whatever a person hands over as an export: a file and what belongs to it beside it, a zip, a folder, a workbook."""

from __future__ import annotations

from pathlib import Path

from tracker.sources.containers import members, neighbours
from tracker.sources.export_file import ExportFile, open_tables
from tracker.sources.json_export import JsonExport, open_json

Export = ExportFile | JsonExport


def open_export(path: Path, *, only: str | None = None) -> Export | None:
    """The export; None if it is none that is known. only: key of the one format to try.

    Raises ImportFormatError for one that can not be used.
    """
    found = members(path)
    if len(found) == 1 and found[0].path == path:
        found += neighbours(path)
    return open_json(path, found, only=only) or open_tables(path, found, only=only)
