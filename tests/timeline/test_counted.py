"""Sensors that number their samples: wraps, losses, repeats, swaps, late packets, restarts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.timeline.stream import (
    COUNTED,
    COUNTED_ONLY,
    MICROSECONDS_WRAP_S,
    appended,
    everywhere,
    packets,
    sent,
    taken,
    through,
)
from tracker.core.model import Clock
from tracker.core.runs import Account

BOTH = pytest.mark.parametrize("clock", [COUNTED, COUNTED_ONLY], ids=["clock", "no_clock"])


def without(count: int, *lost: int, size: int = 10) -> np.ndarray:
    """Rows without these packets."""
    return packets(count, *[number for number in range(count // size) if number not in lost])


@BOTH
@pytest.mark.parametrize("first_index", [0, 65530, 65535])
def test_the_counter_is_unwrapped(clock, first_index):
    """A 16-bit counter that runs round, twice in 700 s, leaves no trace."""
    readings = sent(70_000, clock, first_index=first_index)
    outcome = through(readings, clock)
    assert outcome.numbers.tolist() == list(range(70_000))
    assert outcome.account == Account()
    assert np.abs(outcome.t_s - np.arange(70_000) / 100).max() < 1e-6


@pytest.mark.parametrize("wrap_s", [MICROSECONDS_WRAP_S, 2**16 * 1e-3, 10.0])
def test_the_device_clock_is_unwrapped(wrap_s):
    """Clocks of 32 bits of microseconds, 16 bits of milliseconds and of 10 s wrap without a trace."""
    clock = Clock(100.0, 65536, wrap_s)
    outcome = through(sent(3000, clock, first_clock_s=wrap_s - 3.003), clock, range(0, 3000, 10))
    assert outcome.account == Account()
    assert np.abs(outcome.t_s - np.arange(3000) / 100).max() < 1e-6


@pytest.mark.parametrize("rounds", [0.4, 0.6, 1.0, 1.5, 3.7])
@BOTH
def test_a_long_dead_spot_may_hide_rounds_of_the_counter(clock, rounds):
    """The clock, or else the arrival, tells how often the counter ran round while nothing was heard."""
    silent = round(rounds * 65536 / 100) * 100
    whole = sent(silent + 2000, clock)
    outcome = through(taken(whole, [*range(1000), *range(1000 + silent, silent + 2000)]), clock)
    assert outcome.account == Account(missing_samples=silent, gap_count=1)
    assert outcome.breaks[0].missing_samples == silent
    assert outcome.t_s[-1] == pytest.approx((silent + 1999) / 100, abs=1e-6)


@BOTH
@settings(max_examples=60, deadline=None)
@given(lost=st.sets(st.integers(21, 78), max_size=30))
def test_lost_packets_are_missed_to_the_sample(clock, lost):
    """Holes up to 0.25 s are bridged and flagged, longer ones break; the account is exact; nothing else is invented."""
    readings = taken(sent(800, clock), without(800, *lost))
    outcome = through(readings, clock)
    holes = [len(run) for run in np.split(sorted(lost), np.flatnonzero(np.diff(sorted(lost)) > 1) + 1) if len(run)]
    assert outcome.account == Account(missing_samples=10 * len(lost), gap_count=len(holes))
    assert [item.missing_samples for item in outcome.bridges] == [10 * hole for hole in holes if hole <= 2]
    assert [item.missing_samples for item in outcome.breaks] == [10 * hole for hole in holes if hole > 2]
    assert np.count_nonzero(outcome.filled) == sum(10 * hole for hole in holes if hole <= 2)
    assert outcome.numbers.tolist() == readings.acc_mps2[:, 0].tolist()
    assert np.abs(outcome.t_s - outcome.acc[:, 0] / 100).max() < 1e-6  # acc x is a straight line, so bridges hit it


def test_the_longest_bridge_is_a_quarter_of_a_second():
    """25 samples of 100 Hz are bridged, 26 are not."""
    for missing, bridged in ((25, 1), (26, 0)):
        outcome = through(taken(sent(800, COUNTED), [*range(400), *range(400 + missing, 800)]), COUNTED)
        assert (len(outcome.bridges), len(outcome.breaks)) == (bridged, 1 - bridged)


def test_a_bridge_follows_the_slopes_around_it():
    """A tenth of a second of a 3 Hz swing: a fifth of the error of a straight line, at most."""
    seconds = np.arange(800) / 100
    swing = np.sin(2 * np.pi * 3 * seconds)
    readings = replace(sent(800, COUNTED), gyr_radps=np.column_stack([swing, -swing, 0.5 * swing]))
    for start in range(400, 433):
        hole = np.arange(start, start + 10)
        outcome = through(taken(readings, np.setdiff1d(np.arange(800), hole)), COUNTED)
        assert outcome.gyr is not None
        straight = np.interp(hole, [start - 1, start + 10], swing[[start - 1, start + 10]])
        error = np.abs(outcome.gyr[hole, 0] - swing[hole]).max()
        assert error < 0.2 * np.abs(straight - swing[hole]).max() + 0.06
        assert error < 0.15


@pytest.mark.parametrize("rows_after", [1, 2, 40])
@pytest.mark.parametrize("size", [1, 7, 800])
def test_a_row_after_a_hole_waits_for_another_and_is_not_lost(rows_after, size):
    """Whatever came behind the hole comes out, also a single row at the end, in any batches."""
    readings = taken(sent(800, COUNTED), [*range(700), *range(710, 710 + rows_after)])
    outcome = through(readings, COUNTED, range(size, len(readings), size))
    assert outcome.numbers.tolist() == [*range(700), *range(710, 710 + rows_after)]
    assert (len(outcome.bridges), np.count_nonzero(outcome.filled)) == (1, 10)


def test_holes_around_single_rows_are_bridged_one_by_one():
    """Every second packet of one sample is lost: nothing waits for ever, nothing comes twice."""
    kept = [*range(300), *range(300, 340, 2), *range(340, 800)]
    outcome = through(taken(sent(800, COUNTED), kept), COUNTED, range(1, 780))
    assert outcome.numbers.tolist() == kept
    assert outcome.account == Account(missing_samples=20, gap_count=20)


@BOTH
@settings(max_examples=60, deadline=None)
@given(repeated=st.lists(st.tuples(st.integers(0, 79), st.integers(0, 5)), max_size=20))
def test_repeated_packets_are_dropped(clock, repeated):
    """A packet that comes again, at once or up to 0.5 s later, is counted and changes nothing."""
    order = sorted([(number, 0) for number in range(80)] + [(number + later, 1 + number) for number, later in repeated])
    rows = packets(800, *[again - 1 if again else number for number, again in order])
    outcome = through(taken(sent(800, clock), rows), clock)
    assert outcome.numbers.tolist() == list(range(800))
    assert outcome.account == Account(duplicate_samples=10 * len(repeated))


@BOTH
@settings(max_examples=60, deadline=None)
@given(swapped=st.sets(st.integers(1, 39), max_size=20), distance=st.integers(1, 2))
def test_swapped_packets_are_put_in_order(clock, swapped, distance):
    """A packet overtaken by one or two of 0.1 s takes its place, and nothing is counted."""
    order = list(range(82))
    for number in swapped:
        at = 2 * number
        if order[at - 1 : at + 2] == [at - 1, at, at + 1]:
            order[at : at + 2 if distance == 1 else at + 3] = [*order[at + 1 : at + 1 + distance], at]
    order = [number for number in order if number < 80]
    outcome = through(taken(sent(800, clock), packets(800, *order)), clock)
    assert outcome.numbers.tolist() == list(range(800))
    assert outcome.account == Account()


@BOTH
def test_a_packet_given_up_is_late(clock):
    """0.2 s are waited for a missing packet; when it comes after that, it counts as missing and as late."""
    order = [*range(40), 41, 42, 43, 40, *range(44, 80)]
    outcome = through(taken(sent(800, clock), packets(800, *order)), clock)
    assert outcome.account == Account(missing_samples=10, late_samples=10, gap_count=1)
    assert outcome.numbers.tolist() == without(800, 40).tolist()


def test_late_and_repeated_differ():
    """A late packet that comes twice, and a repeated one beside it, are told apart."""
    order = [*range(40), 41, 42, 43, 44, 40, 43, *range(45, 80)]
    outcome = through(taken(sent(800, COUNTED), packets(800, *order)), COUNTED)
    assert outcome.account == Account(missing_samples=10, late_samples=10, duplicate_samples=10, gap_count=1)


@BOTH
@pytest.mark.parametrize("size", [3, 10, 800])
def test_a_stream_may_begin_with_a_swap(clock, size):
    """The first packet overtaken by the second is late, and the stream begins once."""
    readings = taken(sent(800, clock), packets(800, 1, 0, *range(2, 80)))
    outcome = through(readings, clock, everywhere(readings, size), warm_up_s=0.1)
    assert outcome.numbers.tolist() == list(range(10, 800))
    assert outcome.account == Account(late_samples=10)


@pytest.mark.parametrize("uptime_s", [1.5, 3.0, 20.0, 200.0, 2200.0])
@BOTH
def test_a_restarted_sensor_begins_a_new_time_base(clock, uptime_s):
    """Counter and clock back to 0 after any uptime over a second: one reset, one break as long as the silence."""
    before = round(uptime_s * 100)
    readings = appended(sent(before, clock, first_clock_s=0.0), sent(500, clock, first_clock_s=0.0), 2.0)
    outcome = through(readings, clock, [before // 2, before + 5])
    assert outcome.account.clock_resets == 1
    assert len(outcome.acc) == before + 500
    assert outcome.breaks[0].duration_s == pytest.approx(2.0, abs=0.02)
    assert outcome.t_s[-1] == pytest.approx(uptime_s - 0.01 + 2.0 + 4.99, abs=0.03)


@BOTH
def test_a_sensor_that_flags_its_restart_is_believed_within_a_second(clock):
    """Uptime of 0.5 s: unflagged the rows look repeated, flagged they are a new time base."""
    readings = appended(sent(50, clock, first_clock_s=0.0), sent(500, clock, first_clock_s=0.0), 0.5)
    assert through(readings, clock).account.duplicate_samples == 50
    outcome = through(replace(readings, restarted=(50,)), clock)
    assert outcome.account.clock_resets == 1
    assert len(outcome.acc) == 550


def test_a_restart_in_the_second_half_of_the_clock_s_round_is_no_gap():
    """After 50 min, back to 0 looks like 21 min ahead; the arrival tells that it is not."""
    readings = appended(sent(1000, COUNTED, first_index=300_000, first_clock_s=3000.0), sent(500, COUNTED), 1.0)
    outcome = through(readings, COUNTED)
    assert outcome.account.clock_resets == 1
    assert outcome.t_s[-1] == pytest.approx(9.99 + 1.0 + 4.99, abs=0.03)


def test_a_restart_after_a_late_packet_does_not_turn_time_back():
    """The new time base begins after the latest sample, not after the last one that came."""
    before = taken(sent(800, COUNTED), packets(800, *[*range(75), *range(76, 80), 75]))
    outcome = through(appended(before, sent(500, COUNTED), 0.1), COUNTED)
    assert (np.diff(outcome.t_s) > 0).all()
    assert outcome.account.clock_resets == 1
    assert len(outcome.numbers) == 790 + 500


@pytest.mark.parametrize("jump_s", [-400.0, -5.0, -0.7, 0.7, 40.0, 4000.0])
def test_a_clock_that_jumps_alone_begins_a_new_time_base(jump_s):
    """The counter runs on, the clock does not: a reset, and every sample is still there."""
    readings = sent(1000, COUNTED, first_clock_s=500.0)
    assert readings.device_s is not None
    device_s = np.concatenate((readings.device_s[:500], readings.device_s[500:] + jump_s)) % MICROSECONDS_WRAP_S
    outcome = through(replace(readings, device_s=device_s), COUNTED)
    assert outcome.account.clock_resets == 1
    assert outcome.numbers.tolist() == list(range(1000))
    assert outcome.t_s[-1] == pytest.approx(9.99, abs=0.15)


def test_a_clock_reset_in_the_warm_up_does_not_spoil_the_rate():
    """Steps that go back or leap are no sampling."""
    for jump_s in (-400.0, 3000.0):
        readings = sent(1000, COUNTED, first_clock_s=500.0)
        assert readings.device_s is not None
        outcome = through(replace(readings, device_s=readings.device_s + jump_s * (np.arange(1000) >= 100)), COUNTED)
        assert outcome.started is not None
        assert outcome.started.rate_hz == 100.0


def test_stamps_that_overlap_are_pushed_apart():
    """Packets whose stamps are spaced for 100 Hz from a sensor that samples at 120: time still rises, by index."""
    clock = replace(COUNTED, nominal_rate_hz=120.0)
    readings = sent(1200, clock, rate_hz=120.0)
    number = np.arange(1200)
    device_s = 0.25 + number // 10 / 12 + number % 10 * 0.01
    outcome = through(replace(readings, device_s=device_s), clock, everywhere(readings, 10))
    assert np.diff(outcome.t_s).min() > 0.001
    assert outcome.t_s[-1] == pytest.approx(9.99, abs=0.02)
    assert outcome.account == Account()
