"""Boards with a protocol of their own around the samples: Movesense, Puck.js, Polar."""

from __future__ import annotations

import struct
from typing import ClassVar

import numpy as np

from tests.ble.bluez import Characteristic
from tests.ble.boards.board import BATTERY_PCT, BATTERY_SERVICE, Board, Message, counts, floats
from tracker.core.model import GRAVITY_MPS2
from tracker.decoders import movesense, polar, polar_setup, puckjs

OK = struct.pack("<H", 200)


class Movesense(Board):
    """Four samples a message; answers every request; forgets subscriptions with the link. offered_hz: its rates."""

    key, name, rate_hz, samples_per_message, mtu = "movesense", "Movesense 174630000192", 52.0, 4, 161
    advertised = ("0000fdf3-0000-1000-8000-00805f9b34fb",)
    offered_hz: ClassVar[tuple[int, ...]] = (13, 26, 52, 104, 208)

    def services(self):
        self.command = self.writable(movesense.COMMAND, "write")
        self.data = Characteristic(movesense.DATA, ("notify",))
        return {"34802252-7185-4d5d-b431-630e7050e8f0": (self.command, self.data)}

    def told(self, _characteristic, payload):
        operation, reference, path = payload[0], payload[1], payload[2:].rstrip(b"\0")
        answer = OK
        if operation == 1 and path in [b"/Meas/IMU6/%d" % rate for rate in self.offered_hz]:
            self.is_streaming = path.endswith(b"/%d" % self.rate_hz)
        elif operation == 2:
            self.is_streaming = False
        elif operation == 4 and path == b"/System/Energy/Level":
            answer = OK + bytes([BATTERY_PCT])
        else:
            answer = struct.pack("<H", 404)
        self.answers.append(Message(self.data, bytes([1, reference]) + answer))

    def message(self, first, stop):
        head = struct.pack("<BBI", 2, movesense.IMU, round(self.device_s(first) * 1000))
        gyr = np.degrees(self.felt.gyr_radps[first:stop])
        return [Message(self.data, head + floats(self.felt.acc_mps2[first:stop]) + floats(gyr))]


class PuckJs(Board):
    """An interpreter: obeys the text it is sent, prints a line a sample, one notification per connection event."""

    key, name, rate_hz, event_s, mtu = "puckjs", "Puck.js 4c3b", 52.0, 0.015, 53
    advertised = (puckjs.SERVICE,)
    longest_backlog = 512

    def services(self):
        self.write = self.writable(puckjs.WRITE, "write", "write-without-response")
        self.data = Characteristic(puckjs.NOTIFY, ("notify",))
        self._text, self._start, self._said_stop = b"", 0, 0
        self._forget_text()  # what was printed and not sent, where its lines end, how much was sent
        return {puckjs.SERVICE: (self.write, self.data)}

    def told(self, _characteristic, payload):
        self._text += payload
        while b"\n" in self._text:
            line, self._text = self._text.split(b"\n", 1)
            self._obey(line)

    def _obey(self, line):
        if b"Puck.accelOn(52)" in line:
            self.is_streaming, self._start = True, self._next
        elif b"reset();" in line:
            self.is_streaming = False
            self._forget_text()
        self._printed += b">"

    def measured(self, stop):
        for line in super().measured(stop):
            if len(self._printed) > self.longest_backlog:
                break  # what does not fit is not printed
            self._printed += line.payload
            self._line_ends.append((self._taken + len(self._printed), line.stop))
        if not self.peripheral.is_connected:
            self._forget_text()
        if not self._printed:
            return []
        piece, self._printed = self._printed[: self.room], self._printed[self.room :]
        self._taken += len(piece)
        ended = [sample for end, sample in self._line_ends if end <= self._taken]
        self._line_ends = self._line_ends[len(ended) :]
        self._said_stop = ended[-1] if ended else self._said_stop
        return [Message(self.data, piece, 0, ended[0] - 1 if ended else self._said_stop, self._said_stop)]

    def _forget_text(self):
        self._printed, self._line_ends, self._taken = b"", [], 0

    def message(self, first, stop):
        acc = np.frombuffer(self.acc_counts(first, stop, 8192), "<i2").tolist()
        gyr = np.frombuffer(self.gyr_counts(first, stop, 1 / 0.00875), "<i2").tolist()
        number = first - self._start
        numbers = [number % 65536, int(number / self.rate_hz * 1000), *acc, *gyr]
        return [Message(self.data, f"I,{','.join(map(str, numbers))}\r\n".encode())]


class PolarVeritySense(Board):
    """Fills frames of up to 232 bytes with compressed samples of one sensor, then sends them: seconds late.

    What was started goes on when the link is lost.
    offered: its list of rates and ranges for each sensor; what is not in it is refused. lists: it has such a list.
    """

    key, name, rate_hz, parts, keeps_streaming = "polar", "Polar Sense 8A1B2C3D", 52.0, 2, True
    advertised = ("0000180d-0000-1000-8000-00805f9b34fb", polar.SERVICE)
    samples_per_message = 8  # so often it looks whether a frame is full
    types: ClassVar[dict[int, float]] = {2: 2.44140625e-4, 5: 2000 / 32768}  # what it measures: value of a count
    longest_frame = 232
    offered: ClassVar[dict[int, tuple[list[int], list[int]]]] = {2: ([52], [8]), 5: ([52], [250, 500, 1000, 2000])}
    lists = True

    def services(self):
        self.control = self.writable(polar.CONTROL, "read", "write", "indicate")
        self.data = Characteristic(polar.DATA, ("notify",))
        self._begun: dict[int, int] = {}  # measurement -> first sample that is in no frame yet
        return {polar.SERVICE: (self.control, self.data), BATTERY_SERVICE: (self.battery,)}

    def told(self, characteristic, payload):
        operation, kind = payload[0], payload[1]
        status, settings = 0, b""
        if operation == 1 and self.lists:
            rates, ranges = self.offered[kind]
            settings = b"\x00" + block(0, rates) + block(1, [16]) + block(2, ranges)
        elif operation == 1:
            status = 1  # this firmware has no lists
        elif operation == 2 and self.room < self.longest_frame:
            status = 0x0A  # the MTU is too small
        elif operation == 2 and kind in self._begun:
            status = 6  # already in state
        elif operation == 2 and not self.agrees(*polar_setup.read_request(payload)):
            status = 5
        elif operation == 2:
            self._begun[kind] = self._next
            settings = b"\x00" + self.scale(kind)
        elif operation == 3:
            status = 0 if self._begun.pop(kind, None) is not None else 6
        self.is_streaming = bool(self._begun)
        self.answers.append(Message(characteristic, bytes([0xF0, operation, kind, status]) + settings))

    def agrees(self, kind, settings):
        """It measures as it was asked to only at the rate of this board."""
        rates, ranges = self.offered[kind]
        return settings[0] in rates and settings[2] in ranges and settings[0] == self.rate_hz

    def scale(self, kind: int) -> bytes:
        """What the reply to a start says of a count."""
        return b"\x05\x01" + struct.pack("<f", self.types[kind])

    def lose(self, stop):
        super().lose(stop)
        self._begun = dict.fromkeys(self._begun, self._next)

    def message(self, _first, stop):
        messages = []
        for kind, begun in self._begun.items():
            frame = self.frame(kind, begun, stop)
            if frame is not None:
                payload, self._begun[kind] = frame
                messages.append(Message(self.data, payload, int(kind == 5), begun, self._begun[kind]))
        return messages

    def frame(self, kind, begun, stop):
        """A frame that is full with the samples up to `stop`, and the first sample after it; None until then."""
        values = self.felt.acc_mps2 / GRAVITY_MPS2 if kind == 2 else np.degrees(self.felt.gyr_radps)
        room = min(self.longest_frame, self.room) - 10
        triples = np.frombuffer(counts(values[begun:stop] / self.types[kind]), "<i2").reshape(-1, 3).astype(int)
        content, taken = compressed(triples, room)
        if taken == len(triples):
            return None
        return self.head(kind, begun + taken - 1, 0x80) + content, begun + taken

    def head(self, kind, last, frame_type):
        """Type, nanoseconds of the last sample, how the content is written."""
        return struct.pack("<BQB", kind, 599_618_164_000_000_000 + round(self.device_s(last) * 1e9), frame_type)


class PolarH10(PolarVeritySense):
    """Acceleration alone, as it is: 36 samples of int16 a frame."""

    key, name, rate_hz, parts, has_gyroscope = "polar_h10", "Polar H10 8A1B2C3D", 100.0, 1, False
    offered: ClassVar[dict[int, tuple[list[int], list[int]]]] = {2: ([25, 50, 100, 200], [2, 4, 8])}
    types: ClassVar[dict[int, float]] = {2: 0.001}

    def scale(self, _kind: int) -> bytes:
        return b"\x00"  # a spare byte and no factor: samples are in milli-g

    def frame(self, kind, begun, stop):
        size = (min(self.longest_frame, self.room) - 10) // 6
        if stop - begun < size:
            return None
        return self.head(kind, begun + size - 1, 0x01) + self.acc_counts(begun, begun + size, 1000), begun + size


def block(setting, values):
    """A setting and the values that are offered of it."""
    return struct.pack(f"<BB{len(values)}H", setting, len(values), *values)


def compressed(triples, room):
    """As many of these samples as fit: a reference, then blocks of up to ten differences; and how many they are."""
    content = triples[0].astype("<i2").tobytes()
    taken = 1
    while taken < len(triples):
        steps = np.diff(triples[taken - 1 : taken + 10], axis=0)
        bits = max(2, int(max(int(step) if step >= 0 else ~int(step) for step in steps.ravel())).bit_length() + 1)
        fits = min(len(steps), ((room - len(content) - 2) * 8) // (3 * bits))
        if fits < 1:
            break
        pool = 0
        for place, step in enumerate(steps[:fits].ravel().tolist()):
            pool |= (step & ((1 << bits) - 1)) << (place * bits)
        content += bytes([bits, fits]) + pool.to_bytes((3 * bits * fits + 7) // 8, "little")
        taken += fits
    return content, taken
