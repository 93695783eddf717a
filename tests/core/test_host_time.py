"""Sensor time on the host's clock: drift, restarts, pauses and losses; every bound is about twice what was measured."""

from __future__ import annotations

import numpy as np
import pytest

from tracker.core.host_time import HostClock
from tracker.core.runs import Run

LEAST_DELAY_S = 0.015


def arrivals(true_s, seed=1):
    """Connection events, a least delay and jitter, in order; a stall now and then."""
    rng = np.random.default_rng(seed)
    stalls = (rng.random(len(true_s)) < 0.003) * rng.uniform(0.1, 0.4, len(true_s))
    events = np.ceil(true_s / 0.03) * 0.03
    return np.maximum.accumulate(events + LEAST_DELAY_S + rng.exponential(0.01, len(true_s)) + stalls)


def run_of(t_s, received_s, *, is_reset=False):
    return Run(np.arange(len(t_s)), t_s, received_s, np.zeros((len(t_s), 3)), None, is_reset)


def settled(*runs, is_by_count=False):
    clock = HostClock()
    for run in runs:
        for start in range(0, len(run), 700):
            clock.observe(run.cut(start, start + 700))
    clock.settle(is_by_count=is_by_count)
    return clock


def error_ms(clock, t_s, true_s):
    return 1000 * np.abs(clock.at(t_s) - true_s - LEAST_DELAY_S)


@pytest.mark.parametrize("error", [0.0, 50e-6, -0.01, 0.015])
def test_a_clock_that_runs_wrong_is_put_onto_the_hosts(error):
    """Through jitter, connection intervals and stalls, over half an hour, also for a clock as wrong as clocks get."""
    true_s = np.arange(0.0, 1800.0, 0.02)
    t_s = true_s * (1 + error)
    clock = settled(run_of(t_s, arrivals(true_s)))
    assert error_ms(clock, t_s, true_s).max() < 2.0


def test_after_a_restart_of_the_sensor_an_offset_of_its_own():
    """The time base after a restart begins at a guess: wrong by 0.4 s here, and put right."""
    true_s = np.arange(0.0, 600.0, 0.02)
    first, second = true_s < 300, true_s > 320
    t_s = np.where(second, true_s - 0.4, true_s)
    received_s = arrivals(true_s)
    clock = settled(run_of(t_s[first], received_s[first]), run_of(t_s[second], received_s[second], is_reset=True))
    measured = first | second
    assert error_ms(clock, t_s[measured], true_s[measured]).max() < 4.0


def test_a_pause_of_the_host_begins_a_stretch():
    """The computer slept for 5 s: its clock stood still, the sensor's went on."""
    true_s = np.arange(0.0, 600.0, 0.02)
    host_s = np.where(true_s > 300, true_s - 5.0, true_s)
    received_s = np.where(true_s > 300, arrivals(true_s) - 5.0, arrivals(true_s))
    clock = settled(run_of(true_s, received_s))
    assert np.percentile(error_ms(clock, true_s, host_s), 99) < 4.0


def test_a_sensor_that_only_counts_loses_no_more_than_is_lost_in_ten_seconds():
    """Without losses its count is as good as a clock; with one sample in a thousand lost, some of its periods."""
    true_s = np.arange(0.0, 1800.0, 0.01)
    kept = np.random.default_rng(2).random(len(true_s)) > 0.001
    for came, bound_ms in ((np.ones(len(true_s), dtype=bool), 2.0), (kept, 40.0)):
        t_s = np.arange(came.sum()) * 0.01
        clock = settled(run_of(t_s, arrivals(true_s)[came]), is_by_count=True)
        assert np.percentile(error_ms(clock, t_s, true_s[came]), 95) < bound_ms


def test_little_is_taken_as_it_is():
    """Nothing at all, one sample, one second."""
    assert settled().at(np.array([1.0])).tolist() == [1.0]
    one = settled(run_of(np.array([0.0]), np.array([5.0])))
    assert one.at(np.array([0.0, 0.5])).tolist() == pytest.approx([5.0, 5.5], abs=0.02)
    t_s = np.arange(0.0, 1.0, 0.02)
    second = settled(run_of(t_s, 7.0 + arrivals(t_s)))
    assert second.at(t_s) == pytest.approx(7.0 + LEAST_DELAY_S + t_s, abs=0.05)
