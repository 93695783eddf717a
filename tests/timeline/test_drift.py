"""A sensor clock that runs wrong is put right by the arrivals, and a good one is left alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.timeline.stream import (
    ARRIVED,
    COUNTED,
    COUNTED_ONLY,
    STAMPED,
    UNEVEN,
    Outcome,
    appended,
    everywhere,
    sent,
    taken,
    through,
)
from tracker.core.model import Readings

REGULAR = pytest.mark.parametrize(
    "clock", [COUNTED, STAMPED, COUNTED_ONLY, ARRIVED], ids=["counted", "stamped", "counted_only", "arrived"]
)


def over_radio(readings: Readings, seed: int, *, interval_s: float, jitter_s: float) -> Readings:
    """Connection events, random delays, and packets that a busy host holds for up to a second."""
    rng = np.random.default_rng(seed)
    values, places = np.unique(readings.received_s, return_inverse=True)
    stalls = (rng.random(len(values)) < 0.003) * rng.uniform(0.2, 1.0, len(values))
    late = np.ceil(values / interval_s) * interval_s + rng.exponential(jitter_s, len(values)) + stalls
    return replace(readings, received_s=np.maximum.accumulate(late)[places])


def seconds(outcome: Outcome, from_s: float) -> float:
    """Length of the second that came out against 100 samples, from this time to the end."""
    first = int(np.searchsorted(outcome.t_s, from_s))
    true_s = (outcome.acc[-1, 0] - outcome.acc[first, 0]) / 100
    return float((outcome.t_s[-1] - outcome.t_s[first]) / true_s)


@REGULAR
@pytest.mark.parametrize("clock_error", [-0.01, -0.003, 0.003, 0.01])
def test_a_wrong_second_is_put_right(clock, clock_error):
    """From a minute on, a clock that is 0.3 or 1 % off is right to 0.08 %, over a slow and busy link."""
    true_hz = 100.0 if clock.clock_wrap_s else 100.0 * (1 + clock_error)
    readings = sent(20_000, clock, rate_hz=true_hz, clock_error=clock_error)
    readings = over_radio(readings, 5, interval_s=0.03, jitter_s=0.01)
    outcome = through(readings, clock, clock_error_max=0.015)
    before = through(readings, clock)
    assert seconds(before, 60.0) * true_hz / 100 == pytest.approx(1 + clock_error, abs=1e-3 * 0.5)
    corrected = seconds(outcome, 60.0) * true_hz / 100
    assert corrected == pytest.approx(1.0, abs=8e-4)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    interval_s=st.sampled_from([0.0075, 0.015, 0.03, 0.045, 0.05, 0.1, 0.2]),
    jitter_s=st.floats(0.001, 0.03),
    clock_error=st.floats(-0.0005, 0.0005),
)
def test_a_good_clock_is_never_made_worse(seed, interval_s, jitter_s, clock_error):
    """Over any link, no stretch of two minutes gets a second that is 0.05 % further from the true one."""
    readings = over_radio(
        sent(12_000, COUNTED, clock_error=clock_error), seed, interval_s=interval_s, jitter_s=jitter_s
    )
    outcome = through(readings, COUNTED, clock_error_max=0.015)
    true_s = outcome.acc[:, 0] / 100
    for start in range(0, 12_000, 500):
        second = (outcome.t_s[start + 499] - outcome.t_s[start]) / (true_s[start + 499] - true_s[start])
        assert abs(second - 1) <= abs(clock_error) + 5e-4


@REGULAR
def test_the_first_half_minute_stays_as_the_sensor_says(clock):
    """Nothing is known before, and time is continuous where the correction begins."""
    readings = sent(6000, clock, rate_hz=100.0 if clock.clock_wrap_s else 101.0, clock_error=0.01)
    outcome, before = through(readings, clock, clock_error_max=0.015), through(readings, clock)
    assert outcome.t_s[:3000].tobytes() == before.t_s[:3000].tobytes()
    assert (outcome.t_s[4500:] != before.t_s[4500:]).all()
    assert np.ptp(np.diff(outcome.t_s)) < 3e-4
    assert outcome.acc.tobytes() == before.acc.tobytes()


@REGULAR
@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 10**6), size=st.sampled_from([7, 10, 333, 2500]), working_rate_hz=st.sampled_from([500.0, 25.0])
)
def test_the_correction_does_not_depend_on_batches(clock, seed, size, working_rate_hz):
    """Two minutes with losses, repeats and stalls: the same bits in any batches."""
    rng = np.random.default_rng(seed)
    whole = sent(
        12_000, clock, rate_hz=100.0 if clock.clock_wrap_s else 100.7, clock_error=float(rng.uniform(-0.01, 0.01))
    )
    kept = np.flatnonzero(np.repeat(rng.random(1200) > 0.02, 10))
    readings = over_radio(taken(whole, kept), seed, interval_s=0.05, jitter_s=0.01)
    cuts = everywhere(readings, size)
    one = through(readings, clock, clock_error_max=0.015, working_rate_hz=working_rate_hz)
    two = through(readings, clock, cuts, clock_error_max=0.015, working_rate_hz=working_rate_hz)
    assert one.in_order == two.in_order


@pytest.mark.parametrize("clock_error_max", [0.0, 0.015])
def test_uneven_sources_and_unreal_arrivals_correct_nothing(clock_error_max):
    """A file's arrivals say nothing, nor do those that all come at once or at double speed."""
    readings = sent(12_000, UNEVEN, clock_error=0.01)
    assert seconds(through(readings, UNEVEN, clock_error_max=clock_error_max), 60.0) == pytest.approx(1.01, abs=1e-4)
    for factor in (0.0, 0.5, 2.0):
        counted = sent(12_000, COUNTED)
        played = replace(counted, received_s=counted.received_s * factor)
        outcome = through(played, COUNTED, clock_error_max=clock_error_max)
        assert seconds(outcome, 60.0) == pytest.approx(1.0, abs=1e-9)


def test_a_correction_has_a_limit():
    """A clock 1.8 % off is corrected by the 1.5 % that are allowed."""
    outcome = through(sent(12_000, COUNTED, clock_error=0.018), COUNTED, clock_error_max=0.015)
    assert seconds(outcome, 60.0) == pytest.approx(1.018 * 0.985, abs=2e-4)


def test_a_restart_keeps_what_was_found():
    """After a restart the second stays right, though the offset of the clocks is a new one."""
    first, second = (sent(count, COUNTED, clock_error=0.01) for count in (8000, 12_000))
    outcome = through(appended(first, second, 3.0), COUNTED, clock_error_max=0.015)
    assert outcome.account.clock_resets == 1
    last = outcome.t_s[-12_000:]
    assert np.diff(last[::1000]) == pytest.approx(10.0, rel=8e-4)
    assert outcome.breaks[0].duration_s == pytest.approx(3.0, rel=0.02)


@pytest.mark.parametrize("pause_s", [-20.0, -2.0])
def test_a_host_whose_clock_was_paused_corrects_nothing(pause_s):
    """A laptop that slept while the sensor went on: arrivals fall behind at once, which is no drift."""
    readings = sent(18_000, COUNTED)
    readings = replace(readings, received_s=readings.received_s + pause_s * (np.arange(18_000) >= 9000))
    outcome = through(readings, COUNTED, clock_error_max=0.015)
    assert seconds(outcome, 0.0) == pytest.approx(1.0, abs=1e-6)


def test_gaps_are_measured_in_true_seconds():
    """A break of 20 s on a clock 1 % fast is 20 s long, and lies where the samples around it do."""
    whole = sent(16_000, COUNTED, clock_error=0.01)
    outcome = through(taken(whole, [*range(10_000), *range(12_000, 16_000)]), COUNTED, clock_error_max=0.015)
    (gap,) = outcome.breaks
    assert gap.duration_s == pytest.approx(20.01, rel=8e-4)
    at = int(np.searchsorted(outcome.t_s, gap.t_s))
    assert outcome.t_s[at] == gap.t_s
    assert outcome.t_s[at + 1] == pytest.approx(gap.t_s + gap.duration_s, abs=1e-9)
