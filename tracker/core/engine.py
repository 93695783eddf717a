"""The engine: packets and commands in, events out. It neither reads a clock nor does I/O.

decoder -> timeline -> orientation -> history -> analysis -> session. Fed whole, packet by packet or in any blocks it
says the same, to the bit: every stage works row by row with carried state, and whatever is learned takes effect at a
row, not at the end of a batch.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, islice
from typing import cast

from tracker.core.analysis import Analysis
from tracker.core.axes import AxesCheck
from tracker.core.config import Config
from tracker.core.events import (
    BatteryRead,
    Event,
    LinkChanged,
    Marked,
    Noted,
    PacketRejected,
    PoseUpdated,
    SignalGap,
    StreamEnded,
    StreamStarted,
    StreamWarning,
)
from tracker.core.grid import Break, Bridged, GridItem
from tracker.core.history import BLOCK_ROWS, History
from tracker.core.markers import misspelt
from tracker.core.model import (
    Battery,
    Calibration,
    Clock,
    Command,
    CommandName,
    Decoder,
    Input,
    Packet,
    Readings,
    Samples,
)
from tracker.core.orientation import Orientation
from tracker.core.phases import Source
from tracker.core.readings import joined
from tracker.core.second import SecondLink, packets_of_first
from tracker.core.session import Session
from tracker.core.timeline import Started, Timeline
from tracker.core.trace import Tracer

# Packets decoded at once: enough that numpy's fixed cost vanishes, little enough that memory stays flat.
PACKETS_AT_ONCE = 4096
# Below this rate fast reps are no longer certain [Hz].
SLOW_RATE_HZ = 25.0
# So slow is no sensor of motion: a file's times are in milliseconds.
ABSURD_RATE_HZ = 2.0
# At this level the sensor is to be charged before the next session [%]: a small cell lasts another hour or two.
LOW_BATTERY_PCT = 20
# What a command may say of the side; nothing = leave it as it is.
SIDE_WORDS = ("", "left", "right", "swap")


@dataclass(slots=True)
class Engine:
    """One session. `side_plan`: "" (not declared), left, right or alternate.

    `given`: a calibration of an earlier session with the same sensor, used if the rest pose still agrees.
    `pose_rate_hz` > 0 adds PoseUpdated, `curve_rate_hz` > 0 adds CurveTraced.
    """

    config: Config
    decoder: Decoder
    side_plan: str = ""
    pose_rate_hz: float = 0.0
    curve_rate_hz: float = 0.0
    given: Calibration | None = None
    _timeline: Timeline = field(init=False)
    _session: Session = field(init=False)
    _orientation: Orientation | None = None
    _analysis: Analysis | None = None
    _tracer: Tracer | None = None
    _early: list[Command] = field(default_factory=list)
    _now_s: float = 0.0
    _rejected_packets: int = 0
    _sample_count: int = 0
    _pose_due_s: float = 0.0
    _is_finished: bool = False
    _clock: Clock | None = None
    _is_battery_low: bool = False
    _axes: AxesCheck | None = None
    _clockless: list[Readings] = field(default_factory=list)  # rows that came before the decoder knew their clock
    _second: SecondLink = field(default_factory=lambda: SecondLink(LOW_BATTERY_PCT))

    def __post_init__(self) -> None:
        self._timeline = Timeline(self.config.timeline, self.config.orientation)
        self._session = Session(self.config, self.side_plan)

    def feed(self, inputs: Iterable[Input]) -> list[Event]:
        """Events that these inputs make known, in order."""
        events: list[Event] = []
        for kind, group in groupby(inputs, type):
            if kind is Packet:
                while packets := list(islice(cast(Iterator[Packet], group), PACKETS_AT_ONCE)):
                    if counted := packets_of_first(packets):
                        events += self._decode(counted)
            else:
                for command in cast(Iterator[Command], group):
                    events += self._obey(command)
        return events

    def finish(self) -> list[Event]:
        """Close what is open; the account of the stream is the last event."""
        if self._is_finished:
            return []
        self._is_finished = True
        events = self._take(self._timeline.finish())
        for command in self._early:  # a stream without samples
            events += self._do(command)
        if self._analysis is not None:
            events += self._analysis.finish()
        if self._tracer is not None:
            events += self._tracer.flush()
        events += self._session.finish(self._now_s)
        account = self._timeline.account
        events.append(
            StreamEnded(
                self._now_s,
                self._now_s,
                sample_count=self._sample_count,
                missing_samples=account.missing_samples,
                duplicate_samples=account.duplicate_samples,
                late_samples=account.late_samples,
                rejected_packets=self._rejected_packets,
                saturated_samples=account.saturated_samples,
                gap_count=account.gap_count,
                clock_resets=account.clock_resets,
                duration_s=self._now_s,
            )
        )
        return events

    # packets -----------------------------------------------------------------------------------------------------

    def _decode(self, packets: Sequence[Packet]) -> list[Event]:
        """Decode together; where something is rejected or the clock changes, halve until it stands alone.

        So its place in the stream is exact, and the same as if the packets had come one by one.
        """
        before = copy.deepcopy(self.decoder) if len(packets) > 1 else self.decoder
        decoded = self.decoder.decode(packets)
        # of a source that samples unevenly the clock is only an estimate, which the timeline does not use
        has_new_clock = decoded.clock != self._clock and decoded.clock is not None and decoded.clock.is_regular
        if len(packets) > 1 and (decoded.rejected or decoded.messages or has_new_clock):
            self.decoder = before
            middle = len(packets) // 2
            return self._decode(packets[:middle]) + self._decode(packets[middle:])
        self._clock = decoded.clock
        events: list[Event] = []
        if decoded.readings is not None:
            self._sample_count += len(decoded.readings)
            self._clockless.append(decoded.readings)
        if self._clockless and decoded.clock is not None:
            readings, self._clockless = joined(self._clockless), []
            events += self._take(self._timeline.feed(readings, decoded.clock))
        for error in decoded.rejected:
            self._rejected_packets += 1
            events.append(PacketRejected(self._now_s, self._now_s, error.decoder, error.reason))
        for message in decoded.messages:
            if isinstance(message, Battery):
                events += self._battery(message.percent)
            else:
                events.append(StreamWarning(self._now_s, self._now_s, "sensor", message))
        return events

    def _battery(self, percent: int) -> list[Event]:
        """The level, and a warning the first time that it is low."""
        now_s = self._now_s
        events: list[Event] = [BatteryRead(now_s, now_s, percent)]
        if percent <= LOW_BATTERY_PCT and not self._is_battery_low:
            self._is_battery_low = True
            message = f"The sensor's battery is at {percent} %: charge or change it after this session."
            events.append(StreamWarning(now_s, now_s, "battery", message))
        return events

    def _take(self, items: list[Started | GridItem]) -> list[Event]:
        events: list[Event] = []
        for item in items:
            match item:
                case Started():
                    events += self._start(item)
                case Samples():
                    for start in range(0, len(item), BLOCK_ROWS):
                        events += self._checked(item.cut(start, start + BLOCK_ROWS))
                case Break(t_s, duration_s, missing):
                    events.append(SignalGap(t_s, t_s, missing, duration_s, is_bridged=False))
                    events += self._interrupt(t_s, duration_s)
                case Bridged(t_s, duration_s, missing):
                    events.append(SignalGap(t_s, t_s, missing, duration_s, is_bridged=True))
        return events

    def _start(self, started: Started) -> list[Event]:
        self._orientation = Orientation(self.config, started.output_rate_hz, started.has_gyroscope)
        self._analysis = Analysis(
            self.config,
            self._session,
            History(started.output_rate_hz),
            Source(started.has_gyroscope, started.rate_hz),
        )
        if started.has_gyroscope:
            self._axes = AxesCheck(started.output_rate_hz)
        if self.curve_rate_hz:
            self._tracer = Tracer(self._analysis.history, started.has_gyroscope, self.curve_rate_hz)
        events: list[Event] = [StreamStarted(0.0, 0.0, started.rate_hz, started.nominal_rate_hz, started.has_gyroscope)]
        if started.rate_hz < SLOW_RATE_HZ:
            says = f"The sensor samples {started.rate_hz:.1f} times a second; fast reps need 25."
            if started.rate_hz < ABSURD_RATE_HZ:
                says += " Are its times in milliseconds? They must be in seconds."
            events.append(StreamWarning(0.0, 0.0, "slow", says))
        if not started.has_gyroscope:
            events.append(
                StreamWarning(
                    0.0, 0.0, "no_gyroscope",
                    "Accelerometer only: counts, tempo and angles of still poses; no lift, no arch. "
                    "It counts after a calibration, or once a side (--side left) or set is announced.",
                )
            )  # fmt: skip
        if self.given is not None:
            events += self._analysis.start_calibration(0.0, self.given)
        if not self.config.checks.on_pelvis:
            says = "The sensor is not on the pelvis: reps are counted, and nothing is judged."
            events.append(StreamWarning(0.0, 0.0, "counts_only", says))
        for command in self._early:
            events += self._do(command)
        self._early = []
        return events

    def _checked(self, samples: Samples) -> list[Event]:
        """These rows, and what they show of the axes at the row that shows it."""
        if self._axes is None:
            return self._process(samples)
        events: list[Event] = []
        start = 0
        for row, sentence in self._axes.feed(samples):
            events += self._process(samples.cut(start, row + 1))
            events.append(StreamWarning(self._now_s, self._now_s, "axes", sentence))
            start = row + 1
        if self._axes.is_settled:
            self._axes = None
        return events + self._process(samples.cut(start)) if start < len(samples) else events

    def _process(self, samples: Samples) -> list[Event]:
        assert self._orientation is not None
        assert self._analysis is not None
        columns = self._orientation.feed(samples)
        self._now_s = float(samples.t_s[-1])
        if not columns.shape[1]:
            return []
        self._analysis.history.append(columns)
        events = self._analysis.advance()
        if self._tracer is not None:
            events += self._tracer.follow(events)
        if self.pose_rate_hz and self._now_s >= self._pose_due_s:
            self._pose_due_s = self._now_s + 1.0 / self.pose_rate_hz
            events.append(self._pose())
        return events

    def _interrupt(self, t_s: float, duration_s: float) -> list[Event]:
        if self._analysis is None or self._orientation is None:
            return []
        if self._axes is not None:
            self._axes.interrupt()
        events = [] if self._tracer is None else self._tracer.flush()
        events += self._analysis.interrupt(t_s, duration_s)
        self._session.resumed(duration_s)
        self._orientation.restart()
        self._analysis.history.clear()
        return events

    def _pose(self) -> PoseUpdated:
        assert self._analysis is not None
        height_pct, level_deg, inclination_deg = self._analysis.pose()
        return PoseUpdated(self._now_s, self._now_s, height_pct, level_deg, inclination_deg, self._analysis.phase)

    # commands ----------------------------------------------------------------------------------------------------

    def _obey(self, command: Command) -> list[Event]:
        if self._timeline.is_warming_up:
            self._early.append(command)
            return []
        return self._do(command)

    def _do(self, command: Command) -> list[Event]:  # noqa: C901, PLR0911, PLR0912 - a row a command
        now_s, value, analysis = self._now_s, command.value, self._analysis
        match command.name:
            case CommandName.SIDE | CommandName.SET_START if value not in SIDE_WORDS:
                return [StreamWarning(now_s, now_s, "command", f"'{value}' is no side: left, right or swap.")]
            case CommandName.STRIKE | CommandName.RESTORE if value and not (value.isascii() and value.isdigit()):
                return [StreamWarning(now_s, now_s, "command", f"'{value}' is no rep id.")]
            case CommandName.BATTERY if not (value.isascii() and value.isdigit() and int(value) <= 100):
                return [StreamWarning(now_s, now_s, "command", f"'{value}' is no battery level: 0 to 100.")]
            case CommandName.SIDE:
                return self._session.declare(value, now_s)
            case CommandName.SET_START:
                return self._session.start_set(value, now_s)
            case CommandName.SET_END:
                return self._session.end_set(now_s)
            case CommandName.CALIBRATE:
                if analysis is None:
                    return []
                return analysis.end_calibration(now_s) if value == "end" else analysis.start_calibration(now_s)
            case CommandName.STRIKE:
                return self._session.strike(value, now_s)
            case CommandName.RESTORE:
                return self._session.restore(value, now_s)
            case CommandName.LINK_LOST | CommandName.LINK_BACK:
                if command.name is CommandName.LINK_LOST:
                    self._session.lost_link()
                return [LinkChanged(now_s, now_s, is_up=command.name is CommandName.LINK_BACK)]
            case CommandName.BATTERY:
                return self._battery(int(value))
            case CommandName.SECOND:
                sentence = self._second.sentence(value)
                return [StreamWarning(now_s, now_s, "second_sensor", sentence)] if sentence else []
            case CommandName.MARK if meant := misspelt(value):
                sentence = f"The marker '{value}' is not known; it reads like '{meant}', but is kept as a mark."
                return [Marked(now_s, now_s, value), StreamWarning(now_s, now_s, "marker", sentence)]
            case CommandName.MARK:
                return [Marked(now_s, now_s, value)]
            case CommandName.NOTE:
                return [Noted(now_s, now_s, value)]
            case CommandName.FINISH:
                return []  # the loop ends behind it; `finish` says what there is to say
