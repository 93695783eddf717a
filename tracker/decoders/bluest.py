"""Decoder of ST's BlueST motion feature: SensorTile.box, BlueTile, Nucleo boards (firmware_notes/bluest.md).

In: u16 tick of 8 ms, then acceleration in mg, rate in 0.1 deg/s, magnetic field in mG, 3 int16 each: 20 bytes.
Out: readings with the tick as device clock; it is coarse (8 ms, wraps after 524.288 s) but makes loss visible.
Boards remap and negate axes differently: a still pose of known orientation should be checked.
"""

from __future__ import annotations

import math

import numpy as np

from tracker.core.model import GRAVITY_MPS2, Clock
from tracker.decoders.fixed_layout import FixedLayoutDecoder, Layout
from tracker.decoders.profile import DeviceProfile

SERVICE = "00000000-0001-11e1-9ab4-0002a5d5c51b"
MOTION = "00e00000-0001-11e1-ac36-0002a5d5c51b"
TICK_S = 0.008  # the firmwares seen send milliseconds >> 3

LAYOUT = Layout(
    decoder="bluest",
    record=np.dtype([("clock", "<u2"), ("acc", "<i2", 3), ("gyr", "<i2", 3), ("mag", "<i2", 3)]),
    acc_mps2=GRAVITY_MPS2 / 1000,
    gyr_radps=math.radians(0.1),
    clock=Clock(nominal_rate_hz=50.0, clock_wrap_s=65536 * TICK_S),
    clock_s=TICK_S,
)


def _cut(channel: str, payload: bytes) -> tuple[bytes, str]:
    if channel != MOTION:
        raise LAYOUT.error(f"nothing is known of channel {channel}.", payload)
    if len(payload) != LAYOUT.record.itemsize:
        raise LAYOUT.error(f"a motion message has 20 bytes, not {len(payload)}.", payload)
    return payload, ""


def new_decoder() -> FixedLayoutDecoder:
    """A decoder for one session."""
    return FixedLayoutDecoder(LAYOUT, _cut)


PROFILE = DeviceProfile(
    key="bluest",
    title="ST SensorTile.box, BlueTile, Nucleo (BlueST)",
    new_decoder=new_decoder,
    nominal_rate_hz=50.0,
    service_uuids=(SERVICE,),
    # 0x0030 in the newer advertisement; the older one has no company id, its bytes 01 and device id read as one
    company_ids=(0x0030, 0x0201, 0x0301, 0x0501, 0x0601),
    characteristic_uuids=(MOTION,),
    notify=(MOTION,),
    wear="Flat on the front of the belt; axes differ from board to board.",
    note="bluest.md",
)
