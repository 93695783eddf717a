"""Decoder of the Movella (Xsens) DOT (firmware_notes/movella_dot.md).

In: mode 21 "rate quantities" on the medium payload (28 bytes) or mode 26 "custom 5" on the long payload (44 bytes, a
quaternion first), padded with zeros to the length of the characteristic: u32 microseconds, acceleration [m/s^2] and
rate [deg/s] as float32, one sample a notification. Out: readings with the device clock, which wraps after 2^32 us.
"""

from __future__ import annotations

import math
import struct

import numpy as np

from tracker.core.model import Clock
from tracker.decoders.fixed_layout import FixedLayoutDecoder, Layout
from tracker.decoders.profile import Ask, DeviceProfile, Read, Step, Write

DEVICE_CONTROL = "15171002-4947-11e9-8646-d663bd873d93"
CONTROL = "15172001-4947-11e9-8646-d663bd873d93"
LONG = "15172002-4947-11e9-8646-d663bd873d93"
MEDIUM = "15172003-4947-11e9-8646-d663bd873d93"
SHORT = "15172004-4947-11e9-8646-d663bd873d93"
BATTERY = "15173001-4947-11e9-8646-d663bd873d93"
MEASUREMENT_SERVICE = "15172000-4947-11e9-8646-d663bd873d93"

RATE_HZ = 60  # the fastest it sends; 120 Hz is for recording on board

LAYOUT = Layout(
    decoder="movella_dot",
    record=np.dtype([("clock", "<u4"), ("acc", "<f4", 3), ("gyr", "<f4", 3)]),
    acc_mps2=1.0,
    gyr_radps=math.radians(1),
    clock=Clock(nominal_rate_hz=RATE_HZ, clock_wrap_s=2**32 * 1e-6),
    acc_rail=16 * 9.8,  # the data sheet's range: +-16 g and +-2000 deg/s
    gyr_rail=2000,
    clock_s=1e-6,
)


def _cut(channel: str, payload: bytes) -> tuple[bytes, str]:
    match channel:
        case str() if channel == MEDIUM and len(payload) in (28, 40):
            return payload[:28], ""
        case str() if channel == LONG and len(payload) in (44, 63):
            return payload[:4] + payload[20:44], ""
        case str() if channel in (MEDIUM, LONG):
            raise LAYOUT.error(f"{len(payload)} bytes are no whole sample: is the MTU at least 43 (66)?", payload)
        case str() if channel == SHORT:
            raise LAYOUT.error("short payloads carry no raw acceleration: start mode 21.", payload)
        case str() if channel == DEVICE_CONTROL:  # read to see the rate, which the samples' own clock shows as well
            return b"", ""
    raise LAYOUT.error(f"nothing is known of channel {channel}.", payload)


def new_decoder() -> FixedLayoutDecoder:
    """A decoder for one session."""
    return FixedLayoutDecoder(LAYOUT, _cut)


def _at_full_rate(control: bytes | None) -> tuple[Step, ...]:
    """The owner may have set another rate with the vendor's app; only the rate is written (bit 4 of the first byte)."""
    if control is None or len(control) != 32 or control[24:26] == struct.pack("<H", RATE_HZ):
        return ()
    return (Write(DEVICE_CONTROL, struct.pack("<B23xH6x", 0x10, RATE_HZ)),)


PROFILE = DeviceProfile(
    key="movella_dot",
    title="Movella (Xsens) DOT",
    new_decoder=new_decoder,
    nominal_rate_hz=RATE_HZ,
    name_prefixes=("Movella DOT", "Xsens DOT"),
    service_uuids=(MEASUREMENT_SERVICE,),
    company_ids=(0x0886,),
    characteristic_uuids=(CONTROL, MEDIUM),
    notify=(MEDIUM,),
    setup=(Ask(Read(DEVICE_CONTROL), _at_full_rate), Write(CONTROL, bytes.fromhex("010115"))),
    # Without the stop it goes on streaming after the link is lost and drains itself.
    teardown=(Write(CONTROL, bytes.fromhex("010015")),),
    battery=Read(BATTERY),
    min_mtu=43,
    wear="In its strap on the front of the pelvis; the axes are printed on the back.",
    note="movella_dot.md",
)
