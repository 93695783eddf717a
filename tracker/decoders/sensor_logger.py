"""What Sensor Logger pushes over HTTP, and its JSON export: readings of single sensors with stamps of one clock.

In: pushed `{"messageId": 7, "sessionId": ..., "payload": [{"name": "gyroscope", "time": ns since 1970, "values":
{"x": ..}}, ...]}`, or exported `{"sensor": "Gyroscope", "time": "ns", "seconds_elapsed": "..", "x": ".."}`. Signs and
names as in `sensor_logger_export.py`. Which phone it is stands in the object on channel "about"; where it does not,
total acceleration is Android's, and acceleration and gravity apart are an iPhone's, whose app sends no other.

Idea: batches may overtake each other, so one that is ahead of its number waits for up to `PATIENCE` others; a new
session begins the numbers anew. Stamps are the phone's time of day: where that is set back, the clock begins anew.
Note: firmware_notes/sensor_logger.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from tracker.decoders.objects import Came, Found, ObjectsDecoder, number, numbers, seconds
from tracker.decoders.profile import DeviceProfile
from tracker.decoders.sensor_logger_export import ROLES
from tracker.decoders.tables import Role

KIND = "sensor_logger"
PATIENCE = 2  # batches of about 1 s: a third one behind a missing one, and it is lost
_IOS = "ios"
_BACK_S = 5.0  # sensors of one batch differ by less; a time of day that goes back further was set
_MOST_GAPS = 16  # of lost batches that are remembered
TAKEN_FOR_IPHONE = (
    "The app sends acceleration and gravity apart, so this is taken for an iPhone. On an Android phone switch Total "
    "Acceleration on: left and right would be swapped."
)


class ReadingsReader:
    """Carries the phone's sign, the next number and the batches that wait."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.has_restarted = False
        self._sign = {Role.ACC: 1.0, Role.LINEAR: -1.0, Role.GRAVITY: -1.0, Role.GYR: 1.0}
        self._session: str | None = None
        self._next: int | None = None
        self._waiting: dict[int, list[Found]] = {}
        self._gaps: list[range] = []  # numbers that were given up
        self._latest_s = -math.inf
        self._is_known = False  # which phone it is

    def about(self, item: Mapping[str, Any]) -> None:
        """`platform` and `standardisation`, as in the app's metadata."""
        is_turned = item["platform"] == _IOS and str(item.get("standardisation", "false")).lower() != "true"
        self._is_known = True
        for role in (Role.ACC, Role.LINEAR, Role.GRAVITY):
            self._sign[role] = -1.0 if is_turned else 1.0

    def rows(self, item: Mapping[str, Any]) -> Iterable[Found]:
        """The readings of a batch or of an exported object, in order of the batches."""
        if "payload" not in item:
            return self._one(str(item.get("sensor", "")), item.get("time"), item)
        found = [
            row for one in item["payload"] for row in self._one(str(one["name"]), one["time"], one.get("values", {}))
        ]
        return self._in_order(str(item.get("sessionId", "")), item.get("messageId"), found)

    def _one(self, name: str, time_ns: Any, values: Mapping[str, Any]) -> list[Found]:
        role = ROLES.get(name.lower().replace(" ", ""))
        if role is None:
            return []
        if not self._is_known and role in {Role.ACC, Role.GRAVITY}:
            self._is_known = True
            if role is Role.GRAVITY:
                self.messages.append(TAKEN_FOR_IPHONE)
        sign = self._sign[role]
        row = [sign * value for value in numbers(values[axis] for axis in "xyz")]
        return [Found(role, [seconds(time_ns, 1e9)], [row])]

    def _in_order(self, session: str, message: Any, found: list[Found]) -> list[Found]:
        if message is None:
            return self._continued([found])
        place = int(number(message))
        if session != self._session:
            ready = self._released(everything=True)
            self._session, self._next = session, place
            self._gaps.clear()
            ready += self._took(place, found)
            return ready
        return self._took(place, found)

    def _took(self, place: int, found: list[Found]) -> list[Found]:
        assert self._next is not None
        if place < self._next:
            is_late = any(place in gap for gap in self._gaps)
            return [row._replace(came=Came.LATE if is_late else Came.AGAIN) for row in found]
        if place in self._waiting:
            return [row._replace(came=Came.AGAIN) for row in found]
        self._waiting[place] = found
        return self._released(everything=False)

    def _released(self, *, everything: bool) -> list[Found]:
        ready: list[list[Found]] = []
        while self._waiting:
            first = min(self._waiting)
            if first != self._next:
                if not everything and len(self._waiting) <= PATIENCE:
                    break
                lost = first - (self._next or 0)
                self._gaps = [*self._gaps[1 - _MOST_GAPS :], range(self._next or 0, first)]
                self.messages.append(f"{lost} batch{'es' if lost > 1 else ''} of the phone did not come.")
            ready.append(self._waiting.pop(first))
            self._next = first + 1
        return self._continued(ready)

    def _continued(self, batches: list[list[Found]]) -> list[Found]:
        """The rows of batches in order; where the time of day was set back, those before are left behind."""
        ready: list[Found] = []
        for found in batches:
            times_s = [time_s for row in found for time_s in row.times_s]
            if times_s and max(times_s) < self._latest_s - _BACK_S:
                self.has_restarted = True
                self._latest_s = -math.inf
                ready.clear()
            self._latest_s = max([self._latest_s, *times_s])
            ready += found
        return ready


PROFILE = DeviceProfile(
    key=KIND,
    title="Sensor Logger",
    new_decoder=lambda: ObjectsDecoder(KIND, ReadingsReader),
    nominal_rate_hz=100.0,
    wear="At the back of the waistband, screen outwards.",
    note="sensor_logger.md",
)
