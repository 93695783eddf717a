"""What to ask a Polar sensor for: its own list of settings, the best of them, and what to do when it refuses.

    settings? --> offered --> start with the best --> started
        |                         | refused             | refused as well
        +-- no list --> start with the documented ------+--> one sentence

Best: the rate nearest above 50 Hz, and the widest range that is of use. Lists differ by model and firmware, and the
rate that is asked for is nowhere in the data, so the start request is told to the decoder.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from tracker.decoders.polar_frames import ACC, GYR, SETTING_FORMATS, read_settings
from tracker.decoders.profile import Ask, Refuse, Step, Write

CONTROL = "fb005c81-02e7-f387-1cad-8acd2d8df0c8"
GET, START, STOP = 1, 2, 3
REPLY = 0xF0

RATE, RESOLUTION, RANGE, MILLI_RANGE, CHANNELS = 0, 1, 2, 3, 4
_RATE_ABOVE_HZ = 50  # at 52 Hz angles and counts are as good as at 104 Hz, and the battery lasts longer
# Dropped hips stay below 8 g, and a pelvis never turns faster than 2000 deg/s; wider would only be coarser.
_WIDEST = {ACC: 8, GYR: 2000}
_RESOLUTION_BITS = 16
_CHANNELS = 3

_SENSORS = {ACC: "accelerometer", GYR: "gyroscope"}
_OK, _ALREADY = 0, 6
_WORDS = {
    1: "it does not know the request",
    2: "it has none",
    3: "it does not offer it",
    10: "the link's messages are too short for it",
    12: "it is in another mode",
    13: "it is in its charger",
    14: "its memory is full",
}
_MENDS = {
    12: "Press its button until the heart light is on, then try again.",
    13: "Take it out of the charger, then try again.",
    14: "Empty its memory with its app, then try again.",
}
_MEND = "Turn it off and on and try again; its firmware may need an update."

Settings = Mapping[int, float]  # type of a setting -> its value


class Documented(NamedTuple):
    """What the vendor says of a model, for firmware that gives no list."""

    rate_hz: int
    channels: int | None


def start(kind: int, documented: Documented) -> Ask:
    """Ask for the settings of one sensor (ACC or GYR), then start it."""
    last_resort = _documented(kind, documented)

    def then(reply: bytes | None) -> tuple[Step, ...]:
        best = b"" if reply is None or _status(reply) != _OK else _best(kind, read_settings(reply[5:]))
        return (_started(kind, [best, last_resort] if best not in (b"", last_resort) else [last_resort]),)

    return Ask(Write(CONTROL, bytes([GET, kind])), then, answer_on=CONTROL, answer_begins=bytes([REPLY, GET, kind]))


def stop(kind: int) -> Write:
    """Stop one sensor."""
    return Write(CONTROL, bytes([STOP, kind]))


def read_request(payload: bytes) -> tuple[int, Settings]:
    """Sensor and settings of a start request. Raises ValueError for another request."""
    if len(payload) < 2 or payload[0] != START:
        raise ValueError("this is no start request.")
    return payload[1], {kind: values[0] for kind, values in read_settings(payload[2:]).items() if values}


def _started(kind: int, wishes: Sequence[bytes], *, may_stop: bool = True) -> Ask:
    """Start with the first of these settings, after a refusal with the next."""

    def then(reply: bytes | None) -> tuple[Step, ...]:
        status = _OK if reply is None else _status(reply)  # data prove a start that nobody confirmed
        if status == _OK:
            return ()
        if status == _ALREADY and may_stop:  # left on by a program that died
            return (stop(kind), _started(kind, wishes, may_stop=False))
        if status == _ALREADY:
            return ()
        if len(wishes) > 1:
            return (_started(kind, wishes[1:], may_stop=may_stop),)
        why = _WORDS.get(status, f"error {status}")
        return (Refuse(f"does not start its {_SENSORS[kind]}: {why}", _MENDS.get(status, _MEND)),)

    request = Write(CONTROL, bytes([START, kind]) + wishes[0], is_told=True)
    return Ask(request, then, answer_on=CONTROL, answer_begins=bytes([REPLY, START, kind]))


def _status(reply: bytes) -> int:
    """Of a reply `f0 operation type status ...`; a cut one refuses nothing."""
    return reply[3] if len(reply) > 3 else _OK


def _best(kind: int, offered: Mapping[int, Sequence[float]]) -> bytes:
    """One value of each setting that is offered, in the order of the list; empty if there is nothing to choose."""
    choice: dict[int, float] = {}
    for setting, values in offered.items():
        if not values:
            continue
        match setting:
            case 0:  # RATE
                choice[setting] = min((value for value in values if value > _RATE_ABOVE_HZ), default=max(values))
            case 2:  # RANGE
                choice[setting] = _widest(values, _WIDEST[kind])
            case 3:  # MILLI_RANGE
                choice[setting] = _widest(values, 1000 * _WIDEST[kind])
            case 1:  # RESOLUTION
                choice[setting] = _RESOLUTION_BITS if _RESOLUTION_BITS in values else max(values)
            case 4:  # CHANNELS
                choice[setting] = _CHANNELS if _CHANNELS in values else max(values)
    return _settings(choice.items()) if RATE in choice else b""


def _widest(values: Sequence[float], useful: float) -> float:
    """The widest of use, else the narrowest."""
    return max((value for value in values if value <= useful), default=min(values))


def _documented(kind: int, documented: Documented) -> bytes:
    values = [(RATE, documented.rate_hz), (RESOLUTION, _RESOLUTION_BITS), (RANGE, _WIDEST[kind])]
    return _settings(values + ([(CHANNELS, documented.channels)] if documented.channels else []))


def _settings(values: Iterable[tuple[int, float]]) -> bytes:
    return b"".join(struct.pack(f"<BB{SETTING_FORMATS[kind]}", kind, 1, int(value)) for kind, value in values)
