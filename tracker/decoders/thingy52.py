"""Decoder of the Nordic Thingy:52's raw motion characteristic (firmware_notes/thingy52.md).

In: 9 int16: acceleration in 1/1024 g, rate in 1/32 deg/s, magnetic field (ignored). The firmware multiplies the
acceleration by -1 on all axes, not the rate: specific force is the negative of what is sent. Out: readings without
device time or counter: the message has none.
"""

from __future__ import annotations

import math

import numpy as np

from tracker.core.model import GRAVITY_MPS2, Clock
from tracker.decoders.fixed_layout import FixedLayoutDecoder, Layout
from tracker.decoders.profile import DeviceProfile, Write

CONFIGURATION_SERVICE = "ef680100-9b35-4933-9b10-52ffa9740042"  # the one that is advertised
MOTION_CONFIGURATION = "ef680401-9b35-4933-9b10-52ffa9740042"
RAW = "ef680406-9b35-4933-9b10-52ffa9740042"

LAYOUT = Layout(
    decoder="thingy52",
    record=np.dtype([("acc", "<i2", 3), ("gyr", "<i2", 3), ("mag", "<i2", 3)]),
    acc_mps2=-GRAVITY_MPS2 / 1024,
    gyr_radps=math.radians(1) / 32,
    clock=Clock(nominal_rate_hz=100.0),
    repeat_bytes=18,  # nine raw numbers, each with noise of several counts
    acc_rail=2047,  # the chip runs at +-2 g = 2048 counts, far inside int16
)


def _cut(channel: str, payload: bytes) -> tuple[bytes, str]:
    if channel != RAW:
        raise LAYOUT.error(f"nothing is known of channel {channel}.", payload)
    if len(payload) != LAYOUT.record.itemsize:
        raise LAYOUT.error(f"a raw motion message has 18 bytes, not {len(payload)}.", payload)
    return payload, ""


def new_decoder() -> FixedLayoutDecoder:
    """A decoder for one session."""
    return FixedLayoutDecoder(LAYOUT, _cut)


PROFILE = DeviceProfile(
    key="thingy52",
    title="Nordic Thingy:52",
    new_decoder=new_decoder,
    nominal_rate_hz=100.0,
    name_prefixes=("Thingy",),
    service_uuids=(CONFIGURATION_SERVICE,),
    company_ids=(0x0059,),
    characteristic_uuids=(MOTION_CONFIGURATION, RAW),
    notify=(RAW,),
    # pedometer 1000 ms, temperature and compass compensation 500 ms, motion 100 Hz, no wake on motion;
    # at 200 Hz phones and adapters received 50 to 180 a second
    setup=(Write(MOTION_CONFIGURATION, bytes.fromhex("e803f401f401640000")),),
    wear="Flat on the front of the belt, logo outward; the axes are printed on the case.",
    note="thingy52.md",
)
