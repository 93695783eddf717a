"""Left beside right: the numbers of each side, their asymmetry, what each check said, and the overlay of all reps."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tracker.core.checks import TABLE
from tracker.core.model import Side, Verdict
from tracker.core.summary import SessionSummary, SideSummary, median
from tracker.page.curves import Curves
from tracker.page.overlay import overlays
from tracker.reports.asymmetry import FLAG_PCT, METRICS, SESSIONS, WATCH_PCT, Asymmetry
from tracker.reports.html.markup import Markup, element, joined
from tracker.reports.html.numbers import shown, whole
from tracker.reports.html.svg import drop_frame, overlay_svg, rise_frame
from tracker.reports.verdict import check_counts

CHECK_NAMES = {
    "full_extension": "Full extension",
    "level_hips": "Level hips",
    "pause": "Pause at the top",
    "slow_lowering": "Slow lowering",
    "neutral_spine": "Neutral spine",
    "no_kick": "Still free leg",
}
_SIDE_NAMES = {Side.LEFT: "Left", Side.RIGHT: "Right", Side.UNKNOWN: "Side not declared"}

_DIFFERENCE = " L – R: the difference in % of the larger of the two, + = more on the left."

Cell = Callable[[SideSummary], Markup]


def sides_section(summary: SessionSummary, asymmetries: Sequence[Asymmetry]) -> Markup:
    """Two tables: numbers with asymmetry, and checks."""
    if not summary.sides:
        return Markup("")
    by_metric = {one.metric: one for one in asymmetries}
    has_both = {Side.LEFT, Side.RIGHT} <= {one.side for one in summary.sides}
    heads = ["", *(_SIDE_NAMES[one.side] for one in summary.sides), *(["L – R, %"] if has_both else [])]
    rows = [
        element(
            "tr",
            element("th", name, scope="row"),
            *(element("td", cell(one)) for one in summary.sides),
            *([element("td", _difference(by_metric.get(metric)))] if has_both else []),
        )
        for name, metric, cell in _rows(summary)
    ]
    return element(
        "section",
        element("h2", "Left and right" if has_both else "The session in numbers"),
        element(
            "div",
            _table(heads, rows, "numbers sides"),
            element("p", f"Medians over the counted reps.{_DIFFERENCE if has_both else ''}", class_="fine"),
        ),
        element("div", _checks_table(summary), _rule(asymmetries) if has_both else _one_side(summary)),
        class_="sides-section",
    )


def overlay_section(summary: SessionSummary, curves: Curves) -> Markup:
    """All reps over each other, left against right."""
    drawn = overlays(summary.reps, curves)
    if not drawn:
        return Markup("")
    mirrored = any(one.side is not Side.UNKNOWN for one in drawn)
    key = joined(
        *(
            element(
                "span",
                element("i", class_=f"swatch {one.side.value or 'undeclared'}"),
                f"{_SIDE_NAMES[one.side]} ({one.rep_count})",
            )
            for one in drawn
        )
    )
    return element(
        "section",
        element("h2", "All reps laid over each other"),
        element("p", key, class_="key"),
        element(
            "div",
            overlay_svg(rise_frame(), [(one, one.height_pct) for one in drawn]),
            overlay_svg(drop_frame(drawn, is_mirrored=mirrored), [(one, one.drop_deg) for one in drawn]),
            class_="two",
        ),
        element(
            "p",
            "Thick: the mean; shaded: one standard deviation to each side; thin: every rep. "
            "Rise is the angle of the pelvis, 100 = the full range.",
            class_="fine",
        ),
    )


def _rows(summary: SessionSummary) -> list[tuple[str, str, Cell]]:
    def lowering(one: SideSummary) -> Markup:
        numbers = {item.set_number for item in summary.sets if item.side is one.side}
        reps = [rep.judged for rep in summary.reps if rep.is_counted and rep.judged.set_number in numbers]
        return shown("eccentric_s", median(judged.rep.eccentric_s for judged in reps))

    rows: list[tuple[str, str, Cell]] = [
        ("Reps counted", "reps", lambda one: whole(one.rep_count)),
        ("Clean reps", "", lambda one: whole(one.clean_count)),
        ("Partial reps (not counted)", "", lambda one: whole(one.partial_count)),
        ("Lift, cm", "lift", lambda one: shown("median_lift_cm", one.median_lift_cm)),
        ("Short of full extension, °", "", lambda one: shown("x_deg", one.median_top_inclination_deg)),
        ("Free hip lower at the top, °", "", lambda one: shown("x_deg", one.median_free_side_drop_deg)),
        ("Pause at the top, s", "hold", lambda one: shown("x_s", one.median_hold_s)),
        ("Lowering, s", "", lowering),
        ("Mean velocity up, m/s", "mean_velocity", lambda one: shown("x_mps", one.median_mean_velocity_mps)),
        ("Time under tension, s", "", lambda one: shown("time_under_tension_s", one.time_under_tension_s)),
    ]
    if any(one.volume_kg == one.volume_kg for one in summary.sides):
        rows.append(("Volume, kg", "", lambda one: shown("volume_kg", one.volume_kg)))
    return rows


def _difference(asymmetry: Asymmetry | None) -> Markup:
    if asymmetry is None:
        return Markup("")
    return element("span", shown("x_pct", asymmetry.value_pct), class_=f"standing {asymmetry.standing.value}".strip())


def _checks_table(summary: SessionSummary) -> Markup:
    """Of each check: how many reps were good, nearly good, faulty or could not be judged, side by side."""
    rows: list[Markup] = []
    for name in dict.fromkeys(check.name for check in TABLE):
        cells: list[Markup] = []
        for side in (one.side for one in summary.sides):
            counts = check_counts((rep for rep in summary.reps if rep.judged.side is side), name)
            cells.append(element("td", _counts_words(counts)))
        if any(cell != element("td", "–") for cell in cells):
            rows.append(element("tr", element("th", CHECK_NAMES.get(name, name), scope="row"), *cells))
    if not rows:
        return Markup("")
    return _table(["Check", *(_SIDE_NAMES[one.side] for one in summary.sides)], rows, "checks")


def _counts_words(counts: dict[Verdict, int]) -> Markup:
    words = {
        Verdict.FAULT: "fault",
        Verdict.CAUTION: "nearly good",
        Verdict.UNSURE: "not sure",
        Verdict.GOOD: "good",
    }
    parts = [
        element("span", f"{counts[verdict]} {word}", class_=f"verdict-{verdict.value}")
        for verdict, word in words.items()
        if counts.get(verdict)
    ]
    if not parts:
        return Markup("–")
    return joined(*(part for index, one in enumerate(parts) for part in ([Markup(", ")] * bool(index) + [one])))


def _rule(asymmetries: Sequence[Asymmetry]) -> Markup:
    """What the asymmetries mean, in words."""
    lines = [element("li", element("b", METRICS[one.metric]), f": {one.sentence}") for one in asymmetries]
    return element(
        "div",
        element("h3", "Asymmetry"),
        element("ul", *lines, class_="asymmetry"),
        element(
            "p",
            f"From {WATCH_PCT:.0f} % on it is worth a look; above {FLAG_PCT:.0f} % it is a flag only when {SESSIONS} "
            "sessions in a row agree: healthy people score 99 ± 12 % (Roberti 2024, IJSPT 19(12)).",
            class_="fine",
        ),
    )


def _one_side(summary: SessionSummary) -> Markup:
    sides = {one.side for one in summary.sides} - {Side.UNKNOWN}
    if not sides:
        return Markup("")
    other = "right" if Side.LEFT in sides else "left"
    return element("p", f"The {other} side was not trained: left and right can not be compared.", class_="fine")


def _table(heads: Sequence[str], rows: Sequence[Markup], kind: str) -> Markup:
    head = element("tr", *(element("th", text, scope="col") for text in heads))
    return element("table", element("thead", head), element("tbody", *rows), class_=kind)
