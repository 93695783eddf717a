"""Do gravity and the gyroscope turn together? Axes that are swapped or mirrored, and rates in another unit, show here.

In: samples on the grid. Out: one sentence, once, or nothing. Nothing is mended.

Idea: between two rests the gyroscope alone predicts where gravity goes, du/dt = -w x u, and at the second rest the
accelerometer shows where it went. Linear acceleration does not disturb, because only rests are looked at; the offset
of the gyroscope is what it reads at rest. What the rates would have predicted is computed for all 48 ways to swap and
turn three axes, times three units; where the axes as they are miss by far and others fit, those are told.

Limits: a negation of all three accelerations obeys the same law and can not be found. While everything turns about
one axis only, errors of the other two do not show: of all that fit, the simplest is told. Rests are found by the
accelerometer alone, so that a gyroscope in the wrong unit does not hide them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from itertools import permutations, product
from typing import NamedTuple

import numpy as np

from tracker.core.model import Floats, Samples

_CHUNK_S = 0.5  # a rest this long gives gravity to a degree
_REST_SCATTER = 0.02  # of the specific force: breathing and sway stay below 0.15 m/s2
_LONGEST_TURN_S = 6.0  # a gyroscope's offset that changes by 0.1 deg/s misses by 0.6 degrees
_LEAST_TURN_RAD = np.deg2rad(15.0)  # three times what two rests leave unsure
_TOLERATED_RAD = np.deg2rad(8.0)  # a scale error of 2 % and a box that shifts on the skin miss by 3
_MISSED_RAD = np.deg2rad(14.0)  # most of the least turn: a wrong axis misses by all of it, or by twice as much
_NEEDED = 2  # turns that agree: one could be a knock at the box
_ENOUGH = 8  # good turns, and it is settled
_MOST = 24  # turns looked at, if some fit and others do not: bounds the work of a session

_NAMES = "xyz"


@cache
def _ways() -> tuple[Floats, tuple[str, ...]]:
    """Matrices (m, 3, 3) that turn rates as sent into rates that fit, the simplest first, and each in words."""
    found: list[tuple[int, str, Floats]] = []
    for unit, scale in enumerate((1.0, np.pi / 180, 180 / np.pi)):
        for order in permutations(range(3)):
            for signs in product((1, -1), repeat=3):
                matrix = np.zeros((3, 3))
                matrix[range(3), order] = signs
                changes, words = _simplest(matrix)
                if unit:
                    sizes = (
                        "57 times too large (degrees for radians)"
                        if unit == 1
                        else "57 times too small (radians for degrees)"
                    )
                    words = " and ".join(filter(None, (words, f"the rates are {sizes}")))
                found.append((changes + 4 * (unit > 0), words, matrix * scale))
    found.sort(key=lambda one: one[0])
    return np.array([matrix for _, _, matrix in found]), tuple(words for _, words, _ in found)


def _simplest(matrix: Floats) -> tuple[int, str]:
    """How many axes must be changed, and how, at the gyroscope or at the accelerometer, whichever is less.

    Rates turn as pseudo-vectors: where the matrix is a rotation, it mends the accelerometer too, up to its sign.
    """
    options = [("gyroscope", matrix)]
    if np.linalg.det(matrix) > 0:
        options += [("accelerometer", matrix), ("accelerometer", -matrix)]
    changes, sensor, option = min(
        ((_changed(option), sensor, option) for sensor, option in options), key=lambda one: one[0]
    )
    return changes, _words(sensor, option) if changes else ""


def _changed(matrix: Floats) -> int:
    return int(np.count_nonzero(np.diag(matrix) != 1))


def _words(sensor: str, matrix: Floats) -> str:
    order = np.abs(matrix).argmax(axis=1)
    if (order == np.arange(3)).all():
        turned = [_NAMES[axis] for axis in range(3) if matrix[axis, axis] < 0]
        return f"the {sensor}'s {' and '.join(turned)} {'is' if len(turned) == 1 else 'are'} turned round"
    shown = ", ".join(f"{'-' if matrix[axis].sum() < 0 else ''}{_NAMES[order[axis]]}" for axis in range(3))
    return f"the {sensor}'s axes are in the order {shown}"


class _Turn(NamedTuple):
    """Gravity's direction before and after, and the rates (n, 3) [rad/s] between, without the offset at rest."""

    before: Floats
    rates: Floats
    after: Floats


@dataclass(slots=True)
class AxesCheck:
    """Carries the rows of the chunk at hand, the latest rest and the turning since. is_settled: needs no more."""

    rate_hz: float
    is_settled: bool = False
    _rows: int = field(init=False)
    _acc: list[Floats] = field(default_factory=list)
    _gyr: list[Floats] = field(default_factory=list)
    _pending: int = 0
    _rest: tuple[Floats, Floats] | None = None  # gravity's direction and the gyroscope's offset
    _turning: list[Floats] = field(default_factory=list)  # rates (n, 3) since
    _turns: list[_Turn] = field(default_factory=list)
    _missed: float = 0.0  # squared misses of the axes as sent, summed

    def __post_init__(self) -> None:
        self._rows = max(2, round(_CHUNK_S * self.rate_hz))

    def feed(self, samples: Samples) -> list[tuple[int, str]]:
        """What these rows make known: at which of them, and the sentence. Stops by itself."""
        if self.is_settled or samples.gyr_radps is None:
            return []
        said: list[tuple[int, str]] = []
        start = 0
        while start < len(samples) and not self.is_settled:
            stop = min(len(samples), start + self._rows - self._pending)
            if samples.filled_samples[start:stop].any():
                self.interrupt()
                start = stop
                continue
            self._acc.append(samples.acc_mps2[start:stop])
            self._gyr.append(samples.gyr_radps[start:stop])
            self._pending += stop - start
            if self._pending == self._rows and (sentence := self._chunk()):
                said.append((stop - 1, sentence))
            start = stop
        return said

    def interrupt(self) -> None:
        """Rows are missing: what turned meanwhile is not known."""
        self._acc, self._gyr, self._pending = [], [], 0
        self._rest, self._turning = None, []

    def _chunk(self) -> str:
        acc, gyr = np.concatenate(self._acc), np.concatenate(self._gyr)
        self._acc, self._gyr, self._pending = [], [], 0
        mean = acc.mean(axis=0)
        size = float(np.sqrt((mean * mean).sum()))
        scatter = float(np.sqrt(((acc - mean) ** 2).sum(axis=1).mean()))
        if size == 0 or scatter > _REST_SCATTER * size:
            self._turning.append(gyr)
            if len(self._turning) > _LONGEST_TURN_S / _CHUNK_S:
                self._rest, self._turning = None, []
            return ""
        rest, turning = self._rest, self._turning
        self._rest, self._turning = (mean / size, gyr.mean(axis=0)), []
        if rest is None or not turning:
            return ""
        return self._judged(rest, np.concatenate(turning), self._rest)

    def _judged(self, before: tuple[Floats, Floats], rates: Floats, after: tuple[Floats, Floats]) -> str:
        if float((before[0] * after[0]).sum()) > np.cos(_LEAST_TURN_RAD):
            return ""
        offset = 0.5 * (before[1] + after[1])
        turn = _Turn(before[0], rates - offset, after[0])
        self._turns.append(turn)
        self._missed += float(_misses(turn, np.eye(3)[None], self.rate_hz)[0]) ** 2
        as_sent = (self._missed / len(self._turns)) ** 0.5
        is_good = as_sent < _TOLERATED_RAD
        self.is_settled = len(self._turns) >= (_ENOUGH if is_good else _MOST)
        if len(self._turns) < _NEEDED or as_sent < _MISSED_RAD:
            return ""
        matrices, words = _ways()
        squares = [_misses(turn, matrices, self.rate_hz) ** 2 for turn in self._turns]
        missed = np.sqrt(np.mean(squares, axis=0))
        best = float(missed.min())
        if best > _TOLERATED_RAD:
            return ""
        self.is_settled = True
        likely = words[int(np.flatnonzero(missed <= max(1.5 * best, 0.5 * _TOLERATED_RAD))[0])]
        return (
            "Gravity and gyroscope do not turn together: between rests they miss each other by "
            f"{np.degrees(as_sent):.0f} degrees. They fit if {likely}. "
            "Nothing is changed: mend the sensor's settings or the file."
        )


def _misses(turn: _Turn, matrices: Floats, rate_hz: float) -> Floats:
    """By how much (m,) [rad] each of these ways (m, 3, 3) to read the rates misses where gravity went."""
    angles = -(matrices[:, None] * (turn.rates / rate_hz)[None, :, None, :]).sum(axis=3)  # (m, n, 3): what turns up
    size = np.sqrt((angles * angles).sum(axis=2))[..., None, None]
    x, y, z = np.moveaxis(angles, 2, 0)
    zero = np.zeros_like(x)
    across = np.moveaxis(np.array([[zero, -z, y], [z, zero, -x], [-y, x, zero]]), (0, 1), (2, 3))
    small = np.maximum(size, 1e-12)
    turns = np.eye(3) + np.sin(size) / small * across + (1 - np.cos(size)) / small**2 * (across @ across)
    ups = np.broadcast_to(turn.before[:, None], (len(matrices), 3, 1))
    for row in range(len(turn.rates)):
        ups = turns[:, row] @ ups
    cosines = (ups[..., 0] * turn.after).sum(axis=1)
    return np.asarray(np.arccos(np.clip(cosines, -1.0, 1.0)))
