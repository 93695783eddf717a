"""A sensor of the tests' own: each packet carries rows of numbers, so that the engine alone is looked at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tests.core.synthetic import path, rate_of, up_of
from tracker.core.model import GRAVITY_MPS2, Battery, Clock, Decoded, Floats, Packet, Readings
from tracker.errors import DecodeError

PER_PACKET = 5
NOTE, BATTERY = "note", "battery"


class PlainDecoder:
    """Rows of float64: counter, acc x y z [m/s2], gyr x y z [rad/s]; on channel `note` a text, on `battery` percent."""

    def __init__(self, rate_hz: float = 50.0, *, has_gyroscope: bool = True) -> None:
        self.clock = Clock(rate_hz, counter_modulus=2**32)
        self.has_gyroscope = has_gyroscope

    def decode(self, packets: Sequence[Packet]) -> Decoded:
        """What these packets hold."""
        data = [packet for packet in packets if packet.channel not in (NOTE, BATTERY)]
        valid = [packet for packet in data if len(packet.payload) % 56 == 0 and packet.payload]
        rejected = [
            DecodeError("not whole rows", decoder="plain", payload=packet.payload)
            for packet in data
            if len(packet.payload) % 56 or not packet.payload
        ]
        messages = tuple(
            packet.payload.decode() if packet.channel == NOTE else Battery(packet.payload[0])
            for packet in packets
            if packet.channel in (NOTE, BATTERY)
        )
        readings = self._readings(valid) if valid else None
        return Decoded(readings, self.clock if readings else None, tuple(rejected), messages)

    def _readings(self, packets: Sequence[Packet]) -> Readings:
        rows = np.frombuffer(b"".join(packet.payload for packet in packets)).reshape(-1, 7)
        counts = [len(packet.payload) // 56 for packet in packets]
        return Readings(
            received_s=np.repeat([packet.received_s for packet in packets], counts),
            acc_mps2=np.ascontiguousarray(rows[:, 1:4]),
            gyr_radps=np.ascontiguousarray(rows[:, 4:7]) if self.has_gyroscope else None,
            counter=rows[:, 0].astype(np.int64),
        )


def packets_of(acc_mps2: Floats, gyr_radps: Floats, *, rate_hz: float = 50.0, first: int = 0) -> list[Packet]:
    """Rows (n, 3) each, five to a packet."""
    rows = np.concatenate([np.arange(first, first + len(acc_mps2))[:, None], acc_mps2, gyr_radps], axis=1)
    return [
        Packet((first + stop) / rate_hz, "data", rows[stop - PER_PACKET : stop].tobytes())
        for stop in range(PER_PACKET, len(rows) + 1, PER_PACKET)
    ]


def at_rest(seconds: float, *, size_g: float = 1.0, rate_hz: float = 50.0, first: int = 0) -> list[Packet]:
    """A sensor that lies still."""
    acc = np.tile(up_of(np.array([45.0])).T * GRAVITY_MPS2 * size_g, (round(seconds * rate_hz), 1))
    return packets_of(acc, np.zeros_like(acc), rate_hz=rate_hz, first=first)


def turning(*legs: tuple[float, float], start_deg: float = 0.0, rate_hz: float = 50.0, first: int = 0) -> list[Packet]:
    """A sensor that turns up from the bottom pose without being moved from its place."""
    rise_deg = path(*legs, start_deg=start_deg, rate_hz=rate_hz)
    gyr = np.zeros((len(rise_deg), 3))
    gyr[:, 0] = np.radians(rate_of(rise_deg, rate_hz))
    return packets_of(up_of(45.0 - rise_deg).T * GRAVITY_MPS2, gyr, rate_hz=rate_hz, first=first)
