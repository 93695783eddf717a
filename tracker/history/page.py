"""`history.html`: everybody's sessions over time; for a coach an overview first. One file, no script, no network."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

from tracker import __version__
from tracker.core.config import ChecksConfig, Config, settings
from tracker.core.model import Side
from tracker.history.athletes import Athlete, By, Row
from tracker.history.charts import Limit, Series, Span, is_by_month, span_of, trend_svg
from tracker.history.entries import Entry, SideNumbers
from tracker.history.text import said_then
from tracker.page.assets import asset
from tracker.reports.asymmetry import FLAG_PCT, METRICS, SESSIONS, WATCH_PCT, Asymmetry, Standing
from tracker.reports.html.markup import Markup, element, joined
from tracker.reports.html.method import LIMITS, NOT_MEDICAL
from tracker.reports.html.numbers import NOT_MEASURED, shown, whole
from tracker.reports.html.shell import html_page

# The page stays small; the CSV beside it has all. Half a year of weeks is what a plan looks back on.
_MOST_SESSIONS = 100
_MOST_WEEKS = 26
_SIDE_CLASSES = {Side.LEFT: "left", Side.RIGHT: "right", Side.UNKNOWN: "undeclared"}
_HEADS = ("Side", "Sessions", "Reps", "Clean", "Lift, cm", "Short, °", "Free hip lower, °", "Pause, s", "Velocity, m/s")

Read = Callable[[SideNumbers], float]


def history_html(people: Sequence[Athlete], config: Config) -> str:
    """The page."""
    body = joined(
        _head(people),
        *([_overview(people)] if len(people) > 1 else []),
        *(_athlete(number, person, config.checks, is_only=len(people) == 1) for number, person in enumerate(people)),
        _method(config),
    )
    title = "Hip thrust history" if len(people) != 1 else f"Hip thrust history {people[0].name}"
    return html_page(title, body, styles=(asset("theme.css"), asset("report.css"), asset("history.css")))


def _head(people: Sequence[Athlete]) -> Markup:
    count = sum(len(person.entries) for person in people)
    who = people[0].name if len(people) == 1 else f"{len(people)} athletes"
    return element(
        "header",
        element("p", "Single-leg hip thrust · history", class_="eyebrow"),
        element("h1", f"{who}: {count} session{'s' * (count != 1)}"),
    )


def _overview(people: Sequence[Athlete]) -> Markup:
    """A row a person: what a coach looks at first."""
    heads = ("Athlete", "Sessions", "Newest", "Reps", "Clean", "Lift left, cm", "Lift right, cm", "Left – right")
    rows = []
    for number, person in enumerate(people):
        newest = person.entries[-1]
        lifts = [
            shown("lift_cm", one.lift_cm if one else math.nan) for one in map(newest.side, (Side.LEFT, Side.RIGHT))
        ]
        rows.append(
            element(
                "tr",
                element("th", element("a", person.name, href=f"#athlete-{number}"), scope="row"),
                element("td", whole(len(person.entries))),
                element("td", _day(newest)),
                element("td", whole(newest.reps)),
                element("td", whole(newest.clean_reps)),
                *(element("td", lift) for lift in lifts),
                element("td", _standing(person.asymmetries())),
            )
        )
    return element(
        "section",
        element("h2", "Everybody"),
        _table(heads, rows, "numbers overview"),
        element("p", "Reps, clean reps and lift: of the newest session.", class_="fine"),
    )


def _athlete(number: int, person: Athlete, checks: ChecksConfig, *, is_only: bool) -> Markup:
    return element(
        "section",
        *([] if is_only else [element("h2", person.name, id=f"athlete-{number}")]),
        _asymmetry(person.asymmetries()),
        _charts(person, checks),
        element("h3", "By week"),
        _rows_table("Week", _newest_first(person.rows(By.WEEK))[: 2 * _MOST_WEEKS]),
        element("h3", "By load"),
        _rows_table("Load", person.rows(By.LOAD)),
        element("h3", "By session"),
        _sessions(person),
        class_="athlete",
    )


def _asymmetry(judged: Iterable[Asymmetry]) -> Markup:
    lines = [
        element(
            "li", element("b", METRICS[one.metric]), " ", shown("asymmetry_pct", one.value_pct), f" %: {one.sentence}"
        )
        for one in judged
        if one.standing is not Standing.NOT_MEASURED
    ]
    if not lines:
        return element("p", "No session compared left and right.", class_="fine")
    return joined(
        element("h3", "Left against right, newest session"),
        element("ul", *lines, class_="asymmetry"),
        element(
            "p",
            f"+ = more on the left. From {WATCH_PCT:.0f} % on worth a look; above {FLAG_PCT:.0f} % a flag only when "
            f"{SESSIONS} sessions in a row agree (healthy people score 99 ± 12 %: Roberti 2024, IJSPT 19(12)).",
            class_="fine",
        ),
    )


def _drawings(person: Athlete, checks: ChecksConfig, span: Span) -> list[Markup]:
    """One a number, empty where there is none of it; angles only of calibrated sessions."""

    def sides(read: Read, *, is_angle: bool = False) -> list[Series]:
        return [
            Series(
                _SIDE_CLASSES[side],
                tuple(
                    (entry.local, read(numbers))
                    for entry in person.entries
                    if entry.local is not None
                    and (entry.is_calibrated or not is_angle)
                    and (numbers := entry.side(side)) is not None
                ),
            )
            for side in Side
        ]

    def compared(metric: str) -> list[Series]:
        points = ((entry.local, entry.asymmetry_pct[metric]) for entry in person.entries if entry.local is not None)
        return [Series("undeclared", tuple(points))]

    level, extension = checks.level_good_deg, (checks.extension_good_deg, checks.extension_fault_deg)
    asymmetry = [
        Limit(sign * value, kind) for value, kind in ((WATCH_PCT, "good"), (FLAG_PCT, "fault")) for sign in (-1, 1)
    ]
    return [
        trend_svg("Clean reps, %", sides(lambda one: one.clean_pct), span, [Limit(0, "edge"), Limit(100, "edge")]),
        trend_svg("Lift, cm", sides(lambda one: one.lift_cm), span, least=5),
        trend_svg(
            "Short of full extension, °",
            sides(lambda one: one.top_inclination_deg, is_angle=True),
            span,
            [Limit(extension[0], "good"), Limit(extension[1], "fault")],
        ),
        trend_svg(
            "Free hip lower at the top, °",
            sides(lambda one: one.free_side_drop_deg, is_angle=True),
            span,
            [Limit(-level, "good"), Limit(level, "good")],
        ),
        trend_svg("Pause at the top, s", sides(lambda one: one.hold_s), span, [Limit(checks.pause_good_s, "good")]),
        trend_svg("Mean velocity up, m/s", sides(lambda one: one.mean_velocity_mps), span, least=0.1),
        *(trend_svg(f"{name}, left – right, %", compared(metric), span, asymmetry) for metric, name in METRICS.items()),
    ]


def _charts(person: Athlete, checks: ChecksConfig) -> Markup:
    """The drawings of a person over one axis of time, and what their signs mean."""
    moments = [entry.local for entry in person.entries if entry.local is not None]
    if not moments:
        return Markup("")
    span = span_of(moments)
    known = [drawing for drawing in _drawings(person, checks, span) if drawing]
    if not known:
        return Markup("")
    weeks = "months" if is_by_month(span) else "weeks"
    key = joined(
        *(
            element("span", element("i", class_=f"swatch {_SIDE_CLASSES[side]}"), side.value.capitalize())
            for side in (Side.LEFT, Side.RIGHT)
        )
    )
    return joined(
        element("p", key, class_="key"),
        element("div", *known, class_="trends-grid"),
        element(
            "p",
            f"A dot a session (left round, right square), a line through the {weeks}' medians. Dashed: the limits of "
            "the checks. Angles only of calibrated sessions.",
            class_="fine",
        ),
    )


def _rows_table(name: str, rows: Sequence[Row]) -> Markup:
    lines = [
        element("tr", element("th", row.label, scope="row"), *_cells(row, len(row.entries)), data_label=row.label)
        for row in rows
    ]
    return _table((name, *_HEADS), lines, "numbers")


def _newest_first(rows: Sequence[Row]) -> list[Row]:
    """The last session or week on top, left still before right."""
    groups = [list(own) for _, own in groupby(rows, lambda row: row.label)]
    return [row for own in reversed(groups) for row in own]


def _sessions(person: Athlete) -> Markup:
    rows = _newest_first(person.rows(By.SESSION))
    newest = {entry.folder for entry in person.entries[-_MOST_SESSIONS:]}
    lines = [
        element(
            "tr",
            element("th", row.label, scope="row"),
            element("td", row.entries[0].load),
            *_cells(row, None),
            element("td", row.entries[0].calibration.value),
            element("td", said_then(row)),
            data_session=row.entries[0].session_id,
        )
        for row in rows
        if row.entries[0].folder in newest
    ]
    heads = ("Session", "Load", *(head for head in _HEADS if head != "Sessions"), "Calibration", "Then")
    more = (
        f"The newest {_MOST_SESSIONS}; the CSV of this page has all. " if len(person.entries) > _MOST_SESSIONS else ""
    )
    return joined(
        _table(heads, lines, "numbers sessions"),
        *([element("p", person.why_no_row, class_="fine")] if person.why_no_row else []),
        *(element("p", why, class_="fine") for why in person.why_marked),
        element(
            "p",
            f"{more}Judged by today's settings. Then: reps/clean reps of the whole session in its own report, = where "
            "today says the same. Sessions without calibration have no angles here: theirs are relative to themselves.",
            class_="fine",
        ),
    )


def _cells(row: Row, session_count: int | None) -> list[Markup]:
    numbers = row.numbers
    angles = (numbers.top_inclination_deg, numbers.free_side_drop_deg) if row.is_calibrated else (math.nan, math.nan)
    return [
        element("td", numbers.side.value or NOT_MEASURED),
        *([element("td", whole(session_count))] if session_count is not None else []),
        element("td", whole(numbers.reps)),
        element("td", whole(numbers.clean_reps)),
        element("td", shown("lift_cm", numbers.lift_cm)),
        *(element("td", shown("x_deg", angle)) for angle in angles),
        element("td", shown("hold_s", numbers.hold_s)),
        element("td", shown("mean_velocity_mps", numbers.mean_velocity_mps)),
    ]


def _standing(judged: Sequence[Asymmetry]) -> Markup:
    words = [
        element("span", f"{METRICS[one.metric].lower()}: {one.standing.value}", class_=f"standing {one.standing.value}")
        for one in judged
        if one.standing in (Standing.FLAG, Standing.WATCH)
    ]
    usual = "even" if any(one.standing for one in judged) else NOT_MEASURED
    return Markup(", ".join(words)) if words else Markup(usual)  # each word is markup, and so is what lies between


def _method(config: Config) -> Markup:
    changed = [
        f"{now.key} = {now.value}"
        for now, usual in zip(settings(config), settings(), strict=True)
        if now.value != usual.value
    ]
    said = f"Judged with hip-thrust-tracker {__version__}, " + (
        f"with {', '.join(changed)}." if changed else "with the default settings."
    )
    return element(
        "section",
        element("h2", "How it was judged"),
        element(
            "p",
            f"{said} Over several sessions counts are added; other numbers are medians of the sessions' medians.",
            class_="limits",
        ),
        element("p", LIMITS, class_="limits"),
        element("p", NOT_MEDICAL, class_="limits"),
    )


def _day(entry: Entry) -> str:
    return f"{entry.local:%Y-%m-%d}" if entry.local else "no date"


def _table(heads: Sequence[str], rows: Sequence[Markup], kind: str) -> Markup:
    head = element("tr", *(element("th", text, scope="col") for text in heads))
    return element("div", element("table", element("thead", head), element("tbody", *rows), class_=kind), class_="wide")
