"""Numbers over the weeks as drawings: a dot a session and side, a line through the medians of the weeks.

Left is round dots and a full line, right square dots and a dashed one: nobody needs the colours to tell them apart.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from tracker.core.summary import median
from tracker.reports.html.markup import Markup, element

_WIDTH, _HEIGHT = 330, 165
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 10, 10, 24
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 25, 50, 100)
_MOST_TICKS = 5
_MOST_DAYS = 4  # written at the axis without touching each other
_HALF_LABEL = 34  # half the width of one of them
_DAY_S = 86400.0

Point = tuple[datetime, float]


@dataclass(frozen=True, slots=True)
class Series:
    """One side's values in order of time. name: left, right or undeclared."""

    name: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Limit:
    """A dashed line at a threshold. kind: good or fault."""

    value: float
    kind: str


def trend_svg(title: str, series: Sequence[Series], limits: Sequence[Limit] = (), *, least: float = 1.0) -> Markup:
    """The drawing; empty where there is nothing to draw. least: the smallest span of the axis, in its unit."""
    series = [Series(one.name, tuple((t, v) for t, v in one.points if math.isfinite(v))) for one in series]
    moments = [moment for one in series for moment, _ in one.points]
    if not moments:
        return Markup("")
    low, high, step = _range([value for one in series for _, value in one.points], limits, least)
    first, last = min(moments), max(moments)
    span_s = max((last - first).total_seconds(), _DAY_S)

    def place(moment: datetime, value: float) -> tuple[float, float]:
        share = (moment - first).total_seconds() / span_s if last > first else 0.5
        x = _LEFT + share * (_WIDTH - _LEFT - _RIGHT)
        return x, _TOP + (high - value) / (high - low) * (_HEIGHT - _TOP - _BOTTOM)

    parts = _axes(low, high, step, first, last, span_s)
    for limit in limits:
        y = f"{place(first, limit.value)[1]:.1f}"
        parts.append(element("line", x1=str(_LEFT), x2=str(_WIDTH - _RIGHT), y1=y, y2=y, class_=f"limit {limit.kind}"))
    for one in series:
        if one.points:
            dots = "".join(f"M{x:.1f},{y:.1f}h0" for x, y in (place(*point) for point in one.points))
            weeks = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in _weekly(one.points)))
            parts.append(
                element(
                    "g",
                    element("path", d=dots, class_="dots"),
                    element("polyline", points=weeks, class_="weeks"),
                    class_=one.name,
                )
            )
    words = f"{title} from {first:%Y-%m-%d} to {last:%Y-%m-%d}"
    drawing = element("svg", *parts, viewBox=f"0 0 {_WIDTH} {_HEIGHT}", role="img", aria_label=words, class_="trend")
    return element("figure", element("figcaption", title), drawing, class_="small")


def _weekly(points: Sequence[Point]) -> list[Point]:
    """The median of each ISO week, at the middle of the week's sessions."""
    weeks: dict[tuple[int, int], list[Point]] = {}
    for moment, value in points:
        weeks.setdefault(moment.isocalendar()[:2], []).append((moment, value))
    return [(own[0][0] + (own[-1][0] - own[0][0]) / 2, median(value for _, value in own)) for own in weeks.values()]


def _range(values: Sequence[float], limits: Sequence[Limit], least: float) -> tuple[float, float, float]:
    """Ends of the axis on whole steps, wide enough for the values and the limits, and the step."""
    everything = [*values, *(limit.value for limit in limits)]
    low, high = min(everything), max(everything)
    if high - low < least:
        middle = (low + high) / 2
        low, high = middle - least / 2, middle + least / 2
    step = next((one for one in _STEPS if (high - low) / one <= _MOST_TICKS), (high - low) / _MOST_TICKS)
    return math.floor(low / step) * step, math.ceil(high / step) * step, step


def _axes(low: float, high: float, step: float, first: datetime, last: datetime, span_s: float) -> list[Markup]:
    parts: list[Markup] = []
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    for value in np.arange(low, high + step / 2, step).tolist():
        y = f"{_TOP + (high - value) / (high - low) * (_HEIGHT - _TOP - _BOTTOM):.1f}"
        parts.append(element("line", x1=str(_LEFT), x2=str(_WIDTH - _RIGHT), y1=y, y2=y))
        text = f"{value + 0.0:.{decimals}f}".replace("-", "−")
        parts.append(element("text", text, x=str(_LEFT - 5), y=y, class_="beside"))
    for day in _days(first.date(), last.date()):
        at_s = (datetime(day.year, day.month, day.day, tzinfo=first.tzinfo) - first).total_seconds()
        if 0 <= at_s <= span_s:
            x = _LEFT + at_s / span_s * (_WIDTH - _LEFT - _RIGHT)
            text = _day_text(day, last.date() - first.date())
            kind = "last" if x > _WIDTH - _HALF_LABEL else None
            parts.append(element("text", text, x=f"{x:.1f}", y=str(_HEIGHT - 6), class_=kind))
    return parts


def _days(first: date, last: date) -> list[date]:
    """At most a handful of days to write at the axis: first days of months where there are months, else days."""
    months = (last.year - first.year) * 12 + last.month - first.month
    if months >= 2:
        every = math.ceil(months / _MOST_DAYS)
        numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month, every)
        return [date(number // 12, number % 12 + 1, 1) for number in numbers]
    days = (last - first).days
    every = max(1, math.ceil(days / _MOST_DAYS))
    return [first + timedelta(days=count) for count in range(0, days + 1, every)]


def _day_text(day: date, span: timedelta) -> str:
    months = _MONTHS[day.month - 1]
    return f"{months} {day.year}" if span.days > 62 else f"{day.day} {months}"
