"""A score as a table with a sentence of what to look at, and as plain values for programs."""

from __future__ import annotations

import math
from typing import Any

from tracker.core.decimals import round_to
from tracker.core.model import Side
from tracker.core.summary import FinalRep
from tracker.reports.text import table
from tracker.scoring.score import Score, by_set, by_side
from tracker.scoring.truth import TrueRep

_HEADINGS = (
    *("", "side", "true", "counted", "matched", "missed", "ghosts"),
    *("precision", "recall", "F1", "top s", "largest s"),
)
_WORDS = (0, 1)


def score_text(score: Score, *, rest_s: float) -> str:
    """A row a set, a row a leg, a row for all; then what was missed and what was counted without a rep, in one line."""
    rows = [_row(f"set {one.set_number}" if one.set_number else "no set", one) for one in by_set(score, rest_s=rest_s)]
    sides = by_side(score)
    if len(sides) > 1:
        rows += [_row("leg", one) for one in sides]
    rows.append(_row("all", score))
    return "\n".join([*table([_HEADINGS, *rows], words=_WORDS), "", _verdict(score), *_side_notes(score)])


def score_dict(score: Score, *, rest_s: float) -> dict[str, Any]:
    """The same as plain JSON values; null = nothing to divide by."""
    return {
        **_values(score),
        "sets": [
            {"set": one.set_number or None, "side": one.side.value, **_values(one)}
            for one in by_set(score, rest_s=rest_s)
        ],
        "missed": [{"top_s": rep.top_s, "side": rep.side.value} for rep in score.missed],
        "ghosts": [
            {"top_s": round_to(rep.judged.rep.top_s, 3), "side": rep.judged.side.value, "rep_id": rep.judged.rep_id}
            for rep in score.ghosts
        ],
    }


def _values(score: Score) -> dict[str, Any]:
    return {
        "true": score.true_count,
        "counted": score.counted_count,
        "matched": len(score.matches),
        "precision": round_to(score.precision, 4),
        "recall": round_to(score.recall, 4),
        "f1": round_to(score.f1, 4),
        "median_error_s": round_to(score.median_error_s, 3),
        "largest_error_s": round_to(score.largest_error_s, 3),
    }


def _row(name: str, score: Score) -> tuple[str, ...]:
    counts = (score.true_count, score.counted_count, len(score.matches), len(score.missed), len(score.ghosts))
    return (
        *(name, score.side.value or "-"),
        *map(str, counts),
        *(_number(value, "{:.3f}") for value in (score.precision, score.recall, score.f1)),
        _number(score.median_error_s, "{:+.2f}"),
        _number(score.largest_error_s, "{:.2f}"),
    )


def _verdict(score: Score) -> str:
    if not score.missed and not score.ghosts:
        return "Every true rep was counted, and nothing else." if score.true_count else "No rep, and none was counted."
    parts = []
    if score.missed:
        parts.append(f"Missed: {', '.join(_true_place(rep) for rep in score.missed)}.")
    if score.ghosts:
        parts.append(f"Counted without a rep: {', '.join(_place(rep) for rep in score.ghosts)}.")
    return " ".join(parts)


def _side_notes(score: Score) -> list[str]:
    other = [match for match in score.matches if match.is_on_other_side]
    lines = [f"Counted on the other leg: {', '.join(_true_place(match.truth) for match in other)}."] if other else []
    faulty = [match for match in score.matches if match.truth.is_faulty]
    if faulty:
        found = sum(match.faults_agree for match in faulty)
        wrong = [match for match in score.matches if not match.truth.is_faulty and not match.faults_agree]
        rest = len(score.matches) - len(faulty)
        lines.append(
            f"Of {len(faulty)} reps marked as done badly {found} were judged so; of {rest} others {len(wrong)} were."
        )
    return lines


def _true_place(rep: TrueRep) -> str:
    return f"{_side(rep.side)}{rep.top_s:.1f} s"


def _place(rep: FinalRep) -> str:
    return f"{_side(rep.judged.side)}{rep.judged.rep.top_s:.1f} s"


def _side(side: Side) -> str:
    return f"{side.value} at " if side is not Side.UNKNOWN else "at "


def _number(value: float, pattern: str) -> str:
    return "-" if math.isnan(value) else pattern.format(value)
