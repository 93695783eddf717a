"""What the firmware must do, written again: a list instead of a ring, bytes put one by one as the profile says."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

RING_SAMPLES = 512
MAX_DELAY_US = 100_000
RATES_HZ, ACC_RANGES_G, GYR_RANGES_DPS = (25, 50, 104, 200), (2, 4, 8, 16), (250, 500, 1000, 2000)
DISCONTINUITY, MARKER, BATTERY_LOW, CLIPPED = 1, 2, 4, 8

Counts = tuple[int, int, int, int, int, int]


def encoded(samples: list[Counts], *, index: int, t_us: int, flags: int) -> str:
    out = bytearray([0x10 | flags, len(samples)])
    out += (index % 65536).to_bytes(2, "little") + (t_us % 2**32).to_bytes(4, "little")
    for sample in samples:
        for count in sample:
            out += count.to_bytes(2, "little", signed=True)
    return out.hex()


def chosen(wanted: int, offered: tuple[int, ...]) -> int:
    return next((value for value in offered if value >= wanted), offered[-1])


@dataclass
class Sample:
    counts: Counts
    index: int
    t_us: int
    flags: int
    after_gap: bool


@dataclass
class Model:
    """The state of driver.c, and the answer to each of its commands ("" for those that answer nothing)."""

    rate_hz: int = 104
    acc_range_g: int = 8
    gyr_range_dps: int = 1000
    is_running: bool = False
    battery_is_low: bool = False
    has_overflowed: bool = False
    mtu: int = 23
    max_samples: int = 0
    next_index: int = 0
    next_flags: int = 0
    last_t_us: int = 0
    held: list[Sample] = field(default_factory=list)
    offered: list[Sample] = field(default_factory=list)

    @property
    def period_ns(self) -> int:
        return 9_615_385 if self.rate_hz == 104 else 10**9 // self.rate_hz

    @property
    def packet_samples(self) -> int:
        return min(self.max_samples or 10, (min(max(self.mtu, 23) - 3, 244) - 8) // 12)

    def init(self) -> str:
        acc, gyr = self.acc_range_g * 9.80665 / 32768, self.gyr_range_dps * 0.017453292519943295 / 32768
        return f"init {self.rate_hz} {self.acc_range_g} {self.gyr_range_dps} {self.period_ns} {acc!r} {gyr!r} 1"

    def answer(self, command: str) -> str:
        name, *words = command.split()
        return getattr(self, f"do_{name}")(*words)

    def do_config(self, text: str) -> str:
        payload = b"" if text == "-" else bytes.fromhex(text)
        if len(payload) != 8 or payload[0] != 1 or payload[1] > 2 or (payload[1] == 2 and self.is_running):
            return "refused"
        _, command, rate, acc, most, gyr = struct.unpack("<BBHBBH", payload)
        self.rate_hz = chosen(rate or self.rate_hz, RATES_HZ)
        self.acc_range_g = chosen(acc or self.acc_range_g, ACC_RANGES_G)
        self.gyr_range_dps = chosen(gyr or self.gyr_range_dps, GYR_RANGES_DPS)
        if command:
            self.max_samples = most
        self.is_running = command == 1
        self.held, self.next_flags = [], DISCONTINUITY
        return "done"

    def do_push(self, t_us: str, *counts: str) -> str:
        if not self.is_running:
            return ""
        if len(self.held) == RING_SAMPLES:
            lost = self.held.pop(0)
            self.held[0].flags |= DISCONTINUITY | (lost.flags & MARKER)
            self.has_overflowed = True
        period_us = (self.period_ns + 500) // 1000
        passed_us = (int(t_us) - self.last_t_us) % 2**32
        missing = 0
        if not self.next_flags & DISCONTINUITY and passed_us >= period_us + period_us // 4 * 3:
            missing = (passed_us - period_us // 4 * 3) // period_us
        values = tuple(map(int, counts))
        clipped = CLIPPED if {32767, -32768} & set(values) else 0
        index = (self.next_index + missing) % 65536
        self.held.append(Sample(values, index, int(t_us), self.next_flags | clipped, missing % 65536 > 0))
        self.next_index, self.next_flags, self.last_t_us = (index + 1) % 65536, 0, int(t_us)
        return ""

    def do_packet(self, now_us: str) -> str:
        samples = self.held[:1]
        is_cut = False
        for sample in self.held[1:]:
            is_cut = sample.after_gap
            if is_cut or len(samples) == self.packet_samples:
                break
            samples.append(sample)
        if not samples:
            return "-"
        age_us = (int(now_us) - samples[0].t_us) % 2**32
        if not (is_cut or len(samples) == self.packet_samples or MAX_DELAY_US <= age_us < 2**31 - 1):
            return "-"
        self.offered = samples
        flags = BATTERY_LOW * self.battery_is_low
        for sample in samples:
            flags |= sample.flags
        return encoded([sample.counts for sample in samples], index=samples[0].index, t_us=samples[0].t_us, flags=flags)

    def do_sent(self) -> str:
        self.held = [sample for sample in self.held if not any(sample is other for other in self.offered)]
        return ""

    def do_status(self, _: str) -> str:
        state = self.is_running | 6 | 8 * self.has_overflowed
        self.has_overflowed = False
        acc, gyr = self.acc_range_g * 9.80665 / 32768, self.gyr_range_dps * 0.017453292519943295 / 32768
        settings = (self.rate_hz, self.acc_range_g, self.packet_samples, self.gyr_range_dps, self.period_ns, acc, gyr)
        return struct.pack("<BBHBBHIff", 1, state, *settings).hex()

    def do_mtu(self, mtu: str) -> str:
        self.mtu = int(mtu)
        return ""

    def do_battery(self, is_low: str) -> str:
        self.battery_is_low = bool(int(is_low))
        return ""

    def do_mark(self) -> str:
        self.next_flags |= MARKER * self.is_running
        return ""

    def do_disconnected(self) -> str:
        self.is_running, self.held, self.mtu = False, [], 23
        return ""
