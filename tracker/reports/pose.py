"""Where the hips were at any moment, from the curves of a session."""

from __future__ import annotations

import numpy as np

from tracker.core.model import Floats
from tracker.page.curves import Curve

COLUMNS = ("height_pct", "level_deg", "inclination_deg")
_HOLE_S = 0.25  # as long as the timeline bridges: over a longer hole nothing is known
_HOLE_STEPS = 3  # or so many steps of a sensor that samples seldom


def pose_at(curve: Curve, t_s: Floats) -> Floats:
    """Height [%], level and inclination [deg] at these moments (n,), as (n, 3); NaN where nothing was traced near."""
    pose = np.full((len(t_s), len(COLUMNS)), np.nan)
    if len(curve.t_s) < 2:
        return pose
    after = np.clip(np.searchsorted(curve.t_s, t_s), 1, len(curve.t_s) - 1)
    step_s = np.diff(curve.t_s)
    hole_s = max(_HOLE_S, _HOLE_STEPS * float(np.median(step_s)))
    is_known = (t_s >= curve.t_s[0]) & (t_s <= curve.t_s[-1]) & (step_s[after - 1] <= hole_s)
    for column, values in enumerate(curve[1:]):
        pose[is_known, column] = np.interp(t_s[is_known], curve.t_s, values)
    return pose
