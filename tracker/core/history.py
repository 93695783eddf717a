"""The last two minutes of the stream, so that closed windows can be measured and late knowledge applied to them.

One contiguous float column per quantity; rows are addressed by their running index since the first sample, which
never restarts. Half-open ranges throughout.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from tracker.core.model import GRAVITY_MPS2, Floats

# Columns. UP (3): up in the sensor frame; ROW_X, ROW_Y (3 each): the world's horizontal axes in the sensor frame;
# W_X, W_Y (3 each): how an accelerometer offset tilted them (see `orientation`); ACC [m/s2]; GYR [rad/s], offset
# removed; PEAK: largest |specific force| in the interval [m/s2]; FILLED: samples lost and bridged; STILL: rows the
# body has been still up to here, 0 while it moves.
# From where counting has begun, as its calibration sees them: SEEN_UP (3), up with the accelerometer's tilt taken out;
# RISE, LEVEL, INCLINATION [deg].
T = 0
UP = slice(1, 4)
ROW_X = slice(4, 7)
ROW_Y = slice(7, 10)
W_X = slice(10, 13)
W_Y = slice(13, 16)
ACC = slice(16, 19)
GYR = slice(19, 22)
PEAK = 22
FILLED = 23
STILL = 24
WIDTH = 25  # what orientation fills
SEEN_UP = slice(25, 28)
RISE = 28
LEVEL = 29
INCLINATION = 30
_FULL_WIDTH = 31

# Long enough for the slowest rep (15 s up, 30 s hold, 15 s down) and for the first reps of an uncalibrated session.
KEPT_S = 120.0
# Rows are added in blocks of at most so many, so that memory stays flat whatever the source, and what a block costs by
# itself (0.3 ms) is nothing beside its rows.
BLOCK_ROWS = 4096


@dataclass(slots=True)
class History:
    """Grows at the end, is trimmed at the front; `start` and `end` are running indices."""

    rate_hz: float
    start: int = 0
    end: int = 0
    _columns: Floats = field(init=False)
    _offset: int = 0  # the row in the first place of _columns

    def __post_init__(self) -> None:
        self._columns = np.empty((_FULL_WIDTH, 2 * (self.kept + BLOCK_ROWS)))

    @property
    def kept(self) -> int:
        """Rows that are kept at least."""
        return int(KEPT_S * self.rate_hz)

    def append(self, columns: Floats) -> None:
        """Add at most BLOCK_ROWS rows (WIDTH, n)."""
        count = columns.shape[1]
        used = self.end - self._offset
        if used + count > self._columns.shape[1]:
            keep_from = max(self.start, self.end - self.kept - BLOCK_ROWS)
            kept = self._columns[:, keep_from - self._offset : used].copy()
            self._columns[:, : kept.shape[1]] = kept
            self._offset = keep_from
            used = self.end - self._offset
        self._columns[:WIDTH, used : used + count] = columns
        self.end += count

    def clear(self) -> None:
        """Forget all rows (the stream was interrupted); indices run on."""
        self.start = self.end
        self._offset = self.end

    def earliest(self, row: int) -> int:
        """First row that may be asked for when `row` is the newest that is known; independent of batching."""
        return max(self.start, row + 1 - self.kept)

    def fill(self, which: int | slice, start: int, values: Floats) -> None:
        """Set a column (n,) or three (3, n) from row `start` on, of rows that were appended before."""
        first = start - self._offset
        self._columns[which, first : first + values.shape[-1]] = values

    def column(self, which: int, start: int, stop: int) -> Floats:
        """One column, rows start:stop."""
        return self._columns[which, start - self._offset : stop - self._offset]

    def columns(self, which: slice, start: int, stop: int) -> Floats:
        """Three columns (3, n), rows start:stop."""
        return self._columns[which, start - self._offset : stop - self._offset]

    def time_s(self, index: int) -> float:
        """Time of a row."""
        return float(self._columns[T, index - self._offset])

    def corrected_up(self, start: int, stop: int, acc_bias_mps2: tuple[float, float, float]) -> Floats:
        """Up in the sensor frame (3, n), unit vectors, with the tilt of this accelerometer offset taken out."""
        if acc_bias_mps2 == (0.0, 0.0, 0.0):
            return self.columns(UP, start, stop)
        rows = self._columns[UP.start : W_Y.stop, start - self._offset : stop - self._offset]
        return mended_up(rows.reshape(5, 3, -1), acc_bias_mps2)


def mended_up(rows: Floats, acc_bias_mps2: tuple[float, float, float]) -> Floats:
    """Up (3, n) from up, horizontal axes and tilt responses (5, 3, n), for this accelerometer offset."""
    up, row_x, row_y, w_x, w_y = rows
    b0, b1, b2 = (value / GRAVITY_MPS2 for value in acc_bias_mps2)
    tilt_x = w_x[0] * b0 + w_x[1] * b1 + w_x[2] * b2
    tilt_y = w_y[0] * b0 + w_y[1] * b1 + w_y[2] * b2
    mended = up - tilt_x * row_x - tilt_y * row_y
    size = np.sqrt(mended[0] * mended[0] + mended[1] * mended[1] + mended[2] * mended[2])
    return np.asarray(mended / size)
