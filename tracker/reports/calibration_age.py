"""How old the calibration was: made in this session, or earlier that day with the same sensor and kept."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.core.model import NAN
from tracker.reports.session import Session

_MINUTE_S, _HOUR_S = 60, 3600


@dataclass(frozen=True, slots=True)
class CalibrationAge:
    """is_stored: the newest one is of an earlier session. made_at: UTC, None where nobody knows.

    before_s: how long before the session it was made, NaN unless stored; oldest_s: its age when the last rep was
    measured by it, NaN where there is no rep or nobody knows.
    """

    count: int
    is_stored: bool
    made_at: datetime | None
    before_s: float
    oldest_s: float

    @property
    def before_text(self) -> str:
        """`made 3 h 10 min before this session, same sensor`; empty for one that was made in it."""
        if not self.is_stored:
            return ""
        if math.isnan(self.before_s):
            return "made earlier that day, same sensor"
        return f"made {_long_text(self.before_s)} before this session, same sensor"


def calibration_age(session: Session) -> CalibrationAge | None:
    """None where nothing was found to measure angles by."""
    found = session.signal.calibrated
    if not found:
        return None
    made_at, zero = session.header.calibration_made_at, session.zero
    before_s = (zero - made_at).total_seconds() if made_at is not None and zero is not None else NAN
    made_s = [-before_s if one.is_stored else one.t_s for one in found]
    times = [(one.t_s, made) for one, made in zip(found, made_s, strict=True)]
    ages_s = [_age_s(rep.judged.rep.top_s, rep.judged.rep.end_s, times) for rep in session.summary.reps]
    oldest_s = NAN if not ages_s or any(map(math.isnan, ages_s)) else max(ages_s)
    newest = found[-1]
    if not newest.is_stored:
        made_at = None if zero is None else zero + timedelta(seconds=newest.t_s)
    return CalibrationAge(len(found), newest.is_stored, made_at, before_s if newest.is_stored else NAN, oldest_s)


def _age_s(top_s: float, end_s: float, times: list[tuple[float, float]]) -> float:
    """Of the calibration that was there at the end of the rep; of one that came later than the top, none."""
    made_s = next((made for known_s, made in reversed(times) if known_s <= end_s), top_s)
    return 0.0 if made_s > top_s else top_s - made_s


def _long_text(seconds: float) -> str:
    if seconds < _HOUR_S:
        return f"{max(1, round(seconds / _MINUTE_S))} min"
    hours, minutes = divmod(round(seconds / _MINUTE_S), _MINUTE_S)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
