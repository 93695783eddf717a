"""Decoder of sensors whose messages are records of fixed layout, each a whole sample of acceleration and rate.

In: a `Layout` (the record as a numpy type, factors to SI, what time it carries) and a function that cuts a payload
into records. Out: readings. The cutting is a little Python per packet; everything else is one pass of numpy over all
packets of a call, element-wise, so that any way of feeding gives the same bits. No state but the clock.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tracker.core.model import Battery, Clock, Decoded, Packet, Readings
from tracker.errors import DecodeError

LARGEST_SI = 1e4  # a float above 1000 g or 600 turns a second is no measurement


@dataclass(frozen=True)
class Layout:
    """How one sample lies in memory.

    record: fields `acc` and `gyr` (3 numbers each), optional `clock` (device time) and `counter`.
    acc_mps2, gyr_radps, clock_s: value of one count; acc_mps2 is negative where a sensor sends minus specific force.
    acc_rail, gyr_rail: counts from which on a sample is saturated.
    repeat_bytes: a message at least this long that equals the one before is the same one again; for sensors that
    neither number nor stamp their samples, where so many noisy numbers do not repeat by chance; 0 = never.
    """

    decoder: str
    record: np.dtype[Any]
    acc_mps2: float
    gyr_radps: float
    clock: Clock
    acc_rail: float = 32767
    gyr_rail: float = 32767
    clock_s: float = 0.0
    repeat_bytes: int = 0

    def error(self, reason: str, payload: bytes) -> DecodeError:
        """The error of this decoder."""
        return DecodeError(reason, decoder=self.decoder, payload=payload)

    def __deepcopy__(self, memo: object) -> Layout:
        """It never changes, and the engine copies a decoder at most notifications."""
        return self


# Payload to whole records (empty: no samples in it) and a message (empty: none); raises DecodeError.
Cut = Callable[[str, bytes], tuple[bytes, str | Battery]]


class FixedLayoutDecoder:
    """Decodes with a layout and the function that cuts payloads into its records."""

    def __init__(self, layout: Layout, cut: Cut) -> None:
        self._layout = layout
        self._cut = cut
        self._clock: Clock | None = None
        self._last_body = b""

    def decode(self, packets: Sequence[Packet]) -> Decoded:
        """Readings of these packets; see the head of the file."""
        places: list[int] = []
        bodies: list[bytes] = []
        rejected: list[tuple[int, DecodeError]] = []
        messages: list[str | Battery] = []
        for place, packet in enumerate(packets):
            try:
                body, message = self._cut(packet.channel, packet.payload)
                self._refuse_repeat(body, packet.payload)
            except DecodeError as error:
                rejected.append((place, error))
                continue
            if body:
                places.append(place)
                bodies.append(body)
            if message:
                messages.append(message)
        readings = self._readings(packets, places, bodies, rejected) if bodies else None
        if readings is not None:
            self._clock = self._layout.clock
        rejected.sort(key=lambda pair: pair[0])
        return Decoded(readings, self._clock, tuple(error for _, error in rejected), tuple(messages))

    def _refuse_repeat(self, body: bytes, payload: bytes) -> None:
        if not body or not self._layout.repeat_bytes:
            return
        if len(body) >= self._layout.repeat_bytes and body == self._last_body:
            raise self._layout.error("the message repeats the one before.", payload)
        self._last_body = body

    def _readings(
        self, packets: Sequence[Packet], places: list[int], bodies: list[bytes], rejected: list[tuple[int, DecodeError]]
    ) -> Readings | None:
        layout = self._layout
        records = np.frombuffer(b"".join(bodies), layout.record)
        owner = np.repeat(np.array(places), [len(body) // layout.record.itemsize for body in bodies])
        is_bad = _is_no_measurement(records, layout)
        if is_bad.any():
            bad_places = np.unique(owner[is_bad])
            rejected += [
                (place, layout.error("the packet holds numbers no sensor measures.", packets[place].payload))
                for place in bad_places.tolist()
            ]
            is_good = ~np.isin(owner, bad_places)
            records, owner = records[is_good], owner[is_good]
        if not len(records):
            return None
        at_rail = (np.abs(records["acc"].astype(np.float64)) >= layout.acc_rail).any(axis=1)
        at_rail |= (np.abs(records["gyr"].astype(np.float64)) >= layout.gyr_rail).any(axis=1)
        fields = layout.record.names or ()
        return Readings(
            received_s=np.array([packet.received_s for packet in packets])[owner],
            acc_mps2=np.multiply(records["acc"], layout.acc_mps2, dtype=np.float64),
            gyr_radps=np.multiply(records["gyr"], layout.gyr_radps, dtype=np.float64),
            counter=records["counter"].astype(np.int64) if "counter" in fields else None,
            device_s=np.multiply(records["clock"], layout.clock_s, dtype=np.float64) if "clock" in fields else None,
            saturated_samples=int(at_rail.sum()),
        )


def _is_no_measurement(records: np.ndarray[Any, Any], layout: Layout) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """True for records with a number that is not finite or absurdly large; integers always pass."""
    if records["acc"].dtype.kind != "f":
        return np.zeros(len(records), dtype=np.bool_)
    with np.errstate(invalid="ignore"):  # a signalling NaN would warn while it is widened
        acc = np.abs(records["acc"].astype(np.float64)) * abs(layout.acc_mps2)
        gyr = np.abs(records["gyr"].astype(np.float64)) * layout.gyr_radps
    is_bad: np.ndarray[Any, np.dtype[np.bool_]] = ~((acc <= LARGEST_SI).all(axis=1) & (gyr <= LARGEST_SI).all(axis=1))
    return is_bad
