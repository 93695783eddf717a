"""The single-leg bridge hold test: how long the hips stay up and level.

In: events with curves (`CurveTraced`). Out: a `BridgeHold` for each time the hips stayed up and level for LEAST_S. Up
and level are those of the calibration: a hold begins with the first point at 90 % of the full range and within 10 deg
of level, and ends at the first point from which the hips are sunk (more than 10 deg short) or tipped (more than 10 deg)
for 0.3 s. 10 deg is what counted as loss of form in a bridge endurance test (Georgia Southern, n = 77). Without a
calibration by still holds there is nothing to measure by. Points are taken in runs, so that an hour costs little, and
blocks do not show.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

import numpy as np

from tracker.core.events import Armed, Calibrated, CurveTraced, Event, SideChanged
from tracker.core.model import NAN, CalibrationKind, Side

UP_PCT = 90.0  # the top window of a rep begins here, too
DEVIATION_DEG = 10.0
AWAY_S = 0.3  # a jolt is shorter, a person who gives up is not back so soon
LEAST_S = 10.0  # the longest pauses that coaches prescribe are 3 s; shorter than this is a rep
HOLE_S = 0.5  # further apart, points are not one hold: samples are missing

# Healthy young adults, one study, another protocol: a weak norm, and told as such.
NORM_S, NORM_SPREAD_S = 65.0, 33.0


class EndedBy(StrEnum):
    """Why a hold was over."""

    DROP = "drop"  # the hips sank
    TILT = "tilt"  # one hip sank
    SIGNAL = "signal"  # samples are missing, or the recording ends: it was at least so long


@dataclass(frozen=True, slots=True)
class BridgeHold:
    """One hold in stream time [s]."""

    side: Side
    start_s: float
    end_s: float
    ended_by: EndedBy

    @property
    def duration_s(self) -> float:
        """How long it was."""
        return self.end_s - self.start_s


@dataclass(slots=True)
class HoldFinder:
    """Folds events as they come; also a sink."""

    holds: list[BridgeHold] = field(default_factory=list)
    _side: Side = Side.UNKNOWN
    _is_calibrated: bool = False
    _start_s: float = NAN  # of the hold that goes on
    _away_since_s: float = NAN
    _away_by: EndedBy = EndedBy.DROP
    _last_s: float = NAN

    @property
    def now(self) -> tuple[Side, float]:
        """The side, and how long the hips have been up and level so far [s]; NaN while they are not."""
        return self._side, self._last_s - self._start_s if math.isnan(self._away_since_s) else NAN

    def handle(self, events: Iterable[Event]) -> None:
        """Take more events in."""
        for event in events:
            match event:
                case Armed(side=side) | SideChanged(side=side):
                    self._side = side
                case Calibrated(calibration=calibration):
                    self._is_calibrated = calibration.kind is CalibrationKind.HOLD
                case CurveTraced() if self._is_calibrated:
                    self._trace(event)

    def close(self) -> None:
        """The stream is over: what goes on was at least so long."""
        self._end(self._last_s, EndedBy.SIGNAL)

    def _trace(self, curve: CurveTraced) -> None:
        times_s = curve.times_s
        is_sunk = curve.inclination_deg > DEVIATION_DEG
        is_away = is_sunk | (np.abs(curve.level_deg) > DEVIATION_DEG)
        is_up = (curve.height_pct >= UP_PCT) & ~is_away
        steps_s = np.diff(times_s, prepend=self._last_s)
        is_other = np.diff(is_away, prepend=is_away[0]) | (steps_s > HOLE_S)
        starts = sorted({0, *np.flatnonzero(is_other).tolist()})
        for first, stop in pairwise([*starts, len(times_s)]):
            if steps_s[first] > HOLE_S:
                self._end(self._last_s, EndedBy.SIGNAL)
            if is_away[first]:
                self._be_away(float(times_s[first]), float(times_s[stop - 1]), is_sunk=bool(is_sunk[first]))
            else:
                self._away_since_s = NAN
                ups = np.flatnonzero(is_up[first:stop])
                if len(ups) and math.isnan(self._start_s):
                    self._start_s = float(times_s[first + int(ups[0])])
            self._last_s = float(times_s[stop - 1])

    def _be_away(self, from_s: float, to_s: float, *, is_sunk: bool) -> None:
        if math.isnan(self._start_s):
            return
        if math.isnan(self._away_since_s):
            self._away_since_s = from_s
            self._away_by = EndedBy.DROP if is_sunk else EndedBy.TILT
        if to_s - self._away_since_s >= AWAY_S:
            self._end(self._away_since_s, self._away_by)

    def _end(self, end_s: float, ended_by: EndedBy) -> None:
        if end_s - self._start_s >= LEAST_S:
            self.holds.append(BridgeHold(self._side, self._start_s, end_s, ended_by))
        self._start_s = self._away_since_s = NAN
