"""The curves of a report: rise and level over time, a point every few rows, whatever the blocks the stream came in.

In: the history and the events as the analysis says them. Out: `CurveTraced`. A row is traced through the calibration
that was known there; what came before the first one waits for it, as far as the history reaches, because without
calibration two reps are known only when the second is complete.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tracker.core import frame
from tracker.core.events import Calibrated, CurveTraced, Event
from tracker.core.history import BLOCK_ROWS, UP, W_Y, History, T, mended_up
from tracker.core.model import Calibration, Floats
from tracker.core.posture import acc_bias, height_pct

# Rows are handed on in stretches of about this length [s]: live, a notification then costs next to nothing.
_STRETCH_S = 1.0


@dataclass(slots=True)
class Tracer:
    """Follows a history; `rate_hz` is the density of points that is wanted, met as nearly as whole rows allow."""

    history: History
    has_gyroscope: bool
    rate_hz: float
    _calibration: Calibration | None = None
    _next: int = 0

    def follow(self, events: Sequence[Event]) -> list[Event]:
        """What can be drawn now, after the analysis said `events` of the newest rows."""
        traced: list[Event] = []
        for event in events:
            if isinstance(event, Calibrated):
                known = self._row_at(event.known_s)
                if self._calibration is None:
                    self._next = max(self._next, self.history.earliest(known))
                else:
                    traced += self._traced(known + 1)
                self._calibration = event.calibration
        if self.history.end - self._next >= _STRETCH_S * self.history.rate_hz:
            traced += self._traced(self.history.end)
        return traced

    def flush(self) -> list[Event]:
        """All that is left: the stream was interrupted here, or is over."""
        return self._traced(self.history.end)

    def _traced(self, stop: int) -> list[Event]:
        if self._calibration is None:
            return []
        step = max(1, round(self.history.rate_hz / self.rate_hz))
        start = max(self._next, self.history.start)
        start += -start % step  # rows that are whole multiples, so that blocks do not show
        self._next = max(self._next, stop)
        if start >= stop:
            return []
        times_s = self.history.column(T, start, stop)[::step].copy()  # the history is written over
        up = self._up(start, stop, step, self._calibration)
        height = height_pct(frame.rise_deg(up, self._calibration), self._calibration)
        level_deg = frame.level_deg(up, self._calibration)
        t_s = float(times_s[-1])
        known_s = self.history.time_s(self.history.end - 1)
        inclination_deg = frame.inclination_deg(up, self._calibration)
        return [CurveTraced(t_s, known_s, times_s, height, level_deg, inclination_deg)]

    def _up(self, start: int, stop: int, step: int, calibration: Calibration) -> Floats:
        bias = acc_bias(calibration, has_gyroscope=self.has_gyroscope)
        rows = self.history.columns(slice(UP.start, W_Y.stop), start, stop)[:, ::step]
        return mended_up(rows.reshape(5, 3, -1), bias)

    def _row_at(self, t_s: float) -> int:
        """The last row that is no later than this, which is the time of one that was added last."""
        first = max(self.history.start, self.history.end - BLOCK_ROWS)
        times_s = self.history.column(T, first, self.history.end)
        return first + max(0, int(np.searchsorted(times_s, t_s, side="right")) - 1)
