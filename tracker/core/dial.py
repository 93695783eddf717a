"""What sample counters and device clocks share: they run round, and they start anew when the sensor does.

In: raw values in order of arrival. Out: steps from row to row, and values on the stream's own scale that never wrap.

Idea: a step is known but for whole rounds; the one within half a round of what another clock roughly says is taken
(of 0, if there is none), so that late rows step back and a dead spot may last for many rounds. Rounds are counted as
whole numbers and added to the raw value once a row: nothing accumulates, any batching gives the same bits. A counter
is treated as float64, which is exact up to 2^53.

Limit: a stall of the link of more than half a round that then catches up looks like a dead spot.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from tracker.core.config import TimelineConfig
from tracker.core.model import Bools, Floats, Ints

# No link holds a packet back this long while newer ones pass: time that goes back further was set anew.
BACK_S = 1.0


@dataclass(slots=True)
class Dial:
    """One raw running number that starts again at 0 after `modulus` (inf: never)."""

    modulus: float
    _raw: float = 0.0
    _rounds: int = 0
    _offset: float = 0.0

    def begin(self, raw: float, value: float) -> None:
        """From here on `raw` means `value`."""
        self._raw, self._rounds, self._offset = float(raw), 0, value - float(raw)

    def steps(self, raw: Floats, roughly: Floats | float = 0.0) -> tuple[Floats, Ints]:
        """Steps (n,) from the row before, within half a round of `roughly`, and the rounds (n,) that they complete."""
        steps = raw - np.concatenate(([self._raw], raw[:-1]))
        if math.isinf(self.modulus):
            return steps, np.zeros(len(raw), dtype=np.int64)
        rounds = np.rint((roughly - steps) / self.modulus)
        return steps + rounds * self.modulus, rounds.astype(np.int64)

    def unwrapped(self, raw: Floats, rounds: Ints) -> Floats:
        """Values (n,) on the stream's own scale; continues from here."""
        self._raw = float(raw[-1])
        if math.isinf(self.modulus):
            return raw + self._offset
        total = self._rounds + np.cumsum(rounds)
        self._rounds = int(total[-1])
        return raw + self._offset + total * self.modulus


@dataclass(slots=True)
class Front:
    """How far the stream has come: highest index, latest time, last arrival."""

    index: int = -1
    t_s: float = 0.0
    received_s: float = 0.0

    def silences_s(self, received_s: Floats) -> Floats:
        """Time (n,) since the arrival before each row."""
        silences = np.diff(received_s, prepend=self.received_s)
        self.received_s = float(received_s[-1])
        return silences

    def reach(self, index: Ints, t_s: Floats) -> None:
        """Rows that have been dated."""
        self.index = max(self.index, int(index.max()))
        self.t_s = max(self.t_s, float(t_s.max()))


def was_set_anew(elapsed_s: Floats, silence_s: Floats, flagged: tuple[int, ...], config: TimelineConfig) -> Bools:
    """True (n,) where sensor time went back further than a late packet does, or far ahead of the silence [s].

    flagged: rows before which the sensor itself says so; there, whatever goes back beyond re-ordering is enough.
    """
    back_s = np.full(len(elapsed_s), BACK_S)
    back_s[list(flagged)] = config.reorder_s
    return np.asarray((elapsed_s < -back_s) | (elapsed_s - silence_s > config.clock_jump_s))


def bases(is_reset: Bools) -> list[tuple[int, int, bool]]:
    """Stretches start, stop of one time base each, and whether they begin a new one."""
    cuts = [0, *np.flatnonzero(is_reset).tolist(), len(is_reset)]
    return [(start, stop, number > 0) for number, (start, stop) in enumerate(pairwise(cuts)) if start < stop]
