"""Gathers the curves of a session as the engine traces them. A sink; ask the engine for `CURVE_RATE_HZ`."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from tracker.core.events import CurveTraced, Event
from tracker.core.model import Floats

# The fastest useful rise takes half a second: ten points and more on the way up, and two megabytes an hour.
CURVE_RATE_HZ = 25.0


class Curve(NamedTuple):
    """Rise in % of the full range and level [deg] over stream time [s], all (n,)."""

    t_s: Floats
    height_pct: Floats
    level_deg: Floats


@dataclass(slots=True)
class Curves:
    """All that was traced so far, in order of time."""

    _t_s: array[float] = field(default_factory=lambda: array("d"))
    _height_pct: array[float] = field(default_factory=lambda: array("d"))
    _level_deg: array[float] = field(default_factory=lambda: array("d"))

    def handle(self, events: Sequence[Event]) -> None:
        """Take in what was traced."""
        for event in events:
            if isinstance(event, CurveTraced):
                self._t_s.extend(event.times_s)
                self._height_pct.extend(event.height_pct)
                self._level_deg.extend(event.level_deg)

    def close(self) -> None:
        """Nothing is open."""

    def between(self, start_s: float, end_s: float) -> Curve:
        """The points from `start_s` to `end_s`, both included."""
        t_s = np.array(self._t_s)
        rows = slice(int(np.searchsorted(t_s, start_s)), int(np.searchsorted(t_s, end_s, side="right")))
        return Curve(t_s[rows], np.array(self._height_pct[rows]), np.array(self._level_deg[rows]))
