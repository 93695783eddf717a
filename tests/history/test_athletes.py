"""People kept apart by a plain name; their sessions together by week and by load."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import pytest

from tests.history.recorded import START
from tests.reports.page_reader import read_page
from tracker.core.config import Config
from tracker.core.model import NAN, CalibrationKind, Side
from tracker.history import Entry, Said, SideNumbers, athletes
from tracker.history.athletes import NO_NAME, By, file_stem, name_key
from tracker.history.entries import entry_of
from tracker.history.page import history_html
from tracker.history.text import athlete_text, overview_text
from tracker.reports.asymmetry import METRICS, Standing


def side(which: Side = Side.LEFT, **numbers: Any) -> SideNumbers:
    values = {
        "sets": 1, "reps": 10, "partials": 1, "clean_reps": 8, "lift_cm": 20.0, "top_inclination_deg": 2.0,
        "free_side_drop_deg": 3.0, "hold_s": 1.5, "mean_velocity_mps": 0.25, "time_under_tension_s": 40.0,
        "volume_kg": NAN, **numbers,
    }  # fmt: skip
    return SideNumbers(which, **values)


def entry(days: float = 0.0, *sides: SideNumbers, **more: Any) -> Entry:
    moment = START + timedelta(days=days)
    values: dict[str, Any] = {
        "folder": f"{moment:%Y%m%dT%H%M%SZ}-0000", "session_id": f"s{days}", "started_at": moment, "utc_offset_s": 0,
        "athlete": "Zoë", "load_kg": NAN, "load_type": "bodyweight", "calibration": CalibrationKind.HOLD,
        "duration_s": 60.0, "asymmetry_pct": dict.fromkeys(METRICS, NAN), "said": None, **more,
    }  # fmt: skip
    return Entry(sides=sides or (side(),), **values)


def test_one_name_however_it_is_typed() -> None:
    """Capitals, spaces and the two ways to write an accent; the newest spelling is shown, no name comes last."""
    names = ["Zoë", "zoë ", "ZOE\u0308", "Max", "", " "]
    people = athletes(entry(days, athlete=name) for days, name in enumerate(names))
    assert [(person.name, len(person.entries)) for person in people] == [("Max", 1), ("ZOE\u0308", 3), (NO_NAME, 2)]
    assert name_key("  Max   Mustermann") == name_key("max mustermann")


def test_in_order_of_time() -> None:
    """Also where the folders came in another order; without a date the folder's name tells."""
    (person,) = athletes([entry(5), entry(1), entry(3, started_at=None)])
    assert [one.session_id for one in person.entries] == ["s1", "s3", "s5"]


def test_by_session_week_and_load() -> None:
    """Counts are added, other numbers are medians of medians; angles of uncalibrated sessions stay out."""
    relative = {"calibration": CalibrationKind.AUTO}
    (person,) = athletes(
        [
            entry(0, side(lift_cm=20.0), side(Side.RIGHT, lift_cm=22.0), load_kg=10.0, load_type="dumbbell"),
            entry(1, side(lift_cm=24.0, top_inclination_deg=30.0), **relative),
            entry(2, side(lift_cm=25.0, top_inclination_deg=4.0, time_under_tension_s=NAN)),
            entry(7, side(lift_cm=NAN)),
        ]
    )
    sessions = person.rows(By.SESSION)
    assert [(row.label, row.numbers.side) for row in sessions[:2]] == [
        ("2025-06-02 17:30", Side.LEFT),
        ("2025-06-02 17:30", Side.RIGHT),
    ]
    assert len(sessions) == 5
    weeks = person.rows(By.WEEK)
    assert [(row.label, row.numbers.side, len(row.entries)) for row in weeks] == [
        ("2025-W23", Side.LEFT, 3), ("2025-W23", Side.RIGHT, 1), ("2025-W24", Side.LEFT, 1)
    ]  # fmt: skip
    first = weeks[0].numbers
    assert (first.reps, first.clean_reps, first.partials, first.sets) == (30, 24, 3, 3)
    assert (first.lift_cm, first.top_inclination_deg, first.time_under_tension_s) == (24.0, 3.0, 80.0)
    assert math.isnan(weeks[2].numbers.lift_cm)
    assert [row.label for row in person.rows(By.LOAD)] == ["bodyweight", "10 kg dumbbell", "10 kg dumbbell"]


def test_two_sessions_of_one_minute_are_two_rows() -> None:
    """Told apart by their folders."""
    (person,) = athletes([entry(0, folder="a"), entry(0, folder="b")])
    assert [row.label for row in person.rows(By.SESSION)] == ["2025-06-02 17:30"] * 2


def test_asymmetry_over_sessions() -> None:
    """A flag when the three newest that compared sides agree; sessions that did not compare are passed over."""

    def uneven(days: float, lift: float) -> Entry:
        return entry(days, asymmetry_pct={**dict.fromkeys(METRICS, NAN), "lift": lift})

    (person,) = athletes([uneven(0, 20.0), uneven(1, 18.0), uneven(2, NAN), uneven(3, 16.0)])
    judged = {one.metric: one for one in person.asymmetries()}
    assert judged["lift"].standing is Standing.FLAG
    assert judged["hold"].standing is Standing.NOT_MEASURED


def test_text_of_one() -> None:
    """A row a side, what was said then where it differs, within 80 columns."""
    (person,) = athletes(
        [
            entry(0, side(), side(Side.RIGHT), said=Said(20, 16, "0.1.0")),
            entry(1, side(), said=Said(9, 7, "0.1.0"), calibration=CalibrationKind.AUTO),
            entry(2),
        ]
    )
    text = athlete_text(person, By.SESSION)
    lines = text.splitlines()
    assert lines[0] == "Zoë: 3 sessions"
    assert [line.split()[-1] for line in lines[3:7]] == ["=", "=", "9/7", "-"]
    assert lines[5].split()[6:8] == ["-", "-"]
    assert "then: reps/clean reps" in text
    assert "without calibration" in text
    assert max(map(len, lines[2:7])) <= 80
    assert "then" not in athlete_text(person, By.WEEK).splitlines()[2]


def test_text_of_several() -> None:
    """A line each, with what to look at."""
    uneven = dict.fromkeys(METRICS, 20.0)
    people = athletes(
        [
            *(entry(days, side(), side(Side.RIGHT), athlete="Max", asymmetry_pct=uneven) for days in range(3)),
            entry(0, athlete="李小龙", started_at=None),
        ]
    )
    text = overview_text(people)
    assert "lift: flag" in text
    assert "no date" in text
    assert text.count("even") == 0, "nothing was compared, which is not even"
    assert "--athlete NAME" in text


def test_what_to_look_at_is_told_apart() -> None:
    """Two findings of one person are two."""
    uneven = {**dict.fromkeys(METRICS, NAN), "lift": 12.0, "hold": -13.0}
    page = read_page(history_html(athletes([entry(0, asymmetry_pct=uneven), entry(1, athlete="Max")]), Config()))
    cells = page.all("table", class_="overview")[0].all("tbody")[0].all("tr")[1].all("td")
    assert cells[-1].text == "lift: watch, pause at the top: watch"


def test_odd_totals_are_refused() -> None:
    """What is no number, no side or no date raises, and the session is left out."""
    good = {
        "session_id": "s", "started_at": "2025-01-02T03:04:05.000Z", "utc_offset_s": None, "athlete": "",
        "load_kg": None, "load_type": "", "calibration": {"kind": "none"}, "duration_s": None, "sides": {},
        "asymmetry_pct": {}, "is_cut": False, "damaged_lines": 0,
    }  # fmt: skip
    assert entry_of("f", good, {}).week == "2025-W01"
    assert entry_of("f", {**good, "started_at": None}, {}).week == ""
    for changed in (
        {"duration_s": "long"}, {"duration_s": True}, {"calibration": {"kind": "good"}}, {"started_at": "soon"},
        {"sides": {"middle": {}}}, {"utc_offset_s": []},
    ):  # fmt: skip
        with pytest.raises((ValueError, TypeError, LookupError)):
            entry_of("f", {**good, **changed}, {})


def test_a_start_at_the_end_of_the_calendar() -> None:
    """The person's clock can not go beyond it."""
    late = entry(0, started_at=START.replace(year=9999, month=12, day=31, hour=23), utc_offset_s=36000)
    assert late.local == late.started_at


def test_every_athlete_has_file_names_of_their_own() -> None:
    """Letters and digits stay; what a name loses on the way is made good by a digest, so that nobody meets."""
    assert [file_stem(name) for name in ("Zoë", " MAX  Müller ", "Anna 2")] == ["zoë", "max-müller", "anna-2"]
    odd = ["a b", "a-b", "a/b", "../a b", "...", "", NO_NAME, "no name", "x" * 120, "x" * 119, "x " * 60]
    stems = [file_stem(name) for name in odd]
    assert len(set(stems)) == len(odd)
    assert all(stem and len(stem.encode()) < 200 and not set(stem) & set('/\\.:*?<>|"') for stem in stems)
