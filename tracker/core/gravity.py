"""What an accelerometer reads at rest: 1 g, or a sign of another unit, range or kind of signal.

In another unit or column noise is as large as movement, so that the body never seems to rest: then the middle of what
was read in half a minute tells, which is near 1 g whatever a person does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracker.core.events import Event, StreamWarning
from tracker.core.history import ACC, History, T
from tracker.core.model import GRAVITY_MPS2
from tracker.core.still import still_rows

# So much of the first rest is looked at.
FIRST_REST_S = 1.0
# At rest the specific force must be g; outside of this the range or unit is wrong [g].
GRAVITY_LOW, GRAVITY_HIGH = 0.93, 1.07
# A session begins with lying down, so who has not rested by then may not be able to.
RESTLESS_S = 30.0
# The median of a person who runs, jumps or falls all the time stays inside; another unit does not [g].
RESTLESS_LOW, RESTLESS_HIGH = 0.5, 2.0
# What else it may be, by what it reads [g]: 1 / 9.81 and 9.81 are the other unit.
GRAVITY_CAUSES = (
    (0.094, 0.110, "g where m/s2 is expected"),
    (9.1, 10.5, "m/s2 where g is expected"),
    (0.0, 0.3, "linear acceleration without gravity, or another sensor's numbers"),
)


@dataclass(slots=True)
class GravityCheck:
    """Looks once at the first rest, and once at the row by which there should have been one."""

    _has_looked: bool = False
    _is_settled: bool = False

    def feed(self, history: History, start: int, stop: int) -> list[tuple[int, list[Event]]]:
        """The rows among start:stop at which something is known, and what is amiss there; empty if nothing is."""
        if self._is_settled:
            return []
        rests = still_rows(history, start, stop, FIRST_REST_S)
        rested_at = int(rests[0]) if len(rests) else stop
        found = []
        if not self._has_looked and history.time_s(stop - 1) >= RESTLESS_S:
            late = start + int(np.searchsorted(history.column(T, start, stop), RESTLESS_S))
            self._has_looked = True
            if late < rested_at:
                found.append((late, _restless(history, late)))
                self._is_settled = bool(found[0][1])
        if rested_at < stop and not self._is_settled:
            found.append((rested_at, _at_rest(history, rested_at)))
            self._is_settled = True
        return found


def _at_rest(history: History, row: int) -> list[Event]:
    """Of the rest that ends with this row."""
    rows = max(1, int(FIRST_REST_S * history.rate_hz))
    mean = history.columns(ACC, row + 1 - rows, row + 1).mean(axis=1)
    size_g = float(np.sqrt(mean @ mean)) / GRAVITY_MPS2
    if GRAVITY_LOW <= size_g <= GRAVITY_HIGH:
        return []
    return [_warning(history.time_s(row), f"At rest the accelerometer reads {size_g:.2f} g instead of 1", size_g)]


def _restless(history: History, row: int) -> list[Event]:
    """Of the rows up to this one, without a rest among them."""
    force = history.columns(ACC, history.earliest(row), row + 1)
    size_g = float(np.median(np.sqrt((force * force).sum(axis=0)))) / GRAVITY_MPS2
    if RESTLESS_LOW <= size_g <= RESTLESS_HIGH:
        return []
    says = f"Nothing is ever still, and the accelerometer reads {size_g:.2f} g in the middle instead of about 1"
    return [_warning(history.time_s(row), says, size_g)]


def _warning(t_s: float, says: str, size_g: float) -> Event:
    cause = next((cause for low, high, cause in GRAVITY_CAUSES if low <= size_g <= high), "another range or unit")
    return StreamWarning(t_s, t_s, "gravity", f"{says}: it sends {cause}.")
