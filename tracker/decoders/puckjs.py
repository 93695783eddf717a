"""Decoder of Espruino Puck.js v2 over the Nordic UART (firmware_notes/puckjs.md).

In: text lines cut anywhere over notifications: `I,<counter>,<ms>,ax,ay,az,gx,gy,gz` from the snippet that the profile
uploads, or the raw event as JSON (no counter, no time). Acceleration 8192 counts a g, rate 8.75 mdeg/s a count: ST's
figure; Espruino's text has 245/32768, which reads 14.5 % too low. Out: readings with counter modulo 65536 and the
device clock for `I` lines, without both for JSON; whichever comes first holds for the session.
Flow control bytes and prompts are stripped. Carries the unfinished line.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np

from tracker.core.model import GRAVITY_MPS2, Clock, Decoded, Packet, Readings
from tracker.core.plain_text import plain
from tracker.decoders.profile import DeviceProfile, Pause, Step, Write
from tracker.errors import DecodeError

SERVICE = "6e400001-b5a3-f393-e0a9-e50e24dcca9e"
WRITE = "6e400002-b5a3-f393-e0a9-e50e24dcca9e"
NOTIFY = "6e400003-b5a3-f393-e0a9-e50e24dcca9e"
RATE_HZ = 52.0

_NUMBER = rb"(-?\d{1,5})"
_LINE = re.compile(rb"I,(\d{1,5}),(\d{1,10})" + 6 * (b"," + _NUMBER))
_AXES = rb'\{"x":' + _NUMBER + rb',"y":' + _NUMBER + rb',"z":' + _NUMBER + rb"\}"
_EVENT = re.compile(rb'\{"acc":' + _AXES + rb',"gyro":' + _AXES + rb"\}")
_LONGEST_LINE = 256  # a sample has 40 bytes; without a line end so far it is no text of ours
_FLOW_CONTROL = b"\x11\x13"
_ACC_MPS2, _GYR_RADPS = GRAVITY_MPS2 / 8192, math.radians(0.00875)


class PuckDecoder:
    """Carries the unfinished line, and whether samples have a counter and a time."""

    def __init__(self) -> None:
        self._tail = b""
        self._has_time: bool | None = None

    def decode(self, packets: Sequence[Packet]) -> Decoded:
        """Readings of the lines that end in these packets; see the head of the file."""
        rejected: list[DecodeError] = []
        messages: list[str] = []
        received: list[float] = []
        rows: list[list[int]] = []  # counter, milliseconds, six counts
        for received_s, channel, payload in packets:
            if channel != NOTIFY:
                rejected.append(_error(f"nothing is known of channel {channel}.", payload))
                continue
            *lines, self._tail = (self._tail + payload.translate(None, _FLOW_CONTROL)).split(b"\n")
            if len(self._tail) > _LONGEST_LINE:
                rejected.append(_error("the line does not end.", self._tail))
                self._tail = b""
            for line in lines:
                text = line.strip().lstrip(b"> \b")
                if not text:
                    continue
                row = self._row(text)
                if isinstance(row, DecodeError):
                    rejected.append(row)
                elif row:
                    received.append(received_s)
                    rows.append(row)
                else:  # prompts and error messages of the interpreter share the stream
                    messages.append(plain(text.decode("ascii", "replace"), longest=80))
        clock = Clock(RATE_HZ, 65536, math.inf) if self._has_time else None
        if self._has_time is False:
            clock = Clock(RATE_HZ)
        return Decoded(self._readings(received, rows) if rows else None, clock, tuple(rejected), tuple(messages))

    def _row(self, text: bytes) -> list[int] | DecodeError:
        """Counter, time and counts of a line; empty if it is no sample."""
        if not text.startswith((b"I,", b"{")):
            return []
        found, has_time = _LINE.fullmatch(text), True
        if found is None:
            found, has_time = _EVENT.fullmatch(text), False
        if found is None:
            return _error("the line is no whole sample.", text)
        row = [int(number) for number in found.groups()]
        row = row if has_time else [0, 0, *row]
        if row[0] > 65535 or any(not -32768 <= count <= 32767 for count in row[2:]):
            return _error("the line holds a number out of range.", text)
        if self._has_time not in (None, has_time):
            return _error("lines with and without a counter are mixed.", text)
        self._has_time = has_time
        return row

    def _readings(self, received: list[float], rows: list[list[int]]) -> Readings:
        table = np.array(rows, dtype=np.int64)
        counts = table[:, 2:]
        at_rail = ((counts >= 32767) | (counts <= -32768)).any(axis=1)
        return Readings(
            received_s=np.array(received),
            acc_mps2=np.multiply(counts[:, :3], _ACC_MPS2, dtype=np.float64),
            gyr_radps=np.multiply(counts[:, 3:], _GYR_RADPS, dtype=np.float64),
            counter=table[:, 0].copy() if self._has_time else None,
            device_s=np.multiply(table[:, 1], 1e-3, dtype=np.float64) if self._has_time else None,
            saturated_samples=int(at_rail.sum()),
        )


def _error(reason: str, payload: bytes) -> DecodeError:
    return DecodeError(reason, decoder="puckjs", payload=payload)


def _upload(text: bytes) -> tuple[Step, ...]:
    """Text in pieces of 20 bytes, which fit the smallest MTU."""
    return tuple(Write(WRITE, text[begin : begin + 20]) for begin in range(0, len(text), 20))


SNIPPET = (
    "var n=-1,t=getTime();Puck.on('accel',function(d){var a=d.acc,g=d.gyro;n=(n+1)&65535;"
    'Bluetooth.println("I,"+[n,(getTime()-t)*1E3|0,a.x,a.y,a.z,g.x,g.y,g.z])});'
    f"Puck.accelOn({RATE_HZ:.0f});\n"
)

PROFILE = DeviceProfile(
    key="puckjs",
    title="Espruino Puck.js v2",
    new_decoder=PuckDecoder,
    nominal_rate_hz=RATE_HZ,
    name_prefixes=("Puck.js",),
    service_uuids=(SERVICE,),
    characteristic_uuids=(WRITE, NOTIFY),
    notify=(NOTIFY,),
    # 03 stops what runs, 10 keeps the interpreter from echoing the line; after a reset it needs 1.5 s
    setup=(*_upload(b"\x03\x10reset();\n"), Pause(1.5), *_upload(b"\x03\x10" + SNIPPET.encode())),
    teardown=_upload(b"\x03\x10Puck.accelOff();reset();\n"),
    min_mtu=53,  # 52 lines of 40 bytes a second, one notification per connection event
    wear="In its pocket on the front of the belt, button outward.",
    note="puckjs.md",
)
