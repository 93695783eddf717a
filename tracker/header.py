"""What a session is: who, when, which sensor, which settings. The first line of every recording."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from tracker import __version__
from tracker.core.config import Config, from_dict, to_dict
from tracker.core.model import NAN, Calibration, CalibrationKind, Side
from tracker.core.plain_text import label
from tracker.core.second import SECOND

FORMAT = "hip-thrust-recording"
FORMAT_VERSION = 1
BODYWEIGHT = "bodyweight"  # no load at all
_LABELS = ("session_id", "device", "time_zone", "load_type", "athlete", "exercise", "software_version")
# Which leg works: not declared, one of them, or changing from set to set.
ALTERNATE = "alternate"
SIDE_PLANS = ("", "left", "right", ALTERNATE)
_DAY_S = 86400
# What a calibration without a gyroscope does not know.
_MAY_BE_UNKNOWN = ("full_lift_cm", "full_range_deg", "period_s")
# A unit vector that was computed has this length to so much, squared.
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Second:
    """A second sensor that is recorded beside the counted one. worn: where, in the person's words."""

    device: str
    decoder: str
    nominal_rate_hz: float
    worn: str = ""


@dataclass(frozen=True, slots=True)
class Header:
    """What the inputs are and how they were to be judged: the first line of a recording.

    Texts are made harmless here, whatever recording they come from: one line of at most 120 visible characters that no
    spreadsheet takes for a formula. A load whose kind nobody said has no kind.

    started_at: UTC, None where an imported file does not tell. time_zone, utc_offset_s: of the person, for local dates.
    second: of packets whose channel begins with `second/`.
    has_text_payloads: payloads are text lines and are written as such. load_kg: NaN when not declared. calibration:
    that of an earlier session with the same sensor, to be used if the rest pose still agrees with it;
    calibration_made_at: when that was. source_sha256: of the file that was imported, so that it is known again.
    """

    session_id: str
    device: str
    decoder: str
    nominal_rate_hz: float
    started_at: datetime | None = None
    time_zone: str = ""
    utc_offset_s: int | None = None
    config: Config = field(default_factory=Config)
    side_plan: str = ""
    load_kg: float = NAN
    load_type: str = BODYWEIGHT
    athlete: str = ""
    exercise: str = "single_leg_hip_thrust"
    has_text_payloads: bool = False
    second: Second | None = None
    calibration: Calibration | None = None
    calibration_made_at: datetime | None = None
    software_version: str = __version__
    source_sha256: str = ""

    def __post_init__(self) -> None:
        for name in _LABELS:
            object.__setattr__(self, name, label(getattr(self, name)))
        if self.load_kg > 0 and self.load_type == BODYWEIGHT:
            object.__setattr__(self, "load_type", "")

    @property
    def first_side(self) -> Side:
        """The leg that is to work first."""
        return Side.LEFT if self.side_plan == ALTERNATE else Side(self.side_plan)


def local_zone(moment: datetime) -> tuple[str, int]:
    """Name and offset from UTC [s] of this computer's time zone at that moment."""
    local = moment.astimezone()
    offset = local.utcoffset()
    return local.tzname() or "", 0 if offset is None else round(offset.total_seconds())


def begun_at(header: Header, moment: datetime | None) -> Header:
    """The header with the moment a person names, where nothing else tells; its offset is that of the person's clock.

    UTC is nobody's clock in particular: then `in_local_zone` decides.
    """
    if moment is None or header.started_at is not None:
        return header
    header = replace(header, started_at=moment.astimezone(UTC))
    offset = moment.utcoffset()
    if not offset or header.utc_offset_s is not None:
        return header
    return replace(
        header, time_zone=header.time_zone or moment.tzname() or "", utc_offset_s=round(offset.total_seconds())
    )


def in_local_zone(header: Header) -> Header:
    """The header with this computer's time zone, where there is a moment but nothing tells whose zone it was."""
    if header.started_at is None or header.utc_offset_s is not None:
        return header
    zone, offset_s = local_zone(header.started_at)
    return replace(header, time_zone=header.time_zone or zone, utc_offset_s=offset_s)


def to_json_dict(header: Header) -> dict[str, Any]:
    """The header as plain JSON values."""
    return {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "software_version": header.software_version,
        "session_id": header.session_id,
        "started_at": utc_text(header.started_at) if header.started_at else None,
        "time_zone": header.time_zone,
        "utc_offset_s": header.utc_offset_s,
        "device": header.device,
        "decoder": header.decoder,
        "nominal_rate_hz": header.nominal_rate_hz,
        "has_text_payloads": header.has_text_payloads,
        "side_plan": header.side_plan,
        "load_kg": header.load_kg if math.isfinite(header.load_kg) else None,
        "load_type": header.load_type,
        "athlete": header.athlete,
        "exercise": header.exercise,
        "source_sha256": header.source_sha256 or None,
        "second": _second_dict(header.second),
        "calibration": None if header.calibration is None else calibration_to_dict(header.calibration),
        "calibration_made_at": utc_text(header.calibration_made_at) if header.calibration_made_at else None,
        "config": to_dict(header.config),
    }


def from_json_dict(values: Mapping[str, Any]) -> Header:
    """The header read back.

    Raises ConfigError for a setting that does not exist, ValueError, TypeError or LookupError for anything else amiss.
    """
    started_at, load_kg, offset_s = values.get("started_at"), values.get("load_kg"), values.get("utc_offset_s")
    calibration, made_at = values.get("calibration"), values.get("calibration_made_at")
    return Header(
        session_id=_text(values["session_id"]),
        device=_text(values["device"]),
        decoder=_text(values["decoder"]),
        nominal_rate_hz=_number(values["nominal_rate_hz"]),
        started_at=None if started_at is None else utc_moment(started_at),
        time_zone=_text(values.get("time_zone", "")),
        utc_offset_s=None if offset_s is None else _offset_s(offset_s),
        config=from_dict(values.get("config", {})),
        side_plan=_one_of(SIDE_PLANS, values.get("side_plan", "")),
        load_kg=NAN if load_kg is None else _number(load_kg),
        load_type=_text(values.get("load_type", BODYWEIGHT)),
        athlete=_text(values.get("athlete", "")),
        exercise=_text(values.get("exercise", "")),
        has_text_payloads=values.get("has_text_payloads") is True,
        second=_second(values.get("second")),
        calibration=None if calibration is None else calibration_from_dict(calibration),
        calibration_made_at=None if made_at is None else utc_moment(made_at),
        software_version=_text(values.get("software_version", "")),
        source_sha256=_text(values.get("source_sha256") or ""),
    )


def _second_dict(second: Second | None) -> dict[str, Any] | None:
    return None if second is None else {"channel_prefix": SECOND, **asdict(second)}


def _second(values: Mapping[str, Any] | None) -> Second | None:
    if values is None:
        return None
    device, decoder, worn = (_text(values[name]) for name in ("device", "decoder", "worn"))
    return Second(device, decoder, _number(values["nominal_rate_hz"]), worn)


def calibration_to_dict(calibration: Calibration) -> dict[str, Any]:
    """A calibration as plain JSON values, to the last bit; what is not known is null."""
    plain = asdict(calibration)
    return {key: None if isinstance(value, float) and math.isnan(value) else value for key, value in plain.items()}


def calibration_from_dict(values: Mapping[str, Any]) -> Calibration:
    """A calibration by still holds read back. Raises ValueError, TypeError or LookupError when it is none."""
    if CalibrationKind(values["kind"]) is not CalibrationKind.HOLD:
        raise ValueError
    right, anterior, cranial = (_direction(values[name]) for name in ("right", "anterior", "cranial"))
    lift_curve_cm, inclination_curve_deg = (
        tuple(map(_number, values[name])) for name in ("lift_curve_cm", "inclination_curve_deg")
    )
    if len(lift_curve_cm) != len(inclination_curve_deg) or list(lift_curve_cm) != sorted(lift_curve_cm):
        raise ValueError
    bias_x, bias_y, bias_z = map(_number, values["acc_bias_mps2"])
    unknown = {name: NAN if values[name] is None else _number(values[name]) for name in _MAY_BE_UNKNOWN}
    return Calibration(
        CalibrationKind.HOLD,
        right,
        anterior,
        cranial,
        _number(values["bottom_deg"]),
        lift_curve_cm=lift_curve_cm,
        inclination_curve_deg=inclination_curve_deg,
        acc_bias_mps2=(bias_x, bias_y, bias_z),
        acc_scale=_number(values["acc_scale"]),
        **unknown,
    )


def utc_text(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and a `Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def utc_moment(text: str) -> datetime:
    """The moment of such a text. Raises ValueError, TypeError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError
    if not datetime.min.year < moment.year < datetime.max.year:  # local dates and ends must fit as well
        raise ValueError
    return moment.astimezone(UTC)


def _offset_s(value: object) -> int:
    """Seconds from UTC, less than a day as on every clock: what uses it can not fail."""
    offset_s = int(_number(value))
    if abs(offset_s) >= _DAY_S:
        raise ValueError
    return offset_s


def _direction(values: Sequence[Any]) -> tuple[float, float, float]:
    x, y, z = map(_number, values)
    if abs(x * x + y * y + z * z - 1.0) > _ROUNDING:
        raise ValueError
    return x, y, z


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, float | int) or not math.isfinite(value):
        raise TypeError
    return float(value)


def _one_of(known: tuple[str, ...], value: object) -> str:
    if value not in known:
        raise ValueError
    return _text(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
