"""From lying still to getting up: one stretch in which movements count.

`CountingRun` holds what is constant between arming and leaving the posture: the calibration and the state machine.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from tracker.core import frame
from tracker.core.calibration import range_at_lift
from tracker.core.config import Config
from tracker.core.filters import LowPass
from tracker.core.history import INCLINATION, LEVEL, RISE, SEEN_UP, History
from tracker.core.model import Bools, Calibration, Floats
from tracker.core.posture import seen_up
from tracker.core.segmentation import Move, Segmenter

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
    up = seen_up(history, start, stop, calibration, has_gyroscope=has_gyroscope)
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
