"""JSON of Movesense recordings: arrays of samples, each array with one stamp.

In: `{"Samples": [{"MeasIMU6": {"Timestamp": ms, "ArrayAcc": [{"x": ..}, ..], "ArrayGyro": [..]}}, ..]}`; also one
stream each (`MeasAcc`, `MeasGyro`), and the notifications of the vendor's libraries (`{"Body": {...}}`). A stamp
belongs to the first sample of its array; the others follow at the rate of the array before, because a stamp only tells
of the moment and not of the rate. m/s^2 and deg/s. Note: firmware_notes/movesense.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from tracker.decoders.objects import Found, ObjectsDecoder, number, numbers, seconds
from tracker.decoders.profile import DeviceProfile
from tracker.decoders.tables import Role

KIND = "movesense_json"
_ARRAYS = {"ArrayAcc": (Role.ACC, 1.0), "ArrayGyro": (Role.GYR, math.pi / 180)}
_LONGEST_STEP_S = 0.2  # 13 Hz, the slowest rate, is 0.077 s; more between two samples is a hole
_MOST_SAMPLES = 1000  # of one array; messages hold some ten


class ArraysReader:
    """Carries for each stream the stamp and length of its latest array, and the first array, which waits for a rate."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.has_restarted = False
        self._latest: dict[Role, tuple[float, int]] = {}
        self._step_s: dict[Role, float] = {}
        self._first: dict[Role, Found] = {}

    def about(self, item: Mapping[str, Any]) -> None:
        """`relativeTime` and `utcTime` are for whoever dates the file."""
        number(item["TimeDetailed"]["relativeTime"], 1e20)

    def rows(self, item: Mapping[str, Any]) -> Iterable[Found]:
        """The samples of the arrays in this object; of the first one only once the second has come."""
        body = body_of(item)
        if body is None:
            return
        start_s = seconds(body["Timestamp"], 1e3)
        for name, (role, factor) in _ARRAYS.items():
            array = body.get(name)
            if not array:
                continue
            if len(array) > _MOST_SAMPLES:
                raise ValueError
            values = [[factor * value for value in numbers(row[axis] for axis in "xyz")] for row in array]
            yield from self._dated(role, start_s, values)

    def _dated(self, role: Role, start_s: float, values: list[list[float]]) -> Iterable[Found]:
        if role in self._latest:
            before_s, count = self._latest[role]
            step_s = (start_s - before_s) / count
            if 0 < step_s <= _LONGEST_STEP_S:
                self._step_s[role] = step_s
        self._latest[role] = start_s, len(values)
        if role not in self._step_s:
            self._first[role] = Found(role, [start_s], values)
            return
        step_s = self._step_s[role]
        if role in self._first:
            first = self._first.pop(role)
            yield Found(role, [first.times_s[0] + k * step_s for k in range(len(first.values))], first.values)
        yield Found(role, [start_s + k * step_s for k in range(len(values))], values)


def body_of(item: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The part with stamp and arrays, up to two levels down."""
    for one in (item, *item.values()):
        if isinstance(one, Mapping):
            for inner in (one, *one.values()):
                if isinstance(inner, Mapping) and "Timestamp" in inner and not _ARRAYS.keys().isdisjoint(inner):
                    return inner
    return None


PROFILE = DeviceProfile(
    key=KIND,
    title="Movesense recording (JSON)",
    new_decoder=lambda: ObjectsDecoder(KIND, ArraysReader),
    nominal_rate_hz=52.0,
    wear="As it was worn.",
    note="movesense.md",
)
