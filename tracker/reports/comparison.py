"""The same session under other settings: what is counted before and after, and which rep gains or loses which check."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tracker.core.config import settings
from tracker.core.model import Finding, Verdict
from tracker.core.summary import FinalRep
from tracker.reports.counts import COUNT_COLUMNS, counts_of
from tracker.reports.session import Session
from tracker.reports.text import table

_ABSENT = "-"
_WORDS = (1, 4)  # columns of words in the table of reps: side, what


def comparison_text(before: Session, after: Session) -> str:
    """What changes from `before` (stored settings) to `after`."""
    changed = [
        f"  {was.key}: {_value(was.value)} -> {_value(now.value)}"
        for was, now in zip(settings(before.header.config), settings(after.header.config), strict=True)
        if was.value != now.value
    ]
    counts = zip(COUNT_COLUMNS, counts_of(before.summary).row, counts_of(after.summary).row, strict=True)
    rows = [
        ("", name.replace("_", " "), str(old), str(new), f"{new - old:+d}" if new != old else "")
        for name, old, new in counts
    ]
    differences = list(_differences(before.summary.reps, after.summary.reps))
    return "\n".join(
        [
            *("Changed settings:", *(changed or ["  none: these are the stored ones"]), ""),
            *(*table([("", "counts", "stored", "now", "change"), *rows]), ""),
            *(_rep_table(differences) if differences else ["No rep is judged differently."]),
        ]
    )


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


def _rep_table(differences: Sequence[tuple[str, ...]]) -> list[str]:
    headings = ("set", "side", "rep", "top s", "what", "stored", "now")
    return ["Reps that are judged differently:", *table([headings, *differences], words=_WORDS)]


def _differences(before: Sequence[FinalRep], after: Sequence[FinalRep]) -> Iterator[tuple[str, ...]]:
    """A row for each thing that is otherwise: the rep itself, or one of its checks."""
    for old, new in pairs(before, after):
        shown = new or old
        if shown is None:
            continue
        judged = shown.judged
        place = (str(judged.set_number), judged.side.value or _ABSENT, str(judged.number), f"{judged.rep.top_s:.1f}")
        if _status(old) != _status(new):
            yield (*place, "rep", _status(old), _status(new))
        if old is None or new is None:
            continue
        was = {finding.check: finding for finding in old.judged.findings}
        for finding in new.judged.findings:
            stored, now = _verdict(was.get(finding.check)), _verdict(finding)
            if stored != now:
                yield (*place, finding.check.replace("_", " "), stored, now)


def _status(rep: FinalRep | None) -> str:
    if rep is None:
        return _ABSENT
    if rep.is_struck:
        return "struck"
    return "counted" if rep.is_counted else rep.judged.status.value


def _verdict(finding: Finding | None) -> str:
    return "not measured" if finding is None or finding.verdict is Verdict.NOT_MEASURED else finding.verdict.value


def _value(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value).lower()
