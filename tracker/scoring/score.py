"""The reps that were counted beside those a person saw: precision, recall, F1 and the error of the tops.

precision: counted reps that are true / counted; recall: true reps that were counted / true; F1 their harmonic mean.
Reps are matched one to one by the time of their tops, on whichever leg; a leg that differs is told apart. A counted rep
that is none belongs to the true set in whose time it lies, with one rest of room on either side, else to no set.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from tracker.core.model import NAN, Side
from tracker.core.summary import FinalRep
from tracker.scoring.matching import TOLERANCE_S, matched
from tracker.scoring.truth import TrueRep


@dataclass(frozen=True, slots=True)
class Match:
    """A true rep and the counted one that it is."""

    truth: TrueRep
    counted: FinalRep

    @property
    def error_s(self) -> float:
        """+ = the counted top is later."""
        return self.counted.judged.rep.top_s - self.truth.top_s

    @property
    def is_on_other_side(self) -> bool:
        """True when both name a leg and not the same."""
        side = self.counted.judged.side
        return Side.UNKNOWN not in (side, self.truth.side) and side is not self.truth.side

    @property
    def faults_agree(self) -> bool:
        """True when both say that it was done badly, or both that it was not."""
        return self.truth.is_faulty == bool(self.counted.judged.faults)


@dataclass(frozen=True, slots=True)
class Score:
    """All of a session, or of one set of it. set_number 0 = all, or reps outside of every true set."""

    matches: tuple[Match, ...]
    missed: tuple[TrueRep, ...]
    ghosts: tuple[FinalRep, ...]
    set_number: int = 0
    side: Side = Side.UNKNOWN

    @property
    def true_count(self) -> int:
        """Reps the person saw."""
        return len(self.matches) + len(self.missed)

    @property
    def counted_count(self) -> int:
        """Reps that were counted."""
        return len(self.matches) + len(self.ghosts)

    @property
    def precision(self) -> float:
        """NaN while nothing was counted."""
        return len(self.matches) / self.counted_count if self.counted_count else NAN

    @property
    def recall(self) -> float:
        """NaN while there is no true rep."""
        return len(self.matches) / self.true_count if self.true_count else NAN

    @property
    def f1(self) -> float:
        """NaN while there is nothing on either side."""
        total = self.true_count + self.counted_count
        return 2 * len(self.matches) / total if total else NAN

    @property
    def median_error_s(self) -> float:
        """Of the tops; NaN without a match."""
        return statistics.median(match.error_s for match in self.matches) if self.matches else NAN

    @property
    def largest_error_s(self) -> float:
        """Of the tops, without its sign."""
        return max((abs(match.error_s) for match in self.matches), default=NAN)


def scored(truth: Sequence[TrueRep], reps: Sequence[FinalRep], *, tolerance_s: float = TOLERANCE_S) -> Score:
    """The whole session; truth in order of time."""
    counted = sorted((rep for rep in reps if rep.is_counted), key=lambda rep: rep.judged.rep.top_s)
    pairs = matched([rep.top_s for rep in truth], [rep.judged.rep.top_s for rep in counted], tolerance_s)
    found, used = {one for one, _ in pairs}, {other for _, other in pairs}
    return Score(
        tuple(Match(truth[one], counted[other]) for one, other in pairs),
        tuple(rep for index, rep in enumerate(truth) if index not in found),
        tuple(rep for index, rep in enumerate(counted) if index not in used),
    )


def by_set(score: Score, *, rest_s: float) -> list[Score]:
    """The score of each true set, then of what was counted outside of all of them, if anything was."""
    true_reps = [*(match.truth for match in score.matches), *score.missed]
    spans: dict[int, tuple[float, float]] = {}
    sides: dict[int, Side] = {}
    for rep in sorted(true_reps, key=lambda one: one.top_s):
        start_s, _ = spans.get(rep.set_number, (rep.top_s, rep.top_s))
        spans[rep.set_number] = (start_s, rep.top_s)
        sides.setdefault(rep.set_number, rep.side)

    def place(ghost: FinalRep) -> int:
        top_s = ghost.judged.rep.top_s
        near = [
            (max(start_s - top_s, top_s - end_s, 0.0), number)
            for number, (start_s, end_s) in spans.items()
            if start_s - rest_s <= top_s <= end_s + rest_s
        ]
        return min(near)[1] if near else 0

    places = [(place(ghost), ghost) for ghost in score.ghosts]
    return [
        Score(
            tuple(match for match in score.matches if match.truth.set_number == number),
            tuple(rep for rep in score.missed if rep.set_number == number),
            tuple(ghost for at, ghost in places if at == number),
            number,
            sides.get(number, Side.UNKNOWN),
        )
        for number in [*sorted(spans), *([0] if any(not at for at, _ in places) else [])]
    ]


def by_side(score: Score) -> list[Score]:
    """The score of each leg that the person named; a counted rep that is none stands under its own leg."""
    sides = sorted({rep.side for rep in (*(match.truth for match in score.matches), *score.missed)} - {Side.UNKNOWN})
    return [
        Score(
            tuple(match for match in score.matches if match.truth.side is side),
            tuple(rep for rep in score.missed if rep.side is side),
            tuple(ghost for ghost in score.ghosts if ghost.judged.side is side),
            side=side,
        )
        for side in sides
    ]
