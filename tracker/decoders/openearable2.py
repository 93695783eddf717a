"""Decoder of OpenEarable 2 (firmware_notes/openearable2.md).

In: sensor packets: id 0 (IMU), size, u64 microseconds, then acceleration [m/s^2], rate [deg/s] and magnetic field as
float32, 36 bytes a sample; several samples end with a u16 time step. Out: readings with the device clock.
The acceleration is fixed to +-2 g, so that drops clip: an open reference rather than a sensor for the hip.
"""

from __future__ import annotations

import math

import numpy as np

from tracker.core.model import Clock
from tracker.decoders.fixed_layout import FixedLayoutDecoder, Layout
from tracker.decoders.profile import DeviceProfile, Write

SERVICE = "34c2e3bb-34aa-11eb-adc1-0242ac120002"  # the Nicla Sense ME uses the same with another layout
DATA = "34c2e3bc-34aa-11eb-adc1-0242ac120002"
CONFIGURATION = "34c2e3be-34aa-11eb-adc1-0242ac120002"
_HEAD_BYTES, _SAMPLE_BYTES = 10, 36

LAYOUT = Layout(
    decoder="openearable2",
    record=np.dtype([("clock", "<u8"), ("acc", "<f4", 3), ("gyr", "<f4", 3), ("mag", "<f4", 3)]),
    acc_mps2=1.0,
    gyr_radps=math.radians(1),
    clock=Clock(nominal_rate_hz=50.0, clock_wrap_s=math.inf),
    acc_rail=19.6,  # the firmware sets +-2 g
    gyr_rail=2000,
    clock_s=1e-6,
)


def _cut(channel: str, payload: bytes) -> tuple[bytes, str]:
    if channel != DATA:
        raise LAYOUT.error(f"nothing is known of channel {channel}.", payload)
    if len(payload) < _HEAD_BYTES or payload[0] != 0:
        raise LAYOUT.error("this is no packet of the IMU (id 0).", payload)
    count, rest = divmod(len(payload) - _HEAD_BYTES, _SAMPLE_BYTES)
    if count < 1 or rest != (0 if count == 1 else 2):
        raise LAYOUT.error(f"{len(payload)} bytes are no whole samples of 36 bytes.", payload)
    first_us = int.from_bytes(payload[2:10], "little")
    if first_us > 2**53:  # 285 years: beyond it a float64 has no microseconds
        raise LAYOUT.error("the device time is no time.", payload)
    step_us = int.from_bytes(payload[-2:], "little") if rest else 0
    samples = [
        payload[begin : begin + _SAMPLE_BYTES] for begin in range(_HEAD_BYTES, len(payload) - rest, _SAMPLE_BYTES)
    ]
    return b"".join((first_us + k * step_us).to_bytes(8, "little") + sample for k, sample in enumerate(samples)), ""


def new_decoder() -> FixedLayoutDecoder:
    """A decoder for one session."""
    return FixedLayoutDecoder(LAYOUT, _cut)


PROFILE = DeviceProfile(
    key="openearable2",
    title="OpenEarable 2",
    new_decoder=new_decoder,
    nominal_rate_hz=50.0,
    name_prefixes=("OpenEarable",),
    characteristic_uuids=(DATA, CONFIGURATION),
    notify=(DATA,),
    setup=(Write(CONFIGURATION, bytes.fromhex("000101")),),  # IMU, 50 Hz, stream
    teardown=(Write(CONFIGURATION, bytes.fromhex("000100")),),
    min_mtu=49,
    wear="Made for the ear; on the hip only to compare decoders.",
    note="openearable2.md",
)
