"""Packets decoded by hand from the published layout, and the accounts of the link."""

from __future__ import annotations

import itertools
import struct
from dataclasses import replace

import numpy as np
import pytest

from tracker.core.model import Command, CommandName, Packet
from tracker.sources.simulator import DATA_CHANNEL, NAMED, STATUS_CHANNEL, Radio, Simulation, random_scenario, simulate


def data_packets(simulation: Simulation) -> list[Packet]:
    return [one for one in simulation.inputs if isinstance(one, Packet) and one.channel == DATA_CHANNEL]


def sample_numbers(simulation: Simulation) -> list[int]:
    """The unwrapped number of the first sample of each data packet, in order of arrival."""
    numbers: list[int] = []
    expected = 0
    for packet in data_packets(simulation):
        index = (struct.unpack_from("<H", packet.payload, 2)[0] - simulation.scenario.radio.first_index) % 65536
        number = expected + (index - expected + 32768) % 65536 - 32768
        numbers.append(number)
        expected = max(expected, number)
    return numbers


def test_status_comes_first(clean: Simulation) -> None:
    """The first input is the 20-byte status with rate, ranges, period and the scale factors."""
    status = clean.inputs[0]
    assert isinstance(status, Packet)
    assert status.channel == STATUS_CHANNEL
    version, state, rate, acc_g, n, gyr_dps, period_ns, acc, gyr = struct.unpack("<BBHBBHIff", status.payload)
    assert (version, state & 1, rate, acc_g, n, gyr_dps, period_ns) == (1, 1, 104, 8, 10, 1000, 9615385)
    assert acc == pytest.approx(8 * 9.80665 / 32768, rel=1e-6)
    assert gyr == pytest.approx(np.radians(1000) / 32768, rel=1e-6)


def test_packets_carry_the_quantised_samples(clean: Simulation) -> None:
    """Decoded by hand, the packets give exactly the samples, their running index and the device clock."""
    status = clean.inputs[0]
    assert isinstance(status, Packet)
    acc_scale, gyr_scale = struct.unpack_from("<ff", status.payload, 12)
    rows: list[tuple[int, ...]] = []
    for packet in data_packets(clean):
        head, n, index, clock_us = struct.unpack_from("<BBHI", packet.payload)
        assert head >> 4 == 1
        assert len(packet.payload) == 8 + 12 * n
        assert index == len(rows) % 65536
        assert clock_us == 250_000 + round(len(rows) * 1e6 / 104)
        rows += struct.iter_unpack("<6h", packet.payload[8:])
    raw = np.array(rows, dtype=np.float64)
    np.testing.assert_array_equal(raw[:, :3] * acc_scale, clean.truth.samples.acc_mps2)
    np.testing.assert_array_equal(raw[:, 3:] * gyr_scale, clean.truth.samples.gyr_radps)


def test_nothing_arrives_before_it_happened(lossy: Simulation) -> None:
    """A packet arrives after its last sample was taken; inputs come in order of arrival."""
    times = [one.received_s for one in lossy.inputs]
    assert times == sorted(times)
    for number, packet in zip(sample_numbers(lossy), data_packets(lossy), strict=True):
        assert packet.received_s >= lossy.truth.t_s[number + packet.payload[1] - 1]


def test_losses_duplicates_and_overtaking_are_accounted_for(lossy: Simulation) -> None:
    """What is missing, double or out of order in the stream is what the truth says."""
    numbers, delivery = sample_numbers(lossy), lossy.truth.delivery
    assert delivery.packets_sent - len(set(numbers)) == delivery.packets_lost > 0
    assert len(numbers) - len(set(numbers)) == delivery.packets_duplicated > 0
    first_seen = list(dict.fromkeys(numbers))
    overtaken = sum(one > other for one, other in itertools.pairwise(first_seen))
    assert overtaken == delivery.packets_reordered > 0
    size = data_packets(lossy)[0].payload[1]
    arrived = {number + k for number in numbers for k in range(size)}
    assert {int(i) for i in np.flatnonzero(delivery.missing)} == set(range(len(lossy.truth.t_s))) - arrived


def test_lost_link_is_told_and_marked(lossy: Simulation) -> None:
    """A long link loss shows as two commands, silence between them, and a discontinuity flag after it."""
    (lost_s, back_s) = lossy.scenario.radio.link_losses[0]
    told = {one.name: one.received_s for one in lossy.inputs if isinstance(one, Command)}
    assert lost_s < told[CommandName.LINK_LOST] < told[CommandName.LINK_BACK] == back_s
    assert not [p for p in data_packets(lossy) if lost_s + 0.5 < p.received_s < back_s]
    flagged = [packet for packet in data_packets(lossy) if packet.payload[0] & 1]
    assert len(flagged) == 1
    assert flagged[0].received_s == pytest.approx(back_s, abs=0.6)


@pytest.mark.parametrize("loss", [0.01, 0.05])
def test_loss_has_the_asked_share(loss: float) -> None:
    """Bursts of loss add up to the share that was asked for."""
    shares = []
    for seed in range(6):
        delivery = simulate(random_scenario(seed, rate_hz=52, loss=loss, set_count=2)).truth.delivery
        shares.append(delivery.packets_lost / delivery.packets_sent)
    assert float(np.mean(shares)) == pytest.approx(loss, rel=0.35)


def test_device_clock_wraps_and_drifts() -> None:
    """The clock counts modulo 2^32 us at the device's own second, 1 % too short when the error is 1 %."""
    scenario = NAMED["uncalibrated"]
    radio = Radio(first_clock_us=2**32 - 5_000_000, first_index=65000)
    fast = simulate(replace(scenario, radio=radio, sensor=replace(scenario.sensor, clock_error=0.01)))
    packets = data_packets(fast)
    clocks = [struct.unpack_from("<I", packet.payload, 4)[0] for packet in packets]
    passed_s = ((clocks[-1] - clocks[0]) % 2**32) / 1e6
    true_s = float(fast.truth.t_s[sample_numbers(fast)[-1]])
    assert min(clocks) < 1_000_000 < max(clocks)
    assert passed_s == pytest.approx(1.01 * true_s, rel=1e-6)
    assert fast.truth.device_time_s(true_s) == pytest.approx(passed_s, abs=1e-5)


def test_radio_does_not_touch_the_lifter(clean: Simulation) -> None:
    """Another radio changes when and what arrives, never the movement or the samples."""
    other = simulate(replace(clean.scenario, radio=Radio(loss=0.05, jitter_s=0.03)))
    assert other.truth.reps == clean.truth.reps
    np.testing.assert_array_equal(other.truth.samples.acc_mps2, clean.truth.samples.acc_mps2)
    assert len(other.inputs) < len(clean.inputs)
