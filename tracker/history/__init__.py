"""All saved sessions over time, every one judged by today's settings: as a table, a CSV file and a page."""

from __future__ import annotations

from tracker.history.athletes import Athlete, athletes
from tracker.history.entries import Entry, Said, SideNumbers

__all__ = ["Athlete", "Entry", "Said", "SideNumbers", "athletes"]
