"""What an accelerometer reads at rest: 1 g, or a sign of another unit, range or kind of signal."""

from __future__ import annotations

import numpy as np

from tracker.core.events import Event, StreamWarning
from tracker.core.history import ACC, History
from tracker.core.model import GRAVITY_MPS2

# So much of the first rest is looked at.
FIRST_REST_S = 1.0
# At rest the specific force must be g; outside of this the range or unit is wrong [g].
GRAVITY_LOW, GRAVITY_HIGH = 0.93, 1.07
# What else it may be, by what it reads [g]: 1 / 9.81 and 9.81 are the other unit.
GRAVITY_CAUSES = (
    (0.094, 0.110, "g where m/s2 is expected"),
    (9.1, 10.5, "m/s2 where g is expected"),
    (0.0, 0.3, "linear acceleration without gravity"),
)


def gravity_warnings(history: History, row: int) -> list[Event]:
    """What is amiss with the size of the specific force in the rest that ends with this row; empty if nothing is."""
    rows = max(1, int(FIRST_REST_S * history.rate_hz))
    mean = history.columns(ACC, row + 1 - rows, row + 1).mean(axis=1)
    size_g = float(np.sqrt(mean @ mean)) / GRAVITY_MPS2
    if GRAVITY_LOW <= size_g <= GRAVITY_HIGH:
        return []
    cause = next((cause for low, high, cause in GRAVITY_CAUSES if low <= size_g <= high), "another range or unit")
    says = f"At rest the accelerometer reads {size_g:.2f} g instead of 1: it sends {cause}."
    return [StreamWarning(history.time_s(row), history.time_s(row), "gravity", says)]
