"""The law: what comes out, to the bit and in which order, does not depend on how the readings were batched."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.timeline.stream import ARRIVED, COUNTED, COUNTED_ONLY, STAMPED, UNEVEN, everywhere, sent, taken, through
from tracker.core.config import Config
from tracker.core.model import Clock, Readings
from tracker.core.timeline import Timeline

KINDS = {"counted": COUNTED, "counted_only": COUNTED_ONLY, "stamped": STAMPED, "uneven": UNEVEN, "arrived": ARRIVED}


def _troubled(clock: Clock, seed: int) -> Readings:
    """Six seconds with losses, repeats, swaps, stalls, jittering, equal and jumping stamps, restarts."""
    rng = np.random.default_rng(seed)
    count = 600
    whole = sent(
        count, clock, packet=5, first_index=int(rng.integers(65536)), first_clock_s=float(rng.uniform(0, 4290))
    )
    order = np.arange(count // 5)
    order = order[rng.random(len(order)) > rng.choice([0, 0.05, 0.4])]
    place = order + rng.choice([0, 0, 0, 1.5, 7.5, 40], len(order)) * (rng.random(len(order)) < 0.1)
    order = order[np.argsort(place, kind="stable")]
    order = np.repeat(order, 1 + (rng.random(len(order)) < 0.05))
    readings = taken(whole, (order[:, None] * 5 + np.arange(5)).ravel())
    stalls = np.cumsum(rng.choice([0, 0.3, 2.0], len(readings), p=[0.99, 0.007, 0.003]))
    device_s, counter = readings.device_s, readings.counter
    if device_s is not None and rng.random() < 0.5:
        device_s = device_s + rng.choice([0, 0.004, 0.02], len(device_s))
        device_s = np.where(
            rng.random(len(device_s)) < 0.01, device_s + rng.choice([-7, 5, 900], len(device_s)), device_s
        )
    if rng.random() < 0.5:
        at = int(rng.integers(len(readings)))
        if device_s is not None:
            device_s = np.concatenate((device_s[:at], device_s[at:] - device_s[at] + 0.1))
        if counter is not None:
            counter = np.concatenate((counter[:at], (counter[at:] - counter[at]) % 65536))
    flagged = tuple(np.flatnonzero(rng.random(len(readings)) < 0.01).tolist())
    return Readings(
        readings.received_s + stalls, readings.acc_mps2, readings.gyr_radps, counter, device_s, restarted=flagged
    )


@pytest.mark.parametrize("working_rate_hz", [500.0, 30.0])
@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), cuts=st.lists(st.integers(0, 599), max_size=40))
def test_any_batches_give_the_same_bits_in_the_same_order(kind, working_rate_hz, seed, cuts):
    """Whole, in packets and in random chunks (empty ones too): the same stream and account, however troubled."""
    clock = KINDS[kind]
    readings = _troubled(clock, seed)
    cuts = sorted(min(cut, len(readings)) for cut in cuts)
    whole = through(readings, clock, working_rate_hz=working_rate_hz, clock_error_max=0.015)
    for some in (cuts, everywhere(readings, 5)):
        other = through(readings, clock, some, working_rate_hz=working_rate_hz, clock_error_max=0.015)
        assert other.in_order == whole.in_order
        assert other.account == whole.account


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_time_never_runs_backwards(kind, seed):
    """Whatever goes wrong with counter, clock and order, every row is later than the one before."""
    outcome = through(_troubled(KINDS[kind], seed), KINDS[kind], clock_error_max=0.015)
    assert (np.diff(outcome.t_s) > 0).all()
    assert all(item.duration_s > 0 for item in outcome.breaks + outcome.bridges)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_garbage_never_raises(kind, data):
    """Random counters, stamps and arrivals: something comes out or nothing, but no exception and nothing endless."""
    count = data.draw(st.integers(0, 60))

    def column(values: st.SearchStrategy[float]) -> np.ndarray:
        return np.array(data.draw(st.lists(values, min_size=count, max_size=count)), dtype=float)

    clock = KINDS[kind]
    times = st.one_of(st.floats(-1e12, 1e12), st.floats(0, 3))
    counter = column(st.integers(-(2**40), 2**40)).astype(np.int64) if clock.counter_modulus else None
    device_s = column(times) if clock.clock_wrap_s else None
    readings = Readings(column(times), np.zeros((count, 3)), None, counter, device_s)
    cuts = sorted(data.draw(st.lists(st.integers(0, count), max_size=5)))
    outcome = through(readings, clock, cuts, clock_error_max=0.015, warm_up_s=0.2)
    assert len(outcome.t_s) <= 2501 * count  # a quarter of a second at the fastest rate, each


@pytest.mark.parametrize("kind", KINDS)
def test_saturated_samples_are_counted_once(kind):
    """Also while the first readings are held back and joined."""
    readings = sent(400, KINDS[kind])
    whole = Readings(readings.received_s, readings.acc_mps2, readings.gyr_radps, readings.counter, readings.device_s, 7)
    timeline = Timeline(Config().timeline, Config().orientation)
    for _ in range(3):
        timeline.feed(whole, KINDS[kind])
    assert timeline.account.saturated_samples == 21


@pytest.mark.parametrize("seed", range(8))
def test_packets_that_came_together_in_any_order_correct_the_clock_alike(seed):
    """A minute of a clock that is 1 % off; in one connection event packets come in any order."""
    rng = np.random.default_rng(seed)
    whole = sent(6000, COUNTED, packet=5, clock_error=0.01)
    overtaken = np.argsort(np.arange(1200) + rng.uniform(0, 2.5, 1200))
    readings = taken(whole, (overtaken[:, None] * 5 + np.arange(5)).ravel())
    readings = replace(readings, received_s=np.ceil(readings.received_s / 0.1) * 0.1)
    outcome = through(readings, COUNTED, clock_error_max=0.015)
    assert through(readings, COUNTED, everywhere(readings, 5), clock_error_max=0.015).in_order == outcome.in_order
    assert outcome.t_s[-1] < 60.0 * 1.008
