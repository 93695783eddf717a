"""Boards that send acceleration and rate in messages of their own."""

from __future__ import annotations

import struct

import numpy as np

from tests.ble.bluez import Characteristic
from tests.ble.boards.board import BATTERY_PCT, INFORMATION_SERVICE, MODEL, Board, Message, floats
from tracker.core.model import GRAVITY_MPS2
from tracker.decoders import metawear, nicla_sense_me, three_floats


class MetaMotionR(Board):
    """Three samples a message, acceleration and rate in turn, and no word of time. What it was told stays told."""

    key, name, samples_per_message, parts, keeps_streaming = "metawear", "MetaWear", 3, 2, True
    advertised = (metawear.SERVICE,)
    chip, model, packed_acc, packed_gyr, settings = 1, b"5", 0x1C, 0x07, b"\x28\x08"

    def services(self):
        self.command = self.writable(metawear.COMMAND, "write-without-response")
        self.data = Characteristic(metawear.NOTIFY, ("notify",))
        self._said = set()
        return {
            metawear.SERVICE: (self.command, self.data),
            INFORMATION_SERVICE: (Characteristic(MODEL, ("read",), self.model),),
        }

    def told(self, _characteristic, payload):
        module, register, body = payload[0], payload[1], payload[2:]
        if payload == b"\x03\x80":
            self.answers.append(Message(self.data, bytes([3, 0x80, self.chip, 1])))
        elif payload == b"\x11\x8c":
            self.answers.append(Message(self.data, struct.pack("<BBBH", 0x11, 0x8C, BATTERY_PCT, 4000)))
        self._said.discard((module, register, bytes(1)))
        self._said = {item for item in self._said if item[:2] != (module, register)} | {(module, register, body)}
        self.is_streaming = {
            (3, 3, self.settings), (3, self.packed_acc, b"\1"), (3, 2, b"\1\0"), (3, 1, b"\1"),
            (0x13, 3, b"\x28\0"), (0x13, self.packed_gyr, b"\1"), (0x13, 2, b"\1\0"), (0x13, 1, b"\1"),
        } <= self._said  # fmt: skip

    def message(self, first, stop):
        acc = bytes([3, self.packed_acc]) + self.acc_counts(first, stop, 4096)
        gyr = bytes([0x13, self.packed_gyr]) + self.gyr_counts(first, stop, 16.4)
        return [Message(self.data, acc, 0), Message(self.data, gyr, 1)]


class MetaMotionS(MetaMotionR):
    """The same with a BMI270, which takes other bytes for the same settings."""

    key = "metawear_s"
    chip, model, packed_acc, packed_gyr, settings = 4, b"8", 0x05, 0x05, b"\xa8\x02"


class NiclaSenseMe(Board):
    """A message for each sensor and sample."""

    key, name, rate_hz, parts = "nicla_sense_me", "NICLA", 50.0, 2

    def services(self):
        self.data = Characteristic(nicla_sense_me.DATA, ("read", "notify"))
        self.configuration = self.writable(nicla_sense_me.CONFIGURATION, "write")
        self._rates_hz = {}
        return {"34c2e3bb-34aa-11eb-adc1-0242ac120002": (self.data, self.configuration)}

    def told(self, _characteristic, payload):
        sensor_id, rate_hz, _latency_ms = struct.unpack("<BfI", payload)
        self._rates_hz[sensor_id] = rate_hz
        self.is_streaming = self._rates_hz.get(4) == self._rates_hz.get(13) == 50.0

    def message(self, first, stop):
        acc = bytes([4, 10]) + self.acc_counts(first, stop, 4096) + bytes(4)
        gyr = bytes([13, 10]) + self.gyr_counts(first, stop, 16.384) + bytes(4)
        return [Message(self.data, acc, 0), Message(self.data, gyr, 1)]


class BluefruitSense(Board):
    """Adafruit's services: three float32 a message, a period in each service."""

    key, name, rate_hz, parts = "adafruit_bluefruit", "Bluefruit Sense", 25.0, 2
    advertised = (three_floats.ADAFRUIT_ACC_SERVICE,)

    def services(self):
        self.acc = Characteristic(three_floats.ADAFRUIT_ACC, ("read", "notify"))
        self.gyr = Characteristic(three_floats.ADAFRUIT_GYR, ("read", "notify"))
        self.periods = [self.writable(three_floats.ADAFRUIT_PERIOD, "read", "write") for _ in range(2)]
        return {
            three_floats.ADAFRUIT_ACC_SERVICE: (self.acc, self.periods[0]),
            three_floats.ADAFRUIT_GYR_SERVICE: (self.gyr, self.periods[1]),
        }

    def told(self, _characteristic, payload):
        _ = payload
        self.is_streaming = all(period.writes[-1:] == [struct.pack("<i", 40)] for period in self.periods)

    def message(self, first, stop):
        acc, gyr = self.felt.acc_mps2[first:stop], self.felt.gyr_radps[first:stop]
        return [Message(self.acc, floats(acc), 0), Message(self.gyr, floats(gyr), 1)]


class ScienceJournal(Board):
    """Arduino's firmware: ten samples a second in g and degrees, to whoever subscribed."""

    key, name, rate_hz, parts = "arduino_ble_sense", "BLE Sense - 1A2B", 10.0, 2
    service, acc_uuid, gyr_uuid = (
        three_floats.SCIENCE_JOURNAL_SERVICE,
        three_floats.SCIENCE_JOURNAL_ACC,
        three_floats.SCIENCE_JOURNAL_GYR,
    )
    advertised = (service,)

    def services(self):
        self.acc = Characteristic(self.acc_uuid, ("notify",))
        self.gyr = Characteristic(self.gyr_uuid, ("notify",))
        self.is_streaming = True
        return {self.service: (self.acc, self.gyr)}

    def forget_host(self):
        self.answers.clear()

    def message(self, first, stop):
        acc, gyr = self.felt.acc_mps2[first:stop] / GRAVITY_MPS2, np.degrees(self.felt.gyr_radps[first:stop])
        return [Message(self.acc, floats(acc), 0), Message(self.gyr, floats(gyr), 1)]


class Dashboard(ScienceJournal):
    """Arduino's web dashboard sketch."""

    key, name = "arduino_dashboard", "BLESense-1A2B"
    service, acc_uuid, gyr_uuid = three_floats.DASHBOARD_SERVICE, three_floats.DASHBOARD_ACC, three_floats.DASHBOARD_GYR
    advertised = (service,)
