"""Where the calibration came from and how old it was: the same in every file of the report."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from tests.core.simulated import calm
from tests.reports.page_reader import read_page
from tests.reports.played import GOOD, played
from tracker.core.model import Side
from tracker.header import utc_text
from tracker.reports import Session, write_reports
from tracker.reports.calibration_age import calibration_age
from tracker.reports.text import session_text
from tracker.sources.simulator import SetPlan

LEFT = SetPlan(Side.LEFT, (GOOD,) * 3)
BEGAN = datetime(2025, 1, 2, 12, 0, tzinfo=UTC)


@cache
def first() -> Session:
    return played(calm(LEFT), started_at=BEGAN - timedelta(hours=3))


def later(made_at: datetime | None) -> Session:
    """A session that begins with the calibration of the first one."""
    calibration = first().summary.calibration
    return played(
        calm(LEFT, is_calibrated=False),
        started_at=BEGAN,
        calibration=calibration,
        calibration_made_at=made_at,
    )


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (timedelta(hours=3, minutes=10), "made 3 h 10 min before this session, same sensor"),
        (timedelta(hours=2), "made 2 h before this session, same sensor"),
        (timedelta(minutes=25), "made 25 min before this session, same sensor"),
        (timedelta(seconds=5), "made 1 min before this session, same sensor"),
        (None, "made earlier that day, same sensor"),
    ],
)
def test_a_calibration_of_earlier_that_day(tmp_path: Path, before: timedelta | None, words: str) -> None:
    """Said on the terminal and on the page; the file for programs has the moment and the age."""
    made_at = None if before is None else BEGAN - before
    session = later(made_at)
    assert f"\ncalibration {words}\n" in session_text(session)
    write_reports(tmp_path, session)
    assert words in read_page((tmp_path / "report.html").read_text("utf-8")).all("dl")[0].text
    plain = json.loads((tmp_path / "session.json").read_text("utf-8"))["calibration"]
    assert plain["kind"] == "hold"
    assert plain["is_stored"] is True
    assert plain["made_at"] == (utc_text(made_at) if made_at else None)
    if before is None:
        assert plain["oldest_s"] is None
    else:
        last_top_s = max(rep.judged.rep.top_s for rep in session.summary.reps)
        assert plain["oldest_s"] == pytest.approx(before.total_seconds() + last_top_s, abs=0.1)


def test_a_calibration_of_this_session(tmp_path: Path) -> None:
    """Its moment is that of the event; nothing is said of another session."""
    session = first()
    assert "before this session" not in session_text(session)
    write_reports(tmp_path, session)
    plain = json.loads((tmp_path / "session.json").read_text("utf-8"))["calibration"]
    assert plain["is_stored"] is False
    made_at = datetime.fromisoformat(plain["made_at"])
    assert session.zero is not None
    assert (made_at - session.zero).total_seconds() == pytest.approx(session.signal.calibrated[-1].t_s, abs=0.001)
    assert 0 < plain["oldest_s"] < 120


def test_nothing_to_measure_by() -> None:
    """An empty session has no age."""
    assert calibration_age(Session(first().header, played(calm(), started_at=BEGAN).summary)) is None
