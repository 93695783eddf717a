"""Decoder of sensors that send acceleration and rate in separate messages without any time.

In: a `cut` that says what a packet holds. Out: readings at the accelerometer's samples, the rate interpolated between
its neighbours (`pairing.py`), a little later than they came. Times for that come from the arrival of the packets,
smoothed per stream; the readings carry the arrival itself and no device time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tracker.core.model import Battery, Clock, Decoded, Packet, Readings
from tracker.decoders.pairing import ArrivalClock, Pairing
from tracker.errors import DecodeError


class Part(NamedTuple):
    """What a packet holds: samples of three counts, oldest first; or a message; or neither."""

    acc: Sequence[Sequence[float]] = ()
    gyr: Sequence[Sequence[float]] = ()
    message: str | Battery = ""


@dataclass(frozen=True, slots=True)
class Streams:
    """acc_mps2, gyr_radps: value of one count; rails: counts from which on a sample is saturated.

    repeat_samples: a message of at least so many samples that equals the last one of its stream is the same one
    again, because so many noisy numbers do not repeat by chance; 0 = never.
    """

    decoder: str
    acc_mps2: float
    gyr_radps: float
    nominal_rate_hz: float
    acc_rail: float = 32767
    gyr_rail: float = 32767
    repeat_samples: int = 0

    def error(self, reason: str, payload: bytes) -> DecodeError:
        """The error of this decoder."""
        return DecodeError(reason, decoder=self.decoder, payload=payload)

    def __deepcopy__(self, memo: object) -> Streams:
        """It never changes, and the engine copies a decoder at most notifications."""
        return self


class SeparateStreamsDecoder:
    """Carries the arrival clocks of both streams and the samples that wait for a neighbour."""

    def __init__(self, streams: Streams, cut: Callable[[str, bytes], Part]) -> None:
        self._streams = streams
        self._cut = cut
        self._pairing = Pairing()
        self._acc_clock = ArrivalClock(1 / streams.nominal_rate_hz)
        self._gyr_clock = ArrivalClock(1 / streams.nominal_rate_hz)
        self._clock: Clock | None = None
        self._last_payloads = (b"", b"")  # of acceleration, of rate

    def decode(self, packets: Sequence[Packet]) -> Decoded:
        """Readings of these packets and of samples that waited for them; see the head of the file."""
        rejected: list[DecodeError] = []
        messages: list[str | Battery] = []
        for received_s, channel, payload in packets:
            try:
                acc, gyr, message = self._cut(channel, payload)
                self._refuse_repeat(len(acc), len(gyr), payload)
            except DecodeError as error:
                rejected.append(error)
                continue
            if acc:
                self._pairing.add("acc", received_s, self._acc_clock.times_s(received_s, len(acc)), acc)
            if gyr:
                self._pairing.add("gyr", received_s, self._gyr_clock.times_s(received_s, len(gyr)), gyr)
            if message:
                messages.append(message)
        return Decoded(self._readings(), self._clock, tuple(rejected), tuple(messages))

    def _refuse_repeat(self, acc_samples: int, gyr_samples: int, payload: bytes) -> None:
        least = self._streams.repeat_samples
        if not least or not acc_samples + gyr_samples:
            return
        if acc_samples + gyr_samples >= least and payload in self._last_payloads:
            raise self._streams.error("the message repeats the one before.", payload)
        acc, gyr = self._last_payloads
        self._last_payloads = (payload if acc_samples else acc, payload if gyr_samples else gyr)

    def _readings(self) -> Readings | None:
        paired = self._pairing.take()
        if paired is None:
            return None
        streams = self._streams
        self._clock = Clock(streams.nominal_rate_hz)
        at_rail = (np.abs(paired.acc) >= streams.acc_rail).any(axis=1)
        at_rail |= (np.abs(paired.gyr) >= streams.gyr_rail).any(axis=1)
        return Readings(
            received_s=paired.received_s,
            acc_mps2=paired.acc * streams.acc_mps2,
            gyr_radps=paired.gyr * streams.gyr_radps,
            saturated_samples=int(at_rail.sum()),
        )
