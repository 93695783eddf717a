"""Decoder of the open IMU Stream profile, version 1 (firmware_notes/imu_stream.md).

In: notifications of the data characteristic (8-byte header, then n samples of 6 int16) and status values (20 bytes).
Out: specific force [m/s^2], angular rate [rad/s], running index modulo 65536, device clock [s] wrapping after 2^32 us.

Idea: an hour is as cheap as a second. Header (8 bytes) and sample (12 bytes) are whole 32-bit words, so all data
packets between two changes of the settings are joined, viewed as words, and the header words are masked out: one pass
of numpy whatever the packet sizes. All maths is element-wise, so that any way of feeding gives the same bits.

Before the first status the documented defaults hold: 100 Hz, +-8 g and +-1000 deg/s over 32768 counts.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from tracker.core.model import GRAVITY_MPS2, Clock, Decoded, Floats, Ints, Packet, Readings
from tracker.decoders.blocks import joined
from tracker.decoders.profile import DeviceProfile, Read, Write
from tracker.errors import DecodeError

SERVICE = "f4ae0001-580f-40c2-8f8b-f8d27670ba63"
DATA = "f4ae0002-580f-40c2-8f8b-f8d27670ba63"
STATUS = "f4ae0003-580f-40c2-8f8b-f8d27670ba63"

VERSION = 1
COUNTER_MODULUS = 65536  # u16 running index
CLOCK_WRAP_S = 2**32 * 1e-6  # u32 microseconds: 71.58 min

DISCONTINUITY, MARKER, BATTERY_LOW, CLIPPED = 1, 2, 4, 8  # low nibble of byte 0
_HEADER_BYTES, _SAMPLE_BYTES = 8, 12
CONFIG_BYTES = 8  # what the host writes to the same characteristic
_STATUS = struct.Struct("<BBHBBHIff")
_HEADER = np.dtype([("version_flags", "u1"), ("samples", "u1"), ("first_index", "<u2"), ("t_us", "<u4")])


class Status(NamedTuple):
    """The 20 bytes of a status value: what the sensor does now and how to scale its counts."""

    version: int
    is_running: bool
    has_overflowed: bool
    rate_hz: int
    acc_range_g: int
    samples_per_packet: int
    gyr_range_dps: int
    period_ns: int
    acc_mps2_per_count: float
    gyr_radps_per_count: float


class _Settings(NamedTuple):
    period_us: float
    acc_mps2_per_count: float
    gyr_radps_per_count: float


_DEFAULTS = _Settings(10_000.0, 8 * GRAVITY_MPS2 / 32768, math.radians(1000) / 32768)


def read_status(payload: bytes) -> Status:
    """The fields of a status value. Raises DecodeError if it is none."""
    if len(payload) != _STATUS.size:
        raise _error(f"a status has {_STATUS.size} bytes, not {len(payload)}.", payload)
    version, state, rate, acc_range, packed, gyr_range, period_ns, acc_scale, gyr_scale = _STATUS.unpack(payload)
    if version != VERSION:
        raise _error(f"the status is of version {version}, known is {VERSION}.", payload)
    if period_ns == 0 or not all(math.isfinite(scale) and scale > 0 for scale in (acc_scale, gyr_scale)):
        raise _error("the status holds a period or scale of zero.", payload)
    running, overflowed = bool(state & 1), bool(state & 8)
    return Status(version, running, overflowed, rate, acc_range, packed, gyr_range, period_ns, acc_scale, gyr_scale)


def describe(channel: str, payload: bytes) -> Mapping[str, object]:
    """The fields of a status value. Raises DecodeError if it is none."""
    if channel != STATUS:
        raise _error(f"nothing is known of channel {channel}.", payload)
    return read_status(payload)._asdict()


def start_command(rate_hz: int, *, acc_range_g: int = 8, gyr_range_dps: int = 1000) -> bytes:
    """The 8 bytes that start the stream; the sensor chooses how many samples it packs."""
    return struct.pack("<BBHBBH", VERSION, 1, rate_hz, acc_range_g, 0, gyr_range_dps)


STOP_COMMAND = struct.pack("<BBHBBH", VERSION, 0, 0, 0, 0, 0)


class ImuStreamDecoder:
    """Carries the sensor's settings from the last status, and whether its battery was low."""

    def __init__(self) -> None:
        self._settings = _DEFAULTS
        self._clock: Clock | None = None
        self._battery_is_low = False

    def decode(self, packets: Sequence[Packet]) -> Decoded:
        """Readings of these packets; see the head of the file."""
        rejected: list[tuple[int, DecodeError]] = []
        messages: list[str] = []
        blocks: list[Readings] = []
        begin = 0
        is_all_data = {packet[1] for packet in packets} == {DATA}
        for index, packet in () if is_all_data else enumerate(packets):
            if packet.channel == DATA:
                continue
            try:
                settings = self._told(packet, messages)
            except DecodeError as error:
                rejected.append((index, error))
                continue
            if settings != self._settings:  # only a change ends the block
                blocks += self._block(packets, begin, index, rejected, messages)
                begin, self._settings = index, settings
        blocks += self._block(packets, begin, len(packets), rejected, messages)
        rejected.sort(key=lambda pair: pair[0])
        return Decoded(joined(blocks), self._clock, tuple(error for _, error in rejected), tuple(messages))

    def _told(self, packet: Packet, messages: list[str]) -> _Settings:
        """What a packet that is no data says of the settings."""
        if packet.channel != STATUS:
            raise _error(f"nothing is known of channel {packet.channel}.", packet.payload)
        if len(packet.payload) == CONFIG_BYTES:  # some Bluetooth stacks notify the host of what it just wrote
            return self._settings
        status = read_status(packet.payload)
        if status.has_overflowed:
            messages.append("the sensor lost samples before sending them")
        rate_hz = 1e9 / status.period_ns
        self._clock = Clock(rate_hz, counter_modulus=COUNTER_MODULUS, clock_wrap_s=CLOCK_WRAP_S)
        return _Settings(status.period_ns * 1e-3, status.acc_mps2_per_count, status.gyr_radps_per_count)

    def _block(
        self,
        packets: Sequence[Packet],
        begin: int,
        end: int,
        rejected: list[tuple[int, DecodeError]],
        messages: list[str],
    ) -> list[Readings]:
        """Readings of the data packets in packets[begin:end], all under the present settings."""
        if begin or end < len(packets):
            packets = packets[begin:end]
        places = np.arange(len(packets))
        if {packet[1] for packet in packets} != {DATA}:
            places = np.array([place for place, packet in enumerate(packets) if packet[1] == DATA], dtype=np.int64)
            packets = [packet for packet in packets if packet[1] == DATA]
        payloads = [packet[2] for packet in packets]
        lengths = np.fromiter(map(len, payloads), np.int64, len(payloads))
        whole = (lengths % _SAMPLE_BYTES == _HEADER_BYTES) & (lengths > _HEADER_BYTES)
        received_s = np.array([packet[0] for packet in packets])
        if not whole.all():
            rejected += [
                (begin + int(places[index]), _error("a data packet has 8 + 12 n bytes.", payloads[index]))
                for index in np.flatnonzero(~whole).tolist()
            ]
            payloads = [payload for payload, is_whole in zip(payloads, whole.tolist(), strict=True) if is_whole]
            lengths, received_s, places = lengths[whole], received_s[whole], places[whole]
        if not payloads:
            return []
        words = np.frombuffer(b"".join(payloads), "<u4")
        starts = (np.cumsum(lengths) - lengths) // 4
        header = np.stack((words[starts], words[starts + 1]), axis=1).view(_HEADER)[:, 0]
        samples = (lengths - _HEADER_BYTES) // _SAMPLE_BYTES
        good = (header["version_flags"] >> 4 == VERSION) & (header["samples"] == samples)
        is_body = np.ones(len(words), dtype=np.bool_)
        is_body[starts] = is_body[starts + 1] = False
        if not good.all():
            rejected += [
                (begin + int(places[index]), _header_error(payloads[index])) for index in np.flatnonzero(~good).tolist()
            ]
            is_body &= np.repeat(good, lengths // 4)
            header, samples, received_s = header[good], samples[good], received_s[good]
            if not len(header):
                return []
        counts = words[is_body].view("<i2").reshape(-1, 6)
        return [self._readings(header, samples, received_s, counts, messages)]

    def _readings(
        self, header: np.ndarray, samples: Ints, received_s: Floats, counts: np.ndarray, messages: list[str]
    ) -> Readings:
        if self._clock is None:
            self._clock = Clock(100.0, counter_modulus=COUNTER_MODULUS, clock_wrap_s=CLOCK_WRAP_S)
        settings = self._settings
        flags = header["version_flags"] & 0x0F
        firsts = np.cumsum(samples) - samples
        within = np.arange(len(counts)) - np.repeat(firsts, samples)
        has_flags = bool(flags.any())
        scales = [settings.acc_mps2_per_count] * 3 + [settings.gyr_radps_per_count] * 3
        values = np.multiply(counts, scales, dtype=np.float64)
        if has_flags or self._battery_is_low:
            self._hear(flags, messages)
        return Readings(
            received_s=np.repeat(received_s, samples),
            acc_mps2=values[:, :3],
            gyr_radps=values[:, 3:],
            counter=(np.repeat(header["first_index"].astype(np.int64), samples) + within) % COUNTER_MODULUS,
            device_s=(np.repeat(header["t_us"].astype(np.float64), samples) + within * settings.period_us) * 1e-6,
            saturated_samples=_saturated(counts, firsts, flags),
            restarted=tuple(firsts[(flags & DISCONTINUITY) > 0].tolist()) if has_flags else (),
        )

    def _hear(self, flags: np.ndarray, messages: list[str]) -> None:
        for flag in flags.tolist():
            if flag & MARKER:
                messages.append("marker")
            if flag & BATTERY_LOW and not self._battery_is_low:
                messages.append("battery low")
            self._battery_is_low = bool(flag & BATTERY_LOW)


def _saturated(counts: np.ndarray, firsts: Ints, flags: np.ndarray) -> int:
    """Samples at the rail of int16; a packet that says so itself (a rail inside the chip) counts at least one."""
    is_flagged = (flags & CLIPPED) > 0
    if not is_flagged.any() and counts.max() < 32767 and counts.min() > -32768:
        return 0
    at_rail = ((counts == 32767) | (counts == -32768)).any(axis=1)
    per_packet = np.add.reduceat(at_rail.astype(np.int64), firsts)
    return int(np.maximum(per_packet, is_flagged).sum())


def _header_error(payload: bytes) -> DecodeError:
    if payload[0] >> 4 != VERSION:
        return _error(f"the data packet is of version {payload[0] >> 4}, known is {VERSION}.", payload)
    return _error(f"the data packet of {len(payload)} bytes claims {payload[1]} samples.", payload)


def _error(reason: str, payload: bytes) -> DecodeError:
    return DecodeError(reason, decoder="imu_stream", payload=payload)


PROFILE = DeviceProfile(
    key="imu_stream",
    title="IMU Stream (open profile)",
    new_decoder=ImuStreamDecoder,
    nominal_rate_hz=100.0,
    name_prefixes=("IMU-",),
    service_uuids=(SERVICE,),
    characteristic_uuids=(DATA, STATUS),
    notify=(DATA, STATUS),
    setup=(Write(STATUS, start_command(100)), Read(STATUS)),
    teardown=(Write(STATUS, STOP_COMMAND),),
    wear="On the front of the pelvis, flat on the belt; the axes are those printed on the board.",
    describe=describe,
    note="imu_stream.md",
)
