"""A stream without trouble passes as it is."""

from __future__ import annotations

import numpy as np
import pytest

from tests.timeline.stream import ARRIVED, COUNTED, COUNTED_ONLY, STAMPED, UNEVEN, everywhere, sent, taken, through
from tracker.core.model import Clock
from tracker.core.runs import Account

KINDS = {"counted": COUNTED, "counted_only": COUNTED_ONLY, "stamped": STAMPED, "uneven": UNEVEN, "arrived": ARRIVED}


@pytest.mark.parametrize("rate_hz", [20.0, 50.0, 100.0, 104.0, 416.0])
@pytest.mark.parametrize("kind", KINDS)
def test_every_sample_passes_to_the_bit(kind, rate_hz):
    """Without averaging, values come out identical, times on the sensor's grid, drift correction on, account empty."""
    clock = Clock(rate_hz, KINDS[kind].counter_modulus, KINDS[kind].clock_wrap_s, KINDS[kind].is_regular)
    readings = sent(4000, clock, rate_hz=rate_hz, packet=4)
    outcome = through(readings, clock, clock_error_max=0.015)
    assert outcome.acc.tobytes() == readings.acc_mps2.tobytes()
    assert outcome.gyr is not None
    assert outcome.gyr.tobytes() == np.ascontiguousarray(readings.gyr_radps).tobytes()
    assert np.abs(outcome.t_s - np.arange(4000) / rate_hz).max() < 1e-9
    assert outcome.account == Account()
    assert not outcome.filled.any()


@pytest.mark.parametrize("kind", KINDS)
def test_averages_keep_integrals_and_the_largest_force(kind):
    """Four rows of 200 Hz become one of 50 Hz: sums are kept, the time is the middle, the peak the largest."""
    clock = Clock(200.0, KINDS[kind].counter_modulus, KINDS[kind].clock_wrap_s, KINDS[kind].is_regular)
    readings = sent(2000, clock, rate_hz=200.0)
    outcome = through(readings, clock, everywhere(readings, 7), working_rate_hz=50.0)
    assert outcome.started is not None
    assert outcome.started.output_rate_hz == pytest.approx(50.0, rel=1e-9)
    groups = readings.acc_mps2.reshape(-1, 4, 3)
    assert np.abs(outcome.acc - groups.mean(axis=1)).max() < 1e-9
    assert np.abs(outcome.t_s - (np.arange(500) * 4 + 1.5) / 200).max() < 1e-9
    assert np.allclose(outcome.peak, np.linalg.norm(groups, axis=2).max(axis=1), rtol=1e-12)
    assert np.isclose(outcome.acc.sum() * 4, readings.acc_mps2.sum(), rtol=1e-12)


@pytest.mark.parametrize(("rate_hz", "rows"), [(49.0, 1), (99.0, 1), (99.6, 2), (100.0, 2), (120.0, 2), (416.0, 8)])
def test_the_working_rate_lies_between_once_and_twice_what_is_asked(rate_hz, rows):
    """A rate found as 99.6 Hz averages pairs like 100 Hz does."""
    clock = Clock(rate_hz, 65536)
    outcome = through(sent(900, clock, rate_hz=rate_hz), clock, working_rate_hz=50.0)
    assert outcome.started is not None
    assert outcome.started.output_rate_hz == rate_hz / rows
    assert len(outcome.t_s) == 900 // rows


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [1, 2, 30, 199])
def test_the_end_hands_out_everything(kind, count):
    """A stream shorter than the warm-up, down to one sample, comes out at the end."""
    outcome = through(sent(count, KINDS[kind]), KINDS[kind])
    assert outcome.numbers.tolist() == list(range(count))


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_comes_of_nothing(kind):
    """No readings, or only empty ones: no start, no rows."""
    outcome = through(taken(sent(10, KINDS[kind]), []), KINDS[kind], [0, 0])
    assert outcome.in_order == []


def test_accelerometer_alone_passes():
    """Without a gyroscope the blocks have none, and the start says so."""
    readings = sent(500, COUNTED)
    bare = type(readings)(readings.received_s, readings.acc_mps2, None, readings.counter, readings.device_s)
    outcome = through(bare, COUNTED, everywhere(bare, 9))
    assert outcome.started is not None
    assert not outcome.started.has_gyroscope
    assert outcome.gyr is None
    assert len(outcome.t_s) == 500
