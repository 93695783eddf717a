"""A session as files: tables for spreadsheets and programs, written at once or not at all."""

from __future__ import annotations

from tracker.reports.session import Session, write_reports

__all__ = ["Session", "write_reports"]
