"""Sensors that only stamp: unwrapped clocks, repeats, jumps, uneven sampling onto a uniform grid."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.timeline.stream import STAMPED, UNEVEN, appended, everywhere, packets, sent, taken, through
from tracker.core.grid import ON_GRID_PERIODS
from tracker.core.model import Clock, Readings
from tracker.core.runs import Account

BOTH = pytest.mark.parametrize("clock", [STAMPED, UNEVEN], ids=["regular", "uneven"])


def uneven(t_s: np.ndarray, values: np.ndarray) -> Readings:
    """Rows at these times, arriving at once; acc x carries the values."""
    return Readings(t_s + 0.02, np.stack((values, values, np.ones(len(t_s))), axis=1), None, None, t_s)


@pytest.mark.parametrize("wrap_s", [2**32 * 1e-6, 2**32 * 1e-3, 65536 * 0.008, 2**16 * 1e-3])
def test_the_device_clock_is_unwrapped(wrap_s):
    """Microseconds and milliseconds in 32 bits, ticks of 8 ms and milliseconds in 16: wraps leave no trace."""
    clock = Clock(100.0, clock_wrap_s=wrap_s)
    readings = sent(14_000, clock, first_clock_s=wrap_s - 3.003)
    outcome = through(readings, clock, everywhere(readings, 1000))
    assert outcome.account == Account()
    assert np.abs(outcome.t_s - np.arange(14_000) / 100).max() < 1e-5


def test_the_arrival_tells_how_often_the_clock_ran_round():
    """A dead spot of 100 s, half a minute more than a round of 65.536 s."""
    clock = Clock(100.0, clock_wrap_s=65.536)
    outcome = through(taken(sent(12_000, clock), [*range(1000), *range(11_000, 12_000)]), clock)
    assert outcome.t_s[-1] == pytest.approx(119.99)
    assert outcome.account == Account(missing_samples=10_000, gap_count=1)


@BOTH
@settings(max_examples=50, deadline=None)
@given(lost=st.sets(st.integers(21, 78), max_size=20), repeated=st.sets(st.integers(0, 79), max_size=10))
def test_losses_and_repeats_are_counted_to_the_sample(clock, lost, repeated):
    """Holes up to 0.25 s are bridged and flagged, longer ones break, what comes again is dropped."""
    order = [number for number in range(80) if number not in lost]
    order = [number for number in order for _ in range(1 + (number in repeated))]
    outcome = through(taken(sent(800, clock, packet=1), packets(800, *order)), clock)
    holes = [len(run) for run in np.split(sorted(lost), np.flatnonzero(np.diff(sorted(lost)) > 1) + 1) if len(run)]
    again = [number for number in repeated if number not in lost]
    # of a packet that comes again only the last row has the newest stamp; the others lie before it
    assert outcome.account == Account(
        missing_samples=10 * len(lost), gap_count=len(holes), duplicate_samples=len(again), late_samples=9 * len(again)
    )
    assert sum(item.missing_samples for item in outcome.bridges) == sum(10 * hole for hole in holes if hole <= 2)
    assert sum(item.missing_samples for item in outcome.breaks) == sum(10 * hole for hole in holes if hole > 2)
    assert np.abs(outcome.t_s - outcome.acc[:, 0] / 100).max() < 1e-6
    assert len(outcome.acc) == 800 - sum(10 * hole for hole in holes if hole > 2)


@BOTH
def test_bridged_rows_are_flagged_and_no_other(clock):
    """Ten lost samples: the ten rows between, not those on the stamps beside."""
    outcome = through(taken(sent(800, clock, packet=1), [*range(400), *range(410, 800)]), clock)
    assert np.flatnonzero(outcome.filled).tolist() == list(range(400, 410))
    assert outcome.bridges[0].t_s == pytest.approx(3.99)
    assert outcome.bridges[0].duration_s == pytest.approx(0.11)


def test_a_stamp_that_repeats_or_steps_back_is_dropped():
    """Equal stamps are repetitions, stamps up to a second back are late; the rest is unharmed."""
    t_s = np.arange(400) / 100
    t_s[250], t_s[300] = t_s[249], t_s[300] - 0.5
    outcome = through(uneven(t_s, np.arange(400.0)), UNEVEN)
    assert (outcome.account.duplicate_samples, outcome.account.late_samples) == (1, 1)
    assert len(outcome.acc) == 400  # a single missing row is jitter: interpolated, on its place
    assert outcome.acc[:, 0] == pytest.approx(np.arange(400))


@pytest.mark.parametrize("jump_s", [-3000.0, -3.0, 50.0, 2000.0])
def test_a_clock_that_jumps_begins_a_new_time_base(jump_s):
    """Far back, or further ahead than nothing was heard: one reset, no sample lost, time goes on."""
    readings = sent(1000, STAMPED, first_clock_s=3100.0)
    assert readings.device_s is not None
    device_s = readings.device_s + jump_s * (np.arange(1000) >= 500)
    outcome = through(replace(readings, device_s=device_s % (2**32 * 1e-6)), STAMPED)
    assert outcome.account.clock_resets == 1
    assert outcome.acc[:, 0].tolist() == list(range(1000))
    assert outcome.t_s[-1] == pytest.approx(9.99, abs=0.15)


@BOTH
def test_a_restarted_sensor_begins_a_new_time_base(clock):
    """The clock back at 0 after 5 s."""
    outcome = through(appended(sent(500, clock), sent(500, clock), 2.0), clock)
    assert outcome.account.clock_resets == 1
    assert len(outcome.acc) == 1000
    assert (np.diff(outcome.t_s) > 0).all()


def test_a_pause_in_a_file_is_a_gap():
    """Stamps that leap two minutes within one packet of an uneven source are believed."""
    t_s = np.arange(800) / 100 + 120 * (np.arange(800) >= 400)
    readings = replace(uneven(t_s, np.arange(800.0)), received_s=np.full(800, t_s[-1]))
    outcome = through(readings, UNEVEN)
    assert outcome.account == Account(missing_samples=12_000, gap_count=1)
    assert outcome.t_s[-1] == pytest.approx(127.99)


@settings(max_examples=40, deadline=None)
@given(rate_hz=st.floats(20, 420), jitter=st.floats(0, 0.9), motion_hz=st.floats(0.2, 2), seed=st.integers(0, 10**6))
def test_a_sine_sampled_unevenly_comes_out_on_a_uniform_grid(rate_hz, jitter, motion_hz, seed):
    """Within (2 pi f h)^2 / 8 of the amplitude, h the longest step between stamps; the grid is even to 1e-9 s.

    A stamp within 1e-4 periods of the grid passes as it is.
    """
    rng = np.random.default_rng(seed)
    count = int(8 * rate_hz)
    t_s = (np.arange(count) + rng.uniform(0, jitter, count)) / rate_hz
    outcome = through(uneven(t_s, np.sin(2 * np.pi * motion_hz * t_s)), UNEVEN, [count // 3])
    assert outcome.started is not None
    assert outcome.started.rate_hz == pytest.approx(rate_hz, rel=0.03)
    assert np.ptp(np.diff(outcome.t_s)) < 1e-9
    bound = (2 * np.pi * motion_hz * np.diff(t_s).max()) ** 2 / 8 + 2 * np.pi * motion_hz * ON_GRID_PERIODS / rate_hz
    truth = np.sin(2 * np.pi * motion_hz * (outcome.t_s + t_s[0]))
    assert np.abs(outcome.acc[:, 0] - truth).max() <= bound + 1e-9


@settings(max_examples=25, deadline=None)
@given(burst=st.integers(2, 8), seed=st.integers(0, 10**6))
def test_bursts_of_equal_stamps_come_out_even(burst, seed):
    """A phone that stamps bursts alike: the first row of each counts, the rate is that of the bursts."""
    rng = np.random.default_rng(seed)
    count = 8 * 200 // burst * burst
    first_s = (np.arange(count) // burst * burst + rng.uniform(0, 0.3)) / 200
    outcome = through(uneven(first_s, np.sin(2 * np.pi * 0.5 * first_s)), UNEVEN)
    assert outcome.started is not None
    assert outcome.started.rate_hz == pytest.approx(200 / burst, rel=1e-6)
    assert outcome.account == Account(duplicate_samples=count // burst * (burst - 1))
    truth = np.sin(2 * np.pi * 0.5 * (outcome.t_s + first_s[0]))
    assert np.abs(outcome.acc[:, 0] - truth).max() < (np.pi * burst / 200) ** 2 / 8 + 1e-9


def test_holes_are_told_in_their_place():
    """The report of a bridge stands before the rows it brought, as when the stream comes row by row."""
    readings = taken(sent(800, UNEVEN, packet=1), [*range(400), *range(410, 600), *range(650, 800)])
    whole, single = through(readings, UNEVEN), through(readings, UNEVEN, everywhere(readings, 1))
    assert whole.in_order == single.in_order
    assert [type(item).__name__ for item in whole.in_order if not isinstance(item, bytes)] == [
        "Started",
        "Bridged",
        "Break",
    ]
