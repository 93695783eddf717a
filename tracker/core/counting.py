"""From lying still to getting up: one stretch in which movements count.

`CountingRun` holds what is constant between arming and leaving the posture: the calibration and the state machine.
`Probe` is the same state machine on the unsigned angle from a rest pose, for sessions without calibration: two
consistent thrusts found this way give the pelvis frame, and a `CountingRun` then goes over the same rows again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from tracker.core import frame
from tracker.core.calibration import MOST_LIFT_CM, pelvis_frame, range_at_lift
from tracker.core.config import Config
from tracker.core.filters import LowPass
from tracker.core.height import AccError, between_rests, vertical_acceleration
from tracker.core.history import ACC, INCLINATION, LEVEL, RISE, SEEN_UP, STILL, History, T
from tracker.core.holds import Vector, unit
from tracker.core.model import Bools, Calibration, CalibrationKind, Floats
from tracker.core.segmentation import Move, RepWindow, Segmenter
from tracker.core.still import AccErrorEstimate

# The rate of the rise angle is smoothed at [Hz]: 45 ms of delay, and below the shake of a sensor on skin (7-12 Hz).
RATE_CUTOFF_HZ = 5.0
# Hips tipped further than this to a side are no bridge any more [deg].
LOST_LEVEL_DEG = 60.0
# After an interruption counting goes on once the hips are this near the bottom [deg].
RESUME_DEG = 12.0
# Two thrusts are consistent when their ranges agree within this factor and their tops within this angle [deg].
CONSISTENT_RANGE = 0.6
CONSISTENT_TOP_DEG = 25.0
# The first of them begins within this time of lying still [s].
REST_BEFORE_S = 0.5
# No bridge turns the pelvis further [deg].
HIGHEST_RISE_DEG = 120.0


def see(
    history: History, start: int, stop: int, calibration: Calibration, *, has_gyroscope: bool
) -> tuple[Floats, Floats]:
    """Look at rows start:stop through the calibration: fills in what the history keeps of it.

    Returns rise angle and level (n,) [deg].
    """
    up = history.corrected_up(start, stop, calibration.acc_bias_mps2 if has_gyroscope else (0.0, 0.0, 0.0))
    rise_deg, level_deg = frame.rise_deg(up, calibration), frame.level_deg(up, calibration)
    history.fill(SEEN_UP, start, up)
    history.fill(RISE, start, rise_deg)
    history.fill(LEVEL, start, level_deg)
    history.fill(INCLINATION, start, frame.inclination_deg(up, calibration))
    return rise_deg, level_deg


@dataclass(slots=True)
class RateOf:
    """Rate of change of an angle, low-passed, over consecutive blocks."""

    rate_hz: float
    _filter: LowPass = field(init=False)
    _last_deg: float | None = None

    def __post_init__(self) -> None:
        self._filter = LowPass(RATE_CUTOFF_HZ, self.rate_hz)

    def feed(self, angle_deg: Floats) -> Floats:
        """Rate (n,) [deg/s]; the first sample's rate is 0."""
        if not len(angle_deg):
            return angle_deg
        before = angle_deg[0] if self._last_deg is None else self._last_deg
        steps = np.diff(np.concatenate(([before], angle_deg))) * self.rate_hz
        self._last_deg = float(angle_deg[-1])
        return np.asarray(self._filter.feed(steps[None, :])[0])


@dataclass(slots=True)
class Start:
    """Starts a state machine at its first row, or after an interruption once the hips are near the bottom again."""

    is_resumed: bool
    _has_started: bool = False

    def feed(self, segmenter: Segmenter, row: int, rise_deg: Floats, rate_dps: Floats) -> list[Move]:
        """Moves in these rows, the first of which is running row `row`."""
        skipped = 0
        if not self._has_started:
            near = np.flatnonzero(np.abs(rise_deg) < (RESUME_DEG if self.is_resumed else np.inf))
            if not len(near):
                return []
            self._has_started = True
            skipped = int(near[0])
            segmenter.start_at(row + skipped, float(rise_deg[skipped]))
        return segmenter.feed(rise_deg[skipped:], rate_dps[skipped:])


@dataclass(slots=True)
class CountingRun:
    """Counts from row `row` on until the posture is left; fills in the history's columns of what it sees."""

    config: Config
    calibration: Calibration
    rate_hz: float
    has_gyroscope: bool
    row: int
    armed_row: int
    is_resumed: bool = False
    segmenter: Segmenter = field(init=False)
    _started: Start = field(init=False)
    _rate: RateOf = field(init=False)
    _last_in_posture: int = field(init=False)

    def __post_init__(self) -> None:
        margin_deg = self.config.rep.top_posture_deg
        self.segmenter = Segmenter(
            self.config.rep,
            self.rate_hz,
            counted_deg=range_at_lift(self.calibration, self.config.rep.counted_fraction),
            partial_deg=range_at_lift(self.calibration, self.config.rep.partial_fraction),
            lowest_top_deg=self.calibration.bottom_deg - margin_deg,
            highest_top_deg=self.calibration.bottom_deg + margin_deg,
        )
        self._started = Start(self.is_resumed)
        self._rate = RateOf(self.rate_hz)
        self._last_in_posture = self.row

    def feed(self, history: History, stop: int) -> tuple[list[Move], int | None]:
        """Moves up to row `stop` (half-open), and the row at which the posture was lost for good, if it was."""
        rise_deg, level_deg = see(history, self.row, stop, self.calibration, has_gyroscope=self.has_gyroscope)
        left_at = self._left_at(rise_deg, level_deg)
        if left_at is not None:
            rise_deg = rise_deg[: left_at - self.row]
        rate_dps = self._rate.feed(rise_deg)
        moves = self._started.feed(self.segmenter, self.row, rise_deg, rate_dps)
        self.row = self.row + len(rise_deg)
        if left_at is not None:
            moves += self.segmenter.interrupt()
        return moves, left_at

    def _left_at(self, rise_deg: Floats, level_deg: Floats) -> int | None:
        rows = np.arange(self.row, self.row + len(rise_deg))
        is_in: Bools = (rise_deg > -self.config.arming.leave_deg) & (np.abs(level_deg) < LOST_LEVEL_DEG)
        last_in = np.maximum.accumulate(np.where(is_in, rows, self._last_in_posture))
        out = np.flatnonzero(rows - last_in >= self.config.arming.leave_s * self.rate_hz)
        if len(out):
            return int(rows[out[0]])
        if len(rows):
            self._last_in_posture = int(last_in[-1])
        return None


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
        up = history.corrected_up(self.row, stop, (0.0, 0.0, 0.0))
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
                self._begin_anew()  # it did not lift the hips, did not begin at the rest pose, or led to another place
                continue
            if self._windows and self._hold_s(history, move) > self.longest_hold_s:
                self._begin_anew()  # a hold at the bottom: what came before it was something else
            if not self._follows(history, move):
                self._begin_anew()  # neither from rest nor right after another thrust: walking, not lifting
                continue
            self._windows = [*self._windows[1 - self.thrusts :], move]
            self._is_doubtful = [*self._is_doubtful[1 - self.thrusts :], is_low]
            self.calibration = self._consistent(history, acc_error)
            if self.calibration is not None:
                self.over_at = move.stop
                return
        if is_expired:
            self.over_at = expires - 1

    def _begin_anew(self) -> None:
        self._windows, self._is_doubtful = [], []

    @property
    def has_begun(self) -> bool:
        """True while some thrusts of the wanted ones are seen."""
        return bool(self._windows)

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
        bias = acc_error.bias_mps2 if self.has_gyroscope else (0.0, 0.0, 0.0)
        tops = [history.corrected_up(window.top, window.top + 1, bias)[:, 0] for window in self._windows]
        bottoms = [history.corrected_up(window.base, window.base + 1, bias)[:, 0] for window in self._windows]
        apart_deg = max(float(frame.angle_from_deg(top[:, None], unit(tops[0]))[0]) for top in tops[1:])
        if min(ranges) < CONSISTENT_RANGE * max(ranges) or apart_deg > CONSISTENT_TOP_DEG:
            return None
        return pelvis_frame(CalibrationKind.AUTO, unit(np.sum(tops, axis=0)), unit(np.sum(bottoms, axis=0)), acc_error)


def _lift_cm(history: History, first: int, last: int, acc_error: AccError) -> float:
    """Height from row `first` to row `last` (inclusive), as if at rest at both."""
    stop = last + 1
    up = history.corrected_up(first, stop, acc_error.bias_mps2)
    acceleration = vertical_acceleration(history.columns(ACC, first, stop), up, acc_error)
    return 100.0 * float(between_rests(history.column(T, first, stop), acceleration).height_m[-1])
