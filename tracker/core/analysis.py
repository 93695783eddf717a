"""The mode the lifter is in: unarmed, calibrating, counting; rows of the history in, events out.

Everything happens at a row: a still pose is known at its row, arming at its row, and what was learned from still poses
is used from that row on, so blocks of any size give the same events.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from tracker.core.config import Config, CountAt
from tracker.core.counting import CountingRun
from tracker.core.events import (
    Armed,
    Calibrated,
    CalibrationEnded,
    CalibrationRefused,
    Disarmed,
    Event,
    RepVoided,
    SensorSlipped,
)
from tracker.core.gravity import GravityCheck
from tracker.core.guide import Guide
from tracker.core.height import AccError
from tracker.core.history import History, T
from tracker.core.holds import Vector
from tracker.core.metrics import Measuring
from tracker.core.model import NAN, Bools, Calibration, CalibrationKind, Ints
from tracker.core.phases import Source
from tracker.core.posture import are_at_bottom, moved_deg, pose_at
from tracker.core.probing import Probe, Probes
from tracker.core.segmentation import Move, RepWindow, Returned, TopReached
from tracker.core.session import Session
from tracker.core.still import AccErrorEstimate, StillPose, StillPoses, mean_force, still_anew, still_rows

# A calibration asked for this early in the stream [s] was asked for at a keyboard, not lying down.
AWAY_S = 5.0


@dataclass(slots=True)
class Analysis:
    """Feed it the history as it grows."""

    config: Config
    session: Session
    history: History
    source: Source
    calibration: Calibration | None = None
    run: CountingRun | None = None
    _row: int = 0
    _measuring: Measuring = field(init=False)
    _still: StillPoses = field(init=False)
    _estimate: AccErrorEstimate = field(init=False)
    _poses: list[tuple[int, StillPose]] = field(default_factory=list)  # that ended in the rows at hand
    _guide: Guide | None = None
    _is_unproved: bool = False  # the calibration is of an earlier session, and no rep came near its top yet
    _gravity: GravityCheck = field(default_factory=GravityCheck)
    _probes: Probes = field(init=False)

    def __post_init__(self) -> None:
        rate_hz = self.history.rate_hz
        self._still = StillPoses(rate_hz, self.config.still.pose_min_s)
        self._estimate = AccErrorEstimate()
        self._probes = Probes(self._new_probe)

    @property
    def phase(self) -> str:
        """For screens."""
        if self._guide is not None:
            return "calibrating"
        return str(self.run.segmenter.phase) if self.run is not None else "unarmed"

    # commands ----------------------------------------------------------------------------------------------------

    def start_calibration(self, t_s: float, given: Calibration | None = None) -> list[Event]:
        """Look for two-legged thrusts from here on, or for the rest pose of a calibration given; counting stops."""
        events: list[Event] = []
        if self.run is not None:
            events = self._told(self.run.segmenter.interrupt(), self._row - 1) + self._leave(t_s, "calibration")
        self._probes.forget()
        if given is not None:  # an offset is the sensor's, however it is worn
            self._estimate.expect(AccError(given.acc_bias_mps2, given.acc_scale))
        self._guide = Guide(
            self.config,
            self.history.rate_hz,
            self.source.has_gyroscope,
            self._row,
            given,
            is_relative=not self._is_sure,
            is_away=t_s < AWAY_S,
            may_begin_a_set=self._may_probe,
        )
        self._guide.note([(row, pose) for row, pose in self._poses if row >= self._row])
        return events + self._guide.begin(t_s)

    def end_calibration(self, t_s: float) -> list[Event]:
        """Stop looking."""
        if self._guide is None:
            return []
        is_relative, self._guide = self._guide.is_relative, None
        return [
            CalibrationRefused(
                t_s, t_s, "The calibration ended before two thrusts were complete.",
                "Lie still at the bottom, then twice: up, hold two seconds, down, hold two seconds, on both legs.",
            ),
            CalibrationEnded(t_s, t_s, "it was not completed", is_relative),
        ]  # fmt: skip

    # the stream --------------------------------------------------------------------------------------------------

    def advance(self) -> list[Event]:
        """Take in the rows that were appended to the history since."""
        stop = self.history.end
        events: list[Event] = []
        self._note_poses(self._row, stop)
        for row, found in self._gravity.feed(self.history, self._row, stop):
            events += self._go_on(row + 1) + found
        return events + self._go_on(stop)

    def _go_on(self, stop: int) -> list[Event]:
        events: list[Event] = []
        while self._row < stop:
            if self._guide is None and self.run is not None:
                events += self._count(stop)
            elif self._guide is not None:
                events += self._calibrate(self._until(stop))
            else:
                events += self._wait(self._until(stop))
            if self._row > self.history.start and not self._is_moving():
                events += self.session.tick(self._time_s(self._row - 1))
        return events

    def _until(self, stop: int) -> int:
        """Rows up to here go at once: time-outs take effect at their row."""
        return min(stop, self._overdue(stop) + 1)

    def _overdue(self, stop: int) -> int:
        """The first row, of those from now to `stop`, at which `tick` has something to say; `stop` if there is none."""
        due_s = self.session.due_s
        if self._time_s(stop - 1) <= due_s:
            return stop
        return self._row + int(np.searchsorted(self.history.column(T, self._row, stop), due_s, side="right"))

    def interrupt(self, t_s: float, duration_s: float) -> list[Event]:
        """The stream broke off at `t_s`: void what is open, keep set and count."""
        events: list[Event] = []
        if self.run is not None:
            now_s = t_s if self._row == self.history.start else self._time_s(self._row - 1)  # no row since the last gap
            is_void = self.run.segmenter.has_open_movement and not self.run.segmenter.is_open_counted
            events += self._told(self.run.segmenter.interrupt(), self._row - 1)
            if is_void:
                self.session.voided(now_s)
                events.append(RepVoided(now_s, now_s, "samples are missing inside the movement"))
            if duration_s < self.config.sets.rest_s:
                self.run = self._new_run(self.run.calibration, self._row, is_resumed=True)
            else:
                events += self._leave(now_s, "the stream was interrupted")
        is_long = duration_s >= self.config.sets.rest_s
        self._probes.interrupt(self._row, is_long=is_long)
        if self._guide is not None:
            self._guide.interrupt(self._row, is_long=is_long)
        self._still.reset()
        return events

    def finish(self) -> list[Event]:
        """The stream ends here."""
        if self.run is None or self._row == self.history.start:
            return []
        return self._told(self.run.segmenter.interrupt(), self._row - 1)

    # modes -------------------------------------------------------------------------------------------------------

    def _count(self, stop: int) -> list[Event]:
        """Follow the run; what it found and what time brings take effect in the order of their rows."""
        run = self.run
        assert run is not None
        moves, left_at = run.feed(self.history, stop)
        events: list[Event] = []
        for move in moves:
            events += self._let_pass(run, move.known)
            if self.run is not run:
                return events
            events += self._told([move], run.armed_row)
        events += self._let_pass(run, run.row)
        if left_at is not None and self.run is run:
            events += self._leave(self._time_s(left_at), "the posture was left")
        return events

    def _let_pass(self, run: CountingRun, stop: int) -> list[Event]:
        """Rows up to here without a move: time-outs, and who never got up after a set lies ready once still anew."""
        events: list[Event] = []
        while self._row < stop:
            since_s = self.session.awaited_since_s
            if since_s is None and self._time_s(stop - 1) <= self.session.due_s:
                self._row = stop  # as nearly always
                break
            rested = still_anew(self.history, self._row, stop, self.config.arming.still_s, since_s)
            ready_at = next((row for row in rested if run.segmenter.calm_from(row) == row), stop)
            overdue_at = min(run.segmenter.calm_from(self._overdue(stop)), stop)
            row = min(ready_at, overdue_at)
            if row < stop and row == ready_at:
                if self._moved_deg(row) > self.config.calibration.slip_lying_deg:
                    return events + self._ask_again(row)
                events += self.session.lies_ready(self._time_s(row))
            if row < stop and row == overdue_at:
                events += self.session.tick(self._time_s(row))
            self._row = min(row + 1, stop)
        return events

    def _wait(self, stop: int) -> list[Event]:
        """Unarmed: probe what moves, arm when still at the bottom."""
        rested = still_rows(self.history, self._row, stop, self.config.arming.still_s)
        is_low = self._are_at_bottom(rested)
        if self._is_sure:
            rested, is_low = rested[is_low], is_low[is_low]  # elsewhere there is nothing to try
        self._probes.feed(self.history, stop, self._estimate)
        for row, may_arm in zip(rested.tolist(), is_low.tolist(), strict=True):
            if (found := self._probes.found(row)) is not None:
                return self._adopt(found)
            if may_arm:
                return self._arm(row)
            if self._may_probe:
                self._probes.watch(self.history, row, stop, self._estimate)
        if (found := self._probes.found(stop)) is not None:
            return self._adopt(found)
        self._row = stop
        return []

    def _arm(self, row: int) -> list[Event]:
        """Still at the bottom of the calibration: the next rise counts, unless the sensor has slipped."""
        assert self.calibration is not None
        if self._moved_deg(row) > self.config.calibration.slip_deg:
            return self._ask_again(row)
        self._row = row + 1
        self.run = self._new_run(self.calibration, self._row)
        self._probes.forget()
        return self.session.lies_ready(self._time_s(row))

    @property
    def _may_probe(self) -> bool:
        """An accelerometer alone can not tell thrusts from other slow tilts, unless the person announced them."""
        return self.source.has_gyroscope or self.session.is_announced

    def _adopt(self, probe: Probe) -> list[Event]:
        """Thrusts that follow each other from a rest pose: count them, and go on from there."""
        row = probe.over_at
        assert row is not None
        known_s = self._time_s(row)
        events: list[Event] = []
        if not self._is_sure:
            if self._is_unproved:
                events.append(SensorSlipped(known_s, known_s, self._moved_deg(probe.first_row)))
            self.calibration, self._is_unproved = probe.calibration, False
            assert self.calibration is not None
            events.append(Calibrated(known_s, known_s, self.calibration))
        self._probes.forget()
        armed_s = self._time_s(probe.first_row)
        assert self.calibration is not None
        self.run = self._new_run(self.calibration, probe.first_row)
        moves, left_at = self.run.feed(self.history, row + 1)
        self._row = self.run.row
        events.append(Armed(armed_s, known_s, self.session.side))
        events += self._told(moves, row)
        if left_at is not None:
            events += self._leave(known_s, "the posture was left")
        return events

    def _calibrate(self, stop: int) -> list[Event]:
        """Let the guide lead, until it ends one way or the other."""
        guide = self._guide
        assert guide is not None
        guide.may_begin_a_set = self._may_probe
        events = guide.feed(self.history, stop, self._estimate)
        self._row = guide.row
        if guide.is_over:
            self._guide = None
            self.calibration = guide.calibration or self.calibration
            self._is_unproved = guide.calibration is not None and guide.calibration is guide.given
            if guide.probe is not None:
                events += self._adopt(guide.probe)
        return events

    @property
    def _is_sure(self) -> bool:
        """True while a calibration by holds is in use that proved itself: thrusts from elsewhere are none."""
        return self.calibration is not None and self.calibration.kind is CalibrationKind.HOLD and not self._is_unproved

    def _moved_deg(self, row: int) -> float:
        """How far the pose at this row lies from the calibrated rest."""
        assert self.calibration is not None
        return moved_deg(self.history, row, self.calibration, has_gyroscope=self.source.has_gyroscope)

    def _ask_again(self, row: int) -> list[Event]:
        """The sensor lies otherwise on the body than when it was calibrated."""
        t_s, by_deg = self._time_s(row), self._moved_deg(row)
        left = [] if self.run is None else self._leave(t_s, "calibration")
        self.calibration, self._row = None, row + 1
        events = [SensorSlipped(t_s, t_s, by_deg), *left, *self.start_calibration(t_s)]
        assert self._guide is not None
        self._guide.watch(self.history, row, self._estimate)
        return events

    # ------------------------------------------------------------------------------------------------------------

    def _told(self, moves: list[Move], not_before: int) -> list[Event]:
        """Moves as events; none is known before row `not_before`."""
        events: list[Event] = []
        at_top = self.config.rep.count_at is CountAt.TOP
        for move in moves:
            match move:
                case TopReached(rise, top, known):
                    if at_top:
                        events += self._counted(rise, top, max(known, not_before))
                case Returned(rise, known):
                    if not at_top:
                        events += self._counted(rise, known, max(known, not_before))
                case RepWindow():
                    events += self._measured(move, min(max(move.known, not_before), self.history.end - 1))
        return events

    def _counted(self, rise: int, row: int, known: int) -> list[Event]:
        rested_s = self._time_s(max(rise - 1, self.history.start))  # the last moment before it rose
        return [
            *self.session.tick(rested_s),
            *self.session.count(self._time_s(row), start_s=rested_s, known_s=self._time_s(known)),
        ]

    def _measured(self, window: RepWindow, known: int) -> list[Event]:
        assert self.run is not None
        calibration = self.run.calibration
        acc_error = self._estimate.at(known)  # with what the holds of this very set taught since arming
        rep = self._measuring.measure(window, self.history, calibration, acc_error)
        known_s = self._time_s(known)
        if abs(rep.top_inclination_deg) + abs(rep.level_top_deg) < self.config.arming.posture_deg:
            self._is_unproved = False
        events = [] if window.is_counted else self.session.tick(self._time_s(max(window.rise - 1, self.history.start)))
        return [
            *events,
            *self.session.measured(rep, is_counted=window.is_counted, calibration=calibration, known_s=known_s),
        ]

    def _new_run(self, calibration: Calibration, row: int, *, is_resumed: bool = False) -> CountingRun:
        self._measuring = Measuring(self.config, self.source, max(row, self.history.start))
        return CountingRun(
            self.config,
            calibration,
            self.history.rate_hz,
            self.source.has_gyroscope,
            row=row,
            armed_row=row,
            is_resumed=is_resumed,
        )

    def _new_probe(self, rest: Vector, row: int, is_resumed: bool) -> Probe:
        has_gyroscope = self.source.has_gyroscope
        return Probe(self.config, self.history.rate_hz, has_gyroscope, rest, row, row, is_resumed=is_resumed)

    def _leave(self, t_s: float, reason: str) -> list[Event]:
        self.run = None
        return [*self.session.left_posture(t_s), Disarmed(t_s, t_s, reason)]

    def _are_at_bottom(self, rows: Ints) -> Bools:
        """Which of these rising rows (n,) are in the calibrated bottom pose; none while nothing is calibrated."""
        if self.calibration is None:
            return np.zeros(len(rows), dtype=np.bool_)
        allowed_deg, has_gyroscope = self.config.arming.posture_deg, self.source.has_gyroscope
        return are_at_bottom(self.history, rows, self.calibration, allowed_deg, has_gyroscope=has_gyroscope)

    def _is_moving(self) -> bool:
        return self.run is not None and self.run.segmenter.has_open_movement

    def pose(self) -> tuple[float, float, float]:
        """Rise in % of the full range, level and inclination [deg] of the newest row; NaN while unknown."""
        calibration = self.calibration if self.run is None else self.run.calibration
        if calibration is None or self.history.end == self.history.start:
            return NAN, NAN, NAN
        return pose_at(self.history, self.history.end - 1, calibration, has_gyroscope=self.source.has_gyroscope)

    def _note_poses(self, start: int, stop: int) -> None:
        poses = self._still.feed(self.history, start, stop)
        for row, pose in poses:
            self._estimate.learn(row, mean_force(self.history, pose))
        if self._guide is not None:
            self._guide.note(poses)
        self._poses = poses

    def _time_s(self, row: int) -> float:
        return self.history.time_s(row)
