"""Numbers over the weeks as drawings: a dot a session and side, a line through the medians of the weeks.

Beyond a year the line goes through the medians of the months: a hundred weeks are a scribble. All drawings of a person
have the same axis of time, so that they can be read below each other. Left is round dots and a full line, right square
dots and a dashed one: nobody needs the colours to tell them apart.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
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
_LABEL, _BETWEEN_LABELS = 50, 16  # `Nov 2026` is so wide, and so much air keeps two of them apart
_DAY_S = 86400.0
_LEAST_DAYS = 6  # one session alone stands in the middle of its week
_WEEKS_TO_DAYS = 371  # 53 weeks: as many as a year has
_MANY_DOTS = 150  # of one side: dots that big would be a band
# What may stand between two labels: days, Mondays, first days of months, first days of years.
_DAY_TICKS, _MONTH_TICKS = (1, 2, 7, 14), (1, 2, 3, 6, 12, 24, 60, 120)
_MONTH_DAYS = 28  # the shortest

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


@dataclass(frozen=True, slots=True)
class Span:
    """The axis of time: whole days around all sessions of a person."""

    first: datetime
    last: datetime

    @property
    def days(self) -> float:
        """Its length."""
        return (self.last - self.first).total_seconds() / _DAY_S

    def x(self, moment: datetime) -> float:
        """Where a moment stands in the drawing."""
        return _LEFT + (moment - self.first).total_seconds() / _DAY_S / self.days * (_WIDTH - _LEFT - _RIGHT)


def span_of(moments: Sequence[datetime]) -> Span:
    """From the first to the last of these, at least a week."""
    first, last = min(moments), max(moments)
    spare = timedelta(days=max(0.0, _LEAST_DAYS - (last - first).total_seconds() / _DAY_S) / 2)
    return Span(first - spare, last + spare)


def trend_svg(
    title: str, series: Sequence[Series], span: Span, limits: Sequence[Limit] = (), *, least: float = 1.0
) -> Markup:
    """The drawing; empty where there is nothing to draw. least: the smallest span of the upward axis, in its unit."""
    series = [Series(one.name, tuple((t, v) for t, v in one.points if math.isfinite(v))) for one in series]
    moments = [moment for one in series for moment, _ in one.points]
    if not moments:
        return Markup("")
    low, high, step = _range([value for one in series for _, value in one.points], limits, least)

    def y_of(value: float) -> float:
        return _TOP + (high - value) / (high - low) * (_HEIGHT - _TOP - _BOTTOM)

    parts = [*_value_axis(low, high, step, y_of), *_time_axis(span)]
    for limit in limits:
        y = f"{y_of(limit.value):.1f}"
        parts.append(element("line", x1=str(_LEFT), x2=str(_WIDTH - _RIGHT), y1=y, y2=y, class_=f"limit {limit.kind}"))
    for one in series:
        if one.points:
            dots = "".join(f"M{span.x(t):.1f},{y_of(v):.1f}h0" for t, v in one.points)
            line = " ".join(f"{span.x(t):.1f},{y_of(v):.1f}" for t, v in _together(one.points, span))
            parts.append(
                element(
                    "g",
                    element("path", d=dots, class_="many dots" if len(one.points) > _MANY_DOTS else "dots"),
                    element("polyline", points=line, class_="weeks"),
                    class_=one.name,
                )
            )
    words = f"{title} from {min(moments):%Y-%m-%d} to {max(moments):%Y-%m-%d}"
    drawing = element("svg", *parts, viewBox=f"0 0 {_WIDTH} {_HEIGHT}", role="img", aria_label=words, class_="trend")
    return element("figure", element("figcaption", title), drawing, class_="small")


def is_by_month(span: Span) -> bool:
    """True where the line goes through months instead of weeks."""
    return span.days > _WEEKS_TO_DAYS


def _together(points: Sequence[Point], span: Span) -> list[Point]:
    """The median of each ISO week or month, at the middle of its sessions."""
    groups: dict[tuple[int, int], list[Point]] = {}
    for moment, value in points:
        key = (moment.year, moment.month) if is_by_month(span) else moment.isocalendar()[:2]
        groups.setdefault(key, []).append((moment, value))
    return [(own[0][0] + (own[-1][0] - own[0][0]) / 2, median(value for _, value in own)) for own in groups.values()]


def _range(values: Sequence[float], limits: Sequence[Limit], least: float) -> tuple[float, float, float]:
    """Ends of the axis on whole steps, wide enough for the values and the limits, and the step."""
    everything = [*values, *(limit.value for limit in limits)]
    low, high = min(everything), max(everything)
    if high - low < least:
        middle = (low + high) / 2
        low, high = middle - least / 2, middle + least / 2
    step = next((one for one in _STEPS if (high - low) / one <= _MOST_TICKS), (high - low) / _MOST_TICKS)
    return math.floor(low / step) * step, math.ceil(high / step) * step, step


def _value_axis(low: float, high: float, step: float, y_of: Callable[[float], float]) -> list[Markup]:
    parts: list[Markup] = []
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    for value in np.arange(low, high + step / 2, step).tolist():
        y = f"{y_of(value):.1f}"
        parts.append(element("line", x1=str(_LEFT), x2=str(_WIDTH - _RIGHT), y1=y, y2=y))
        text = f"{value + 0.0:.{decimals}f}".replace("-", "−")
        parts.append(element("text", text, x=str(_LEFT - 5), y=y, class_="beside"))
    return parts


def _time_axis(span: Span) -> list[Markup]:
    """A tick and a date where there is room for it."""
    parts: list[Markup] = []
    for day, text in _dates(span):
        x = span.x(datetime(day.year, day.month, day.day, 12, tzinfo=span.first.tzinfo))  # noon: the day is around it
        if _LEFT <= x <= _WIDTH - _RIGHT:
            tick, bottom = f"{x:.1f}", _HEIGHT - _BOTTOM
            parts.append(element("line", x1=tick, x2=tick, y1=str(bottom), y2=str(bottom + 4), class_="tick"))
            parts.append(element("text", text, x=f"{min(x, _WIDTH - _LABEL / 2):.1f}", y=str(_HEIGHT - 6)))
    return parts


def _dates(span: Span) -> list[tuple[date, str]]:
    """Round dates over the axis with their words: days, Mondays, first days of months or of years."""
    least_days = span.days * (_LABEL + _BETWEEN_LABELS) / (_WIDTH - _LEFT - _RIGHT)
    first, last = span.first.date(), span.last.date()
    if every := next((days for days in _DAY_TICKS if days >= least_days), 0):
        begin = first - timedelta(days=first.weekday() if every >= _DAY_TICKS[-2] else 0)
        dates = [begin + timedelta(days=count) for count in range(0, (last - begin).days + 1, every)]
        return [(day, f"{day.day} {_MONTHS[day.month - 1]}") for day in dates]
    every = next((months for months in _MONTH_TICKS if months * _MONTH_DAYS >= least_days), _MONTH_TICKS[-1])
    begin_month = (first.year * 12 + first.month - 1) // every * every
    months = [divmod(number, 12) for number in range(begin_month, last.year * 12 + last.month, every)]
    return [
        (date(max(year, 1), month + 1, 1), str(year) if every >= 12 else f"{_MONTHS[month]} {year}")
        for year, month in months
    ]
