"""The values that flow through the program, from the packet as it came to the judged repetition.

Frames: `sensor_` is the axes printed on the device; the pelvis frame is R (to the person's right),
A (anterior) and C (cranial), with R x A = C; the world's z points up. Specific force: a sensor at rest
reads +g along up. Every number that was not measured is NaN, never 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from tracker.errors import DecodeError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

GRAVITY_MPS2 = 9.80665  # standard gravity; local gravity differs by at most 0.3 %
NAN = float("nan")


class Side(StrEnum):
    """The working leg. It is declared by the person: a pelvic sensor can not see it."""

    LEFT = "left"
    RIGHT = "right"
    UNKNOWN = ""


class CommandName(StrEnum):
    """What a person or the program may tell the engine besides samples."""

    SIDE = "side"  # value: left | right | swap
    SET_START = "set_start"  # value: "" or left | right
    SET_END = "set_end"
    CALIBRATE = "calibrate"  # value: start | end
    MARK = "mark"  # value: free text
    STRIKE = "strike"  # value: "" (the last counted rep) or a rep id
    RESTORE = "restore"  # value: "" (the last struck rep) or a rep id
    LINK_LOST = "link_lost"
    LINK_BACK = "link_back"
    NOTE = "note"  # value: free text
    BATTERY = "battery"  # value: percent, as the sensor told it
    SECOND = "second"  # value: what the second sensor's link had to say: link_lost, link_back, battery 87
    FINISH = "finish"  # the person is done: the stream ends behind it


class RestKind(StrEnum):
    """What a rest between sets is for."""

    SWITCH = "switch"  # short: only the leg changes
    ROUND = "rest"  # long: both legs are done, or there is only one


class Packet(NamedTuple):
    """Exactly what came: host time since the start [s], the channel it came on, the bytes."""

    received_s: float
    channel: str
    payload: bytes


class Command(NamedTuple):
    """An input that is no sample: a key, a tap, a marker, the link lost and back."""

    received_s: float
    name: CommandName
    value: str = ""


Input = Packet | Command


@dataclass(frozen=True, slots=True)
class Clock:
    """How a sensor tells time.

    counter_modulus: the running sample index wraps here; None = the sensor sends no counter.
    clock_wrap_s: the device clock wraps here; None = the readings carry no device clock; inf = it never wraps.
    nominal_rate_hz: what the sensor claims; the timeline finds the real rate.
    is_regular: False for sources whose samples come at uneven times (phones).
    """

    nominal_rate_hz: float
    counter_modulus: int | None = None
    clock_wrap_s: float | None = None
    is_regular: bool = True


@dataclass(frozen=True, slots=True)
class Readings:
    """Samples as the sensor sent them, in order of arrival, sensor frame, one row a sample.

    received_s (n,): arrival of the carrying packet [s]; counter (n,) raw running index or None;
    device_s (n,) raw device clock [s] or None; acc_mps2 (n, 3) specific force; gyr_radps (n, 3) angular rate or None;
    saturated_samples: how many of them touched the end of the sensor's range; duplicate_samples, late_samples: what
    the decoder left out because its time did not rise; restarted (m,): rows before which the sensor said that its own
    stream was interrupted.
    """

    received_s: Floats
    acc_mps2: Floats
    gyr_radps: Floats | None = None
    counter: Ints | None = None
    device_s: Floats | None = None
    saturated_samples: int = 0
    duplicate_samples: int = 0
    late_samples: int = 0
    restarted: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.received_s)


class Battery(NamedTuple):
    """What a packet told of the sensor's battery: percent of full."""

    percent: int


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a decoder made of some packets: readings (None if there were none), rejected packets, markers.

    clock: None until the sensor has said enough to know. messages: other things the packets told, as short texts, and
    the battery.
    """

    readings: Readings | None
    clock: Clock | None
    rejected: tuple[DecodeError, ...] = ()
    messages: tuple[str | Battery, ...] = ()


class Decoder(Protocol):
    """Bytes to readings, sans-I/O. Feeding packets together or one by one gives the same readings."""

    def decode(self, packets: Sequence[Packet]) -> Decoded:
        """Readings of these packets, in order; a packet that is no valid message lands in `rejected`."""


@dataclass(frozen=True, slots=True)
class Samples:
    """A block on the uniform grid, sensor frame.

    t_s (n,) seconds since the first sample; acc_mps2 (n, 3) specific force; gyr_radps (n, 3) or None;
    filled_samples (n,) how many samples of the sensor were lost inside the interval and bridged; peak_mps2 (n,) the
    largest |specific force| inside it.
    """

    t_s: Floats
    acc_mps2: Floats
    gyr_radps: Floats | None
    filled_samples: Ints
    peak_mps2: Floats

    def __len__(self) -> int:
        return len(self.t_s)

    def cut(self, start: int, stop: int | None = None) -> Samples:
        """Rows start:stop, as views."""
        rows = slice(start, stop)
        gyr = None if self.gyr_radps is None else self.gyr_radps[rows]
        return Samples(self.t_s[rows], self.acc_mps2[rows], gyr, self.filled_samples[rows], self.peak_mps2[rows])


class CalibrationKind(StrEnum):
    """Where the pelvis frame came from."""

    HOLD = "hold"  # two-legged thrusts with still holds
    AUTO = "auto"  # from the reps themselves: relative angles only
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Calibration:
    """The pelvis frame in sensor axes and what the person's full thrust is.

    right, anterior, cranial: unit vectors (3,) in the sensor frame. bottom_deg: inclination of the bottom pose.
    full_lift_cm, full_range_deg: means of the calibration thrusts (NaN when unknown).
    lift_curve_cm / inclination_curve_deg: the inclination the calibrated thrusts had at each lift (ascending lift).
    period_s: mean time between rows in these thrusts: a sensor clock that was put right since shows as another period.
    acc_bias_mps2 (3,), acc_scale: specific force = (reading - bias) / (1 + scale).
    """

    kind: CalibrationKind
    right: tuple[float, float, float]
    anterior: tuple[float, float, float]
    cranial: tuple[float, float, float]
    bottom_deg: float
    full_lift_cm: float = NAN
    full_range_deg: float = NAN
    period_s: float = NAN
    lift_curve_cm: tuple[float, ...] = ()
    inclination_curve_deg: tuple[float, ...] = ()
    acc_bias_mps2: tuple[float, float, float] = (0.0, 0.0, 0.0)
    acc_scale: float = 0.0


class Verdict(StrEnum):
    """What a check says of one rep."""

    GOOD = "good"
    CAUTION = "caution"
    FAULT = "fault"
    UNSURE = "unsure"
    NOT_MEASURED = ""


class RepStatus(StrEnum):
    """A counted movement or one that stopped on the way."""

    REP = "rep"
    PARTIAL = "partial"


@dataclass(frozen=True, slots=True)
class Rep:
    """The numbers of one rep; definitions and signs as in the README's table of metrics. NaN = not measured."""

    start_s: float
    top_s: float
    lower_s: float
    end_s: float
    concentric_s: float = NAN
    hold_s: float = NAN
    eccentric_s: float = NAN
    bottom_dwell_s: float = NAN
    lift_cm: float = NAN
    lift_pct: float = NAN
    range_deg: float = NAN
    top_inclination_deg: float = NAN
    level_top_deg: float = NAN
    level_range_deg: float = NAN
    arch_deg: float = NAN
    mean_velocity_mps: float = NAN
    peak_velocity_mps: float = NAN
    bottom_peak_g: float = NAN
    kick_dps: float = NAN
    missing_samples: int = 0
    lift_is_trusted: bool = False

    def free_side_drop_deg(self, side: Side) -> float:
        """How much lower the hip of the lifted leg hangs [deg]; NaN while the working side is not declared."""
        match side:
            case Side.RIGHT:
                return self.level_top_deg
            case Side.LEFT:
                return -self.level_top_deg
            case _:
                return NAN


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's verdict on one rep, with the number it judged and the cue for the lifter."""

    check: str
    verdict: Verdict
    value: float
    cue: str = ""


@dataclass(frozen=True, slots=True)
class JudgedRep:
    """A rep or partial in its place: `rep_id` is unique in the session and never reused."""

    rep_id: int
    set_number: int
    number: int  # within the set and status, from 1
    side: Side
    status: RepStatus
    calibration: CalibrationKind
    rep: Rep
    findings: tuple[Finding, ...] = field(default=())

    @property
    def faults(self) -> tuple[str, ...]:
        """Names of the checks this rep failed, in the table's order."""
        return tuple(finding.check for finding in self.findings if finding.verdict is Verdict.FAULT)

    @property
    def is_clean(self) -> bool:
        """True when every check that was measured is good, and at least one was."""
        verdicts = [f.verdict for f in self.findings if f.verdict is not Verdict.NOT_MEASURED]
        return bool(verdicts) and all(verdict is Verdict.GOOD for verdict in verdicts)
