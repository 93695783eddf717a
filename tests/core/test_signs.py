"""The signs: a movement of the body -> the sign of a number, however the sensor is worn.

| movement | number | sign |
|---|---|---|
| the right hip goes up | level | + |
| the shoulders are above the hips | inclination | + |
| going down from the top | inclination | grows |
| going up from the bottom | rise, lift | + |
| the free hip hangs, right leg working | level, free side drop | +, + |
| the free hip hangs, left leg working | level, free side drop | -, + |
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from tests.core.simulated import calm, play, reps_of
from tests.core.synthetic import Leg, history_of, path, poses_of, up_of
from tracker.core import frame
from tracker.core.calibration import HoldCalibrator
from tracker.core.config import Config
from tracker.core.height import AccError
from tracker.core.model import Calibration, Floats, Side
from tracker.sources.simulator import Fault, SetPlan, Site, Wear

THRUST: tuple[Leg, ...] = ((1.5, 45), (2.2, 45), (2, 0), (2.2, 0))
SITES = tuple(Site)
RIGHT_HIP_UP, LEVEL, LEFT_HIP_UP = 10.0, 0.0, -10.0


def tilts_deg(seed: int) -> tuple[float, float, float]:
    """Up to 20 degrees about any axis."""
    rng = np.random.default_rng(seed)
    vector = rng.standard_normal(3)
    x, y, z = (vector * rng.uniform(0, 20) / np.linalg.norm(vector)).tolist()
    return x, y, z


@cache
def worn(site: Site, axis_index: int) -> tuple[Floats, Calibration]:
    """Sensor axes from pelvis axes, and the frame that two thrusts show."""
    mounting = Wear(site, axis_index, tilts_deg(axis_index)).pelvis_from_sensor().T
    history = history_of(path((2.2, 0), *THRUST, *THRUST), mounting=mounting)
    calibrator = HoldCalibrator(Config().calibration, has_gyroscope=True)
    found = [calibrator.add(history, pose, AccError()) for pose in poses_of(history)][-1]
    assert isinstance(found, Calibration)
    return mounting, found


every_wearing = pytest.mark.parametrize(
    ("site", "axis_index"), [(site, index) for site in SITES for index in range(24)], ids=str
)


@every_wearing
def test_the_frame_is_that_of_the_pelvis(site: Site, axis_index: int) -> None:
    """R, A and C are found in sensor axes, each within a tenth of a degree."""
    mounting, found = worn(site, axis_index)
    axes = np.array([found.right, found.anterior, found.cranial])
    assert axes == pytest.approx(mounting.T, abs=0.002)


@every_wearing
def test_level_is_positive_when_the_right_hip_is_higher(site: Site, axis_index: int) -> None:
    """At the top and on the way."""
    mounting, found = worn(site, axis_index)
    for inclination_deg in (0.0, 20.0):
        for right_hip_deg in (RIGHT_HIP_UP, LEVEL, LEFT_HIP_UP):
            up = mounting @ up_of(np.array([inclination_deg]), right_hip_deg)
            assert frame.level_deg(up, found)[0] == pytest.approx(right_hip_deg, abs=0.15)


@every_wearing
def test_inclination_is_positive_when_the_shoulders_are_above_the_hips(site: Site, axis_index: int) -> None:
    """+90 upright, 0 at full extension, negative beyond it; the rise counts the other way from the bottom."""
    mounting, found = worn(site, axis_index)
    inclination = np.array([89.0, 45.0, 10.0, 0.0, -8.0])
    up = mounting @ up_of(inclination)
    assert frame.inclination_deg(up, found) == pytest.approx(inclination, abs=0.15)
    assert frame.rise_deg(up, found) == pytest.approx(45.0 - inclination, abs=0.15)


@pytest.mark.parametrize("axis_index", range(24))
def test_the_simulated_lifter_drops_the_free_hip_on_either_side(axis_index: int) -> None:
    """Through the whole engine: drop + for both legs, level - for the left and + for the right, lift +."""
    scenario = calm(
        SetPlan(Side.LEFT, ((Fault.TILTED,),)),
        SetPlan(Side.RIGHT, ((Fault.TILTED,),)),
        wear=Wear(SITES[axis_index % 4], axis_index, tilts_deg(axis_index)),
    )
    left, right = reps_of(play(scenario))
    assert (left.side, right.side) == (Side.LEFT, Side.RIGHT)
    assert left.rep.level_top_deg < -10 < 10 < right.rep.level_top_deg
    for judged in (left, right):
        assert judged.rep.free_side_drop_deg(judged.side) == pytest.approx(13.5, abs=3)
        assert judged.rep.lift_cm > 10 or not judged.rep.lift_is_trusted
        assert judged.rep.range_deg > 30
