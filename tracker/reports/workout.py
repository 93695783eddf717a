"""A session as training diaries see it: a workout of sets on one leg each, with load, reps and a note."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from tracker.core.model import Side, Verdict
from tracker.core.summary import FinalRep, SetSummary
from tracker.errors import TrackerError
from tracker.header import BODYWEIGHT
from tracker.reports.session import Session
from tracker.words import CHECK_WORDS

EXERCISE = "Single Leg Hip Thrust"  # as the diaries' own lists of exercises call it
TITLE = "Single-leg hip thrusts"


@dataclass(frozen=True, slots=True)
class WorkoutSet:
    """One set: when it began (UTC), how long it took [s], the load (0 = none said), and what is worth noting."""

    side: Side
    started_at: datetime
    duration_s: float
    rep_count: int
    load_kg: float
    note: str


@dataclass(frozen=True, slots=True)
class Workout:
    """All sets that have reps. started_at, ended_at: in the person's own time zone."""

    started_at: datetime
    ended_at: datetime
    exercise: str
    sets: tuple[WorkoutSet, ...]

    @property
    def duration_s(self) -> float:
        """From the first sample to the last."""
        return (self.ended_at - self.started_at).total_seconds()


def workout_of(session: Session) -> Workout:
    """The workout. Raises TrackerError where there is no moment or no rep: a diary needs both."""
    header, summary, zero = session.header, session.summary, session.zero
    if zero is None:
        raise TrackerError(
            "A training diary needs a date, and this file does not tell when it began.",
            hint="Say it: --started-at 2025-12-24T18:00",
        )
    sets = [item for item in summary.sets if item.rep_count]
    if not sets:
        raise TrackerError("No rep was counted, so there is nothing to put into a diary.")
    zone = timezone(timedelta(seconds=header.utc_offset_s or 0))
    duration_s = summary.ended.duration_s if summary.ended else sets[-1].end_s
    load_kg = header.load_kg if header.load_kg > 0 else 0.0  # also where it was not said (NaN)
    kind = "" if header.load_type in ("", BODYWEIGHT) else f" ({header.load_type.capitalize()})"
    return Workout(
        zero.astimezone(zone),
        (zero + timedelta(seconds=duration_s)).astimezone(zone),
        EXERCISE + kind,
        tuple(
            WorkoutSet(
                item.side,
                (zero + timedelta(seconds=item.start_s)).astimezone(UTC),
                item.end_s - item.start_s,
                item.rep_count,
                load_kg,
                _note(item, [rep for rep in summary.reps if rep.judged.set_number == item.set_number]),
            )
            for item in sets
        ),
    )


def _note(item: SetSummary, reps: list[FinalRep]) -> str:
    """`left: 4 of 5 clean; hips not level 1`."""
    clean = f"{item.clean_count} of {item.rep_count} clean"
    findings = [finding for rep in reps if rep.is_counted for finding in rep.judged.findings]
    faults = [finding.check for finding in findings if finding.verdict is Verdict.FAULT]
    words = [f"{CHECK_WORDS.get(check, check)} {faults.count(check)}" for check in dict.fromkeys(faults)]
    return f"{item.side.value or 'leg not said'}: {'; '.join([clean, *words])}"
