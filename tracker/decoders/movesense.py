"""Decoder of Movesense sensors with GATT SensorData Protocol firmware (firmware_notes/movesense.md).

In: data messages `02 ref`, then u32 milliseconds of the first sample, then N accelerations [m/s^2], then N rates
[deg/s] as float32; what does not fit comes as `03 ref`. N is not sent, it follows from the length. Out: readings with
the device clock, which wraps after 2^32 ms. Carries the first part of a split message, and the rate that was asked for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tracker.core.model import Battery, Clock, Decoded, Floats, Packet, Readings
from tracker.decoders.fixed_layout import LARGEST_SI
from tracker.decoders.profile import WRITTEN, Ask, DeviceProfile, Refuse, Step, Write
from tracker.errors import DecodeError

COMMAND = "34800001-7185-4d5d-b431-630e7050e8f0"
DATA = "34800002-7185-4d5d-b431-630e7050e8f0"
RATE_HZ = 52.0  # the slowest with 4 samples a message; 104 Hz probably comes in two parts
_RATES_HZ = (52, 104, 26)  # in the order in which they are tried: the protocol can not ask which there are
IMU, BATTERY = 0x63, 0x69  # our references

_RESULT, _FIRST_PART, _SECOND_PART = 1, 2, 3
_OK = (200, 202)
_RAIL_MPS2, _RAIL_DPS = 8 * 9.8, 2000  # where default ranges end (the protocol can not ask them)
_CLOCK_WRAP_S = 2**32 * 1e-3
_SUBSCRIBE, _UNSUBSCRIBE, _GET = 1, 2, 4
_PATH = "/Meas/IMU6/"
_MEND = "Install the app DataLogger + GSP on it with the Showcase app of a phone."


def read_arrays(body: bytes, arrays: int) -> tuple[int, Floats]:
    """Milliseconds and values (arrays, N, 3) of a data message after its two bytes of head. Raises DecodeError."""
    count, rest = divmod(len(body) - 4, 12 * arrays)
    if count < 1 or rest:
        raise _error(f"{len(body)} bytes are no whole samples of {arrays} sensors.", body)
    values = np.frombuffer(body, "<f4", offset=4).reshape(arrays, count, 3)
    if not np.isfinite(values).all() or not (np.abs(values) <= LARGEST_SI).all():
        raise _error("the packet holds numbers no sensor measures.", body)
    return int.from_bytes(body[:4], "little"), values.astype(np.float64)


class MovesenseDecoder:
    """Carries the first part of a message that came in two, and the rate."""

    def __init__(self) -> None:
        self._first_part = b""
        self._rate_hz = RATE_HZ
        self._clock: Clock | None = None

    def decode(self, packets: Sequence[Packet]) -> Decoded:
        """Readings of these packets; see the head of the file."""
        rejected: list[DecodeError] = []
        messages: list[str | Battery] = []
        received: list[float] = []
        starts_ms: list[int] = []
        rates_hz: list[float] = []
        blocks: list[Floats] = []
        for packet in packets:
            try:
                body, message = self._body(packet, rejected)
                if body:
                    start_ms, values = read_arrays(body, 2)
                    received.append(packet.received_s)
                    starts_ms.append(start_ms)
                    rates_hz.append(self._rate_hz)
                    blocks.append(values)
            except DecodeError as error:
                rejected.append(error)
                continue
            if message:
                messages.append(message)
        readings = _readings(received, starts_ms, rates_hz, blocks) if blocks else None
        if readings is not None:
            self._clock = Clock(rates_hz[-1], clock_wrap_s=_CLOCK_WRAP_S)
        return Decoded(readings, self._clock, tuple(rejected), tuple(messages))

    def _body(self, packet: Packet, rejected: list[DecodeError]) -> tuple[bytes, str | Battery]:
        """A whole data message without head (empty: none yet), and what else was said."""
        payload = packet.payload
        if packet.channel == WRITTEN + COMMAND:
            self._rate_hz = _asked_rate(payload)
            return b"", ""
        if packet.channel != DATA:
            raise _error(f"nothing is known of channel {packet.channel}.", payload)
        if len(payload) < 2:
            raise _error("a message has a kind and a reference.", payload)
        kind, reference, body = payload[0], payload[1], payload[2:]
        if kind == _RESULT:
            return b"", _result(reference, body)
        if kind not in (_FIRST_PART, _SECOND_PART) or reference != IMU:
            raise _error(f"kind {kind} with reference {reference} was not asked for.", payload)
        return self._joined(kind, body, payload, rejected), ""

    def _joined(self, kind: int, body: bytes, payload: bytes, rejected: list[DecodeError]) -> bytes:
        """The whole of a message that may come in two parts; empty while the second is to come."""
        first, self._first_part = self._first_part, b""
        if kind == _SECOND_PART:
            if not first:
                raise _error("a second part came without its first.", payload)
            return first + body
        if first:
            rejected.append(_error("the second part of a message is missing.", first))
        if len(body) >= 4 and (len(body) - 4) % 24:
            self._first_part = body  # no whole samples: the rest follows
            return b""
        if len(body) <= 4:
            raise _error("the message holds no sample.", payload)
        return body


def _asked_rate(request: bytes) -> float:
    """Samples a second that a subscription asks for. Raises DecodeError."""
    rate = request[2:].rstrip(b"\0").decode("ascii", "replace").removeprefix(_PATH)
    if request[:1] != bytes([_SUBSCRIBE]) or rate not in map(str, _RATES_HZ):
        raise _error("this request subscribes to nothing known.", request)
    return float(rate)


def _result(reference: int, body: bytes) -> str | Battery:
    status = int.from_bytes(body[:2], "little")
    if reference == BATTERY and status in _OK and len(body) > 2:
        return Battery(min(100, body[2]))
    return "" if status in _OK else f"the sensor answered {status} to request 0x{reference:02x}"


def _readings(received: list[float], starts_ms: list[int], rates_hz: list[float], blocks: list[Floats]) -> Readings:
    counts = [block.shape[1] for block in blocks]
    within = np.concatenate([np.arange(count) for count in counts])
    acc = np.concatenate([block[0] for block in blocks])
    gyr = np.concatenate([block[1] for block in blocks])
    at_rail = (np.abs(acc) >= _RAIL_MPS2).any(axis=1) | (np.abs(gyr) >= _RAIL_DPS).any(axis=1)
    return Readings(
        received_s=np.repeat(np.array(received), counts),
        acc_mps2=acc,
        gyr_radps=gyr * math.radians(1),
        device_s=np.repeat(np.array(starts_ms, dtype=np.float64), counts) * 1e-3 + within / np.repeat(rates_hz, counts),
        saturated_samples=int(at_rail.sum()),
    )


def _error(reason: str, payload: bytes) -> DecodeError:
    return DecodeError(reason, decoder="movesense", payload=payload)


def _request(kind: int, reference: int, path: str = "", *, is_told: bool = False) -> Write:
    return Write(COMMAND, bytes([kind, reference]) + (path.encode() + b"\0" if path else b""), is_told=is_told)


def _start(rates_hz: tuple[int, ...] = _RATES_HZ) -> Ask:
    """Subscribe at the first of these rates; what refuses it is asked for the next."""

    def then(reply: bytes | None) -> tuple[Step, ...]:
        status = _OK[0] if reply is None else int.from_bytes(reply[2:4], "little")
        if status in _OK:  # old firmware answers nothing to a good request: the data prove it
            return ()
        if rates_hz[1:]:
            return (_start(rates_hz[1:]),)
        return (Refuse(f"does not start its motion sensors: error {status}", _MEND),)

    request = _request(_SUBSCRIBE, IMU, f"{_PATH}{rates_hz[0]}", is_told=True)
    return Ask(request, then, answer_on=DATA, answer_begins=bytes([_RESULT, IMU]))


PROFILE = DeviceProfile(
    key="movesense",
    title="Movesense HR2, HR+, MD, Flash (GSP firmware)",
    new_decoder=MovesenseDecoder,
    nominal_rate_hz=RATE_HZ,
    name_prefixes=("Movesense",),
    service_uuids=("0000fe06-0000-1000-8000-00805f9b34fb", "0000fdf3-0000-1000-8000-00805f9b34fb"),
    company_ids=(0x009F,),
    characteristic_uuids=(COMMAND, DATA),
    notify=(DATA,),
    setup=(_start(),),
    battery=_request(_GET, BATTERY, "/System/Energy/Level"),
    teardown=(_request(_UNSUBSCRIBE, IMU),),
    min_mtu=105,
    wear="On its strap or clip at the front of the pelvis.",
    missing_mend=_MEND,
    note="movesense.md",
)
