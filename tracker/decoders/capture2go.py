"""Decoder of the SensorStim Capture2Go IMU (firmware_notes/capture2go.md).

In: notifications that begin with 0xFF - (number of real-time packages); these follow whole, the rest belongs to a byte
stream in which packages are cut anywhere. Package: 02, crc32, size, header u16, payload. Real-time samples (0247) and
packed ones (8 samples) hold int64 nanoseconds, rates, accelerations as int16. Out: readings with the device clock,
which is 64 bits wide. Carries the unfinished tail of the byte stream.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator, Sequence

import numpy as np

from tracker.core.model import Battery, Clock, Decoded, Packet, Readings
from tracker.decoders.profile import DeviceProfile, Write
from tracker.errors import DecodeError

SERVICE = "80030001-e629-4c98-9324-aa7fc0c66de7"
WRITE = "80030002-e629-4c98-9324-aa7fc0c66de7"
NOTIFY = "80030003-e629-4c98-9324-aa7fc0c66de7"

REAL_TIME, STATUS = 0x0247, 0x0201
# Header of packed samples -> rate: 0221 to 0226 with, 0231 to 0236 without magnetic field.
PACKED_HZ = {base + k: hz for base in (0x0221, 0x0231) for k, hz in enumerate((200, 100, 50, 25, 10, 1))}
_PACKED_SAMPLES = 8
_HEAD_BYTES = 8
_LARGEST_NS = 2**62  # the year 2116
_ACC_MPS2 = 16 * 9.81 / 32768  # the vendor's own factor, with 9.81
_GYR_RADPS = math.radians(2000) / 32768


class Capture2GoDecoder:
    """Carries the tail of the byte stream, the rate and the battery level that were seen last."""

    def __init__(self) -> None:
        self._tail = b""
        self._clock: Clock | None = None
        self._battery: Battery | None = None

    def decode(self, packets: Sequence[Packet]) -> Decoded:
        """Readings of the packages that end in these packets; see the head of the file."""
        rejected: list[DecodeError] = []
        messages: list[str | Battery] = []
        received: list[float] = []
        times_s: list[float] = []
        counts: list[bytes] = []
        for received_s, channel, payload in packets:
            if channel != NOTIFY or not payload:
                rejected.append(_error(f"nothing is known of {len(payload)} bytes on channel {channel}.", payload))
                continue
            for header, body in self._packages(payload, rejected):
                if header == STATUS and len(body) >= 19:
                    self._hear_battery(Battery(min(100, body[17] & 0x7F)), messages)  # bit 7: charging
                    continue
                try:
                    stamps_s, samples = self._samples(header, body)
                except DecodeError as error:
                    rejected.append(error)
                    continue
                received += [received_s] * len(stamps_s)
                times_s += stamps_s
                counts.append(samples)
        readings = _readings(received, times_s, b"".join(counts)) if received else None
        return Decoded(readings, self._clock, tuple(rejected), tuple(messages))

    def _hear_battery(self, battery: Battery, messages: list[str | Battery]) -> None:
        """A status comes each second; only a change is worth telling."""
        if battery != self._battery:
            self._battery = battery
            messages.append(battery)

    def _packages(self, payload: bytes, rejected: list[DecodeError]) -> Iterator[tuple[int, bytes]]:
        """Header and payload of every package that is whole now."""
        begin = 1
        for _ in range(0xFF - payload[0]):
            end = begin + _HEAD_BYTES + (payload[begin + 5] if len(payload) >= begin + _HEAD_BYTES else len(payload))
            if not _is_package(payload[begin:end]):
                rejected.append(_error("a real-time package is damaged.", payload))
                return
            yield int.from_bytes(payload[begin + 6 : begin + 8], "little"), payload[begin + 8 : end]
            begin = end
        stream = self._tail + payload[begin:]
        while len(stream) >= _HEAD_BYTES:
            end = _HEAD_BYTES + stream[5]
            if stream[0] == 2 and len(stream) < end:
                break
            if _is_package(stream[:end]):
                yield int.from_bytes(stream[6:8], "little"), stream[8:end]
                stream = stream[end:]
                continue
            place = stream.find(b"\x02", 1)  # a lost notification: look for the next start
            rejected.append(_error("the byte stream is damaged.", stream[:place] if place > 0 else stream))
            stream = stream[place:] if place > 0 else b""
        self._tail = stream

    def _samples(self, header: int, body: bytes) -> tuple[list[float], bytes]:
        """Times [s] and counts (rate, acceleration; sample by sample) of a package."""
        stamp_ns = int.from_bytes(body[:8], "little", signed=True)
        if not 0 <= stamp_ns < _LARGEST_NS:
            raise _error("the device time is no time.", body)
        if header == REAL_TIME and len(body) == 37:
            self._clock = Clock(50.0, clock_wrap_s=math.inf)
            return [stamp_ns * 1e-9], body[8:20]
        if header in PACKED_HZ and len(body) >= 8 + 12 * _PACKED_SAMPLES:
            rate_hz = PACKED_HZ[header]
            self._clock = Clock(rate_hz, clock_wrap_s=math.inf)
            sensors = np.frombuffer(body, "<i2", 6 * _PACKED_SAMPLES, 8).reshape(2, _PACKED_SAMPLES, 3)
            stamps_s = [(stamp_ns + k * 1_000_000_000 // rate_hz) * 1e-9 for k in range(_PACKED_SAMPLES)]
            return stamps_s, np.concatenate((sensors[0], sensors[1]), axis=1).tobytes()
        raise _error(f"package {header:04x} of {len(body)} bytes was not asked for.", body)


def _is_package(package: bytes) -> bool:
    """True if start, length and checksum (over header and payload) fit."""
    return (
        len(package) >= _HEAD_BYTES
        and package[0] == 2
        and len(package) == _HEAD_BYTES + package[5]
        and zlib.crc32(package[6:]) == int.from_bytes(package[1:5], "little")
    )


def _readings(received: list[float], times_s: list[float], counts: bytes) -> Readings:
    table = np.frombuffer(counts, "<i2").reshape(-1, 6)
    at_rail = ((table == 32767) | (table == -32768)).any(axis=1)
    return Readings(
        received_s=np.array(received),
        acc_mps2=np.multiply(table[:, 3:], _ACC_MPS2, dtype=np.float64),
        gyr_radps=np.multiply(table[:, :3], _GYR_RADPS, dtype=np.float64),
        device_s=np.array(times_s),
        saturated_samples=int(at_rail.sum()),
    )


def _error(reason: str, payload: bytes) -> DecodeError:
    return DecodeError(reason, decoder="capture2go", payload=payload)


PROFILE = DeviceProfile(
    key="capture2go",
    title="SensorStim Capture2Go IMU",
    new_decoder=Capture2GoDecoder,
    nominal_rate_hz=50.0,
    name_prefixes=("IMU_",),
    service_uuids=(SERVICE,),
    characteristic_uuids=(WRITE, NOTIFY),
    notify=(NOTIFY,),
    setup=(Write(WRITE, bytes.fromhex("022a7141e10260010232")),),  # real time, 50 Hz: late data are dropped, not queued
    teardown=(Write(WRITE, bytes.fromhex("020d1a0e78006301")),),
    battery=None,  # in its status, once a second
    min_mtu=64,
    wear="Flat on the front of the belt; the axes are printed on the case.",
    note="capture2go.md",
)
