"""The way to the host: samples packed into IMU Stream v1 packets, and what a radio link makes of them.

Layout (little-endian): status, 20 bytes: u8 version, u8 state (bit 0 running, 1 accelerometer, 2 gyroscope), u16 rate
in Hz, u8 accelerometer range in g, u8 samples a packet, u16 gyroscope range in deg/s, u32 period in ns, f32 m/s2 per
count, f32 rad/s per count. Data: u8 version 1 in the high nibble and flags in the low (bit 0 discontinuity, bit 3
clipped), u8 n, u16 index of the first sample, u32 device time of the first sample in us, then n times six i16.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tracker.core.model import Bools, Command, CommandName, Floats, Packet
from tracker.sources.simulator.scenario import Radio, Sensor
from tracker.sources.simulator.sensor import Measured, scales

STATUS_CHANNEL = "f4ae0003-580f-40c2-8f8b-f8d27670ba63"
DATA_CHANNEL = "f4ae0002-580f-40c2-8f8b-f8d27670ba63"

_SHARE_OF_SECOND = 0.1  # a packet waits for its last sample: at most 100 ms
_MOST_SAMPLES = 14  # fits an ATT MTU of 185
_SUPERVISION_S = 2.0  # the host notices a lost link this late


class Delivery(NamedTuple):
    """What became of the packets: counts, and which samples never arrived (n,)."""

    packets_sent: int
    packets_lost: int
    packets_duplicated: int
    packets_reordered: int
    missing: Bools


def samples_per_packet(rate_hz: int) -> int:
    """As many samples as fit into 100 ms and into a packet."""
    return max(1, min(_MOST_SAMPLES, int(rate_hz * _SHARE_OF_SECOND)))


def transmit(
    measured: Measured, t_s: Floats, *, sensor: Sensor, radio: Radio, rng: np.random.Generator
) -> tuple[list[Packet | Command], Delivery]:
    """Status, then data packets and link commands in order of arrival, and what became of them; t_s is true time."""
    size = samples_per_packet(sensor.rate_hz)
    firsts = np.arange(0, len(t_s), size)
    lasts = np.minimum(firsts + size, len(t_s)) - 1
    arrival_s = _arrivals(t_s[lasts], radio, rng)
    lost = _lost(len(firsts), radio, rng)
    after_gap = np.zeros(len(firsts), dtype=np.bool_)
    commands: list[Command] = []
    for lost_s, back_s in radio.link_losses:
        down = (t_s[lasts] >= lost_s) & (t_s[lasts] < back_s)
        lost |= down
        after_gap[np.flatnonzero(down)[-1:] + 1] = True
        commands.append(Command(min(lost_s + _SUPERVISION_S, back_s), CommandName.LINK_LOST))
        commands.append(Command(back_s, CommandName.LINK_BACK))
    order = _reorder(arrival_s, lost, radio, rng)
    twice = np.flatnonzero((rng.random(len(firsts)) < radio.duplicates) & ~lost)
    kept = np.flatnonzero(~lost)
    after_gap = after_gap[: len(firsts)]
    payloads = _payloads(measured, firsts, lasts, after_gap, sensor, radio)
    inputs: list[Packet | Command] = [Packet(float(arrival_s[i]), DATA_CHANNEL, payloads[i]) for i in kept]
    inputs += [Packet(float(arrival_s[i]) + 0.004, DATA_CHANNEL, payloads[i]) for i in twice]
    inputs += commands
    inputs.sort(key=lambda one: one.received_s)
    inputs.insert(0, Packet(0.0, STATUS_CHANNEL, status_payload(sensor, size)))
    missing = np.repeat(lost, size)[: len(t_s)]
    return inputs, Delivery(len(firsts), int(lost.sum()), len(twice), order, missing)


def status_payload(sensor: Sensor, size: int) -> bytes:
    """The 20 bytes a host reads before it starts the stream."""
    acc_scale, gyr_scale = scales(sensor)
    period_ns = round(1e9 / sensor.rate_hz)
    ranges = (sensor.acc_range_g, size, sensor.gyr_range_dps)
    return struct.pack("<BBHBBHIff", 1, 0b111, sensor.rate_hz, *ranges, period_ns, acc_scale, gyr_scale)


def _arrivals(ready_s: Floats, radio: Radio, rng: np.random.Generator) -> Floats:
    """Host time of each packet: next connection event, latency, jitter, stalls that release a burst; in order."""
    events = np.ceil((ready_s + 0.001) / radio.interval_s) * radio.interval_s
    arrival = events + radio.latency_s + rng.exponential(radio.jitter_s, len(ready_s))
    stalls = rng.random(len(ready_s)) < radio.stall_share
    arrival += stalls * rng.uniform(0.3, 1.0, len(ready_s)) * radio.stall_s
    return np.maximum.accumulate(arrival) + 1e-6 * np.arange(len(ready_s)) / max(len(ready_s), 1)


def _lost(count: int, radio: Radio, rng: np.random.Generator) -> Bools:
    """Bursts of geometric length at random starts, so that the share `loss` is lost on average."""
    if not radio.loss:
        return np.zeros(count, dtype=np.bool_)
    # two-state chain: leave the bad state with 1/burst, enter it so often that the share is right
    leave = 1 / max(radio.loss_burst, 1.0)
    enter = min(1.0, leave * radio.loss / (1 - radio.loss))
    lost = np.zeros(count, dtype=np.bool_)
    at = 0
    while True:
        at += int(rng.geometric(enter))
        if at >= count:
            return lost
        length = int(rng.geometric(leave))
        lost[at : at + length] = True
        at += length


def _reorder(arrival_s: Floats, lost: Bools, radio: Radio, rng: np.random.Generator) -> int:
    """Swaps the arrival of some packets with that of the next one; returns how many were overtaken."""
    picked = rng.random(len(arrival_s)) < radio.reordered
    count, i = 0, 0
    while i < len(arrival_s) - 1:
        if picked[i] and not lost[i] and not lost[i + 1] and arrival_s[i + 1] > arrival_s[i]:
            arrival_s[i], arrival_s[i + 1] = arrival_s[i + 1] + 0.002, arrival_s[i + 1]
            count += 1
            i += 1
        i += 1
    return count


def _payloads(
    measured: Measured,
    firsts: NDArray[np.int64],
    lasts: NDArray[np.int64],
    after_gap: Bools,
    sensor: Sensor,
    radio: Radio,
) -> list[bytes]:
    period_us = 1e6 / sensor.rate_hz
    raw = measured.raw.astype("<i2")
    clipped = np.add.reduceat(measured.clipped, firsts) > 0
    payloads = []
    for first, last, gap, clip in zip(firsts.tolist(), lasts.tolist(), after_gap, clipped, strict=True):
        flags = 0x10 | int(gap) | (int(clip) << 3)
        index = (radio.first_index + first) % 65536
        clock_us = (radio.first_clock_us + round(first * period_us)) % 2**32
        header = struct.pack("<BBHI", flags, last - first + 1, index, clock_us)
        payloads.append(header + raw[first : last + 1].tobytes())
    return payloads
