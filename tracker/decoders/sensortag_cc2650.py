"""Decoder of the TI SensorTag CC2650's movement service (firmware_notes/sensortag_cc2650.md).

In: 9 int16 in the order rate, acceleration, magnetic field: 500/65536 deg/s and, at the range set here, 8/32768 g.
Out: readings without device time or counter. Ten samples a second at most.
"""

from __future__ import annotations

import math

import numpy as np

from tracker.core.model import GRAVITY_MPS2, Clock
from tracker.decoders.fixed_layout import FixedLayoutDecoder, Layout
from tracker.decoders.profile import DeviceProfile, Write

SERVICE = "f000aa80-0451-4000-b000-000000000000"
DATA = "f000aa81-0451-4000-b000-000000000000"
CONFIGURATION = "f000aa82-0451-4000-b000-000000000000"
PERIOD = "f000aa83-0451-4000-b000-000000000000"

LAYOUT = Layout(
    decoder="sensortag_cc2650",
    record=np.dtype([("gyr", "<i2", 3), ("acc", "<i2", 3), ("mag", "<i2", 3)]),
    acc_mps2=8 * GRAVITY_MPS2 / 32768,
    gyr_radps=math.radians(500) / 65536,
    clock=Clock(nominal_rate_hz=10.0),
    repeat_bytes=18,  # nine raw numbers
)


def _cut(channel: str, payload: bytes) -> tuple[bytes, str]:
    if channel != DATA:
        raise LAYOUT.error(f"nothing is known of channel {channel}.", payload)
    if len(payload) != LAYOUT.record.itemsize:
        raise LAYOUT.error(f"a movement message has 18 bytes, not {len(payload)}.", payload)
    return payload, ""


def new_decoder() -> FixedLayoutDecoder:
    """A decoder for one session."""
    return FixedLayoutDecoder(LAYOUT, _cut)


PROFILE = DeviceProfile(
    key="sensortag_cc2650",
    title="TI SensorTag CC2650",
    new_decoder=new_decoder,
    nominal_rate_hz=10.0,
    name_prefixes=("CC2650 SensorTag", "SensorTag 2.0"),
    service_uuids=(SERVICE,),
    characteristic_uuids=(DATA, CONFIGURATION, PERIOD),
    notify=(DATA,),
    # 10 x 10 ms is the firmware's minimum; 7f 02 = all axes, +-8 g, and must be written as two bytes
    setup=(Write(PERIOD, b"\x0a"), Write(CONFIGURATION, bytes.fromhex("7f02"))),
    teardown=(Write(CONFIGURATION, bytes.fromhex("0000")),),
    wear="Flat on the front of the belt, print outward.",
    note="sensortag_cc2650.md",
)
