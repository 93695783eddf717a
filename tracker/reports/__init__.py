"""A session as files: tables for spreadsheets and programs, and a page for people; each whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path

from tracker.reports.csv import write_reps, write_sets
from tracker.reports.earlier import SESSION_JSON, earlier_asymmetries
from tracker.reports.files import written_whole
from tracker.reports.gathering import Gathering
from tracker.reports.session import Session
from tracker.reports.session_json import session_dict

__all__ = ["Gathering", "Session", "write_page", "write_reports", "write_tables"]


def write_reports(folder: Path, session: Session) -> list[Path]:
    """Write all files; their paths. Tables first: they are there even if the page no longer fits. Raises FileError."""
    return [*write_tables(folder, session), write_page(folder, session)]


def write_tables(folder: Path, session: Session) -> list[Path]:
    """Write `reps.csv`, `sets.csv` and `session.json`; their paths. Raises FileError."""
    paths = [folder / "reps.csv", folder / "sets.csv", folder / SESSION_JSON]
    with written_whole(paths[0]) as file:
        write_reps(file, session.header, session.summary.reps, zero=session.zero, has_gyroscope=session.has_gyroscope)
    with written_whole(paths[1]) as file:
        write_sets(file, session.header, session.summary.sets, has_gyroscope=session.has_gyroscope)
    with written_whole(paths[2]) as file:
        json.dump(session_dict(session), file, indent=2, ensure_ascii=False, allow_nan=False)
        file.write("\n")
    return paths


def write_page(folder: Path, session: Session) -> Path:
    """Write `report.html`; its path. Sessions in folders beside this one tell whether an asymmetry lasts."""
    from tracker.reports.html import report_html

    path = folder / "report.html"
    page = report_html(session, earlier_asymmetries(folder, session.header.athlete))
    with written_whole(path) as file:
        file.write(page)
    return path
