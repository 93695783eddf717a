"""`report.html`: one file that needs no network, for a screen, a phone and two sheets of paper.

Every number is written by Python from the very values the CSV files are written from; the page's script only draws
curves and blocks. The content policy allows exactly this script and this style, by their digests, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tracker.page import set_data
from tracker.page.assets import UPLOT_SCRIPT, UPLOT_STYLE, asset, inlined_module
from tracker.reports.asymmetry import judge_asymmetries
from tracker.reports.html.holds import holds_section
from tracker.reports.html.markup import joined
from tracker.reports.html.method import method_section
from tracker.reports.html.reps import reps_section
from tracker.reports.html.sets import set_tables_section, sets_section
from tracker.reports.html.shell import Script, html_page
from tracker.reports.html.sides import overlay_section, sides_section
from tracker.reports.html.top import title_text, top_section
from tracker.reports.session import Session

# Points of all curves together: 16 bytes each, so that an hour of training stays well under a megabyte.
_MOST_POINTS = 20_000
# What the script needs of a rep; the numbers stand in the tables.
_REP_KEYS = ("rep_id", "rep", "status", "struck", "verdict", "sentence", "start_s", "top_s", "lower_s", "end_s")
# So many sets fit on two sheets with their curves two abreast, so many three abreast; of more, the sheets have only
# the tables.
_TWO_ABREAST, _THREE_ABREAST = 2, 6


def report_html(session: Session, earlier: Sequence[Mapping[str, float | None]] = ()) -> str:
    """The page. earlier: asymmetries of the sessions before, newest first."""
    summary = session.summary
    asymmetries = judge_asymmetries(summary.asymmetry_pct, earlier)
    body = joined(
        top_section(session),
        sides_section(summary, asymmetries),
        overlay_section(summary, session.curves),
        set_tables_section(summary),
        holds_section(session.holds),
        sets_section(summary),
        reps_section(summary),
        method_section(session),
    )
    return html_page(
        title_text(session),
        body,
        styles=(asset(UPLOT_STYLE), asset("theme.css"), asset("report.css")),
        scripts=(
            Script(asset(UPLOT_SCRIPT)),
            Script(inlined_module(("blocks.js", "curves.js", "report.js")), is_module=True),
        ),
        data=_drawn(session),
        paper=_paper(len(summary.sets)),
    )


def _paper(set_count: int) -> str:
    if set_count <= _TWO_ABREAST:
        return "two-abreast"
    return "three-abreast" if set_count <= _THREE_ABREAST else "tables-only"


def _drawn(session: Session) -> dict[str, Any]:
    checks = session.header.config.checks
    return {
        "level_good_deg": checks.level_good_deg,
        "level_fault_deg": checks.level_fault_deg,
        "sets": _sets(session),
    }


def _sets(session: Session) -> list[dict[str, Any]]:
    summary = session.summary
    total_s = sum(max(0.0, item.end_s - item.start_s) for item in summary.sets)
    rate_hz = _MOST_POINTS / total_s if total_s > 0 else None
    sets = [set_data(item, summary.reps, session.curves, rate_hz=rate_hz) for item in summary.sets]
    for item in sets:
        item["reps"] = [{key: rep[key] for key in _REP_KEYS} for rep in item["reps"]]
    return sets
