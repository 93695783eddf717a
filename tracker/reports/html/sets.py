"""Set by set: the blocks and curves (drawn by the page's own script), the numbers of `sets.csv`, and what changed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from tracker.core.model import CalibrationKind, Rep, Side
from tracker.core.summary import FinalRep, SessionSummary, SetSummary, measured
from tracker.reports.html.markup import Markup, element
from tracker.reports.html.numbers import NOT_MEASURED, clock_text, shown, whole
from tracker.words import CHECK_WORDS

DRIFT_CAUTION_DEG = 5.0  # a set in which the free hip drops this much further is worth a look; our own choice
DRIFT_FATIGUE_DEG = 8.0  # well above the detectable change of 6.6 deg (Andrade 2012)
_GROUP = 3  # first and last three, as in level_drift_deg

# Numbers of a set as they stand in sets.csv: column, what it is called.
COLUMNS = (
    ("median_lift_cm", "Lift, cm"),
    ("median_top_inclination_deg", "Short, °"),
    ("median_level_top_deg", "Level, °"),
    ("level_drift_deg", "Level drift, °"),
    ("velocity_loss_pct", "Velocity loss, %"),
    ("tempo_cv_pct", "Tempo spread, %"),
    ("time_under_tension_s", "Under tension, s"),
    ("rest_before_s", "Rest before, s"),
)
# What is compared between the first and the last three reps: name, unit's column, how to read it.
_TRENDS: tuple[tuple[str, str, Callable[[Rep], float]], ...] = (
    ("lift", "lift_cm", lambda rep: rep.lift_cm),
    ("short", "top_inclination_deg", lambda rep: rep.top_inclination_deg),
    ("level", "level_top_deg", lambda rep: rep.level_top_deg),
    ("pause", "hold_s", lambda rep: rep.hold_s),
    ("lowering", "eccentric_s", lambda rep: rep.eccentric_s),
    ("velocity", "mean_velocity_mps", lambda rep: rep.mean_velocity_mps),
)
_TREND_HEADS = ("Lift, cm", "Short, °", "Level, °", "Pause, s", "Lowering, s", "Velocity, m/s")


def sets_section(summary: SessionSummary) -> Markup:
    """A figure a set, to be filled by the script."""
    if not summary.sets:
        return Markup("")
    return element(
        "section",
        element("h2", "Set by set"),
        element(
            "p",
            "Pick a rep to see it larger, or drag over a curve; a double click shows the whole set again. "
            "Green bands: the top of each rep. Level: + = right hip high.",
            class_="fine screen-only",
        ),
        element("noscript", element("p", "The curves need JavaScript; every number is in the tables.", class_="fine")),
        element("div", *(_figure(item, summary) for item in summary.sets), class_="sets"),
        class_="sets-section",
    )


def set_title(item: SetSummary) -> str:
    """`Set 2, right: 5 reps, 4 clean, 1 partial`."""
    reps = "1 rep" if item.rep_count == 1 else f"{item.rep_count} reps"
    partials = f", {item.partial_count} partial" if item.partial_count else ""
    side = f", {item.side.value}" if item.side is not Side.UNKNOWN else ""
    return f"Set {item.set_number}{side}: {reps}, {item.clean_count} clean{partials}"


def set_tables_section(summary: SessionSummary) -> Markup:
    """The numbers of every set, and the first three reps against the last three."""
    if not summary.sets:
        return Markup("")
    heads = ("Set", "Side", "Start", "Reps", "Clean", "Partial", *(name for _, name in COLUMNS))
    rows = [
        element(
            "tr",
            element("th", str(item.set_number), scope="row"),
            element("td", item.side.value or NOT_MEASURED),
            element("td", clock_text(item.start_s)),
            *(element("td", whole(count)) for count in (item.rep_count, item.clean_count, item.partial_count)),
            *(element("td", _with_flag(name, getattr(item, name)), data_column=name) for name, _ in COLUMNS),
            data_set=str(item.set_number),
        )
        for item in summary.sets
    ]
    return element(
        "section",
        element("h2", "Drift, tempo, velocity"),
        _scrolled(heads, rows, "numbers sets-table"),
        element(
            "p",
            f"Short: of full extension, 0 = {_zero(summary)}. Level: + = right hip higher. Level drift: last three "
            f"reps less the first three, from six reps on; {DRIFT_CAUTION_DEG:.0f}° is a sign to look at, "
            f"{DRIFT_FATIGUE_DEG:.0f}° of fatigue. Velocity loss: from the fastest rep to the last. Tempo spread: of "
            "the length of the reps, standard deviation in % of the mean.",
            class_="fine",
        ),
        _trends(summary),
    )


def _zero(summary: SessionSummary) -> str:
    """What the angle of extension is measured from."""
    kinds = {rep.judged.calibration for rep in summary.reps}
    if CalibrationKind.AUTO not in kinds:
        return "the calibrated one"
    best = "the mean of the best three reps"
    return f"the calibrated one, or {best} where there was none" if CalibrationKind.HOLD in kinds else best


def _figure(item: SetSummary, summary: SessionSummary) -> Markup:
    amiss = [
        f"{rep.judged.number} {', '.join(CHECK_WORDS[name] for name in rep.judged.faults)}"
        for rep in summary.reps
        if rep.is_counted and rep.judged.set_number == item.set_number and rep.judged.faults
    ]
    return element(
        "figure",
        element("figcaption", set_title(item)),
        element("div", class_="blocks"),
        element("p", " · ".join(amiss), class_="paper-only"),
        element("div", class_="curves"),
        data_set=str(item.set_number),
    )


def _trends(summary: SessionSummary) -> Markup:
    rows = []
    for item in summary.sets:
        reps = [rep for rep in summary.reps if rep.is_counted and rep.judged.set_number == item.set_number]
        if len(reps) >= 2 * _GROUP:
            cells = (element("td", _trend(column, read, reps)) for _, column, read in _TRENDS)
            side = f" {item.side.value}" if item.side.value else ""
            rows.append(element("tr", element("th", f"{item.set_number}{side}", scope="row"), *cells))
    if not rows:
        return element("p", "First three against last three reps: no set had six reps.", class_="fine")
    heads = ("First three → last three", *_TREND_HEADS)
    return _scrolled(heads, rows, "numbers trends")


def _trend(column: str, read: Callable[[Rep], float], reps: Sequence[FinalRep]) -> Markup:
    first, last = (_mean(read(rep.judged.rep) for rep in group) for group in (reps[:_GROUP], reps[-_GROUP:]))
    if math.isnan(first) and math.isnan(last):
        return Markup(NOT_MEASURED)
    return element("span", shown(column, first), " → ", shown(column, last))


def _mean(values: object) -> float:
    known = measured(values)  # type: ignore[arg-type]
    return math.fsum(known) / len(known) if known else math.nan


def _with_flag(name: str, value: float) -> Markup:
    if name != "level_drift_deg" or not abs(value) >= DRIFT_CAUTION_DEG:
        return shown(name, value)
    is_fatigue = abs(value) >= DRIFT_FATIGUE_DEG
    word = " fatigue" if is_fatigue else " look"
    return element("span", shown(name, value), word, class_="verdict-fault" if is_fatigue else "verdict-caution")


def _scrolled(heads: Sequence[str], rows: Sequence[Markup], kind: str) -> Markup:
    head = element("tr", *(element("th", text, scope="col") for text in heads))
    table = element("table", element("thead", head), element("tbody", *rows), class_=kind)
    return element("div", table, class_="wide")
