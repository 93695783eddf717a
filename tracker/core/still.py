"""Still poses: stretches in which the body rests, and what they tell of the accelerometer.

In: the STILL column of the history. Out: `StillPose`s as they end, and the accelerometer error that all of them
together imply: at rest |f| is g, so |f| - g = b . u + s g for every pose (offset b, scale s, up u). Least squares with
a prior (b within 60 mg, s within 1 %: what data sheets promise), so that one pose alone moves the answer little and
standing, sitting, bottom and top together fix what matters: the part of b that lies in the plane of the movement.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from tracker.core.height import AccError
from tracker.core.history import ACC, STILL, History
from tracker.core.model import GRAVITY_MPS2, Floats, Ints

# Stillness is smoothed over 0.2-0.3 s, so motion has begun this long before a still stretch ends.
STILL_LAG_S = 0.35
# Data sheet offsets reach 20-60 mg (one standard deviation taken as 30 mg) and scales 1 %.
BIAS_PRIOR_MPS2 = 0.3
SCALE_PRIOR = 0.01
# Between two sessions of one day an offset drifts by some milli-g with temperature, a scale by some tenths of 1 %.
BIAS_DRIFT_MPS2 = 0.1
SCALE_DRIFT = 0.003
# |f| of a held pose: sway and local gravity (0.3 % = 0.03 m/s2) rather than sensor noise.
POSE_NOISE_MPS2 = 0.03
# At rest a usable accelerometer reads g within some percent; far off it says nothing of its offset.
LEAST_FORCE_G, MOST_FORCE_G = 0.8, 1.2
# Poses are at least half a second long, and questions reach back no further than the history of two minutes.
ANSWERS_KEPT = 256
# A pose is averaged over at most this much of its end: long enough for any noise, and the history holds it.
AVERAGED_S = 10.0


class StillPose(NamedTuple):
    """Rows start:stop (half-open), safely inside the stretch of rest."""

    start: int
    stop: int


@dataclass(slots=True)
class StillPoses:
    """Finds still stretches in consecutive rows."""

    rate_hz: float
    least_s: float
    open_start: int = -1

    def feed(self, history: History, start: int, stop: int) -> list[tuple[int, StillPose]]:
        """Poses that ended in rows start:stop, the late end cut off, long enough; each with the row it ended."""
        is_still = history.column(STILL, start, stop) > 0.5
        edges = np.flatnonzero(np.diff(np.concatenate(([self.open_start >= 0], is_still)).astype(np.int8)))
        ended: list[tuple[int, StillPose]] = []
        for edge in edges.tolist():
            row = start + edge
            if self.open_start < 0:
                self.open_start = row
            else:
                pose = StillPose(self.open_start, row - self.lag)
                if (pose.stop - pose.start) / self.rate_hz >= self.least_s:
                    ended.append((row, pose))
                self.open_start = -1
        return ended

    @property
    def lag(self) -> int:
        """Rows by which the end of a stretch is known too late."""
        return round(STILL_LAG_S * self.rate_hz)

    def reset(self) -> None:
        """The stream was interrupted."""
        self.open_start = -1


def still_rows(history: History, start: int, stop: int, least_s: float) -> Ints:
    """Those of the rows start:stop (n,) at which the body has been still for `least_s`, or for a multiple of it."""
    needed = max(1, int(least_s * history.rate_hz))
    rows = history.column(STILL, start, stop)
    return np.asarray(start + np.flatnonzero((rows > 0) & (rows % needed == 0)))


def still_anew(history: History, start: int, stop: int, least_s: float, since_s: float | None) -> Iterator[int]:
    """Those of these rows that end a rest of `least_s`, or a multiple, begun after `since_s` (None = none)."""
    if since_s is None:
        return
    for row in still_rows(history, start, stop, least_s).tolist():
        began = row + 1 - int(history.column(STILL, row, row + 1)[0])
        if began >= history.earliest(row) and history.time_s(began) > since_s:
            yield row


def mean_force(history: History, pose: StillPose) -> Floats:
    """Mean specific force (3,) [m/s2] over the end of a pose."""
    start = max(pose.start, pose.stop - int(AVERAGED_S * history.rate_hz))
    return np.asarray(history.columns(ACC, start, pose.stop).mean(axis=1))


@dataclass(slots=True)
class AccErrorEstimate:
    """What all still poses so far say of the accelerometer, as of any recent row.

    Recursive least squares over the poses; any number of them costs the same. Answers are kept by the row from which
    they were known, so that a question about an earlier row is not answered with later knowledge.
    """

    _covariance: Floats = field(init=False)
    _answer: Floats = field(default_factory=lambda: np.zeros(4))
    _known: list[tuple[int, AccError]] = field(default_factory=lambda: [(-1, AccError())])

    def __post_init__(self) -> None:
        self._covariance = np.diag([BIAS_PRIOR_MPS2**2] * 3 + [(SCALE_PRIOR * GRAVITY_MPS2) ** 2])

    def learn(self, row: int, force: Floats) -> None:
        """Take the mean specific force (3,) [m/s2] of one more still pose into account, known from `row` on."""
        size = float(np.sqrt(force @ force))
        if not LEAST_FORCE_G < size / GRAVITY_MPS2 < MOST_FORCE_G:
            return  # another unit or range, or gravity taken out: nothing to learn from
        direction = np.ones(4)
        direction[:3] = force / size
        self._observe(direction, size - GRAVITY_MPS2, POSE_NOISE_MPS2)
        self._keep(row)

    def _observe(self, direction: Floats, value: float, noise: float) -> None:
        """Recursive least squares: the covariance and the answer, updated by one observation."""
        reach = self._covariance @ direction
        gain = reach / (noise**2 + float(direction @ reach))
        self._answer = self._answer + gain * (value - float(direction @ self._answer))
        self._covariance = self._covariance - gain[:, None] * reach

    def _keep(self, row: int) -> None:
        b0, b1, b2, scale = self._answer.tolist()
        if len(self._known) > 2 * ANSWERS_KEPT:
            del self._known[:ANSWERS_KEPT]
        self._known.append((row, AccError((b0, b1, b2), scale / GRAVITY_MPS2)))

    def expect(self, known: AccError) -> None:
        """Begin with the offset and scale of an earlier session with this sensor, believed within their drift."""
        values = [*known.bias_mps2, known.scale * GRAVITY_MPS2]
        drifts = [BIAS_DRIFT_MPS2] * 3 + [SCALE_DRIFT * GRAVITY_MPS2]
        for place, (value, drift) in enumerate(zip(values, drifts, strict=True)):
            direction = np.zeros(4)
            direction[place] = 1.0
            self._observe(direction, value, drift)
        self._keep(-1)

    def at(self, row: int) -> AccError:
        """The offset and scale that explain all poses known up to `row` best."""
        place = bisect_right(self._known, row, key=lambda known: known[0])
        return self._known[max(place - 1, 0)][1]
