"""How far the sensor is tipped over time, for a person to look at where the program itself recognised nothing.

The specific force, low-passed, points up; of its way over the session the axis with the most of it is shown, from 0 to
100 % between its 2nd and 98th percentile. Most of the time the hips are low, so the side with more time is called low.
Not a measurement: no frame, no sign that means anything in degrees.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.signal import butter, sosfiltfilt

from tracker.core.model import Floats, Samples

LOW_PASS_HZ = 1.5  # a rep takes over a second; impacts and steps are faster
_SHARE = (2, 98)  # percentiles: a cough or a drop must not set the scale
_SHORTEST = 64  # samples; less is no curve, and the filter needs some


def tilt_pct(blocks: Sequence[Samples]) -> tuple[Floats, Floats]:
    """Stream time [s] and tilt [%], both (n,), one point a sample; empty where there is too little to show."""
    nothing: Floats = np.empty(0)
    if sum(map(len, blocks)) < _SHORTEST:
        return nothing, nothing
    t_s = np.concatenate([block.t_s for block in blocks])
    acc = np.concatenate([block.acc_mps2 for block in blocks])
    rate_hz = (len(t_s) - 1) / (t_s[-1] - t_s[0])
    smooth = sosfiltfilt(butter(2, min(LOW_PASS_HZ, 0.4 * rate_hz), fs=rate_hz, output="sos"), acc, axis=0)
    up = smooth / np.maximum(np.linalg.norm(smooth, axis=1, keepdims=True), 1e-6)
    up -= up.mean(axis=0)
    _, _, axes = np.linalg.svd(up.T @ up)
    along = up @ axes[0]
    low, high = np.percentile(along, _SHARE)
    if not high > low:
        return t_s, np.zeros(len(t_s))
    share = np.clip((along - low) / (high - low), 0.0, 1.0)
    return t_s, 100 * (share if np.median(share) <= 0.5 else 1.0 - share)
