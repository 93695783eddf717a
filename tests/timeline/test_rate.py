"""The rate: the claim where the data agree, else what they say; the same however they come."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.timeline.stream import ARRIVED, COUNTED, COUNTED_ONLY, STAMPED, UNEVEN, everywhere, sent, taken, through
from tracker.core.config import Config
from tracker.core.model import Clock
from tracker.core.rate import found_rate_hz
from tracker.core.readings import part
from tracker.core.timeline import Timeline


@pytest.mark.parametrize("clock", [COUNTED, STAMPED], ids=["counted", "stamped"])
@pytest.mark.parametrize(
    ("rate_hz", "found_hz"),
    [(100.0, 100.0), (100.4, 100.0), (99.6, 100.0), (101.0, 101.0), (26.0, 26.0), (833.0, 833.0)],
)
def test_a_claim_off_by_over_half_a_percent_is_replaced(clock, rate_hz, found_hz):
    """By the rate on the device's clock, which is exact."""
    outcome = through(sent(6000, clock, rate_hz=rate_hz, packet=2), clock)
    assert outcome.started is not None
    assert outcome.started.rate_hz == pytest.approx(found_hz, rel=1e-9)
    assert outcome.started.nominal_rate_hz == 100.0


@pytest.mark.parametrize("clock", [COUNTED_ONLY, ARRIVED], ids=["counted", "arrived"])
@pytest.mark.parametrize(("rate_hz", "found_hz"), [(101.5, 100.0), (98.5, 100.0), (104.0, 104.0), (50.0, 50.0)])
def test_arrivals_replace_a_claim_off_by_over_two_percent(clock, rate_hz, found_hz):
    """They scatter, so they are believed to a percent."""
    outcome = through(sent(3000, clock, rate_hz=rate_hz), clock)
    assert outcome.started is not None
    assert outcome.started.rate_hz == pytest.approx(found_hz, rel=0.01)


@pytest.mark.parametrize("clock", [COUNTED, COUNTED_ONLY, STAMPED], ids=["counted", "no_clock", "stamped"])
def test_losses_and_repeats_in_the_warm_up_do_not_change_the_rate(clock):
    """They are no sampling, on whichever clock."""
    rows = [*range(60), *range(40, 60), *range(80, 1000)]
    outcome = through(taken(sent(1000, clock), rows), clock)
    assert outcome.started is not None
    assert outcome.started.rate_hz == 100.0


@pytest.mark.parametrize("clock", [COUNTED, COUNTED_ONLY, STAMPED, UNEVEN, ARRIVED])
def test_what_says_nothing_leaves_the_claim(clock):
    """One row, equal arrivals, equal stamps."""
    readings = sent(300, clock)
    device_s = None if readings.device_s is None else np.full(300, 5.0)
    flat = replace(readings, received_s=np.full(300, 7.0), device_s=device_s)
    for some in (part(readings, 0, 1), flat):
        assert found_rate_hz(some, clock, Config().timeline) == 100.0


def test_an_absurd_rate_is_not_believed():
    """A sensor that seems 20 times as fast as it claims is one whose stamps are broken."""
    readings = sent(300, STAMPED, rate_hz=5000.0)
    assert found_rate_hz(readings, STAMPED, Config().timeline) == 100.0


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), guesses=st.lists(st.floats(5, 500), min_size=8, max_size=8))
def test_uneven_sources_are_measured_by_their_stamps_alone(seed, guesses):
    """Whatever rate the decoder guesses from the rows it happens to see, rate, grid and start are the same."""
    rng = np.random.default_rng(seed)
    readings = sent(900, UNEVEN)
    readings = replace(readings, device_s=np.sort(np.arange(900) / 100 + rng.uniform(0, 0.012, 900)))
    results = []
    for edges in ([0, 900], [0, 40, 150, 190, 195, 210, 260, 500, 900]):
        timeline = Timeline(Config().timeline, Config().orientation)
        items = []
        for guess_hz, start, stop in zip(guesses, edges, edges[1:], strict=False):
            items += timeline.feed(part(readings, start, stop), Clock(guess_hz, None, np.inf, is_regular=False))
        started, *rest = items + timeline.finish()
        results.append((started, np.concatenate([item.t_s for item in rest]).tobytes()))
    assert results[0] == results[1]


def test_the_warm_up_of_uneven_sources_ends_at_a_stamp():
    """Two seconds of stamps, whatever the number of rows; leaps of the clock do not count as known time."""
    for leap_s in (0.0, 500.0):
        readings = sent(900, UNEVEN, packet=1)
        assert readings.device_s is not None
        readings = replace(readings, device_s=readings.device_s + leap_s * (np.arange(900) >= 3))
        timeline = Timeline(Config().timeline, Config().orientation)
        fed = 0
        while timeline.is_warming_up:
            timeline.feed(part(readings, fed, fed + 1), UNEVEN)
            fed += 1
        assert fed == 201 + (leap_s > 0)


def test_slow_and_fast_warm_ups_agree():
    """Row by row or whole: the rate comes from the first two seconds, not from what came with them."""
    readings = sent(1000, COUNTED, rate_hz=103.0)
    faster = replace(readings, device_s=readings.device_s * np.where(np.arange(1000) < 200, 1, 1.001))  # type: ignore[operator]
    one, two = through(faster, COUNTED), through(faster, COUNTED, everywhere(faster, 1))
    assert one.started == two.started
