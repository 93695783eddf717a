"""Angles from up: definitions, signs over the whole circle, small angles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.synthetic import BOTTOM_DEG, calibration_of, up_of
from tracker.core import frame
from tracker.core.model import Floats


def column(right: float, anterior: float, cranial: float) -> Floats:
    return np.array([[right], [anterior], [cranial]])


@given(st.floats(-89, 89), st.floats(-0.999, 0.999))
def test_inclination_is_the_arcsine_of_the_cranial_part_of_up(inclination_deg: float, share: float) -> None:
    """Inclination is asin(u_C) and level asin(u_R), whatever the other one is."""
    level_deg = share * (90 - abs(inclination_deg))
    up = up_of(np.array([inclination_deg]), level_deg)
    assert frame.inclination_deg(up, calibration_of())[0] == pytest.approx(inclination_deg, abs=1e-6)
    assert frame.level_deg(up, calibration_of())[0] == pytest.approx(level_deg, abs=1e-6)


@given(st.floats(-134.9, 224.9))
def test_rise_runs_round_the_whole_circle(rise_deg: float) -> None:
    """The rise is the turn from the bottom pose in the sagittal plane, from -180 to 180 degrees."""
    angle = np.radians(BOTTOM_DEG - rise_deg)
    expected = (rise_deg + 180) % 360 - 180
    rise = frame.rise_deg(column(0, np.cos(angle), np.sin(angle)), calibration_of())[0]
    assert (rise - expected + 180) % 360 == pytest.approx(180, abs=1e-6)
    assert -180 <= rise <= 180


@pytest.mark.parametrize(("up", "rise_deg"), [((0, 1, 0), 45), ((0, 0, 1), -45), ((0, -1, 0), -135), ((0, 1, 1), 0)])
def test_rise_at_poses_a_person_knows(up: tuple[float, float, float], rise_deg: float) -> None:
    """Full extension is +45 from a bottom of 45 degrees, upright -45, a forward bend -135."""
    assert frame.rise_deg(column(*up), calibration_of())[0] == pytest.approx(rise_deg)


def test_a_length_just_above_one_gives_a_right_angle() -> None:
    """Rounding of a unit vector never makes an angle undefined."""
    long = 1 + 1e-12
    assert frame.inclination_deg(column(0, 0, long), calibration_of())[0] == 90
    assert frame.level_deg(column(-long, 0, 0), calibration_of())[0] == -90


@given(st.floats(1e-7, 180.0), st.floats(0, 360))
def test_the_angle_between_directions_is_exact_also_when_small(angle_deg: float, about_deg: float) -> None:
    """An arccosine would lose a ten-thousandth of a degree; this does not."""
    angle, about = np.radians(angle_deg), np.radians(about_deg)
    up = column(np.sin(angle) * np.cos(about), np.sin(angle) * np.sin(about), np.cos(angle))
    assert frame.angle_from_deg(up, (0.0, 0.0, 1.0))[0] == pytest.approx(angle_deg, rel=1e-6, abs=1e-9)


def test_columns_are_taken_one_by_one() -> None:
    """A block gives the same bits as its rows alone."""
    up = up_of(np.linspace(-60, 80, 37), 3.0)
    for function in (frame.inclination_deg, frame.level_deg, frame.rise_deg):
        whole = function(up, calibration_of())
        single = [function(up[:, row : row + 1], calibration_of())[0] for row in range(37)]
        assert whole.tolist() == single
