"""Thrusts without a calibration: rest poses from which some may begin, watched until they follow each other.

`Probe` is the counting machine on the unsigned angle from one rest pose; consistent thrusts found this way give the
pelvis frame, and a `CountingRun` then goes over the same rows again. `Probes` are those that are watched at once.
All look ahead as far as there are rows, and are asked what was the case at each of them.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from tracker.core import frame
from tracker.core.calibration import MOST_LIFT_CM, pelvis_frame
from tracker.core.config import Config
from tracker.core.counting import RESUME_DEG, RateOf, Start
from tracker.core.height import AccError, between_rests, vertical_acceleration
from tracker.core.history import ACC, STILL, History, T
from tracker.core.holds import Vector, unit
from tracker.core.model import Calibration, CalibrationKind
from tracker.core.posture import NO_BIAS
from tracker.core.segmentation import RepWindow, Segmenter
from tracker.core.still import AccErrorEstimate

# Two thrusts are consistent when their ranges agree within this factor and their tops within this angle [deg].
CONSISTENT_RANGE = 0.6
CONSISTENT_TOP_DEG = 25.0
# The first of them begins within this time of lying still [s].
REST_BEFORE_S = 0.5
# No bridge turns the pelvis further [deg].
HIGHEST_RISE_DEG = 120.0
# Rest poses that are watched at once: sitting, lying on the floor, lying at the bench.
MOST_PROBES = 3
# A rest pose this near to one that is being watched already is the same [deg].
SAME_REST_DEG = 5.0


@dataclass(slots=True)
class Probe:
    """Looks for consistent thrusts from a rest pose, in any direction.

    thrusts: how many; doubtful: how many of them may show no lift, which double integration sometimes misses;
    longest_hold_s: the longest still stretch between two of them.
    """

    config: Config
    rate_hz: float
    has_gyroscope: bool
    rest: Vector
    armed_row: int
    row: int
    is_resumed: bool = False
    thrusts: int = 2
    doubtful: int = 0
    longest_hold_s: float = math.inf
    segmenter: Segmenter = field(init=False)
    over_at: int | None = None  # the row at which it ended, one way or the other
    calibration: Calibration | None = None
    _started: Start = field(init=False)
    _rate: RateOf = field(init=False)
    _windows: list[RepWindow] = field(default_factory=list)
    _is_doubtful: list[bool] = field(default_factory=list)
    _begun_at: list[int] = field(default_factory=list)  # rows at which thrusts were seen, or forgotten, in turn

    def __post_init__(self) -> None:
        self.segmenter = Segmenter(
            self.config.rep,
            self.rate_hz,
            counted_deg=None,
            partial_deg=None,
            lowest_top_deg=0.0,
            highest_top_deg=HIGHEST_RISE_DEG,
        )
        self._started = Start(self.is_resumed)
        self._rate = RateOf(self.rate_hz)

    def is_waiting(self, row: int) -> bool:
        """True if it still looked for thrusts at this row."""
        return self.over_at is None or self.over_at > row

    def feed(self, history: History, stop: int, estimate: AccErrorEstimate) -> None:
        """Look up to row `stop` (half-open); where thrusts are consistent, `calibration` is the frame they give."""
        expires = self.armed_row + history.kept
        stop, is_expired = min(stop, expires), stop >= expires
        up = history.corrected_up(self.row, stop, NO_BIAS)
        angle_deg = frame.angle_from_deg(up, self.rest)
        moves = self._started.feed(self.segmenter, self.row, angle_deg, self._rate.feed(angle_deg))
        self.row = stop
        for move in moves:
            if not isinstance(move, RepWindow) or not move.is_counted:
                continue
            acc_error = estimate.at(move.stop)
            lift_cm = _lift_cm(history, move.base, move.top, acc_error) if self.has_gyroscope else math.inf
            is_low = lift_cm < self.config.rep.min_rise_cm
            may_doubt = bool(self._windows) and sum(self._is_doubtful) < self.doubtful
            if lift_cm < -self.config.rep.min_rise_cm and not may_doubt:
                self.over_at = move.stop  # what was taken for the bottom is the top, or a bend
                return
            is_slow = move.top - move.base > self.config.rep.longest_rise_s * self.rate_hz
            is_elsewhere = self.has_gyroscope and (move.base_deg > RESUME_DEG or lift_cm > MOST_LIFT_CM)
            if (is_low and not may_doubt) or is_slow or is_elsewhere:
                # it did not lift the hips, did not begin at the rest pose, or led to another place
                self._begin_anew(move.stop)
                continue
            if self._windows and self._hold_s(history, move) > self.longest_hold_s:
                self._begin_anew(move.stop)  # a hold at the bottom: what came before it was something else
            if not self._follows(history, move):
                self._begin_anew(move.stop)  # neither from rest nor right after another thrust: walking, not lifting
                continue
            if not self._windows:
                self._begun_at.append(move.stop)
            self._windows = [*self._windows[1 - self.thrusts :], move]
            self._is_doubtful = [*self._is_doubtful[1 - self.thrusts :], is_low]
            self.calibration = self._consistent(history, acc_error)
            if self.calibration is not None:
                self.over_at = move.stop
                return
        if is_expired:
            self.over_at = expires - 1

    def _begin_anew(self, row: int) -> None:
        if self._windows:
            self._begun_at.append(row)
        self._windows, self._is_doubtful = [], []

    def has_begun(self, row: int) -> bool:
        """True if some thrusts of the wanted ones were seen at this row."""
        return bisect_right(self._begun_at, row) % 2 == 1

    @property
    def first_row(self) -> int:
        """The bottom before the first of the consistent thrusts: what came earlier was something else."""
        return self._windows[0].base

    def _hold_s(self, history: History, window: RepWindow) -> float:
        """The longest still stretch that reaches into the time between the last bottom and this rise."""
        first = max(self._windows[-1].bottom, history.earliest(window.stop))
        return float(history.column(STILL, first, window.rise + 1).max()) / self.rate_hz

    def _follows(self, history: History, window: RepWindow) -> bool:
        """True for a thrust that begins at rest, or right after the one before."""
        if self._windows and window.base - self._windows[-1].bottom <= self.config.sets.rest_s * self.rate_hz:
            return True
        first = max(window.base - int(REST_BEFORE_S * self.rate_hz), history.earliest(window.stop))
        return bool(np.any(history.column(STILL, first, window.base + 1) > 0))

    def _consistent(self, history: History, acc_error: AccError) -> Calibration | None:
        if len(self._windows) < self.thrusts:
            return None
        ranges = [window.range_deg for window in self._windows]
        if min(ranges) < self.config.calibration.range_min_deg:
            return None
        bias = acc_error.bias_mps2 if self.has_gyroscope else NO_BIAS
        tops = [history.corrected_up(window.top, window.top + 1, bias)[:, 0] for window in self._windows]
        bottoms = [history.corrected_up(window.base, window.base + 1, bias)[:, 0] for window in self._windows]
        apart_deg = max(float(frame.angle_from_deg(top[:, None], unit(tops[0]))[0]) for top in tops[1:])
        if min(ranges) < CONSISTENT_RANGE * max(ranges) or apart_deg > CONSISTENT_TOP_DEG:
            return None
        return pelvis_frame(CalibrationKind.AUTO, unit(np.sum(tops, axis=0)), unit(np.sum(bottoms, axis=0)), acc_error)


@dataclass(slots=True)
class Probes:
    """The probes of one wait. `begin`: how one begins at a rest pose and a row, after an interruption or not."""

    begin: Callable[[Vector, int, bool], Probe]
    _probes: list[Probe] = field(default_factory=list)

    def feed(self, history: History, stop: int, estimate: AccErrorEstimate) -> None:
        """Look up to row `stop` (half-open)."""
        for probe in self._probes:
            if probe.over_at is None:
                probe.feed(history, stop, estimate)

    def found(self, row: int) -> Probe | None:
        """The first that had seen consistent thrusts by this row; what is over by then is watched no longer."""
        found = [one for one in self._probes if one.calibration is not None and not one.is_waiting(row)]
        self._probes = [one for one in self._probes if one.is_waiting(row)]
        return min(found, key=lambda one: one.over_at or 0) if found else None

    def watch(self, history: History, row: int, stop: int, estimate: AccErrorEstimate) -> None:
        """Thrusts may begin from the rest pose at this row, too; look up to row `stop` at once."""
        up = history.corrected_up(row, row + 1, NO_BIAS)
        for one in self._probes:
            is_at_work = one.has_begun(row) or one.segmenter.calm_from(row) == row
            if is_at_work and float(frame.angle_from_deg(up, one.rest)[0]) < SAME_REST_DEG:
                return
        if len(self._probes) == MOST_PROBES:
            self._probes.remove(next((one for one in self._probes if not one.has_begun(row)), self._probes[0]))
        self._probes.append(self.begin((float(up[0, 0]), float(up[1, 0]), float(up[2, 0])), row + 1, False))
        self._probes[-1].feed(history, stop, estimate)

    def interrupt(self, row: int, *, is_long: bool) -> None:
        """The stream broke off before this row: what was begun is lost, and after a long gap the rest poses as well."""
        self._probes = [] if is_long else [self.begin(one.rest, row, True) for one in self._probes]

    def forget(self) -> None:
        """Watch none."""
        self._probes = []


def _lift_cm(history: History, first: int, last: int, acc_error: AccError) -> float:
    """Height from row `first` to row `last` (inclusive), as if at rest at both."""
    stop = last + 1
    up = history.corrected_up(first, stop, acc_error.bias_mps2)
    acceleration = vertical_acceleration(history.columns(ACC, first, stop), up, acc_error)
    return 100.0 * float(between_rests(history.column(T, first, stop), acceleration).height_m[-1])
