"""Boards whose messages hold whole samples, acceleration and rate together."""

from __future__ import annotations

import struct
import zlib

import numpy as np

from tests.ble.bluez import Characteristic
from tests.ble.boards.board import BATTERY_PCT, BATTERY_SERVICE, Board, Message, counts, floats
from tracker.core.model import GRAVITY_MPS2
from tracker.decoders import (
    bluest,
    capture2go,
    imu_stream,
    movella_dot,
    openearable2,
    sensortag_cc2650,
    thingy52,
    witmotion,
)

NO_FIELD = bytes(6)  # a magnetometer that is not used


class ImuStream(Board):
    """The open profile: as many samples as fit and as 0.1 s holds, numbered, with a clock that runs on."""

    key, name, samples_per_message = "imu_stream", "IMU-TEST", 10
    advertised = (imu_stream.SERVICE,)

    def services(self):
        self.data = Characteristic(imu_stream.DATA, ("notify",))
        self.status = self.writable(imu_stream.STATUS, "read", "write", "notify", value=self._status())
        self._is_first = True
        return {imu_stream.SERVICE: (self.data, self.status), BATTERY_SERVICE: (self.battery,)}

    @property
    def size(self):
        return max(1, min(self.samples_per_message, (self.room - 8) // 12))

    def told(self, characteristic, payload):
        if len(payload) == 8:
            self.is_streaming = payload[1] == 1
            self._is_first = self.is_streaming
            self.status.value = self._status()
            self.answers.append(Message(characteristic, self.status.value))

    def message(self, first, stop):
        flags, self._is_first = 0x10 | self._is_first, False
        clock_us = round(self.device_s(first) * 1e6) % 2**32
        samples = np.concatenate(
            [
                np.frombuffer(self.acc_counts(first, stop, 4096), "<i2").reshape(-1, 3),
                np.frombuffer(self.gyr_counts(first, stop, 32.768), "<i2").reshape(-1, 3),
            ],
            axis=1,
        )
        head = struct.pack("<BBHI", flags, stop - first, first % 65536, clock_us)
        return [Message(self.data, head + samples.tobytes())]

    def _status(self):
        scales = (8 * GRAVITY_MPS2 / 32768, np.radians(1000) / 32768)
        return struct.pack("<BBHBBHIff", 1, 6 | self.is_streaming, 100, 8, 10, 1000, 10_000_000, *scales)


class WitMotion(Board):
    """Frames of 20 bytes, eight at once where they fit; ten a second until it was unlocked and set faster."""

    key, name = "witmotion", "WT901BLE68"
    advertised = (witmotion.SERVICE,)

    def services(self):
        self.data = Characteristic(witmotion.NOTIFY, ("notify",))
        self.command = self.writable(witmotion.COMMAND, "write-without-response")
        self._is_unlocked, self._is_fast = False, False
        self.is_streaming = True
        return {witmotion.SERVICE: (self.data, self.command)}

    @property
    def size(self):
        return min(8, self.room // 20) if self._is_fast else 10

    def told(self, _characteristic, payload):
        match payload[2:]:
            case b"\x69\x88\xb5":
                self._is_unlocked = True
            case b"\x03\x09\x00" if self._is_unlocked:
                self._is_fast = True
            case b"\x27\x64\x00":
                self.answers.append(Message(self.data, b"\x55\x71\x64\x00" + struct.pack("<8h", 385, *7 * [0])))

    def forget_host(self):
        self.answers.clear()  # the rate stays until it is turned off, and so does the stream

    def message(self, first, stop):
        step = 1 if self._is_fast else 10
        frames = [self._frame(place) for place in range(first, stop, step)]
        return [Message(self.data, b"".join(frames))]

    def _frame(self, place):
        x, y, z = self.felt.acc_mps2[place].tolist()
        angles = np.degrees([np.arctan2(y, z), np.arctan2(-x, np.hypot(y, z)), 0.3]) * (32768 / 180)
        acc = self.acc_counts(place, place + 1, 2048)
        return b"\x55\x61" + acc + self.gyr_counts(place, place + 1, 16.384) + counts(angles)


class Thingy52(Board):
    """Acceleration negated and clipped at +-2 g; the rate of the stream as configured."""

    key, name = "thingy52", "Thingy"
    advertised = (thingy52.CONFIGURATION_SERVICE,)

    def services(self):
        self.data = Characteristic(thingy52.RAW, ("notify",))
        self.configuration = self.writable(thingy52.MOTION_CONFIGURATION, "read", "write")
        return {
            thingy52.CONFIGURATION_SERVICE: (),
            "ef680400-9b35-4933-9b10-52ffa9740042": (self.configuration, self.data),
            BATTERY_SERVICE: (self.battery,),
        }

    def told(self, _characteristic, payload):
        self.is_streaming = payload[6:8] == b"\x64\x00"

    def message(self, first, stop):
        acc = counts(self.felt.acc_mps2[first:stop] * (-1024 / GRAVITY_MPS2), 2047)
        return [Message(self.data, acc + self.gyr_counts(first, stop, 32) + counts(40 * np.ones(3)))]


class MovellaDot(Board):
    """Rate quantities on the medium payload, padded; goes on streaming when the link is lost.

    set_hz: the rate that its owner set; it streams at that of this board only if that is set.
    """

    key, name, rate_hz, mtu, keeps_streaming = "movella_dot", "Movella DOT", 60.0, 66, True

    set_hz = 60

    def services(self):
        self.control = self.writable(movella_dot.CONTROL, "read", "write")
        self.device = self.writable(
            movella_dot.DEVICE_CONTROL, "read", "write", value=struct.pack("<24xH6x", self.set_hz)
        )
        self.data = Characteristic(movella_dot.MEDIUM, ("notify",))
        power = Characteristic(movella_dot.BATTERY, ("read", "notify"), bytes([BATTERY_PCT, 0]))
        return {
            movella_dot.MEASUREMENT_SERVICE: (self.control, self.data),
            "15171000-4947-11e9-8646-d663bd873d93": (self.device,),
            "15173000-4947-11e9-8646-d663bd873d93": (power,),
        }

    def told(self, characteristic, payload):
        if characteristic is self.device:
            assert payload[0] == 0x10, "only the rate is to be written"
            characteristic.value = bytes(24) + payload[24:26] + bytes(6)
            return
        rate_hz = int.from_bytes(self.device.value[24:26], "little")
        self.is_streaming = payload == b"\x01\x01\x15" and rate_hz == self.rate_hz

    def message(self, first, stop):
        clock = struct.pack("<I", round(self.device_s(first) * 1e6) % 2**32)
        gyr = floats(np.degrees(self.felt.gyr_radps[first:stop]))
        return [Message(self.data, (clock + floats(self.felt.acc_mps2[first:stop]) + gyr).ljust(40, b"\0"))]


class BlueSt(Board):
    """SensorTile.box: a tick of 8 ms; streams to whoever subscribed."""

    key, name, rate_hz = "bluest", "BCN-002", 50.0
    advertised = (bluest.SERVICE,)

    def services(self):
        self.data = Characteristic(bluest.MOTION, ("notify",))
        self.is_streaming = True
        return {bluest.SERVICE: (self.data,)}

    def forget_host(self):
        self.answers.clear()

    def message(self, first, stop):
        tick = struct.pack("<H", (int(self.device_s(first) * 1000) >> 3) % 65536)
        return [
            Message(self.data, tick + self.acc_counts(first, stop, 1000) + self.gyr_counts(first, stop, 10) + NO_FIELD)
        ]


class SensorTag(Board):
    """Ten samples a second, rate first."""

    key, name, rate_hz = "sensortag_cc2650", "CC2650 SensorTag", 10.0
    advertised = ("0000aa80-0000-1000-8000-00805f9b34fb",)

    def services(self):
        self.data = Characteristic(sensortag_cc2650.DATA, ("notify",))
        self.configuration = self.writable(sensortag_cc2650.CONFIGURATION, "read", "write")
        self.period = self.writable(sensortag_cc2650.PERIOD, "read", "write")
        return {sensortag_cc2650.SERVICE: (self.data, self.configuration, self.period)}

    def told(self, characteristic, payload):
        if characteristic is self.configuration:
            self.is_streaming = payload == b"\x7f\x02"

    def message(self, first, stop):
        gyr = self.gyr_counts(first, stop, 65536 / 500)
        return [Message(self.data, gyr + self.acc_counts(first, stop, 4096) + NO_FIELD)]


class OpenEarable2(Board):
    """float32 with a clock of 64 bits; the acceleration ends at +-2 g."""

    key, name, rate_hz = "openearable2", "OpenEarable-2-1A2B", 50.0

    def services(self):
        self.data = Characteristic(openearable2.DATA, ("notify",))
        self.configuration = self.writable(openearable2.CONFIGURATION, "write")
        return {openearable2.SERVICE: (self.data, self.configuration), BATTERY_SERVICE: (self.battery,)}

    def told(self, _characteristic, payload):
        self.is_streaming = payload == b"\x00\x01\x01"

    def message(self, first, stop):
        head = struct.pack("<BBQ", 0, 36, round(self.device_s(first) * 1e6))
        acc = np.clip(self.felt.acc_mps2[first:stop], -2 * GRAVITY_MPS2, 2 * GRAVITY_MPS2)
        gyr = np.degrees(self.felt.gyr_radps[first:stop])
        return [Message(self.data, head + floats(acc) + floats(gyr) + bytes(12))]


class Capture2Go(Board):
    """A real-time package a sample, with a checksum."""

    key, name, rate_hz = "capture2go", "IMU_0A1B2C", 50.0
    advertised = (capture2go.SERVICE,)

    def services(self):
        self.command = self.writable(capture2go.WRITE, "write")
        self.data = Characteristic(capture2go.NOTIFY, ("notify",))
        return {capture2go.SERVICE: (self.command, self.data)}

    def told(self, _characteristic, payload):
        self.is_streaming = payload[6:8] == b"\x60\x01"

    def message(self, first, stop):
        stamp = struct.pack("<q", 1_700_000_000_000_000_000 + round(self.device_s(first) * 1e9))
        gyr = counts(self.felt.gyr_radps[first:stop] * (32768 / np.radians(2000)))
        acc = counts(self.felt.acc_mps2[first:stop] * (32768 / (16 * 9.81)))
        body = struct.pack("<H", capture2go.REAL_TIME) + (stamp + gyr + acc).ljust(37, b"\0")
        head = struct.pack("<BBIB", 0xFE, 2, zlib.crc32(body), len(body) - 2)
        return [Message(self.data, head + body)]
