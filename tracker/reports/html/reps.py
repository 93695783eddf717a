"""Every rep with its numbers: the rows of `reps.csv` for reading."""

from __future__ import annotations

from tracker.core.model import RepStatus, Verdict
from tracker.core.summary import FinalRep, SessionSummary
from tracker.reports.csv import CHECKS
from tracker.reports.html.markup import Markup, element
from tracker.reports.html.numbers import NOT_MEASURED, shown

COLUMNS = (
    ("start_s", "Start, s"),
    ("concentric_s", "Up, s"),
    ("hold_s", "Pause, s"),
    ("eccentric_s", "Down, s"),
    ("lift_cm", "Lift, cm"),
    ("lift_pct", "Lift, %"),
    ("range_deg", "Range, °"),
    ("top_inclination_deg", "Short, °"),
    ("level_top_deg", "Level, °"),
    ("free_side_drop_deg", "Free hip lower, °"),
    ("arch_deg", "Arch, °"),
    ("mean_velocity_mps", "Velocity, m/s"),
    ("peak_velocity_mps", "Peak, m/s"),
)
_CHECK_HEADS = ("Extension", "Level", "Pause", "Lowering", "Spine")
_WORDS = {
    Verdict.GOOD: "good",
    Verdict.CAUTION: "nearly",
    Verdict.FAULT: "fault",
    Verdict.UNSURE: "not sure",
    Verdict.NOT_MEASURED: NOT_MEASURED,
}


def reps_section(summary: SessionSummary) -> Markup:
    """A table that opens on demand."""
    if not summary.reps:
        return Markup("")
    heads = ("Set", "Side", "Rep", *(name for _, name in COLUMNS), *_CHECK_HEADS)
    head = element("tr", *(element("th", text, scope="col") for text in heads))
    table = element("table", element("thead", head), element("tbody", *map(_row, summary.reps)), class_="numbers reps")
    return element(
        "section",
        element(
            "details",
            element("summary", f"All numbers of all {len(summary.reps)} reps and partials"),
            element("div", table, class_="wide"),
            element("p", "Still more columns, and all digits, are in reps.csv beside this page.", class_="fine"),
        ),
        class_="screen-only",
    )


def _row(rep: FinalRep) -> Markup:
    judged = rep.judged
    verdicts = {finding.check: finding.verdict for finding in judged.findings}
    number = f"{judged.number}" if judged.status is RepStatus.REP else f"partial {judged.number}"
    cells = [element("td", _value(judged_name, rep)) for judged_name, _ in COLUMNS]
    for check in CHECKS:
        verdict = verdicts.get(check, Verdict.NOT_MEASURED)
        cells.append(element("td", _WORDS[verdict], class_=f"verdict-{verdict.value or 'none'}"))
    return element(
        "tr",
        element("td", str(judged.set_number)),
        element("td", judged.side.value or NOT_MEASURED),
        element("td", f"{number}{' (struck)' if rep.is_struck else ''}"),
        *cells,
        data_rep_id=str(judged.rep_id),
        class_=None if rep.is_counted else "not-counted",
    )


def _value(name: str, rep: FinalRep) -> Markup:
    if name == "free_side_drop_deg":
        return shown(name, rep.judged.rep.free_side_drop_deg(rep.judged.side))
    return shown(name, getattr(rep.judged.rep, name))
