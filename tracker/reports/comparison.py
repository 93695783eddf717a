"""The same session under other settings: which reps gain or lose which check, and the counts before and after."""

from __future__ import annotations

from collections.abc import Sequence

from tracker.core.config import settings
from tracker.core.model import Verdict
from tracker.core.summary import FinalRep
from tracker.reports.session import Session
from tracker.reports.text import table


def comparison_text(before: Session, after: Session) -> str:
    """What changes from `before` (stored settings) to `after`."""
    old, new = before.summary, after.summary
    changed = [
        f"  {was.key}: {was.value} -> {now.value}"
        for was, now in zip(settings(before.header.config), settings(after.header.config), strict=True)
        if was.value != now.value
    ]
    lines = ["Changed settings:", *(changed or ["  none: these are the stored ones"]), ""]
    counts = [
        ("", "what", "stored", "now"),
        ("", "reps", str(_counted(old.reps)), str(_counted(new.reps))),
        ("", "partials", str(_partials(old.reps)), str(_partials(new.reps))),
        ("", "clean reps", str(sum(r.is_clean for r in old.reps)), str(sum(r.is_clean for r in new.reps))),
    ]
    lines += table(counts)
    differences = [text for text in _differences(old.reps, new.reps) if text]
    return "\n".join([*lines, "", *(differences or ["No rep is judged differently."])])


def pairs(before: Sequence[FinalRep], after: Sequence[FinalRep]) -> list[tuple[FinalRep | None, FinalRep | None]]:
    """Reps of both runs that are the same movement: they overlap in time. In order; None = only in the other."""
    found: list[tuple[FinalRep | None, FinalRep | None]] = []
    left, right = list(before), list(after)
    while left and right:
        first, second = left[0].judged.rep, right[0].judged.rep
        if first.start_s <= second.top_s <= first.end_s or second.start_s <= first.top_s <= second.end_s:
            found.append((left.pop(0), right.pop(0)))
        elif first.top_s < second.top_s:
            found.append((left.pop(0), None))
        else:
            found.append((None, right.pop(0)))
    return [*found, *((rep, None) for rep in left), *((None, rep) for rep in right)]


def _differences(before: Sequence[FinalRep], after: Sequence[FinalRep]) -> list[str]:
    return [_difference(old, new) for old, new in pairs(before, after)]


def _difference(old: FinalRep | None, new: FinalRep | None) -> str:
    if old is None or new is None:
        only = old or new
        return f"{_name(only)}: {'no longer there' if new is None else 'new'}" if only else ""
    changes = []
    if old.is_counted != new.is_counted:
        changes.append("now counted" if new.is_counted else "no longer counted")
    was = {finding.check: finding.verdict for finding in old.judged.findings}
    for finding in new.judged.findings:
        verdict = was.get(finding.check, Verdict.NOT_MEASURED)
        if verdict is not finding.verdict:
            changes.append(
                f"{finding.check} {verdict.value or 'not measured'} -> {finding.verdict.value or 'not measured'}"
            )
    return f"{_name(new)}: {', '.join(changes)}" if changes else ""


def _name(rep: FinalRep) -> str:
    judged = rep.judged
    kind = "" if judged.status.value == "rep" else " partial"
    side = f"{judged.side.value} " if judged.side.value else ""
    return f"set {judged.set_number} {side}{judged.number}{kind} at {judged.rep.top_s:.1f} s"


def _counted(reps: Sequence[FinalRep]) -> int:
    return sum(rep.is_counted for rep in reps)


def _partials(reps: Sequence[FinalRep]) -> int:
    return sum(rep.judged.status.value == "partial" and not rep.is_struck for rep in reps)
