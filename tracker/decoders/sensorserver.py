"""Messages of SensorServer (Android), live or from a log with one message a line.

In: `{"values": [x, y, z], "timestamp": ns since boot, "accuracy": ..., "type": "android.sensor.accelerometer"}`; the
type is only there where several sensors share a connection, else it is an accelerometer. Acceleration has gravity in
it, m/s^2; rate in rad/s. Each sensor has its own ticks. Note: firmware_notes/sensorserver.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from tracker.decoders.objects import Found, ObjectsDecoder, UnusableError, numbers, seconds
from tracker.decoders.profile import DeviceProfile
from tracker.decoders.tables import Role

KIND = "sensorserver"
_BACK_S = 5.0  # sensors that batch run late by seconds; a clock that goes back further was set anew
ACCELEROMETER, GYROSCOPE = "android.sensor.accelerometer", "android.sensor.gyroscope"
_ROLES = {
    ACCELEROMETER: Role.ACC,
    GYROSCOPE: Role.GYR,
    "android.sensor.linear_acceleration": Role.LINEAR,
    "android.sensor.gravity": Role.GRAVITY,
}


class MessageReader:
    """Carries the latest time: a phone that was switched on again counts from 0."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.has_restarted = False
        self._latest_s = -math.inf

    def about(self, item: Mapping[str, Any]) -> None:
        """Nothing tells of the phone."""
        raise UnusableError(f"this app tells nothing of itself, least of all {str(item)[:40]}.")

    def rows(self, item: Mapping[str, Any]) -> Iterable[Found]:
        """One row, or none of a sensor that measures no motion."""
        role = _ROLES.get(str(item.get("type", ACCELEROMETER)))
        if role is None:
            return []
        time_s, values = seconds(item["timestamp"], 1e9), numbers(item["values"])
        if time_s < self._latest_s - _BACK_S:
            self.has_restarted = True
            self._latest_s = -math.inf
        self._latest_s = max(self._latest_s, time_s)
        return [Found(role, [time_s], [values])]


PROFILE = DeviceProfile(
    key=KIND,
    title="SensorServer",
    new_decoder=lambda: ObjectsDecoder(KIND, MessageReader),
    nominal_rate_hz=100.0,
    wear="At the back of the waistband, screen outwards.",
    note="sensorserver.md",
)
