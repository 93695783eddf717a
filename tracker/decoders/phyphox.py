"""What phyphox answers to a poll of its remote interface: the values of its buffers above a threshold.

In: `{"buffer": {"acc_time": {"buffer": [..]}, "accX": .., "gyr_time": .., ..}, "status": {"session": .., "measuring":
..}}`, one answer a packet, of an experiment that records the accelerometer (with gravity) and the gyroscope. Out: see
`joined_streams.py`; signs of iPhones are turned by the app.

Idea: the four buffers of a sensor are cut to the shortest, because an answer is not made in one moment; values that
were not measured are null. Another session, a time that goes back, or measuring again after a pause begin the clock
anew: the app's time stands still while it is paused. Note: firmware_notes/phyphox.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from tracker.decoders.objects import Found, ObjectsDecoder, UnusableError, number
from tracker.decoders.profile import DeviceProfile
from tracker.decoders.tables import Role

KIND = "phyphox"
# Time and axes of each sensor, by the names that the app's own experiments use too.
BUFFERS = {Role.ACC: ("acc_time", "accX", "accY", "accZ"), Role.GYR: ("gyr_time", "gyrX", "gyrY", "gyrZ")}
_BACK_S = 1.0  # no poll reaches back further than the last one; a time that does was set anew


class Answer(NamedTuple):
    """An answer as read: rows by sensor, the session's name, and whether the app measures."""

    rows: Mapping[Role, Found]
    session: str
    is_measuring: bool


def read_answer(item: Mapping[str, Any]) -> Answer:
    """Raises ValueError, KeyError, TypeError, AttributeError for what is no answer to a poll."""
    buffers = item["buffer"]
    status = item.get("status") or {}
    rows = {}
    for role, names in BUFFERS.items():
        columns = [_values(buffers[name]) for name in names if name in buffers]
        if len(columns) < len(names):
            continue
        length = min(len(column) for column in columns)
        kept = [
            row for row in zip(*(column[:length] for column in columns), strict=True) if not any(map(math.isnan, row))
        ]
        rows[role] = Found(role, [row[0] for row in kept], [row[1:] for row in kept])
    return Answer(rows, str(status.get("session", "")), status.get("measuring", True) is not False)


def last_times_s(item: Mapping[str, Any]) -> Mapping[Role, float]:
    """The last time of each sensor, 0 where nothing was measured yet; of an answer that holds one value of each buffer.

    Raises ValueError, KeyError, TypeError, AttributeError for what is no such answer.
    """
    found = {}
    for role, (name, *_) in BUFFERS.items():
        values = _values(item["buffer"][name])
        found[role] = values[-1] if values and math.isfinite(values[-1]) else 0.0
    return found


def _values(buffer: Mapping[str, Any]) -> Sequence[float]:
    """The values of a buffer, NaN where there is none."""
    return [math.nan if value is None or value == "NaN" else number(value) for value in buffer["buffer"]]


class AnswersReader:
    """Carries the session, whether the app measures, and the latest time of each sensor."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.has_restarted = False
        self._session = ""
        self._is_measuring = True
        self._latest_s: dict[Role, float] = {}

    def about(self, item: Mapping[str, Any]) -> None:
        """Nothing tells of the phone."""
        raise UnusableError(f"this app tells nothing of itself, least of all {str(item)[:40]}.")

    def rows(self, item: Mapping[str, Any]) -> Iterable[Found]:
        """The rows that are new in this answer."""
        answer = read_answer(item)
        if (
            answer.session != self._session
            or (answer.is_measuring and not self._is_measuring)
            or self._goes_back(answer)
        ):
            self.has_restarted |= bool(self._latest_s)
            self._latest_s.clear()
        if not answer.is_measuring and self._is_measuring:
            self.messages.append("phyphox is paused: press its start button.")
        self._session, self._is_measuring = answer.session, answer.is_measuring
        for role, found in answer.rows.items():
            new = self._new(role, found)
            if new.times_s:
                self._latest_s[role] = new.times_s[-1]
                yield new

    def _goes_back(self, answer: Answer) -> bool:
        latest = self._latest_s
        return any(
            found.times_s and found.times_s[-1] < latest.get(role, -math.inf) - _BACK_S
            for role, found in answer.rows.items()
        )

    def _new(self, role: Role, found: Found) -> Found:
        """Without what a poll repeats: a threshold that was rounded brings the last value again."""
        latest_s = self._latest_s.get(role, -math.inf)
        kept = [place for place, time_s in enumerate(found.times_s) if time_s > latest_s]
        return Found(role, [found.times_s[place] for place in kept], [found.values[place] for place in kept])


PROFILE = DeviceProfile(
    key=KIND,
    title="phyphox",
    new_decoder=lambda: ObjectsDecoder(KIND, AnswersReader),
    nominal_rate_hz=100.0,
    wear="At the back of the waistband, screen outwards.",
    note="phyphox.md",
)
