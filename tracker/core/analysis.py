"""The mode the lifter is in: unarmed, calibrating, counting; rows of the history in, events out.

Everything happens at a row: a still pose is known at its row, arming at its row, and what was learned from still poses
is used from that row on, so blocks of any size give the same events.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from tracker.core import frame
from tracker.core.calibration import HoldCalibrator, Refusal
from tracker.core.config import Config, CountAt
from tracker.core.counting import CountingRun, Probe
from tracker.core.events import (
    Armed,
    Calibrated,
    CalibrationRefused,
    CalibrationStarted,
    Disarmed,
    Event,
    RepVoided,
    StreamWarning,
)
from tracker.core.history import ACC, STILL, History, T
from tracker.core.holds import Vector
from tracker.core.metrics import Measuring
from tracker.core.model import GRAVITY_MPS2, NAN, Bools, Calibration, CalibrationKind, Floats, Ints
from tracker.core.phases import Source
from tracker.core.segmentation import Move, RepWindow, Returned, TopReached
from tracker.core.session import Session
from tracker.core.still import STILL_LAG_S, AccErrorEstimate, StillPose, StillPoses, mean_force

# Rest poses that are tried at once while nothing is calibrated: bottom, top and one before.
PROBES = 3
NO_BIAS = (0.0, 0.0, 0.0)
# A rest pose this near to one that is being tried already is the same [deg].
SAME_REST_DEG = 5.0
# At rest the specific force must be g; outside of this the range or unit is wrong [g].
GRAVITY_LOW, GRAVITY_HIGH = 0.93, 1.07
# What else it may be, by what it reads [g]: 1 / 9.81 and 9.81 are the other unit.
GRAVITY_CAUSES = (
    (0.094, 0.110, "g where m/s2 is expected"),
    (9.1, 10.5, "m/s2 where g is expected"),
    (0.0, 0.3, "linear acceleration without gravity"),
)
# So much of the first rest is looked at for gravity.
FIRST_REST_S = 1.0


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
    _to_offer: list[tuple[int, StillPose]] = field(default_factory=list)
    _calibrator: HoldCalibrator | None = None
    _is_gravity_checked: bool = False
    _probes: list[Probe] = field(default_factory=list)

    def __post_init__(self) -> None:
        rate_hz = self.history.rate_hz
        self._still = StillPoses(rate_hz, self.config.still.pose_min_s)
        self._estimate = AccErrorEstimate()

    @property
    def phase(self) -> str:
        """For screens."""
        if self._calibrator is not None:
            return "calibrating"
        return str(self.run.segmenter.phase) if self.run is not None else "unarmed"

    # commands ----------------------------------------------------------------------------------------------------

    def start_calibration(self, t_s: float) -> list[Event]:
        """Look for two-legged thrusts from here on; counting stops."""
        events: list[Event] = []
        if self.run is not None:
            events = self._told(self.run.segmenter.interrupt(), self._row - 1) + self._leave(t_s, "calibration")
        self._probes, self._to_offer = [], []
        self._calibrator = HoldCalibrator(self.config.calibration, self.source.has_gyroscope)
        return [*events, CalibrationStarted(t_s, t_s)]

    def end_calibration(self, t_s: float) -> list[Event]:
        """Stop looking; what is not complete is refused."""
        if self._calibrator is None:
            return []
        self._calibrator, self._to_offer = None, []
        return [
            CalibrationRefused(
                t_s, t_s, "The calibration ended before two thrusts were complete.",
                "Lie still at the bottom, then twice: up, hold two seconds, down, hold two seconds, on both legs.",
            )
        ]  # fmt: skip

    # the stream --------------------------------------------------------------------------------------------------

    def advance(self) -> list[Event]:
        """Take in the rows that were appended to the history since."""
        stop = self.history.end
        events: list[Event] = []
        self._note_poses(self._row, stop)
        rested_at = None if self._is_gravity_checked else self._still_row(stop, FIRST_REST_S)
        if rested_at is not None:
            events += self._go_on(rested_at + 1) + self._check_gravity(rested_at)
        return events + self._go_on(stop)

    def _go_on(self, stop: int) -> list[Event]:
        events: list[Event] = []
        while self._row < stop:
            until = self._until(stop)
            if self._calibrator is not None:
                events += self._calibrate(until)
            elif self.run is not None:
                events += self._count(until)
            else:
                events += self._wait(until)
            if self._row > self.history.start and not self._is_moving():
                events += self.session.tick(self._time_s(self._row - 1))
        return events

    def _until(self, stop: int) -> int:
        """Rows up to here go at once: time-outs take effect at their row, or at the first after an open movement."""
        due_s = self.session.due_s
        if self._time_s(stop - 1) <= due_s:
            return stop
        return self._row + 1 + int(np.searchsorted(self.history.column(T, self._row, stop), due_s, side="right"))

    def _check_gravity(self, row: int) -> list[Event]:
        """The size of the specific force in the first rest; a wrong range or unit shows here, and only here."""
        self._is_gravity_checked = True
        rows = max(1, int(FIRST_REST_S * self.history.rate_hz))
        mean = self.history.columns(ACC, row + 1 - rows, row + 1).mean(axis=1)
        size_g = float(np.sqrt(mean @ mean)) / GRAVITY_MPS2
        if GRAVITY_LOW <= size_g <= GRAVITY_HIGH:
            return []
        cause = next((cause for low, high, cause in GRAVITY_CAUSES if low <= size_g <= high), "another range or unit")
        says = f"At rest the accelerometer reads {size_g:.2f} g instead of 1: it sends {cause}."
        return [StreamWarning(self._time_s(row), self._time_s(row), "gravity", says)]

    def interrupt(self, duration_s: float) -> list[Event]:
        """The stream broke off: void what is open, keep set and count."""
        events: list[Event] = []
        if self.run is not None:
            now_s = self._time_s(self._row - 1)
            is_void = self.run.segmenter.has_open_movement and not self.run.segmenter.is_open_counted
            events += self._told(self.run.segmenter.interrupt(), self._row - 1)
            if is_void:
                self.session.voided(now_s)
                events.append(RepVoided(now_s, now_s, "samples are missing inside the movement"))
            if duration_s < self.config.sets.rest_s:
                self.run = self._new_run(self.run.calibration, self._row, is_resumed=True)
            else:
                events += self._leave(now_s, "the stream was interrupted")
        rests = [probe.rest for probe in self._probes] if duration_s < self.config.sets.rest_s else []
        self._probes = [self._new_probe(rest, self._row, is_resumed=True) for rest in rests]
        self._still.reset()
        self._to_offer = []
        return events

    def finish(self) -> list[Event]:
        """The stream ends here."""
        if self.run is None or self._row == self.history.start:
            return []
        return self._told(self.run.segmenter.interrupt(), self._row - 1)

    # modes -------------------------------------------------------------------------------------------------------

    def _count(self, stop: int) -> list[Event]:
        assert self.run is not None
        run = self.run
        moves, left_at = run.feed(self.history, stop)
        events = self._told(moves, run.armed_row)
        self._row = run.row
        if left_at is not None:
            self._row = left_at
            events += self._leave(self._time_s(left_at), "the posture was left")
        return events

    def _wait(self, stop: int) -> list[Event]:
        """Unarmed: probe what moves, arm when still at the bottom."""
        rested = self._still_rows(stop, self.config.arming.still_s)
        if self.calibration is not None and self.calibration.kind is CalibrationKind.HOLD:
            rested = rested[self._are_at_bottom(rested)]  # elsewhere there is nothing to try
        armed_at = int(rested[0]) if len(rested) else None
        until = stop if armed_at is None else armed_at + 1
        events: list[Event] = []
        found: tuple[int, Probe] | None = None
        for probe in list(self._probes):
            row = probe.feed(self.history, until, self._estimate)
            if row is not None and (found is None or row < found[0]):
                found = row, probe
            if probe.is_over:
                self._probes.remove(probe)
        if found is not None:
            return self._adopt(found[1], found[0])
        self._row = until
        if armed_at is not None:
            events += self._try_to_arm(armed_at)
        return events

    def _try_to_arm(self, row: int) -> list[Event]:
        if self.calibration is not None and self._are_at_bottom(np.array([row]))[0]:
            self.run = self._new_run(self.calibration, row + 1)
            self._probes = []
            return [Armed(self._time_s(row), self._time_s(row), self.session.side)]
        may_probe = self.source.has_gyroscope or self.session.is_announced
        if may_probe and (self.calibration is None or self.calibration.kind is CalibrationKind.AUTO):
            up = self.history.corrected_up(row, row + 1, (0.0, 0.0, 0.0))
            rest = (float(up[0, 0]), float(up[1, 0]), float(up[2, 0]))
            if not self._is_tried(up):
                self._probes = [*self._probes[-PROBES + 1 :], self._new_probe(rest, row + 1)]
        return []

    def _is_tried(self, up: Floats) -> bool:
        """True if a probe waits at this very rest pose."""
        waiting = [probe.rest for probe in self._probes if not probe.segmenter.has_open_movement]
        return any(float(frame.angle_from_deg(up, rest)[0]) < SAME_REST_DEG for rest in waiting)

    def _adopt(self, probe: Probe, row: int) -> list[Event]:
        """Two consistent thrusts without calibration: count them, and go on from there."""
        calibration = probe.calibration
        assert calibration is not None
        self.calibration = calibration
        self._probes = []
        known_s = self._time_s(row)
        armed_s = self._time_s(probe.first_row)
        self.run = self._new_run(calibration, probe.first_row)
        moves, left_at = self.run.feed(self.history, row + 1)
        self._row = self.run.row
        events: list[Event] = [
            Calibrated(known_s, known_s, calibration), Armed(armed_s, known_s, self.session.side)
        ]  # fmt: skip
        events += self._told(moves, row)
        if left_at is not None:
            events += self._leave(known_s, "the posture was left")
        return events

    def _calibrate(self, stop: int) -> list[Event]:
        """Offer the calibrator the next still pose: one that ended, or one that has lasted long enough already."""
        needed_s = self.config.calibration.hold_min_s + STILL_LAG_S
        held_at = self._still_row(stop, needed_s)
        if self._to_offer and self._to_offer[0][0] < stop and (held_at is None or self._to_offer[0][0] <= held_at):
            return self._offer(*self._to_offer.pop(0))
        if held_at is not None:
            start = held_at + 1 - int(self.history.column(STILL, held_at, held_at + 1)[0])
            return self._offer(held_at, StillPose(start, held_at + 1))
        self._row = stop
        return []

    def _offer(self, row: int, pose: StillPose) -> list[Event]:
        assert self._calibrator is not None
        self._row = row + 1
        result = self._calibrator.add(self.history, pose, self._estimate.at(row))
        t_s = self._time_s(row)
        if isinstance(result, Refusal):
            return [CalibrationRefused(t_s, t_s, result.reason, result.hint)]
        if result is None:
            return []
        self.calibration, self._calibrator = result, None
        self._to_offer = []
        return [Calibrated(t_s, t_s, result)]

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
                    events += self._measured(move, min(max(move.stop, not_before), self.history.end - 1))
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

    def _new_probe(self, rest: Vector, row: int, *, is_resumed: bool = False) -> Probe:
        has_gyroscope = self.source.has_gyroscope
        return Probe(self.config, self.history.rate_hz, has_gyroscope, rest, row, row, is_resumed=is_resumed)

    def _leave(self, t_s: float, reason: str) -> list[Event]:
        self.run = None
        return [*self.session.left_posture(t_s), Disarmed(t_s, t_s, reason)]

    def _are_at_bottom(self, rows: Ints) -> Bools:
        """Which of these rising rows (n,) are in the calibrated bottom pose."""
        assert self.calibration is not None
        if not len(rows):
            return np.zeros(0, dtype=np.bool_)
        first, last = int(rows[0]), int(rows[-1])
        bias = self.calibration.acc_bias_mps2 if self.source.has_gyroscope else NO_BIAS
        up = self.history.corrected_up(first, last + 1, bias)[:, rows - first]
        allowed_deg = self.config.arming.posture_deg
        is_low: Bools = np.abs(frame.rise_deg(up, self.calibration)) <= allowed_deg
        return is_low & (np.abs(frame.level_deg(up, self.calibration)) <= allowed_deg)

    def _is_moving(self) -> bool:
        return self.run is not None and self.run.segmenter.has_open_movement

    def pose(self) -> tuple[float, float, float]:
        """Rise in % of the full range, level and inclination [deg] of the newest row; NaN while unknown."""
        calibration = self.calibration if self.run is None else self.run.calibration
        if calibration is None or self.history.end == self.history.start:
            return NAN, NAN, NAN
        row = self.history.end - 1
        up = self.history.corrected_up(
            row, row + 1, calibration.acc_bias_mps2 if self.source.has_gyroscope else NO_BIAS
        )
        full_deg = calibration.full_range_deg if np.isfinite(calibration.full_range_deg) else calibration.bottom_deg
        return (
            100.0 * float(frame.rise_deg(up, calibration)[0]) / full_deg,
            float(frame.level_deg(up, calibration)[0]),
            float(frame.inclination_deg(up, calibration)[0]),
        )

    def _note_poses(self, start: int, stop: int) -> None:
        poses = self._still.feed(self.history, start, stop)
        for row, pose in poses:
            self._estimate.learn(row, mean_force(self.history, pose))
        if self._calibrator is not None:
            self._to_offer += poses

    def _still_rows(self, stop: int, least_s: float) -> Ints:
        """Rows from here on (n,) at which the body has been still for `least_s`, or for a multiple of it."""
        needed = max(1, int(least_s * self.history.rate_hz))
        still_rows = self.history.column(STILL, self._row, stop)
        return np.asarray(self._row + np.flatnonzero((still_rows > 0) & (still_rows % needed == 0)))

    def _still_row(self, stop: int, least_s: float) -> int | None:
        """The first of `_still_rows`."""
        rows = self._still_rows(stop, least_s)
        return int(rows[0]) if len(rows) else None

    def _time_s(self, row: int) -> float:
        return self.history.time_s(row)
