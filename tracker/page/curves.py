"""Gathers the curves of a session as the engine traces them. A sink; ask the engine for `CURVE_RATE_HZ`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from tracker.core.events import CurveTraced, Event, SetEnded, SetStarted
from tracker.core.model import Floats

# The fastest useful rise takes half a second: ten points and more on the way up, and two megabytes an hour.
CURVE_RATE_HZ = 25.0


# Shown before the first rise and after the last lowering of a set: the hips at rest, for comparison [s].
MARGIN_S = 2.0
# A set is known this long after it began at the latest: the first two reps of a session without calibration [s].
_BACK_S = 150.0

_NOTHING: Floats = np.empty(0)


class Curve(NamedTuple):
    """Rise in % of the full range, level and inclination [deg] over stream time [s], all (n,)."""

    t_s: Floats
    height_pct: Floats
    level_deg: Floats
    inclination_deg: Floats


@dataclass(slots=True)
class Curves:
    """All that was traced so far, in order of time.

    forgets_rests: keep only what lies in sets, so that a stream that runs all day does not fill the memory.
    """

    forgets_rests: bool = False
    _pieces: list[Curve] = field(default_factory=list)
    _settled: int = 0  # so many pieces are of sets that are over
    _kept_until_s: float = -math.inf  # the end of the last set; infinite while one goes on

    def handle(self, events: Sequence[Event]) -> None:
        """Take in what was traced."""
        for event in events:
            match event:
                case CurveTraced():
                    self._pieces.append(Curve(event.times_s, event.height_pct, event.level_deg, event.inclination_deg))
                    self._forget(event.t_s - _BACK_S)
                case SetStarted():
                    self._forget(event.t_s - MARGIN_S)
                    self._settle(event.t_s - MARGIN_S)
                    self._kept_until_s = math.inf
                case SetEnded():
                    self._kept_until_s = event.t_s + MARGIN_S

    def close(self) -> None:
        """Nothing is open."""

    def between(self, start_s: float, end_s: float) -> Curve:
        """The points from `start_s` to `end_s`, both included."""
        first = next((at for at, piece in enumerate(self._pieces) if piece.t_s[-1] >= start_s), len(self._pieces))
        stop = next((at for at, piece in enumerate(self._pieces) if piece.t_s[0] > end_s), len(self._pieces))
        if first >= stop:
            return Curve(_NOTHING, _NOTHING, _NOTHING, _NOTHING)
        whole = _joined(self._pieces[first:stop])
        rows = slice(int(np.searchsorted(whole.t_s, start_s)), int(np.searchsorted(whole.t_s, end_s, side="right")))
        return Curve(*(column[rows] for column in whole))

    def forget_before(self, before_s: float) -> None:
        """Drop what ended before `before_s`: it is drawn, and nobody asks for it again."""
        count = next((at for at, piece in enumerate(self._pieces) if piece.t_s[-1] >= before_s), len(self._pieces))
        del self._pieces[:count]
        self._settled = max(0, self._settled - count)

    def _forget(self, before_s: float) -> None:
        """Drop what lies wholly between the last set and `before_s`."""
        if self.forgets_rests:
            recent = self._pieces[self._settled :]
            del self._pieces[self._settled :]
            self._pieces += [one for one in recent if one.t_s[0] <= self._kept_until_s or one.t_s[-1] >= before_s]

    def _settle(self, before_s: float) -> None:
        """Join what came before: many short arrays cost more than one."""
        recent = self._pieces[self._settled :]
        count = next((at for at, one in enumerate(recent) if one.t_s[-1] >= before_s), len(recent))
        if count:
            self._pieces[self._settled : self._settled + count] = [_joined(recent[:count])]
            self._settled += 1


def _joined(pieces: Sequence[Curve]) -> Curve:
    if len(pieces) == 1:
        return pieces[0]
    return Curve(*(np.concatenate(columns) for columns in zip(*pieces, strict=True)))
