"""Height between two rests against rises in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.synthetic import smooth_step
from tracker.core.height import AccError, between_rests, vertical_acceleration, with_ends
from tracker.core.model import GRAVITY_MPS2, Floats

RISES = st.floats(0.01, 0.5)
TIMES_S = st.floats(0.4, 6.0)


def seconds(duration_s: float, rate_hz: float = 100.0) -> Floats:
    return np.linspace(0.0, duration_s, max(round(duration_s * rate_hz), 2) + 1)


def minimum_jerk_acceleration(t_s: Floats, rise_m: float) -> Floats:
    share = t_s / t_s[-1]
    return np.asarray(rise_m / t_s[-1] ** 2 * (60 * share - 180 * share**2 + 120 * share**3))


@given(RISES, TIMES_S)
def test_a_minimum_jerk_rise_comes_back_to_a_tenth_of_a_millimetre(rise_m: float, duration_s: float) -> None:
    """Double integration of two hundred samples of acceleration gives the path they were derived from."""
    t_s = seconds(duration_s, 200 / duration_s)
    track = between_rests(t_s, minimum_jerk_acceleration(t_s, rise_m))
    assert track.height_m[-1] == pytest.approx(rise_m, abs=1e-4)
    assert track.height_m == pytest.approx(rise_m * smooth_step(t_s / duration_s), abs=1e-4)


@given(RISES, TIMES_S)
def test_constant_acceleration_then_deceleration_rises_by_a_quarter_a_t_squared(rise_m: float, time_s: float) -> None:
    """Half the time up with +a and half with -a rises a T^2 / 4, at most a T / 2 fast."""
    t_s = seconds(time_s, 1000.0)
    push = 4 * rise_m / time_s**2
    track = between_rests(t_s, np.where(t_s < time_s / 2, push, -push))
    assert track.height_m[-1] == pytest.approx(rise_m, rel=0.01)
    assert track.velocity_mps.max() == pytest.approx(push * time_s / 2, rel=0.02)


@given(RISES, TIMES_S, st.floats(-0.6, 0.6))
def test_a_constant_error_of_the_acceleration_costs_nothing(rise_m: float, time_s: float, error_mps2: float) -> None:
    """60 mg of offset along an unchanging up vanish between two rests."""
    t_s = seconds(time_s)
    acceleration = minimum_jerk_acceleration(t_s, rise_m)
    clean, biased = between_rests(t_s, acceleration), between_rests(t_s, acceleration + error_mps2)
    assert biased.height_m == pytest.approx(clean.height_m, abs=1e-9)


def test_an_error_that_turns_with_the_body_costs_what_its_change_integrates_to() -> None:
    """An error that grows linearly by d along the way costs d T^2 / 12: what is left of the offset as up turns."""
    t_s = seconds(2.0)
    drift = 0.3 * t_s / 2.0
    cost_m = between_rests(t_s, drift).height_m[-1]
    assert cost_m == pytest.approx(-0.3 * 2.0**2 / 12, rel=1e-3)


@given(st.floats(-0.4, 0.4), st.floats(-0.4, 0.4), TIMES_S)
def test_known_end_velocities_are_put_in(first_mps: float, last_mps: float, duration_s: float) -> None:
    """Uniform acceleration between two velocities: height is their mean times the time, exactly."""
    t_s = seconds(duration_s)
    acceleration = np.full(len(t_s), (last_mps - first_mps) / duration_s)
    track = with_ends(between_rests(t_s, acceleration), (first_mps, last_mps))
    assert track.velocity_mps[[0, -1]].tolist() == pytest.approx([first_mps, last_mps])
    assert track.height_m[-1] == pytest.approx(0.5 * (first_mps + last_mps) * duration_s, abs=1e-9)


def test_without_end_velocities_a_cut_through_motion_is_wrong_by_centimetres() -> None:
    """Ignoring 0.05 m/s at one end of a second costs 2.5 cm: the reason for `with_ends`."""
    t_s = seconds(1.0)
    acceleration = np.full(len(t_s), 0.05)
    as_if_at_rest = between_rests(t_s, acceleration)
    assert as_if_at_rest.height_m[-1] == pytest.approx(0.0, abs=1e-12)
    assert with_ends(as_if_at_rest, (0.0, 0.05)).height_m[-1] == pytest.approx(0.025)


def test_a_single_sample_has_no_height() -> None:
    """Nothing to integrate is height zero, not an error."""
    track = between_rests(np.array([3.0]), np.array([1.0]))
    assert track.height_m.tolist() == [0.0]
    assert track.velocity_mps.tolist() == [0.0]


@given(
    st.tuples(st.floats(-0.6, 0.6), st.floats(-0.6, 0.6), st.floats(-0.6, 0.6)),
    st.floats(-0.02, 0.02),
    st.floats(-5, 5),
)
def test_offset_and_scale_are_taken_out(bias: tuple[float, float, float], scale: float, true_mps2: float) -> None:
    """reading = true (1 + scale) + bias, turned back, gives the acceleration along up."""
    up = np.array([[0.6], [0.0], [0.8]])
    reading = up * (GRAVITY_MPS2 + true_mps2) * (1 + scale) + np.array(bias)[:, None]
    assert vertical_acceleration(reading, up, AccError(bias, scale))[0] == pytest.approx(true_mps2, abs=1e-9)
