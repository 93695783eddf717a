"""A session in one sentence, and what to do next time: what a person reads first.

A side is told by its two most frequent faults. Cautions are told only where there is no fault, and nothing is called
clean that was not judged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from tracker.core.checks import TABLE
from tracker.core.model import CalibrationKind, RepStatus, Side, Verdict
from tracker.core.summary import FinalRep, SessionSummary

# Each follows "Left side" and is followed by "in 4 of 10".
_AMISS = {
    "full_extension": "short of full extension",
    "level_hips": "not level",
    "pause": "without a pause at the top",
    "slow_lowering": "lowered too fast",
    "neutral_spine": "arched at the lower back",
    "no_kick": "with a swinging free leg",
}
_ORDER = tuple(check.name for check in TABLE)
_CLEAN = "clean"
_AS_FAR_AS_SEEN, _NOT_JUDGED = "good as far as it could be judged", "counted, not judged"
_SAID_OF_BOTH = (_CLEAN, _AS_FAR_AS_SEEN, _NOT_JUDGED)
_TOLD_FAULTS = 2  # a third one is nobody's next task


def verdict_sentence(summary: SessionSummary) -> str:
    """`Left side short of full extension in 4 of 10; right side clean.`"""
    sides = [side for side in Side if any(rep.is_counted and rep.judged.side is side for rep in summary.reps)]
    if not sides:
        return _nothing_counted(summary)
    judged = [_judged(_counted_on(summary, side)) for side in sides]
    if sides == [Side.LEFT, Side.RIGHT] and judged[0] == judged[1] and judged[0] in _SAID_OF_BOTH:
        sentence = f"both sides {judged[0]}"
    else:
        sentence = "; ".join(f"{_name(side, summary)} {words}" for side, words in zip(sides, judged, strict=True))
    if all(rep.judged.calibration is not CalibrationKind.HOLD for rep in summary.reps):
        sentence += " (not calibrated: relative to its own best reps)"
    return f"{sentence[:1].upper()}{sentence[1:]}."


def next_time(summary: SessionSummary) -> str:
    """The cue for what went wrong most often and on which side; empty where nothing did."""
    sides = [side for side in Side if any(rep.is_counted and rep.judged.side is side for rep in summary.reps)]
    for verdict in (Verdict.FAULT, Verdict.CAUTION):
        counts = [
            (count, name, side) for side in sides for name, count in _most_frequent(_counted_on(summary, side), verdict)
        ]
        if counts:
            _, check, side = max(counts, key=lambda item: item[0])  # of equals the first, as in the verdict
            where = f" on the {side.value}" if side.value and len(sides) > 1 else ""
            return f"Next time{where}: {_cue(_counted_on(summary, side), check, verdict)}."
    return ""


def check_counts(reps: Iterable[FinalRep], check: str) -> Counter[Verdict]:
    """How often this check said what, over the counted reps."""
    return Counter(
        finding.verdict for rep in reps if rep.is_counted for finding in rep.judged.findings if finding.check == check
    )


def _counted_on(summary: SessionSummary, side: Side) -> list[FinalRep]:
    return [rep for rep in summary.reps if rep.is_counted and rep.judged.side is side]


def _cue(reps: list[FinalRep], check: str, verdict: Verdict) -> str:
    """What the lifter heard most often about this check."""
    cues = Counter(
        finding.cue
        for rep in reps
        for finding in rep.judged.findings
        if finding.check == check and finding.verdict is verdict
    )
    return cues.most_common(1)[0][0]


def _name(side: Side, summary: SessionSummary) -> str:
    if side.value:
        return f"{side.value} side"
    return "reps" if len(_counted_on(summary, side)) > 1 else "the rep"


def _judged(reps: list[FinalRep]) -> str:
    faults = _most_frequent(reps, Verdict.FAULT)
    if faults:
        first, *others = faults[:_TOLD_FAULTS]
        words = [f"{_amiss(first[0])} in {_share(first[1], len(reps))}"]
        words += [f"{_amiss(name)} in {count}" for name, count in others]
        return ", ".join(words)
    cautions = _most_frequent(reps, Verdict.CAUTION)
    if cautions:
        name, count = cautions[0]
        return f"without a fault, a little {_amiss(name)} in {_share(count, len(reps))}"
    if all(rep.is_clean for rep in reps):
        return _CLEAN
    if any(rep.judged.findings for rep in reps):
        return _AS_FAR_AS_SEEN
    return _NOT_JUDGED


def _most_frequent(reps: list[FinalRep], verdict: Verdict) -> list[tuple[str, int]]:
    """Checks with how many reps they said this of, the most frequent first, else in the table's order."""
    names = dict.fromkeys((*_ORDER, *(finding.check for rep in reps for finding in rep.judged.findings)))
    counts = [(name, check_counts(reps, name)[verdict]) for name in names]
    return sorted((item for item in counts if item[1]), key=lambda item: -item[1])


def _amiss(check: str) -> str:
    return _AMISS.get(check, f"amiss ({check.replace('_', ' ')})")


def _share(count: int, total: int) -> str:
    if total == 1:
        return "the only rep"
    return f"all {total}" if count == total else f"{count} of {total}"


def _nothing_counted(summary: SessionSummary) -> str:
    if any(rep.is_struck for rep in summary.reps):
        return "No rep counts: all were struck."
    partials = sum(rep.judged.status is RepStatus.PARTIAL for rep in summary.reps)
    if partials:
        which = "the only one" if partials == 1 else f"all {partials}"
        return f"No rep was counted: {which} came only part of the way up."
    return nothing_measured(summary) or "No rep was counted."


def nothing_measured(summary: SessionSummary) -> str:
    """Why there is not even a signal; empty where there is one."""
    if summary.started is not None:
        return ""
    count = summary.ended.sample_count if summary.ended is not None else 0
    if not count:
        return "Nothing was measured: no samples came."
    few = "one sample has" if count == 1 else f"{count} samples have"
    return f"Nothing was measured: {few} no rate. Too few came, or their times do not go on."
