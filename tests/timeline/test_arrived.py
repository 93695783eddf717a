"""Sensors that neither number nor stamp: losses found by what does not catch up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.timeline.stream import ARRIVED, everywhere, sent, taken, through
from tracker.core.model import Readings
from tracker.core.runs import Account


def with_jitter(readings: Readings, seed: int, *, interval_s: float = 0.03, jitter_s: float = 0.008) -> Readings:
    """Arrivals at connection events, delayed at random, in order."""
    rng = np.random.default_rng(seed)
    values, places = np.unique(readings.received_s, return_inverse=True)
    late = np.ceil(values / interval_s) * interval_s + rng.exponential(jitter_s, len(values))
    return replace(readings, received_s=np.maximum.accumulate(late)[places])


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), rate_hz=st.floats(98.1, 101.9))
def test_ordinary_arrival_costs_nothing(seed, rate_hz):
    """Ten minutes of jittered arrivals, the claim up to 1.9 % wrong: no loss is seen, no sample goes."""
    outcome = through(with_jitter(sent(60_000, ARRIVED, rate_hz=rate_hz), seed), ARRIVED)
    assert outcome.account == Account()
    assert len(outcome.acc) == 60_000


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), lost_s=st.floats(0.4, 30))
def test_a_loss_is_found_by_what_does_not_catch_up(seed, lost_s):
    """After a silence the samples go on late by what was lost: found to 0.08 s, as a break."""
    lost = int(lost_s * 100)
    readings = with_jitter(taken(sent(2000 + lost, ARRIVED), [*range(1000), *range(1000 + lost, 2000 + lost)]), seed)
    outcome = through(readings, ARRIVED, everywhere(readings, 10))
    assert outcome.account.gap_count == 1
    assert outcome.account.missing_samples == pytest.approx(lost, abs=8)
    assert outcome.breaks[0].duration_s == pytest.approx(lost / 100, abs=0.09)
    assert outcome.numbers.tolist() == readings.acc_mps2[:, 0].tolist()


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), stall_s=st.floats(0.26, 3))
def test_a_stall_that_catches_up_is_no_loss(seed, stall_s):
    """Everything that was held back comes in a burst: nothing is missing, the time runs on."""
    readings = with_jitter(sent(2000, ARRIVED), seed)
    start_s = 8.0
    held = (readings.received_s > start_s) & (readings.received_s < start_s + stall_s)
    readings = replace(readings, received_s=np.where(held, start_s + stall_s, readings.received_s))
    outcome = through(readings, ARRIVED, everywhere(readings, 10))
    assert outcome.account == Account()
    assert outcome.t_s[-1] == pytest.approx(19.99)


def test_a_loss_at_the_very_end_is_found():
    """The readings that still wait when the stream ends are moved like all others."""
    readings = taken(sent(1110, ARRIVED), [*range(1000), *range(1100, 1110)])
    outcome = through(readings, ARRIVED)
    assert outcome.account == Account(missing_samples=100, gap_count=1)
    assert outcome.t_s[-1] == pytest.approx(11.09)


def test_losses_one_after_the_other_add_up():
    """Three dead spots of 2 s, each with 0.2 s of samples between."""
    kept = [*range(1000), *range(1200, 1220), *range(1420, 1440), *range(1640, 3000)]
    outcome = through(taken(sent(3000, ARRIVED), kept), ARRIVED)
    assert outcome.account == Account(missing_samples=600, gap_count=3)
    assert outcome.t_s[-1] == pytest.approx(29.99)


def test_a_silence_before_the_second_packet_is_no_loss():
    """Nothing is known yet that could be missing."""
    readings = sent(800, ARRIVED)
    readings = replace(readings, received_s=readings.received_s + (np.arange(800) >= 10) * 2.0)
    assert through(readings, ARRIVED, warm_up_s=0.2).numbers.tolist() == list(range(800))
