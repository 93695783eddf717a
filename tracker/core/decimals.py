"""How finely each number is told: the same in every file and on every page.

Times and velocities 3 decimals (a sample at 200 Hz is 0.005 s), angles, heights, percentages and the rest 2 (sensors
are good to 0.5 deg and 1 cm). The unit at the end of a name says which.
"""

from __future__ import annotations

import math

_THREE_DECIMALS = ("_s", "_mps")


def decimals_of(name: str) -> int:
    """Decimals of the quantity `name`."""
    return 3 if name.endswith(_THREE_DECIMALS) else 2


def rounded(name: str, value: float) -> float | None:
    """A value as it is told; None if it was not measured."""
    return round_to(value, decimals_of(name))


def round_to(value: float, decimals: int) -> float | None:
    """The same with the decimals known; never minus zero."""
    return round(value, decimals) + 0.0 if math.isfinite(value) else None
