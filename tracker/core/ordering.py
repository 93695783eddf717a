"""Counted rows, each once and in order.

In: `Run`s in order of arrival, with gaps, repetitions and swaps in their index. Out: `Run`s whose index rises by
exactly one inside; between them lie gaps that will not be filled any more.

Idea: the usual run continues the last one without a hole and passes untouched. Only where the index jumps is it cut;
a piece that is ahead waits until the hole is filled or `reorder_s` of later samples have come. Samples are counted,
not time, and in order of arrival, so that batching can not change what is given up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from tracker.core.model import Ints
from tracker.core.runs import Account, Run

# So many holes are remembered, to tell a late row from a repeated one: a late row comes within a second.
REMEMBERED_HOLES = 16


@dataclass(slots=True)
class Ordering:
    """Carries the pieces that wait. `patience`: rows that may overtake a missing one before it is given up."""

    patience: int
    account: Account
    _next: int = 0
    _waiting: list[Run] = field(default_factory=list)
    _holes: list[tuple[float, int]] = field(default_factory=lambda: [(-math.inf, 0)])  # start, stop; given up

    def feed(self, run: Run) -> list[Run]:
        """What this run completes."""
        runs = []
        if run.is_reset:
            runs = self.finish()
            self._next = int(run.index[0])
        jumps = np.flatnonzero(np.diff(run.index) != 1)
        if len(jumps) == 0 and not self._waiting and run.index[0] == self._next:  # the usual run
            self._next += len(run)
            return [*runs, run]
        cuts = [0, *(jumps + 1).tolist(), len(run)]
        for start, stop in pairwise(cuts):
            self._place(run.cut(start, stop))
            runs += self._released(self.patience)
        return runs

    def finish(self) -> list[Run]:
        """What still waits for samples that will not come."""
        return self._released(-1)

    def _place(self, piece: Run) -> None:
        """Put the new rows of a piece without holes among those that wait."""
        is_new = self._is_new(piece.index)
        edges = np.flatnonzero(np.diff(is_new, prepend=False, append=False))
        for start, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            self._waiting.append(piece.cut(start, stop))
        self._waiting.sort(key=lambda item: int(item.index[0]))

    def _is_new(self, index: Ints) -> np.ndarray:
        """False (n,) for rows that are there already or were given up; they are counted."""
        is_old = index < self._next
        is_late = np.zeros(len(index), dtype=np.bool_)
        if is_old.any():
            for start, stop in self._holes:
                is_late |= (index >= start) & (index < stop)
        for other in self._waiting:
            is_old |= (index >= other.index[0]) & (index <= other.index[-1])
        late = int(np.count_nonzero(is_late))
        self.account.late_samples += late
        self.account.duplicate_samples += int(np.count_nonzero(is_old)) - late
        return np.asarray(~is_old)

    def _released(self, patience: int) -> list[Run]:
        """The waiting pieces that are next, or before which more than `patience` rows have waited."""
        runs: list[Run] = []
        while self._waiting:
            piece = self._waiting[0]
            first = int(piece.index[0])
            if first > self._next:
                if sum(len(item) for item in self._waiting) <= patience:
                    break
                self._holes = [*self._holes[1 - REMEMBERED_HOLES :], (self._next, first)]
            runs.append(piece)
            self._next = first + len(piece)
            del self._waiting[0]
        return runs
