"""The axis of time of the history's drawings, from one session to ten years."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from tests.history.test_athletes import entry, side
from tests.reports.page_reader import Element, read_page
from tracker.core.config import Config
from tracker.core.model import CalibrationKind, Side
from tracker.history import athletes
from tracker.history.charts import Series, is_by_month, span_of, trend_svg
from tracker.history.page import history_html

BEGAN = datetime(2024, 11, 20, 18, tzinfo=UTC)


def drawn(moments: list[datetime]) -> Element:
    text = trend_svg("Lift, cm", [Series("left", tuple((moment, 20.0) for moment in moments))], span_of(moments))
    return read_page(str(text)).all("svg")[0]


def dates(svg: Element) -> list[tuple[float, str]]:
    """Those written at the axis, from left to right."""
    return [(float(one.attributes["x"]), one.text) for one in svg.all("text") if "class" not in one.attributes]


@pytest.mark.parametrize("days", [0, 0.1, 1, 2, 5, 6, 7, 13, 20, 45, 62, 63, 90, 150, 365, 372, 500, 800, 1500, 3650])
@pytest.mark.parametrize("shift", [0, 11, 40, 163])
def test_dates_that_can_be_read(days: float, shift: int) -> None:
    """At least one, none over another, none cut off, all of one kind."""
    began = BEGAN + timedelta(days=shift)
    found = dates(drawn([began, began + timedelta(days=days)]))
    assert 1 <= len(found) <= 5
    places = [x for x, _ in found]
    assert all(later - earlier >= 50 for earlier, later in pairwise(places))
    assert min(places) >= 25
    assert max(places) <= 330 - 25
    kinds = {(text[0].isdigit(), " " in text) for _, text in found}
    assert len(kinds) == 1


def test_one_session_stands_at_its_day() -> None:
    """In the middle of a week; a date is written at its noon, and the session was at six in the evening."""
    svg = drawn([BEGAN])
    x = float(svg.all("path")[0].attributes["d"].removeprefix("M").split(",")[0])
    assert x == pytest.approx((44 + 320) / 2, abs=0.1)
    (first, _), (second, _) = [one for one in dates(svg) if one[1] in {"19 Nov", "21 Nov"}]
    assert (x - first) / (second - first) * 2 == pytest.approx(1.25, abs=0.01)


@pytest.mark.parametrize(("days", "count"), [(7 * 51, 51), (7 * 104, 25)])
def test_the_line_is_no_scribble(days: int, count: int) -> None:
    """Through the weeks of a year, through the months of two."""
    moments = [BEGAN + timedelta(days=day) for day in range(days)]
    points = drawn(moments).all("polyline")[0].attributes["points"].split(" ")
    assert abs(len(points) - count) <= 1
    assert is_by_month(span_of(moments)) == (days > 371)


def test_all_drawings_have_one_axis() -> None:
    """Also those of angles, which uncalibrated sessions do not have."""
    sides = (side(), side(Side.RIGHT))
    first = entry(0, *sides, calibration=CalibrationKind.AUTO)
    people = athletes([first, *(entry(20 + day, *sides) for day in range(30))])
    page = read_page(history_html(people, Config()))
    drawings = page.all("svg", class_="trend")
    assert len(drawings) == 6
    assert len({tuple(dates(svg)) for svg in drawings}) == 1


def test_the_end_of_the_calendar() -> None:
    """The first and the last year that a recording can have."""
    for moment in (datetime(2, 1, 1, tzinfo=UTC), datetime(9998, 12, 31, 23, tzinfo=UTC)):
        assert all(math.isfinite(x) for x, _ in dates(drawn([moment])))
