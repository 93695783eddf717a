"""Decoder of Polar Verity Sense (both sensors) and H10 (acceleration only) over PMD (firmware_notes/polar.md).

In: data frames: type, u64 nanoseconds of the *last* sample, frame type (0x80 = compressed), content; the start requests
(`polar_setup.py`), which say rate, range and resolution; and replies of the control point, which confirm them and bring
the scale factor. Out: readings with the device clock; for Verity Sense the rate is
interpolated onto the accelerometer's times (`pairing.py`), because the two come in frames of their own.

Sample times: the frame's stamp is spread back to that of the frame before; where there is none, or frames are missing
in between, the nominal rate is taken. A clock that went back is a restarted sensor.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tracker.core.model import GRAVITY_MPS2, Clock, Decoded, Packet, Readings
from tracker.decoders.pairing import Paired, Pairing
from tracker.decoders.polar_frames import ACC, GYR, Frame, read_factor, read_frame
from tracker.decoders.polar_setup import (
    CONTROL,
    MILLI_RANGE,
    RANGE,
    RATE,
    RESOLUTION,
    START,
    Documented,
    Settings,
    read_request,
    start,
    stop,
)
from tracker.decoders.profile import WRITTEN, DeviceProfile
from tracker.errors import DecodeError

SERVICE = "fb005c80-02e7-f387-1cad-8acd2d8df0c8"
DATA = "fb005c82-02e7-f387-1cad-8acd2d8df0c8"

_DEFAULT_FACTOR_G = 2.44e-4  # of counts at +-8 g, when the start reply was not seen
_DEFAULT_RANGE = {ACC: 8.0, GYR: 2000.0}  # when the start request was not seen
_WAIT_S = 6.0  # a frame of one sensor covers up to 2.5 s, and the other's may just have gone
_LATE = 1.2  # frames whose step is so much longer than nominal have others missing between them
_RAIL = {ACC: 9.8, GYR: 0.9995}  # of one unit of range: m/s^2 for each g, deg/s; the last step before the end


class PolarDecoder:
    """Carries what was asked for and confirmed, the last stamp of each sensor and what waits for its neighbour."""

    def __init__(self, kind: str, rate_hz: float, *, has_gyroscope: bool) -> None:
        self._kind = kind
        self._rate_hz = rate_hz
        self._has_gyroscope = has_gyroscope
        self._factors: dict[int, float] = {}
        self._asked: dict[int, Settings] = {}
        self._settings: dict[int, Settings] = {}
        self._clock: Clock | None = None
        self._restart_is_due = False
        self._forget()

    def _forget(self) -> None:
        self._pairing = Pairing(wait_s=_WAIT_S)
        self._last_ns: dict[int, int] = {}

    def decode(self, packets: Sequence[Packet]) -> Decoded:
        """Readings of these packets and of samples that waited for them; see the head of the file."""
        rejected: list[DecodeError] = []
        messages: list[str] = []
        blocks: list[Paired] = []
        restarted: list[int] = []
        for received_s, channel, payload in packets:
            try:
                if channel == DATA:
                    self._frame(received_s, payload, blocks, restarted)
                else:
                    messages += self._told(channel, payload)
            except ValueError as error:
                rejected.append(DecodeError(str(error), decoder=self._kind, payload=payload))
        self._flush(blocks, restarted)
        return Decoded(self._readings(blocks, restarted), self._clock, tuple(rejected), tuple(messages))

    def _told(self, channel: str, payload: bytes) -> list[str]:
        if channel == WRITTEN + CONTROL:
            kind, settings = read_request(payload)
            self._asked[kind] = settings
            return []
        if channel != CONTROL or len(payload) < 2:
            raise ValueError(f"nothing is known of {len(payload)} bytes on channel {channel}.")
        if payload[0] == 0x0F:  # the list of features
            return []
        if payload[0] == 0x01:
            return ["the sensor stopped measuring by itself"]
        if payload[0] != 0xF0 or len(payload) < 4:
            raise ValueError("this is no reply of the control point.")
        operation, kind, status = payload[1:4]
        if operation != START:
            return []
        if status != 0:
            return [f"the sensor refused to start type {kind}: status {status}"]
        self._settings[kind] = self._asked.get(kind, {})
        factor = read_factor(payload[5:])
        if factor is not None:
            self._factors[kind] = factor
        return []

    def _frame(self, received_s: float, payload: bytes, blocks: list[Paired], restarted: list[int]) -> None:
        settings = self._settings.get(payload[0] & 0x3F if payload else 0, {})
        frame = read_frame(payload, math.ceil(settings.get(RESOLUTION, 16) / 8))
        if frame.kind not in ((ACC, GYR) if self._has_gyroscope else (ACC,)):
            raise ValueError(f"a frame of type {frame.kind} was not asked for.")
        values = self._scaled(frame)
        last_ns = self._last_ns.get(frame.kind)
        if last_ns == frame.stamp_ns:
            raise ValueError("the frame repeats the one before.")
        if last_ns is not None and frame.stamp_ns < last_ns:
            self._flush(blocks, restarted)
            self._forget()
            self._restart_is_due = True
            last_ns = None
        count = len(values)
        step_ns = 1e9 / settings.get(RATE, self._rate_hz)
        if last_ns is not None and frame.stamp_ns - last_ns <= _LATE * count * step_ns:
            step_ns = (frame.stamp_ns - last_ns) / count
        self._last_ns[frame.kind] = frame.stamp_ns
        times_s = [(frame.stamp_ns - (count - 1 - k) * step_ns) * 1e-9 for k in range(count)]
        if frame.kind == GYR:
            self._pairing.add("gyr", received_s, times_s, values)
            return
        self._pairing.add("acc", received_s, times_s, values)
        if not self._has_gyroscope:  # nothing to wait for: zeros at the same times, left away at the end
            self._pairing.add("gyr", received_s, times_s, [(0.0, 0.0, 0.0)] * count)

    def _scaled(self, frame: Frame) -> list[tuple[float, ...]]:
        """m/s^2 or deg/s of a frame's samples."""
        if frame.kind == ACC:
            factor = self._factors.get(ACC)
            in_g = (factor or _DEFAULT_FACTOR_G) if frame.is_in_counts else (factor or 1.0) / 1000
            values = [tuple(value * in_g * GRAVITY_MPS2 for value in sample) for sample in frame.samples]
        else:
            factor = self._factors.get(GYR, 1.0 if not frame.is_in_counts else math.nan)
            if math.isnan(factor):
                raise ValueError("the gyroscope's scale is not known: the reply to the start request is missing.")
            values = [tuple(value * factor for value in sample) for sample in frame.samples]
        if not all(abs(value) <= 1e4 for sample in values for value in sample):
            raise ValueError("the frame holds numbers no sensor measures.")
        return values

    def _flush(self, blocks: list[Paired], restarted: list[int]) -> None:
        paired = self._pairing.take()
        if paired is None:
            return
        if self._restart_is_due:
            restarted.append(sum(len(block.time_s) for block in blocks))
            self._restart_is_due = False
        blocks.append(paired)

    def _readings(self, blocks: list[Paired], restarted: list[int]) -> Readings | None:
        if not blocks:
            return None
        self._clock = Clock(self._settings.get(ACC, {}).get(RATE, self._rate_hz), clock_wrap_s=math.inf)
        acc = np.concatenate([block.acc for block in blocks])
        gyr = np.concatenate([block.gyr for block in blocks])
        at_rail = (np.abs(acc) >= self._rail(ACC)).any(axis=1) | (np.abs(gyr) >= self._rail(GYR)).any(axis=1)
        return Readings(
            received_s=np.concatenate([block.received_s for block in blocks]),
            acc_mps2=acc,
            gyr_radps=gyr * math.radians(1) if self._has_gyroscope else None,
            device_s=np.concatenate([block.time_s for block in blocks]),
            saturated_samples=int(at_rail.sum()),
            restarted=tuple(restarted),
        )

    def _rail(self, kind: int) -> float:
        """Where this sensor's range ends [m/s^2 or deg/s]."""
        settings = self._settings.get(kind, {})
        limit = settings.get(RANGE, settings.get(MILLI_RANGE, 1000 * _DEFAULT_RANGE[kind]) / 1000)
        return limit * _RAIL[kind]


def new_decoder() -> PolarDecoder:
    """A decoder for one session with a Verity Sense."""
    return PolarDecoder("polar", 52.0, has_gyroscope=True)


def new_h10_decoder() -> PolarDecoder:
    """A decoder for one session with an H10."""
    return PolarDecoder("polar_h10", 100.0, has_gyroscope=False)


_VERITY = Documented(rate_hz=52, channels=3)
_H10 = Documented(rate_hz=100, channels=None)

PROFILE = DeviceProfile(
    key="polar",
    title="Polar Verity Sense",
    new_decoder=new_decoder,
    nominal_rate_hz=52.0,
    name_prefixes=("Polar Sense",),
    service_uuids=(SERVICE,),
    company_ids=(0x006B,),
    characteristic_uuids=(CONTROL, DATA),
    notify=(DATA, CONTROL),
    setup=(start(ACC, _VERITY), start(GYR, _VERITY)),
    teardown=(stop(ACC), stop(GYR)),
    min_mtu=235,
    fill_s=2.5,  # quiet movement packs 130 samples into a frame
    wear="In the clip of the swimming-goggle strap on the front of the belt, heart light on (sensor mode).",
    note="polar.md",
)

PROFILE_H10 = DeviceProfile(
    key="polar_h10",
    title="Polar H10 (accelerometer only)",
    new_decoder=new_h10_decoder,
    nominal_rate_hz=100.0,
    has_gyroscope=False,
    name_prefixes=("Polar H10",),
    service_uuids=(SERVICE,),
    company_ids=(0x006B,),
    characteristic_uuids=(CONTROL, DATA),
    notify=(DATA, CONTROL),
    setup=(start(ACC, _H10),),
    # Without the stop it stays on until the cell is empty.
    teardown=(stop(ACC),),
    min_mtu=235,
    wear="On its strap around the hips, the module in front; it turns itself off without skin contact.",
    note="polar.md",
)
