"""Leading through a calibration: what is wanted now, what to say again, and when the lifter goes on without.

In: rows of the history and the still poses among them. Out: progress as events, and how it ended: a calibration; the
thrusts of a lifter who began a set instead; or nothing, after as many refusals as a person has patience for.

Five holds are wanted: bottom, top, bottom, top, bottom. Where up points tells nothing of standing or lying, since
nobody knows yet how the sensor is worn, so the first still pose is taken for the bottom, and what comes after is said
again from each new pose. With a calibration of earlier today the first hold near its bottom ends it: it still holds.
A set is told from the calibration by its thrusts following each other without a hold at the bottom.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from tracker.core import frame
from tracker.core.calibration import SAME_POSE_DEG, HoldCalibrator, Refusal
from tracker.core.config import Config
from tracker.core.events import (
    Calibrated,
    CalibrationEnded,
    CalibrationRefused,
    CalibrationStarted,
    CalibrationStep,
    Event,
    SensorSlipped,
)
from tracker.core.history import STILL, History, T
from tracker.core.holds import Hold, Vector
from tracker.core.model import Calibration
from tracker.core.posture import acc_bias
from tracker.core.probing import Probe, Probes
from tracker.core.still import STILL_LAG_S, AccErrorEstimate, StillPose, still_rows

# So many thrusts in a row without a hold at the bottom are a set, one of them perhaps without a measured lift; two
# might be a hasty calibration.
THRUSTS_OF_A_SET, DOUBTFUL_THRUSTS = 3, 1


@dataclass(slots=True)
class Guide:
    """One attempt. It is over when `calibration`, `probe` or `is_given_up` says how.

    given: the calibration of an earlier session with this sensor, to be used if the rest pose still agrees;
    is_relative: nothing else is known, so without a new one angles will be relative; is_away: it was asked for before
    the stream began, so whoever asked is not lying down yet; may_begin_a_set: thrusts alone may be believed.
    """

    config: Config
    rate_hz: float
    has_gyroscope: bool
    row: int
    given: Calibration | None = None
    is_relative: bool = True
    is_away: bool = False
    may_begin_a_set: bool = True
    calibration: Calibration | None = None
    probe: Probe | None = None
    is_given_up: bool = False
    _calibrator: HoldCalibrator = field(init=False)
    _ended_poses: list[tuple[int, StillPose]] = field(default_factory=list)
    _probes: Probes = field(init=False)
    _wanted: int = 1
    _said_pose: Hold | None = None
    _first_pose: Hold | None = None
    _remind_s: float = math.inf
    _patience_s: float = 0.0
    _refusals: int = 0
    _was_reminded: bool = False

    def __post_init__(self) -> None:
        self._calibrator = HoldCalibrator(self.config.calibration, self.has_gyroscope)
        self._probes = Probes(self._new_probe)

    @property
    def is_over(self) -> bool:
        """True once it ended, one way or the other."""
        return self.calibration is not None or self.probe is not None or self.is_given_up

    def begin(self, t_s: float) -> list[Event]:
        """Say what is to come, and the first step."""
        self._patience_s = self.config.calibration.remind_s
        return [CalibrationStarted(t_s, t_s), self._say(t_s)]

    def note(self, poses: list[tuple[int, StillPose]]) -> None:
        """Still poses that ended, each with the row at which that was known."""
        self._ended_poses += poses

    def interrupt(self, row: int, *, is_long: bool) -> None:
        """The stream broke off before this row. Holds outlive a gap; what began to be a set only a short one."""
        self._ended_poses = []
        self._probes.interrupt(row, is_long=is_long)

    def feed(self, history: History, stop: int, estimate: AccErrorEstimate) -> list[Event]:
        """Take in rows up to `stop` (half-open), or to where it is over."""
        events: list[Event] = []
        while self.row < stop and not self.is_over:
            events += self._advance(history, self._until(history, stop), estimate)
            now_s = history.time_s(self.row - 1)
            if now_s > self._remind_s and not self.is_over:
                events.append(self._remind(now_s))
        return events

    def watch(self, history: History, row: int, estimate: AccErrorEstimate) -> None:
        """A set may begin from the rest pose at this row."""
        if self.may_begin_a_set:
            self._probes.watch(history, row, row + 1, estimate)

    def _until(self, history: History, stop: int) -> int:
        """A reminder takes effect at its row."""
        if history.time_s(stop - 1) <= self._remind_s:
            return stop
        return self.row + 1 + int(np.searchsorted(history.column(T, self.row, stop), self._remind_s, side="right"))

    def _advance(self, history: History, stop: int, estimate: AccErrorEstimate) -> list[Event]:
        """Up to the next still pose: one that ended, or one that has lasted long enough already."""
        held = still_rows(history, self.row, stop, self.config.calibration.hold_min_s + STILL_LAG_S)
        held_at = int(held[0]) if len(held) else None
        ended = self._ended_poses[0] if self._ended_poses and self._ended_poses[0][0] < stop else None
        if ended is not None and (held_at is None or ended[0] <= held_at):
            row, pose = self._ended_poses.pop(0)
        elif held_at is not None:
            row = held_at
            pose = StillPose(row + 1 - int(history.column(STILL, row, row + 1)[0]), row + 1)
        else:
            row, pose = stop - 1, None
        self.row = row + 1
        self._probes.feed(history, self.row, estimate)
        self.probe = self._probes.found(row)
        if self.probe is not None and self.probe.over_at is not None:
            self.row = self.probe.over_at + 1
            return [self._ended(history.time_s(self.probe.over_at), "you began a set")]
        if pose is None:
            return []
        if held_at == row:
            self.watch(history, row, estimate)
        return self._offer(history, row, pose, estimate)

    def _offer(self, history: History, row: int, pose: StillPose, estimate: AccErrorEstimate) -> list[Event]:
        t_s = history.time_s(row)
        result = self._calibrator.add(history, pose, estimate.at(row))
        if isinstance(result, Calibration):
            self.calibration = result
            return [Calibrated(t_s, t_s, result)]
        if isinstance(result, Refusal):
            return self._refuse(t_s, result)
        events = self._check_given(t_s)
        if self.calibration is None and (self.given is None or self._was_reminded):
            events += self._progress(t_s)
        return events

    def _check_given(self, t_s: float) -> list[Event]:
        """The hold against the bottom of the calibration that was given; far from it the person may stand or sit."""
        newest = self._calibrator.holds[-1]
        if self.given is None or newest.held_s < self.config.calibration.hold_min_s:
            return []
        bias = acc_bias(self.given, has_gyroscope=self.has_gyroscope)
        moved_deg = float(frame.angle_from_deg(np.array(newest.up(bias))[:, None], frame.bottom_up(self.given))[0])
        if moved_deg <= self.config.calibration.slip_deg:
            self.calibration = self.given
            return [Calibrated(t_s, t_s, self.given, is_stored=True)]
        if moved_deg > self.config.arming.posture_deg:
            return []
        self.given = None
        return [SensorSlipped(t_s, t_s, moved_deg)]

    def _refuse(self, t_s: float, refusal: Refusal) -> list[Event]:
        if self._wanted == 1:
            return []  # nobody was told to lift yet: a bend, a chair
        events: list[Event] = [CalibrationRefused(t_s, t_s, refusal.reason, refusal.hint)]
        self._refusals += 1
        if self._refusals >= self.config.calibration.tries:
            self.is_given_up = True
            return [*events, self._ended(t_s, f"it was refused {self._refusals} times")]
        self._probes.forget()  # what follows is another try, not the rest of a set
        self._wanted = self._calibrator.held_count + 1
        return [*events, self._say(t_s, is_repeated=True)]

    def _progress(self, t_s: float) -> list[Event]:
        """The next step where one was done; the same again from another pose than it was said in."""
        wanted = self._calibrator.held_count + 1
        newest = self._calibrator.holds[-1]
        is_elsewhere = self._said_pose is None or newest.angle_deg(self._said_pose) >= SAME_POSE_DEG
        is_again = wanted == self._wanted
        self._first_pose = self._first_pose or newest
        if self.is_away and newest.angle_deg(self._first_pose) < SAME_POSE_DEG:
            return []
        self.is_away = False
        if newest.held_s < self.config.calibration.hold_min_s or (is_again and not (wanted == 2 and is_elsewhere)):
            return []
        is_repeated, self._wanted = wanted <= self._wanted, wanted
        if not is_repeated:
            self._patience_s = self.config.calibration.remind_s
        return [self._say(t_s, is_repeated=is_repeated)]

    def _remind(self, t_s: float) -> CalibrationStep:
        """Nothing came of it for a while: whoever was taken to be away yet may lie there and wait."""
        self._was_reminded, self.is_away = True, False
        self._patience_s *= 2
        is_repeated = self._calibrator.held_count + 1 <= self._wanted
        self._wanted = max(self._wanted, self._calibrator.held_count + 1)
        return self._say(t_s, is_repeated=is_repeated)

    def _say(self, t_s: float, *, is_repeated: bool = False) -> CalibrationStep:
        """What is wanted now; without progress it will be said again, ever more rarely."""
        self._remind_s = t_s + self._patience_s
        self._said_pose = self._calibrator.holds[-1] if self._calibrator.holds else None
        return CalibrationStep(t_s, t_s, self._wanted, is_top=self._wanted % 2 == 0, is_repeated=is_repeated)

    def _ended(self, t_s: float, reason: str) -> CalibrationEnded:
        return CalibrationEnded(t_s, t_s, reason, self.is_relative)

    def _new_probe(self, rest: Vector, row: int, is_resumed: bool) -> Probe:
        return Probe(
            self.config,
            self.rate_hz,
            self.has_gyroscope,
            rest,
            row,
            row,
            is_resumed=is_resumed,
            thrusts=THRUSTS_OF_A_SET,
            doubtful=DOUBTFUL_THRUSTS,
            longest_hold_s=self.config.calibration.hold_min_s + STILL_LAG_S,
        )
