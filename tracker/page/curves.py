"""Gathers the curves of a session as the engine traces them. A sink; ask the engine for `CURVE_RATE_HZ`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from tracker.core.events import CurveTraced, Event
from tracker.core.model import Floats

# The fastest useful rise takes half a second: ten points and more on the way up, and two megabytes an hour.
CURVE_RATE_HZ = 25.0


_NOTHING: Floats = np.empty(0)


class Curve(NamedTuple):
    """Rise in % of the full range, level and inclination [deg] over stream time [s], all (n,)."""

    t_s: Floats
    height_pct: Floats
    level_deg: Floats
    inclination_deg: Floats


@dataclass(slots=True)
class Curves:
    """All that was traced so far, in order of time."""

    _pieces: list[Curve] = field(default_factory=list)

    def handle(self, events: Sequence[Event]) -> None:
        """Take in what was traced."""
        for event in events:
            if isinstance(event, CurveTraced):
                self._pieces.append(Curve(event.times_s, event.height_pct, event.level_deg, event.inclination_deg))

    def close(self) -> None:
        """Nothing is open."""

    def between(self, start_s: float, end_s: float) -> Curve:
        """The points from `start_s` to `end_s`, both included."""
        if not self._pieces:
            return Curve(_NOTHING, _NOTHING, _NOTHING, _NOTHING)
        if len(self._pieces) > 1:
            self._pieces = [Curve(*(np.concatenate(columns) for columns in zip(*self._pieces, strict=True)))]
        whole = self._pieces[0]
        rows = slice(int(np.searchsorted(whole.t_s, start_s)), int(np.searchsorted(whole.t_s, end_s, side="right")))
        return Curve(*(column[rows] for column in whole))
