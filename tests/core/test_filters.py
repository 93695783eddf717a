"""Filters against SciPy, and in blocks of any size."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import butter, sosfilt, sosfilt_zi, sosfreqz

from tracker.core.filters import HIGHEST_SHARE_OF_RATE, LowPass, zero_phase_band
from tracker.core.model import Floats

NOISE = np.random.default_rng(5).standard_normal((3, 400))
RATES_HZ = st.sampled_from((25.0, 50.0, 52.0, 104.0))


@settings(max_examples=30, deadline=None)
@given(st.floats(0.05, 10.0), RATES_HZ)
def test_low_pass_is_scipys_second_order_butterworth(cutoff_hz: float, rate_hz: float) -> None:
    """The same numbers as SciPy's second-order sections, which cost ten times as much a call."""
    sections = butter(2, cutoff_hz, fs=rate_hz, output="sos")
    rest = sosfilt_zi(sections)[:, None, :] * NOISE[None, :, :1]
    expected = sosfilt(sections, NOISE, axis=1, zi=rest)[0]
    assert LowPass(cutoff_hz, rate_hz).feed(NOISE) == pytest.approx(expected, abs=1e-9)


@given(st.lists(st.integers(1, 60), min_size=1, max_size=12))
def test_blocks_of_any_size_give_the_same_bits(sizes: list[int]) -> None:
    """State is carried, so the cuts do not show."""
    cuts = np.minimum(np.cumsum(sizes), NOISE.shape[1])
    one = LowPass(1.3, 50.0)
    pieces = [one.feed(part) for part in np.split(NOISE, cuts, axis=1) if part.shape[1]]
    assert np.concatenate(pieces, axis=1).tobytes() == LowPass(1.3, 50.0).feed(NOISE).tobytes()


def test_the_first_sample_is_taken_as_the_past() -> None:
    """A constant comes out unchanged from its first sample on: no swing-in from zero."""
    constant = np.full((3, 50), 9.81)
    assert LowPass(0.5, 50.0).feed(constant) == pytest.approx(constant, abs=1e-12)


def test_a_cut_off_above_half_the_rate_becomes_the_highest_possible() -> None:
    """A slow sensor gets the widest filter there is, not an error."""
    highest = LowPass(HIGHEST_SHARE_OF_RATE * 10, 10.0).feed(NOISE)
    assert LowPass(60.0, 10.0).feed(NOISE).tobytes() == highest.tobytes()


def sine(frequency_hz: float, rate_hz: float = 100.0) -> Floats:
    return np.asarray(np.sin(2 * np.pi * frequency_hz * np.arange(0, 10, 1 / rate_hz)))


@pytest.mark.parametrize("frequency_hz", [0.5, 1.0, 3.0, 4.0, 10.0, 20.0])
def test_the_band_passes_with_its_gain_squared_and_no_delay(frequency_hz: float) -> None:
    """Forward and backward: a sine keeps its phase, its size is SciPy's response squared."""
    sections = butter(2, (2.0, 6.0), "bandpass", fs=100.0, output="sos")
    gain = abs(sosfreqz(sections, [frequency_hz], fs=100.0)[1][0]) ** 2
    middle = slice(300, 700)
    out = zero_phase_band(sine(frequency_hz), 2.0, 6.0, 100.0)
    assert out[middle] == pytest.approx(gain * sine(frequency_hz)[middle], abs=0.01)


def test_an_offset_does_not_ring() -> None:
    """A window that starts far from zero, as a gyroscope with an offset does, gives nothing in the band."""
    assert np.abs(zero_phase_band(np.full(200, 300.0), 2.0, 6.0, 50.0)).max() == 0.0


def test_the_band_also_fits_a_slow_sensor() -> None:
    """At 10 Hz the upper edge moves below half the rate."""
    assert np.isfinite(zero_phase_band(NOISE[0], 2.0, 6.0, 10.0)).all()
