"""One session of the history: its sides by today's settings, and what was said of it then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tracker.core.model import NAN, CalibrationKind, Side
from tracker.reports.asymmetry import METRICS


@dataclass(frozen=True, slots=True)
class SideNumbers:
    """One leg of one session: counts, and medians over its counted reps (NaN = not measured)."""

    side: Side
    sets: int
    reps: int
    partials: int
    clean_reps: int
    lift_cm: float
    top_inclination_deg: float
    free_side_drop_deg: float
    hold_s: float
    mean_velocity_mps: float
    time_under_tension_s: float
    volume_kg: float

    @property
    def clean_pct(self) -> float:
        """Clean reps in % of the counted ones."""
        return 100 * self.clean_reps / self.reps if self.reps else NAN


@dataclass(frozen=True, slots=True)
class Said:
    """What the session's own report said when it was written."""

    reps: int
    clean_reps: int
    software_version: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A session. started_at: UTC, None where nobody knows; utc_offset_s: of the person.

    is_cut is true as well while it is being recorded.
    """

    folder: str
    session_id: str
    started_at: datetime | None
    utc_offset_s: int
    athlete: str
    load_kg: float
    load_type: str
    calibration: CalibrationKind
    duration_s: float
    sides: tuple[SideNumbers, ...]
    asymmetry_pct: Mapping[str, float]
    said: Said | None
    is_cut: bool = False
    damaged_lines: int = 0
    is_being_recorded: bool = False

    @property
    def is_whole(self) -> bool:
        """False when the recording was cut or is damaged, so that its numbers may be too low."""
        return not self.is_cut and not self.damaged_lines

    @property
    def local(self) -> datetime | None:
        """The start on the person's clock."""
        if self.started_at is None:
            return None
        try:
            return self.started_at + timedelta(seconds=self.utc_offset_s)
        except OverflowError:  # at the end of the calendar
            return self.started_at

    @property
    def session_time(self) -> str:
        """Sorts by time: the start, else the folder's name, which begins with when it was saved."""
        return f"{self.started_at:%Y%m%dT%H%M%S}" if self.started_at is not None else self.folder

    @property
    def week(self) -> str:
        """`2026-W47` by ISO 8601; empty where nobody knows."""
        if self.local is None:
            return ""
        year, week, _ = self.local.isocalendar()
        return f"{year}-W{week:02d}"

    @property
    def load(self) -> str:
        """`20 kg dumbbell`, or only the kind."""
        return f"{self.load_kg:g} kg {self.load_type}".rstrip() if self.load_kg > 0 else self.load_type

    @property
    def reps(self) -> int:
        """Of both sides."""
        return sum(one.reps for one in self.sides)

    @property
    def clean_reps(self) -> int:
        """Of both sides."""
        return sum(one.clean_reps for one in self.sides)

    @property
    def is_calibrated(self) -> bool:
        """True when its angles may be compared with those of other sessions."""
        return self.calibration is CalibrationKind.HOLD

    @property
    def is_said_otherwise(self) -> bool:
        """True when the report of then counted or judged otherwise."""
        return self.said is not None and (self.said.reps, self.said.clean_reps) != (self.reps, self.clean_reps)

    def side(self, side: Side) -> SideNumbers | None:
        """Its numbers of one side."""
        return next((one for one in self.sides if one.side is side), None)


def entry_of(
    folder: str, plain: Mapping[str, Any], said: Mapping[str, Any], *, is_being_recorded: bool = False
) -> Entry:
    """From the totals of today and those of then. Raises ValueError, TypeError, LookupError or OverflowError."""
    started_at = plain["started_at"]
    return Entry(
        folder=folder,
        session_id=str(plain["session_id"]),
        started_at=None if started_at is None else datetime.fromisoformat(started_at).astimezone(UTC),
        utc_offset_s=0 if plain["utc_offset_s"] is None else int(_number(plain["utc_offset_s"])),
        athlete=str(plain["athlete"]),
        load_kg=_number(plain["load_kg"]),
        load_type=str(plain["load_type"]),
        calibration=CalibrationKind(plain["calibration"]["kind"]),
        duration_s=_number(plain["duration_s"]),
        sides=tuple(_side(name, values) for name, values in plain["sides"].items()),
        asymmetry_pct={name: _number(plain["asymmetry_pct"].get(name)) for name in METRICS},
        said=_said(said),
        is_cut=plain["is_cut"] is True,
        damaged_lines=int(plain["damaged_lines"]),
        is_being_recorded=is_being_recorded,
    )


def _side(name: str, values: Mapping[str, Any]) -> SideNumbers:
    return SideNumbers(
        side=Side("" if name == "undeclared" else name),
        sets=int(values["sets"]),
        reps=int(values["reps"]),
        partials=int(values["partials"]),
        clean_reps=int(values["clean_reps"]),
        lift_cm=_number(values["median_lift_cm"]),
        top_inclination_deg=_number(values["median_top_inclination_deg"]),
        free_side_drop_deg=_number(values["median_free_side_drop_deg"]),
        hold_s=_number(values["median_hold_s"]),
        mean_velocity_mps=_number(values["median_mean_velocity_mps"]),
        time_under_tension_s=_number(values["time_under_tension_s"]),
        volume_kg=_number(values["volume_kg"]),
    )


def _said(plain: Mapping[str, Any]) -> Said | None:
    """None where no report was written, or only half of one."""
    try:
        clean = sum(int(values["clean_reps"]) for values in plain["sides"].values())
        return Said(int(plain["reps"]), clean, str(plain["software_version"]))
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError):
        return None


def _number(value: object) -> float:
    if value is None:
        return NAN
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    return float(value)
