"""Decoder of WitMotion BLE 5 sensors: WT901BLECL, WT9011DCL-BT50, BWT901BLE5.0 (firmware_notes/witmotion.md).

In: notifications of one or more frames of 20 or 28 bytes starting with 55 61: acceleration, angular rate and angles as
int16, +-16 g and +-2000 deg/s over 32768 counts. Out: readings without device time or counter: the frame has none.
Frames are found by length and step, never by searching for 0x55, which occurs inside them.
"""

from __future__ import annotations

import math

import numpy as np

from tracker.core.model import GRAVITY_MPS2, Battery, Clock
from tracker.decoders.fixed_layout import FixedLayoutDecoder, Layout
from tracker.decoders.profile import DeviceProfile, Pause, Write

SERVICE = "0000ffe5-0000-1000-8000-00805f9a34fb"  # not the SIG base: it ends in 9a34fb
NOTIFY = "0000ffe4-0000-1000-8000-00805f9a34fb"
COMMAND = "0000ffe9-0000-1000-8000-00805f9a34fb"

MOTION, REPLY = b"\x55\x61", b"\x55\x71"
BATTERY_REGISTER = 0x64
# Vendor's table: above so many hundredths of a volt there is so much charge left [%].
_CHARGE = (
    (396, 100),
    (393, 90),
    (387, 75),
    (382, 60),
    (379, 50),
    (377, 40),
    (373, 30),
    (370, 20),
    (368, 15),
    (350, 10),
)

LAYOUT = Layout(
    decoder="witmotion",
    record=np.dtype([("head", "<u2"), ("acc", "<i2", 3), ("gyr", "<i2", 3), ("angle", "<i2", 3)]),
    acc_mps2=16 * GRAVITY_MPS2 / 32768,
    gyr_radps=math.radians(2000) / 32768,
    clock=Clock(nominal_rate_hz=100.0),
    repeat_bytes=40,  # two frames; at rest one alone may repeat: its rates are 0 and its angles stand
)


def battery_percent(centivolts: int) -> int:
    """Charge left [%] by the vendor's table."""
    return next((percent for above, percent in _CHARGE if centivolts > above), 5 if centivolts > 340 else 0)


def _cut(channel: str, payload: bytes) -> tuple[bytes, str | Battery]:
    if channel != NOTIFY:
        raise LAYOUT.error(f"nothing is known of channel {channel}.", payload)
    if payload[:2] == REPLY:
        return b"", _reply(payload)
    for step in (20, 28):  # 140 bytes may be 7 x 20 or 5 x 28: the heads decide
        frames = [payload[begin : begin + 20] for begin in range(0, len(payload), step)]
        if payload and len(payload) % step == 0 and all(frame[:2] == MOTION for frame in frames):
            return b"".join(frames), ""
    raise LAYOUT.error("the notification is not made of frames of 20 or 28 bytes starting with 55 61.", payload)


def _reply(payload: bytes) -> str | Battery:
    if len(payload) < 6:
        raise LAYOUT.error("a register reply has at least 6 bytes.", payload)
    register = int.from_bytes(payload[2:4], "little")
    if register == BATTERY_REGISTER:
        return Battery(battery_percent(int.from_bytes(payload[4:6], "little")))
    return f"register 0x{register:02x}: {payload[4:20].hex()}"


def new_decoder() -> FixedLayoutDecoder:
    """A decoder for one session."""
    return FixedLayoutDecoder(LAYOUT, _cut)


_UNLOCK = Write(COMMAND, bytes.fromhex("ffaa6988b5"), with_response=False)  # opens the registers for 10 s
_RATE_100_HZ = Write(COMMAND, bytes.fromhex("ffaa030900"), with_response=False)

PROFILE = DeviceProfile(
    key="witmotion",
    title="WitMotion WT901BLECL, WT9011DCL-BT50, BWT901BLE5.0",
    new_decoder=new_decoder,
    nominal_rate_hz=100.0,
    name_prefixes=("WT",),
    excluded_name_prefixes=("WTVB",),  # the vibration sensor: same service and head, other payload
    service_uuids=(SERVICE,),
    characteristic_uuids=(NOTIFY, COMMAND),
    notify=(NOTIFY,),
    # The rate is not saved to flash: it wears, and the owner may want 10 Hz elsewhere. 0.1 s is the vendor's pause.
    setup=(_UNLOCK, Pause(0.1), _RATE_100_HZ, Pause(0.1)),
    battery=Write(COMMAND, bytes.fromhex("ffaa276400"), with_response=False),  # read register 0x64
    wear="Flat on the front of the belt, print outward; vendor's axes: x left, y forward, z out of the print.",
    note="witmotion.md",
)
