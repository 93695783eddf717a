"""Rates joined to accelerations by time: against a known movement, through bursts, wrong claims, loss and silence."""

from __future__ import annotations

import math
import struct

import numpy as np
import pytest

from tracker.core.model import Packet
from tracker.decoders.pairing import ArrivalClock, Pairing
from tracker.decoders.three_floats import ADAFRUIT, ADAFRUIT_ACC, ADAFRUIT_GYR

EVENT_S = 0.03  # packets arrive at the next connection event


def movement(t_s):
    return math.sin(2 * math.pi * 0.8 * t_s)


def stream(rate_hz, *, gyr_offset_s=0.004, seconds=40, lost=()):
    """Both sensors see the same movement at their own times; it arrives in bursts."""
    packets = []
    for k in range(int(seconds * rate_hz)):
        for channel, offset_s in ((ADAFRUIT_ACC, 0.0), (ADAFRUIT_GYR, gyr_offset_s)):
            t_s = k / rate_hz + offset_s
            if (channel, k) in lost:
                continue
            arrival_s = math.ceil(t_s / EVENT_S) * EVENT_S
            packets.append(Packet(arrival_s, channel, struct.pack("<3f", movement(t_s), 0, 0)))
    return sorted(packets, key=lambda packet: packet.received_s)


@pytest.mark.parametrize("rate_hz", [20.0, 25.0, 32.0, 50.0])
def test_rates_fit_the_movement_whatever_rate_was_claimed(rate_hz):
    """At 0.8 of to twice the claimed 25 Hz and bursts of 30 ms, both see one movement within 8 ms."""
    packets = stream(rate_hz)
    readings = ADAFRUIT.new_decoder().decode(packets).readings
    assert len(readings) > 0.97 * len(packets) / 2
    settled = readings.received_s > 10
    error = (readings.gyr_radps - readings.acc_mps2)[settled, 0]
    assert np.sqrt(np.mean(error**2)) < 0.008 * 2 * math.pi * 0.8


def test_lost_messages_cost_themselves_only():
    """Joining by order would shift everything after a loss; joining by time does not."""
    lost = {(ADAFRUIT_GYR, k) for k in (300, 301, 302)} | {(ADAFRUIT_ACC, 500)}
    readings = ADAFRUIT.new_decoder().decode(stream(25.0, lost=lost)).readings
    late = readings.received_s > 25
    assert np.abs((readings.gyr_radps - readings.acc_mps2)[late, 0]).max() < 0.1


def test_without_rates_nothing_is_made_up():
    """Accelerations whose rates never come are given up, and the stream goes on when they come again."""
    packets = stream(25.0, lost={(ADAFRUIT_GYR, k) for k in range(400, 600)})
    readings = ADAFRUIT.new_decoder().decode(packets).readings
    silent = (readings.received_s > 16.5) & (readings.received_s < 23.5)
    assert not silent.any()
    assert (readings.received_s > 24.5).sum() > 350
    assert ADAFRUIT.new_decoder().decode([p for p in packets if p.channel == ADAFRUIT_ACC]).readings is None


def test_interpolation_is_linear_between_neighbours():
    """Exact values at exact times; before the first rate there is nothing to pair with."""
    pairing = Pairing()
    pairing.add("acc", 0.0, [0.9, 1.0, 1.05, 1.1], [[1.0, 0, 0]] * 4)
    pairing.add("gyr", 0.1, [1.0, 1.1], [[0.0, 0, 0], [1.0, 2.0, -4.0]])
    paired = pairing.take()
    assert paired.time_s.tolist() == [1.0, 1.05, 1.1]
    np.testing.assert_allclose(paired.gyr, [[0, 0, 0], [0.5, 1, -2], [1, 2, -4]], atol=1e-12)
    assert pairing.take() is None


def test_the_arrival_clock_never_goes_back():
    """Whatever the arrivals, times of a stream increase."""
    clock = ArrivalClock(0.01)
    arrivals = [0, 0, 0, 0, 5, 5, 5, 5.001, 5.002, 9, *[9.0] * 200, 9.5]
    times = [t for arrival in arrivals for t in clock.times_s(arrival, 3)]
    assert np.diff(times).min() > 0
