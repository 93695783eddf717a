"""The sentence at the top: what went wrong, on which side, how often; and what to do next time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.core.bookkeeping import fold
from tracker.core.events import RepJudged, RepStruck, SetStarted, StreamStarted
from tracker.core.model import CalibrationKind, Finding, JudgedRep, Rep, RepStatus, Side, Verdict
from tracker.core.summary import SessionSummary
from tracker.reports.verdict import next_time, verdict_sentence

Checks = dict[str, Verdict]
GOOD: Checks = {"full_extension": Verdict.GOOD, "level_hips": Verdict.GOOD}
SHORT: Checks = {**GOOD, "full_extension": Verdict.FAULT}
TILTED: Checks = {**GOOD, "level_hips": Verdict.FAULT}
NEARLY: Checks = {**GOOD, "level_hips": Verdict.CAUTION}
UNSURE: Checks = {**GOOD, "neutral_spine": Verdict.UNSURE}


def summary_of(
    *reps: tuple[Side, Checks],
    kind: CalibrationKind = CalibrationKind.HOLD,
    status: RepStatus = RepStatus.REP,
    struck: Sequence[int] = (),
) -> SessionSummary:
    events: list[Any] = [StreamStarted(0.0, 0.0, 50.0, 50.0, True), SetStarted(1.0, 1.0, 1, Side.LEFT)]
    for number, (side, verdicts) in enumerate(reps):
        findings = tuple(Finding(check, verdict, 1.0, f"mend {check}") for check, verdict in verdicts.items())
        start_s = 10.0 * number
        rep = Rep(start_s, start_s + 1, start_s + 2, start_s + 3)
        events.append(RepJudged(start_s, start_s, JudgedRep(number, 1, number + 1, side, status, kind, rep, findings)))
    return fold([*events, *(RepStruck(99.0, 99.0, rep_id) for rep_id in struck)])


def left(*checks: Checks) -> list[tuple[Side, Checks]]:
    return [(Side.LEFT, one) for one in checks]


def right(*checks: Checks) -> list[tuple[Side, Checks]]:
    return [(Side.RIGHT, one) for one in checks]


@pytest.mark.parametrize(
    ("reps", "sentence"),
    [
        (
            [*left(*[SHORT] * 4, *[GOOD] * 6), *right(*[GOOD] * 10)],
            "Left side short of full extension in 4 of 10; right side clean.",
        ),
        ([*left(GOOD), *right(GOOD)], "Both sides clean."),
        ([*left(SHORT, TILTED, TILTED)], "Left side not level in 2 of 3, short of full extension in 1."),
        ([*right(SHORT, SHORT)], "Right side short of full extension in all 2."),
        ([*right(SHORT)], "Right side short of full extension in the only rep."),
        ([*left(NEARLY, GOOD)], "Left side without a fault, a little not level in 1 of 2."),
        ([*left(UNSURE, GOOD)], "Left side good as far as it could be judged."),
        ([*left({})], "Left side counted, not judged."),
        ([(Side.UNKNOWN, SHORT), (Side.UNKNOWN, GOOD)], "Reps short of full extension in 1 of 2."),
        ([(Side.UNKNOWN, GOOD)], "The rep clean."),
        ([*left(UNSURE), *right(UNSURE)], "Both sides good as far as it could be judged."),
        ([*left({"some_check": Verdict.FAULT})], "Left side amiss (some check) in the only rep."),
    ],
)
def test_sentences(reps: list[tuple[Side, Checks]], sentence: str) -> None:
    """Each side by its two most frequent faults; nothing clean that was not judged."""
    assert verdict_sentence(summary_of(*reps)) == sentence


def test_not_calibrated_is_said_in_the_sentence() -> None:
    """Clean next to one's own best reps is less than clean."""
    found = verdict_sentence(summary_of(*left(GOOD), *right(GOOD), kind=CalibrationKind.AUTO))
    assert found == "Both sides clean (not calibrated: relative to its own best reps)."


@pytest.mark.parametrize(
    ("summary", "sentence"),
    [
        (lambda: fold([]), "Nothing was measured: no samples came."),
        (summary_of, "No rep was counted."),
        (lambda: summary_of(*left(GOOD), struck=[0]), "No rep counts: all were struck."),
        (
            lambda: summary_of(*left({}, {}), status=RepStatus.PARTIAL),
            "No rep was counted: all 2 came only part of the way up.",
        ),
        (
            lambda: summary_of(*left({}), status=RepStatus.PARTIAL),
            "No rep was counted: the only one came only part of the way up.",
        ),
    ],
)
def test_nothing_counted(summary: Callable[[], SessionSummary], sentence: str) -> None:
    """Why there is nothing to say."""
    assert verdict_sentence(summary()) == sentence
    assert next_time(summary()) == ""


def test_next_time_is_the_most_frequent_fault() -> None:
    """Over both sides, with the side where there are two; of equals the first of the verdict; then cautions."""
    assert next_time(summary_of(*left(SHORT), *right(TILTED, TILTED))) == "Next time on the right: mend level_hips."
    assert next_time(summary_of(*left(TILTED, SHORT))) == "Next time: mend full_extension."
    assert next_time(summary_of(*left(NEARLY, GOOD))) == "Next time: mend level_hips."
    assert next_time(summary_of(*left(GOOD))) == ""
