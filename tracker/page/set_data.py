"""One set as plain JSON values: what the live page and the report draw from.

Numbers are rounded as in the CSV files, null = not measured. The level curve is shifted so that at the tops it says
what the reps' numbers say: those may know a better zero than the moment did (without calibration it is the median of
the first three reps, which nobody knows before the third).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from tracker.core.decimals import rounded
from tracker.core.model import NAN, Floats, Rep
from tracker.core.summary import FinalRep, SetSummary, median
from tracker.page.curves import MARGIN_S, Curve, Curves
from tracker.words import rep_sentence

# Longer steps in time are holes in the signal, and drawn as such [s].
HOLE_S = 0.3
# What of a set is drawn as curves, as lists of the same length; the rest of it changes when a rep is struck.
CURVE_COLUMNS = ("t_s", "height_pct", "level_deg")

_NUMBERS = tuple(item.name for item in fields(Rep) if item.name not in ("missing_samples", "lift_is_trusted"))


def set_data(
    item: SetSummary, reps: Sequence[FinalRep], curves: Curves, *, rate_hz: float | None = None
) -> dict[str, Any]:
    """The set `item`; `reps` may hold those of other sets too. rate_hz: about so many points a second, None = all."""
    own = [rep for rep in reps if rep.judged.set_number == item.set_number]
    t_s, height_pct, level_deg, _ = _with_holes(_thinned(_curve(item, own, curves), rate_hz))
    columns = (np.round(t_s, 2).tolist(), _plain(height_pct), _plain(level_deg))
    return {
        "set": item.set_number,
        "side": item.side.value,
        "start_s": rounded("start_s", item.start_s),
        "end_s": rounded("end_s", item.end_s),
        **dict(zip(CURVE_COLUMNS, columns, strict=True)),
        "reps": [rep_data(rep) for rep in own],
    }


def set_curve(item: SetSummary, own: Sequence[FinalRep], curves: Curves) -> Curve:
    """The curves around the set, with all their points; `own` are its reps."""
    return _with_holes(_curve(item, own, curves))


def _curve(item: SetSummary, own: Sequence[FinalRep], curves: Curves) -> Curve:
    curve = curves.between(item.start_s - MARGIN_S, item.end_s + MARGIN_S)
    return curve._replace(level_deg=curve.level_deg + level_shift_deg(curve, own))


def rep_data(rep: FinalRep) -> dict[str, Any]:
    """One rep or partial: numbers, verdicts, and the sentence of the screens."""
    judged = rep.judged
    said = rep_sentence(judged)
    return {
        "rep_id": judged.rep_id,
        "rep": judged.number,
        "side": judged.side.value,
        "counted": rep.is_counted,
        "struck": rep.is_struck,
        "status": judged.status.value,
        "calibration": judged.calibration.value,
        "clean": rep.is_clean,
        "verdict": said.verdict.value,
        "sentence": said.text,
        "findings": [
            {
                "check": finding.check,
                "verdict": finding.verdict.value,
                "value": rounded(finding.check, finding.value),
                "cue": finding.cue,
            }
            for finding in judged.findings
        ],
        **{name: rounded(name, getattr(judged.rep, name)) for name in _NUMBERS},
        "free_side_drop_deg": rounded("free_side_drop_deg", judged.rep.free_side_drop_deg(judged.side)),
        "gap": judged.rep.missing_samples,
    }


def level_shift_deg(curve: Curve, reps: Sequence[FinalRep]) -> float:
    """What to add to the level curve so that its tops agree with the reps' numbers; 0 where there is nothing to say."""
    apart = median(
        rep.judged.rep.level_top_deg - _median_between(curve, rep.judged.rep.top_s, rep.judged.rep.lower_s)
        for rep in reps
    )
    return apart if np.isfinite(apart) else 0.0


def _median_between(curve: Curve, start_s: float, end_s: float) -> float:
    if not start_s <= end_s:  # the movement was cut off
        return NAN
    first, stop = np.searchsorted(curve.t_s, (start_s, end_s))
    return median(curve.level_deg[int(first) : int(stop) + 1].tolist())


def _thinned(curve: Curve, rate_hz: float | None) -> Curve:
    if rate_hz is None or len(curve.t_s) < 2:
        return curve
    step = max(1, round(1.0 / (rate_hz * float(np.median(np.diff(curve.t_s))))))
    return Curve(*(values[::step] for values in curve))


def _with_holes(curve: Curve) -> Curve:
    """A point of nothing in each hole, so that no line is drawn across it."""
    if len(curve.t_s) < 2:
        return curve
    step_s = np.diff(curve.t_s)
    before = np.flatnonzero(step_s > max(HOLE_S, 3 * float(np.median(step_s)))) + 1
    return Curve(
        np.insert(curve.t_s, before, (curve.t_s[before - 1] + curve.t_s[before]) / 2),
        *(np.insert(values, before, np.nan) for values in curve[1:]),
    )


def _plain(values: Floats) -> list[float | None]:
    """One decimal: a tenth of a percent, a tenth of a degree; None where nothing was measured."""
    plain: list[float | None] = (np.round(values, 1) + 0.0).tolist()
    for place in np.flatnonzero(np.isnan(values)):
        plain[place] = None
    return plain
