"""Decoders of boards that notify acceleration and rate as three float32 on two characteristics.

Adafruit Bluefruit services (m/s^2, rad/s), the Arduino Science Journal firmware and the Nano 33 BLE Sense dashboard
sketches (g, deg/s): firmware_notes/adafruit_bluefruit.md and arduino_ble_sense.md. No time, no counter, two streams
that nothing ties together: second class, for trying things out.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable

from tracker.core.model import GRAVITY_MPS2
from tracker.decoders.fixed_layout import LARGEST_SI
from tracker.decoders.profile import DeviceProfile, Write
from tracker.decoders.separate_streams import Part, SeparateStreamsDecoder, Streams

ADAFRUIT_ACC_SERVICE = "adaf0200-c332-42a8-93bd-25e905756cb8"
ADAFRUIT_ACC = "adaf0201-c332-42a8-93bd-25e905756cb8"
ADAFRUIT_GYR_SERVICE = "adaf0400-c332-42a8-93bd-25e905756cb8"
ADAFRUIT_GYR = "adaf0401-c332-42a8-93bd-25e905756cb8"
ADAFRUIT_PERIOD = "adaf0001-c332-42a8-93bd-25e905756cb8"  # in every service

SCIENCE_JOURNAL_SERVICE = "555a0002-0000-467a-9538-01f0652c74e8"
SCIENCE_JOURNAL_ACC = "555a0002-0011-467a-9538-01f0652c74e8"
SCIENCE_JOURNAL_GYR = "555a0002-0012-467a-9538-01f0652c74e8"
DASHBOARD_SERVICE = "19b10000-0000-537e-4f6c-d104768a1214"
DASHBOARD_ACC = "19b10000-3001-537e-4f6c-d104768a1214"
DASHBOARD_GYR = "19b10000-3002-537e-4f6c-d104768a1214"


def _decoder(streams: Streams, acc_channel: str, gyr_channel: str) -> Callable[[], SeparateStreamsDecoder]:
    def cut(channel: str, payload: bytes) -> Part:
        if channel not in (acc_channel, gyr_channel):
            raise streams.error(f"nothing is known of channel {channel}.", payload)
        if len(payload) != 12:
            raise streams.error(f"three float32 are 12 bytes, not {len(payload)}.", payload)
        values = list(struct.unpack("<3f", payload))
        factor = streams.acc_mps2 if channel == acc_channel else streams.gyr_radps
        if not all(abs(value) * factor <= LARGEST_SI for value in values):
            raise streams.error("the packet holds numbers no sensor measures.", payload)
        return Part(acc=[values]) if channel == acc_channel else Part(gyr=[values])

    def new_decoder() -> SeparateStreamsDecoder:
        return SeparateStreamsDecoder(streams, cut)

    return new_decoder


def _period(service: str, period_ms: int) -> Write:
    return Write(ADAFRUIT_PERIOD, struct.pack("<i", period_ms), service=service)


ADAFRUIT = DeviceProfile(
    key="adafruit_bluefruit",
    title="Adafruit Bluefruit services (Feather Sense and others)",
    # rails 1e9: floats do not show where the chip's range ends
    new_decoder=_decoder(
        Streams("adafruit_bluefruit", 1.0, 1.0, 25.0, acc_rail=1e9, gyr_rail=1e9), ADAFRUIT_ACC, ADAFRUIT_GYR
    ),
    nominal_rate_hz=25.0,
    service_uuids=(ADAFRUIT_ACC_SERVICE, ADAFRUIT_GYR_SERVICE),
    company_ids=(0x0822,),
    characteristic_uuids=(ADAFRUIT_ACC, ADAFRUIT_GYR),
    notify=(ADAFRUIT_ACC, ADAFRUIT_GYR),
    setup=(_period(ADAFRUIT_ACC_SERVICE, 40), _period(ADAFRUIT_GYR_SERVICE, 40)),
    teardown=(_period(ADAFRUIT_ACC_SERVICE, -1), _period(ADAFRUIT_GYR_SERVICE, -1)),  # negative = off
    wear="Flat on the front of the belt, in a case; axes as printed on the board.",
    note="adafruit_bluefruit.md",
)

SCIENCE_JOURNAL = DeviceProfile(
    key="arduino_ble_sense",
    title="Arduino Nano 33 BLE Sense (Science Journal firmware)",
    new_decoder=_decoder(
        Streams("arduino_ble_sense", GRAVITY_MPS2, math.radians(1), 10.0, acc_rail=1e9, gyr_rail=1e9),
        SCIENCE_JOURNAL_ACC,
        SCIENCE_JOURNAL_GYR,
    ),
    nominal_rate_hz=10.0,
    name_prefixes=("BLE Sense - ",),
    service_uuids=(SCIENCE_JOURNAL_SERVICE,),
    characteristic_uuids=(SCIENCE_JOURNAL_ACC, SCIENCE_JOURNAL_GYR),
    notify=(SCIENCE_JOURNAL_ACC, SCIENCE_JOURNAL_GYR),
    wear="Flat on the front of the belt, in a case; calibrate, the printed axes are often wrong.",
    note="arduino_ble_sense.md",
)

DASHBOARD = DeviceProfile(
    key="arduino_dashboard",
    title="Arduino Nano 33 BLE Sense (web dashboard sketch)",
    new_decoder=_decoder(
        Streams("arduino_dashboard", GRAVITY_MPS2, math.radians(1), 10.0, acc_rail=1e9, gyr_rail=1e9),
        DASHBOARD_ACC,
        DASHBOARD_GYR,
    ),
    nominal_rate_hz=10.0,
    name_prefixes=("BLESense-",),
    excluded_name_prefixes=("NiclaSenseME-",),  # the same service with raw counts
    service_uuids=(DASHBOARD_SERVICE,),
    characteristic_uuids=(DASHBOARD_ACC, DASHBOARD_GYR),
    notify=(DASHBOARD_ACC, DASHBOARD_GYR),
    wear="Flat on the front of the belt, in a case; calibrate, the printed axes are often wrong.",
    note="arduino_ble_sense.md",
)
