"""The single-leg bridge hold test on the page, where there was one."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tracker.core.bridge_hold import BridgeHold
from tracker.reports.holds import NORM_WORDS, hold_asymmetry_pct
from tracker.reports.html.markup import Markup, element
from tracker.reports.html.numbers import NOT_MEASURED, clock_text, shown
from tracker.words import HOLD_END_WORDS


def holds_section(holds: Sequence[BridgeHold]) -> Markup:
    """A row a hold, and the norm for what it is."""
    if not holds:
        return Markup("")
    head = element("tr", *(element("th", text, scope="col") for text in ("Side", "Start", "Seconds", "Ended by")))
    rows = [
        element(
            "tr",
            element("th", one.side.value or NOT_MEASURED, scope="row"),
            element("td", clock_text(one.start_s)),
            element("td", shown("duration_s", one.duration_s)),
            element("td", HOLD_END_WORDS[one.ended_by]),
        )
        for one in holds
    ]
    difference = hold_asymmetry_pct(holds)
    compared = [] if math.isnan(difference) else [" Longest, left – right: ", shown("x_pct", difference), " %."]
    return element(
        "section",
        element("h2", "Bridge hold"),
        element("table", element("thead", head), element("tbody", *rows), class_="numbers holds"),
        element("p", NORM_WORDS, *compared, class_="fine"),
    )
