"""Readings at the end of a range that nobody tells: phones and exports do not say how far their sensors go.

Idea: a chip that is at its end repeats its last number exactly, and its ranges are the usual ones of all makers
(2, 4, 8, 16 g; 125 to 2000 deg/s, and the 245 family). An axis that reads the very same number twice in a row, within
`NEAR` of such an end, is counted; noise lets nothing else repeat there.

Limits: sums (acceleration and gravity apart) show no end; a phone that rounds coarsely may repeat by chance.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tracker.core.model import GRAVITY_MPS2, Floats

ACC_ENDS_MPS2 = np.array([2.0, 4.0, 8.0, 16.0]) * GRAVITY_MPS2
GYR_ENDS_RADPS = np.radians([125.0, 245.0, 250.0, 490.0, 500.0, 980.0, 1000.0, 1960.0, 2000.0])
NEAR = 0.01  # phones correct offset and scale of their chips, which moves the end by as much


class RailWatch:
    """Carries the last row of one stream. ends: where its range may end, in the unit of its rows."""

    def __init__(self, ends: Floats) -> None:
        self._ends = ends
        self._last: Sequence[float] | None = None
        self._is_last_counted = False

    def count(self, rows: Sequence[Sequence[float]]) -> int:
        """How many more rows are at an end, now that these follow; the last one before them may turn out to be."""
        if not rows:
            return 0
        values = np.array(rows if self._last is None else [self._last, *rows], dtype=float)
        near = (np.abs(np.abs(values)[:, :, None] - self._ends) <= NEAR * self._ends).any(axis=2)
        repeats = ((values[1:] == values[:-1]) & near[1:]).any(axis=1)
        at_end = np.zeros(len(values), dtype=bool)
        at_end[1:] |= repeats
        at_end[:-1] |= repeats  # the one that is repeated, too
        found = int(at_end.sum()) - int(at_end[0] and self._is_last_counted)
        self._last, self._is_last_counted = rows[-1], bool(at_end[-1])
        return found
