"""What the engine says. Every event knows when it happened (`t_s`) and when the engine could know (`known_s`).

Both are stream time: seconds since the first sample, from the sensor's own clock. The difference is the engine's
delay, without radio. Events are values; sinks may only read them.
"""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from tracker.core.model import Calibration, Floats, JudgedRep, RestKind, Side


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at `t_s`, known at `known_s` [s since the first sample]."""

    t_s: float
    known_s: float


@dataclass(frozen=True, slots=True)
class StreamStarted(Event):
    """The first samples are on the grid: the rate that was found, beside what the sensor claims."""

    rate_hz: float
    nominal_rate_hz: float
    has_gyroscope: bool


@dataclass(frozen=True, slots=True)
class StreamWarning(Event):
    """Something about the signal the person should know: `code` for programs, `message` for people."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class SignalGap(Event):
    """Samples are missing. Bridged gaps cost nothing; longer ones void the rep and restart orientation."""

    missing_samples: int
    duration_s: float
    is_bridged: bool


@dataclass(frozen=True, slots=True)
class PacketRejected(Event):
    """A packet that was no valid message; the set goes on."""

    decoder: str
    reason: str


@dataclass(frozen=True, slots=True)
class LinkChanged(Event):
    """The link to the sensor was lost (`is_up` False) or is back."""

    is_up: bool


@dataclass(frozen=True, slots=True)
class CalibrationStarted(Event):
    """The engine now looks for two-legged thrusts; nothing is counted meanwhile."""


@dataclass(frozen=True, slots=True)
class CalibrationStep(Event):
    """The hold that is wanted now, 1-5: bottom, top, bottom, top, bottom; those before it are accepted.

    is_repeated: said again, because nothing came of it, or it begins anew.
    """

    hold: int
    is_top: bool
    is_repeated: bool


@dataclass(frozen=True, slots=True)
class CalibrationRefused(Event):
    """A hold or the whole calibration can not be used: why, and what to do again."""

    reason: str
    hint: str


@dataclass(frozen=True, slots=True)
class CalibrationEnded(Event):
    """No calibration came of it, and counting goes on; is_relative: with angles relative to the reps themselves."""

    reason: str
    is_relative: bool


@dataclass(frozen=True, slots=True)
class Calibrated(Event):
    """The pelvis frame is known from here on; is_stored: it is that of an earlier session, and still holds."""

    calibration: Calibration
    is_stored: bool = False


@dataclass(frozen=True, slots=True)
class SensorSlipped(Event):
    """The rest pose lies `moved_deg` from the calibrated one: the calibration is dropped and asked for again."""

    moved_deg: float


@dataclass(frozen=True, slots=True)
class Armed(Event):
    """The lifter lies still at the bottom: the next rise counts."""

    side: Side


@dataclass(frozen=True, slots=True)
class Disarmed(Event):
    """Nothing counts until the lifter lies still at the bottom again; `reason` says why."""

    reason: str


@dataclass(frozen=True, slots=True)
class SideChanged(Event):
    """The working leg from here on."""

    side: Side


@dataclass(frozen=True, slots=True)
class SetStarted(Event):
    """The first rep of a set was counted; `t_s` is its start."""

    set_number: int
    side: Side


@dataclass(frozen=True, slots=True)
class SetPaused(Event):
    """No rep for a while: the set is over unless the next rep resumes it. `t_s` is the end of its last rep."""

    set_number: int


@dataclass(frozen=True, slots=True)
class SetEnded(Event):
    """The set is closed; `t_s` is the end of its last rep. Its numbers: `summarise_set` over its judged reps."""

    set_number: int
    side: Side
    rep_count: int
    partial_count: int
    clean_count: int


@dataclass(frozen=True, slots=True)
class RestStarted(Event):
    """A rest runs since `t_s`, the end of the last rep; said again when another side makes it another kind.

    target_s: how long it is to be, 0 = no limit. The next counted rep ends it.
    """

    kind: RestKind
    target_s: float


@dataclass(frozen=True, slots=True)
class RestOver(Event):
    """The rest has been as long as it was to be."""

    kind: RestKind


@dataclass(frozen=True, slots=True)
class RepCounted(Event):
    """The number to say now: rep `number` of this set. `t_s` is the moment of the top (or of the return)."""

    rep_id: int
    set_number: int
    number: int
    side: Side


@dataclass(frozen=True, slots=True)
class RepJudged(Event):
    """All numbers and verdicts of a rep or partial. A later one with the same `rep_id` replaces it."""

    judged: JudgedRep


@dataclass(frozen=True, slots=True)
class RepVoided(Event):
    """A movement that can not be counted because samples are missing inside it."""

    reason: str


@dataclass(frozen=True, slots=True)
class RepStruck(Event):
    """The person says this one does not count; it stays in the record."""

    rep_id: int


@dataclass(frozen=True, slots=True)
class RepRestored(Event):
    """A struck rep counts again."""

    rep_id: int


@dataclass(frozen=True, slots=True)
class Marked(Event):
    """A mark of the person."""

    text: str


@dataclass(frozen=True, slots=True)
class Noted(Event):
    """A note: what the person wrote into the samples, or what the source had to tell the person meanwhile."""

    text: str


@dataclass(frozen=True, slots=True)
class BatteryRead(Event):
    """How full the sensor's battery is [%]: at each connection and every few minutes, where the sensor can tell."""

    percent: int


@dataclass(frozen=True, slots=True)
class PoseUpdated(Event):
    """For screens only, a few times a second: where the hips are now. Not part of the record.

    height_pct: progress of the rise in % of the reference range; level_deg as in the metrics (NaN when unknown);
    phase: unarmed | low | rising | top | lowering | calibrating.
    """

    height_pct: float
    level_deg: float
    inclination_deg: float
    phase: str


@dataclass(frozen=True, slots=True)
class CurveTraced(Event):
    """For reports only, when asked for: where the hips were, point by point up to `t_s`. Not part of the record.

    times_s, height_pct, level_deg, inclination_deg (n,): as in PoseUpdated; all of one stretch without a gap.
    """

    times_s: Floats
    height_pct: Floats
    level_deg: Floats
    inclination_deg: Floats


@dataclass(frozen=True, slots=True)
class StreamEnded(Event):
    """Closing account of the stream."""

    sample_count: int
    missing_samples: int
    duplicate_samples: int
    late_samples: int
    rejected_packets: int
    saturated_samples: int
    gap_count: int
    clock_resets: int
    duration_s: float


# What only screens and drawings need: on no wire, and not in the digest of a recording.
NOT_RECORDED = (PoseUpdated, CurveTraced)

# 1e-6 is far below every sensor's noise, and short enough that a last bit of another machine's libm does not show
_DECIMALS = 6


def event_name_of(kind: type[Event]) -> str:
    """The name of a kind of event in files and on the wire: `RepCounted` -> `rep_counted`."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in kind.__name__).lstrip("_")


def event_name(event: Event) -> str:
    """The event's name in files and on the wire."""
    return event_name_of(type(event))


def to_json_dict(event: Event) -> dict[str, Any]:
    """The event as plain JSON values: numbers rounded to 6 decimals, NaN as null, enums as their text."""
    plain: dict[str, Any] = {"event": event_name(event)}
    plain.update(_plain(dataclasses.asdict(event)))
    return plain


def to_json_line(event: Event) -> str:
    """One event as one line of JSON without the line end; the digest of a recording is taken over these."""
    return json.dumps(to_json_dict(event), separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return round(float(value), _DECIMALS) + 0.0 if math.isfinite(value) else None
    if isinstance(value, str):
        return str(value)
    return value
