"""The person, the bench and where the sensor is worn.

Linkage (sagittal plane): the back pivots on the bench edge at height h_B; the hip centre lies L_t down the back and
d_a in front of it; t is the inclination of the trunk (0 = horizontal). Then

    height of the hip centre   h_B - L_t sin t + d_a cos t
    distance from the bench    L_t cos t + d_a sin t

Frames: pelvis R (right), A (anterior), C (cranial), R x A = C, origin midway between the hip centres.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from tracker.core.model import Floats


@dataclass(frozen=True, slots=True)
class Body:
    """Lengths in m, angles in deg. bottom_deg, top_deg: trunk inclination of this person's two-legged thrust."""

    height_m: float = 1.72  # between the means of adult women and men
    bench_m: float = 0.40  # gym benches are 35-45 cm
    bottom_deg: float = 50.0  # hips a hand's breadth above the floor
    top_deg: float = 1.0  # few people stop exactly at the horizontal: whatever they reach is their zero
    stance_level_deg: float = 0.6  # nobody is exactly symmetric; calibration takes it as level

    @property
    def contact_to_hip_m(self) -> float:
        """L_t: about 0.20 of the body height."""
        return 0.20 * self.height_m

    @property
    def hip_depth_m(self) -> float:
        """d_a: the hip centre lies about 0.055 of the body height in front of the line of the back."""
        return 0.055 * self.height_m

    @property
    def half_hip_width_m(self) -> float:
        """Half the distance between the hip centres: 8.5 cm in a person of 1.72 m (chosen; anatomy gives 8-9 cm)."""
        return 0.0495 * self.height_m

    def hip_height_m(self, trunk_deg: Floats | float) -> Floats:
        """Height of the hip centre above the floor while the back lies on the bench."""
        t = np.radians(trunk_deg)
        return np.asarray(self.bench_m - self.contact_to_hip_m * np.sin(t) + self.hip_depth_m * np.cos(t))

    def hip_forward_m(self, trunk_deg: Floats | float) -> Floats:
        """Horizontal distance of the hip centre from the bench edge."""
        t = np.radians(trunk_deg)
        return np.asarray(self.contact_to_hip_m * np.cos(t) + self.hip_depth_m * np.sin(t))

    def trunk_deg_at_lift(self, fraction: float, offset_m: Floats) -> float:
        """The trunk inclination at which a point of the pelvis has risen by `fraction` of the full thrust."""
        grid = np.linspace(self.top_deg, self.bottom_deg, 500)
        angle = np.radians(grid)
        height = self.hip_height_m(grid) + offset_m[1] * np.cos(angle) + offset_m[2] * np.sin(angle)
        wanted = height[-1] + fraction * (height[0] - height[-1])
        return float(np.interp(wanted, height[::-1], grid[::-1]))


class Site(StrEnum):
    """Where the sensor is worn."""

    SACRUM = "sacrum"
    FRONT = "front"
    LEFT_SIDE = "left_side"
    RIGHT_SIDE = "right_side"


# The sensor in the pelvis frame (R, A, C), in parts of the body height; at the sacrum the skin lies on the line of
# the back. Chosen from a waistband 8-14 cm above the hip centres.
_POSITIONS: dict[Site, tuple[float, float, float]] = {
    Site.SACRUM: (0.0, -0.055, 0.035),
    Site.FRONT: (0.015, 0.055, 0.045),
    Site.LEFT_SIDE: (-0.098, 0.0, 0.030),
    Site.RIGHT_SIDE: (0.098, 0.0, 0.030),
}

# Sensor axes x, y, z as columns in the pelvis frame: y toward the head, z out of the skin.
_NOMINAL: dict[Site, tuple[tuple[float, ...], ...]] = {
    Site.SACRUM: ((1, 0, 0), (0, 0, -1), (0, 1, 0)),
    Site.FRONT: ((-1, 0, 0), (0, 0, 1), (0, 1, 0)),
    Site.LEFT_SIDE: ((0, 0, -1), (-1, 0, 0), (0, 1, 0)),
    Site.RIGHT_SIDE: ((0, 0, 1), (1, 0, 0), (0, 1, 0)),
}


def axis_orientations() -> tuple[Floats, ...]:
    """The 24 ways to put a box with its edges along the axes: rotation matrices (3, 3); the first is none at all."""
    turns = []
    for order in itertools.permutations(range(3)):
        for signs in itertools.product((1.0, -1.0), repeat=3):
            matrix = np.zeros((3, 3))
            matrix[range(3), order] = signs
            if np.linalg.det(matrix) > 0:
                turns.append(matrix)
    return tuple(turns)


@dataclass(frozen=True, slots=True)
class Wear:
    """How the sensor is worn: site, one of 24 box orientations, and a tilt vector (axis times angle) on top."""

    site: Site = Site.SACRUM
    axis_index: int = 0
    tilt_deg: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def position_m(self, body: Body) -> Floats:
        """(3,) the sensor in the pelvis frame."""
        return np.array(_POSITIONS[self.site]) * body.height_m

    def skin_normal(self) -> Floats:
        """(3,) out of the skin, pelvis frame."""
        return np.array(_NOMINAL[self.site], dtype=np.float64)[:, 2]

    def pelvis_from_sensor(self) -> Floats:
        """(3, 3) takes sensor vectors into the pelvis frame."""
        vector = np.radians(np.array(self.tilt_deg))
        angle = float(np.sqrt(vector @ vector))
        x, y, z = vector / angle if angle else vector
        skew = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
        tilt = np.eye(3) + np.sin(angle) * skew + (1 - np.cos(angle)) * (skew @ skew)
        return np.asarray(np.array(_NOMINAL[self.site], dtype=np.float64) @ axis_orientations()[self.axis_index] @ tilt)
