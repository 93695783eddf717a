"""All reps of one side laid over each other: time as a share of the rep, mean and spread.

In: the counted reps and the curves. Each rep runs from its start to its end, 0 to 100 %, and is read at POINTS steps;
the mean and the standard deviation (n - 1) are taken at each step. Level is told as the drop of the free hip, so that
left and right lie on the same side of zero; while no side is declared it stays the level.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from tracker.core.model import Floats, Side
from tracker.core.summary import FinalRep
from tracker.page.curves import Curves
from tracker.page.set_data import level_shift_deg

POINTS = 51  # a step of 2 %: a tenth of a second of a five-second rep


@dataclass(frozen=True, slots=True)
class Overlay:
    """One side. share_pct (POINTS,); height_pct and drop_deg (reps, POINTS)."""

    side: Side
    share_pct: Floats
    height_pct: Floats
    drop_deg: Floats

    @property
    def rep_count(self) -> int:
        """How many reps lie over each other."""
        return len(self.height_pct)


def overlays(reps: Iterable[FinalRep], curves: Curves) -> list[Overlay]:
    """One for each side that has a rep with a curve, in the order left, right, not declared."""
    counted = [rep for rep in reps if rep.is_counted]
    share = np.linspace(0.0, 1.0, POINTS)
    found: list[Overlay] = []
    for side in Side:
        heights: list[Floats] = []
        drops: list[Floats] = []
        own = [rep for rep in counted if rep.judged.side is side]
        for number in dict.fromkeys(rep.judged.set_number for rep in own):
            of_set = [rep for rep in own if rep.judged.set_number == number]
            times_s = [time for rep in of_set for time in (rep.judged.rep.start_s, rep.judged.rep.end_s)]
            curve = curves.between(float(np.nanmin(times_s)), float(np.nanmax(times_s)))
            level_deg = curve.level_deg + level_shift_deg(curve, of_set)
            for rep in of_set:
                start_s, end_s = rep.judged.rep.start_s, rep.judged.rep.end_s
                inside = (curve.t_s >= start_s) & (curve.t_s <= end_s)
                if np.count_nonzero(inside) < _LEAST_POINTS:
                    continue
                at_s = start_s + share * (end_s - start_s)
                heights.append(np.interp(at_s, curve.t_s, curve.height_pct))
                drops.append(np.interp(at_s, curve.t_s, -level_deg if side is Side.LEFT else level_deg))
        if heights:
            found.append(Overlay(side, 100.0 * share, np.array(heights), np.array(drops)))
    return found


def mean_and_spread(values: Floats) -> tuple[Floats, Floats]:
    """Mean and standard deviation (n - 1) over the reps (reps, n); the spread of one rep is 0."""
    spread = values.std(axis=0, ddof=1) if len(values) > 1 else np.zeros(values.shape[1])
    return values.mean(axis=0), spread


_LEAST_POINTS = 8  # fewer points are no curve: samples are missing inside
