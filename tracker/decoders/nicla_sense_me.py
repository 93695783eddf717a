"""Decoder of the Arduino / Bosch Nicla Sense ME (firmware_notes/nicla_sense_me.md).

In: packets of 12 bytes: sensor id, size, 10 data bytes (x y z int16 first); with a latency set, 20 of them in one
notification. Accelerometer ids 1, 3, 4 at +-8 g = 4096 counts a g, gyroscope ids 10, 12, 13 at +-2000 deg/s. Out:
readings with the rate interpolated; there is no time and, singly, no counter.
"""

from __future__ import annotations

import math
import struct

from tracker.core.model import GRAVITY_MPS2
from tracker.decoders.profile import DeviceProfile, Write
from tracker.decoders.separate_streams import Part, SeparateStreamsDecoder, Streams

DATA = "34c2e3bc-34aa-11eb-adc1-0242ac120002"  # OpenEarable uses the same UUIDs with another layout
CONFIGURATION = "34c2e3bd-34aa-11eb-adc1-0242ac120002"
_ACC_IDS, _GYR_IDS = (1, 3, 4), (10, 12, 13)  # passed through, raw, corrected
_PACKET_BYTES = 12

_STREAMS = Streams(
    decoder="nicla_sense_me",
    acc_mps2=GRAVITY_MPS2 / 4096,
    gyr_radps=math.radians(2000) / 32768,
    nominal_rate_hz=50.0,
)


def _cut(channel: str, payload: bytes) -> Part:
    if channel != DATA:
        raise _STREAMS.error(f"nothing is known of channel {channel}.", payload)
    if not payload or len(payload) % _PACKET_BYTES:
        raise _STREAMS.error(f"{len(payload)} bytes are no packets of 12 bytes.", payload)
    acc: list[list[float]] = []
    gyr: list[list[float]] = []
    for begin in range(0, len(payload), _PACKET_BYTES):
        sample = list(map(float, struct.unpack_from("<3h", payload, begin + 2)))
        if payload[begin] in _ACC_IDS:
            acc.append(sample)
        elif payload[begin] in _GYR_IDS:
            gyr.append(sample)
        else:
            raise _STREAMS.error(f"sensor id {payload[begin]} was not asked for.", payload)
    return Part(acc, gyr)


def new_decoder() -> SeparateStreamsDecoder:
    """A decoder for one session."""
    return SeparateStreamsDecoder(_STREAMS, _cut)


def _configure(sensor_id: int, rate_hz: float) -> Write:
    return Write(CONFIGURATION, struct.pack("<BfI", sensor_id, rate_hz, 0))  # latency 0: each sample at once


PROFILE = DeviceProfile(
    key="nicla_sense_me",
    title="Arduino Nicla Sense ME",
    new_decoder=new_decoder,
    nominal_rate_hz=50.0,  # two messages a sample: 100 a second are what one notification per event can carry
    name_prefixes=("NICLA",),
    characteristic_uuids=(DATA, CONFIGURATION),
    notify=(DATA,),
    setup=(_configure(4, 50.0), _configure(13, 50.0)),
    teardown=(_configure(4, 0.0), _configure(13, 0.0)),
    wear="Flat on the front of the belt, in a case; axes as printed on the board.",
    note="nicla_sense_me.md",
)
