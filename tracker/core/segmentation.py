"""Rise angle over time -> repetitions: a state machine on the fused angle, with thresholds relative to the person.

In: `rise_deg`, how far the pelvis has turned up from the bottom pose [deg], and its rate [deg/s], on the uniform grid.
Out: `Move`s: the top reached (say the number now), come back by half, and the closed window to be measured.

The machine (drawn in the README from `TRANSITIONS`):
low -> rising when the angle leaves its lowest point by `rise_start_deg`; rising -> top when the rate stayed below
`top_rate_dps` for `top_dwell_s`, or the angle fell `top_fall_deg` from its highest point, and the range is enough;
rising -> lowering when it falls before that (a partial); top -> lowering when it came back by `return_fraction`;
lowering -> low when it rests near the bottom or turns up again. The window closes `SETTLE_S` later or with the next
rise, whichever is first. A hold at the top may last as long as it likes.

Each state looks for its next transition in some hundred rows ahead; extremes and run lengths are carried,
so blocks of any size give the same transitions at the same samples.
Sources: hysteresis counting on fused pitch is the only method that stayed exact on fast reps (own comparison of
filters); back-off numbers are in `RepConfig`.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import median
from typing import NamedTuple

import numpy as np

from tracker.core.config import RepConfig
from tracker.core.model import Bools, Floats, Ints

# A window closes this long after the bottom was reached: enough to see the body at rest for the height integral.
SETTLE_S = 0.5
# The bottom angle follows the body when it rested this long, slower than this.
REBASE_S = 0.4
REBASE_DPS = 4.0
# Resting this long after a small rise is a new bottom pose, not a pause on the way up.
SETTLED_S = 1.0
# Resting within this share of the range above the old bottom is a bottom; higher up only after PAUSE_S.
BOTTOM_SHARE = 0.3
PAUSE_S = 3.0
# A state looks so far ahead at once: a rep has four transitions in about 80 rows, a rest none in thousands.
LOOK_AHEAD_ROWS = 256


class Phase(StrEnum):
    """Where in the movement the lifter is."""

    LOW = "low"
    RISING = "rising"
    TOP = "top"
    LOWERING = "lowering"


TRANSITIONS: tuple[tuple[Phase, str, Phase, str], ...] = (
    (Phase.LOW, "risen by rise_start_deg", Phase.RISING, ""),
    (Phase.RISING, "slow or falling, range enough", Phase.TOP, "count (count_at = top)"),
    (Phase.RISING, "falling, range too small", Phase.LOWERING, ""),
    (Phase.RISING, "longer than longest_rise_s", Phase.LOW, "forget"),
    (Phase.RISING, "settled below a partial", Phase.LOW, "a new bottom"),
    (Phase.TOP, "back by return_fraction", Phase.LOWERING, "count (count_at = bottom)"),
    (Phase.LOWERING, "resting near the bottom, or turned up", Phase.LOW, "close the window"),
    (Phase.LOWERING, "turned up before the bottom, not counted", Phase.RISING, "same attempt"),
)


class TopReached(NamedTuple):
    """The highest point so far is at row `top`, the rise began at row `rise`; it was known at row `known`."""

    rise: int
    top: int
    known: int


class Returned(NamedTuple):
    """A counted movement, its rise begun at row `rise`, came back by half at row `known`."""

    rise: int
    known: int


class RepWindow(NamedTuple):
    """A closed movement, rows: `base` last lowest, `rise` known to rise, `top` highest, `bottom` lowest after.

    stop: rows up to here (half-open) were seen; base_deg: angle at the bottom; range_deg: angle gained;
    is_cut: the stream or the posture ended before the bottom was reached.
    """

    base: int
    rise: int
    top: int
    bottom: int
    stop: int
    base_deg: float
    range_deg: float
    is_counted: bool
    is_cut: bool = False

    @property
    def known(self) -> int:
        """The row at which it closed."""
        return self.stop


Move = TopReached | Returned | RepWindow


@dataclass(slots=True)
class Segmenter:
    """Carries the state between blocks.

    counted_deg, partial_deg: the least range of a rep and of a partial, from the calibration; None = from the running
    median of the reps. A top lies between lowest_top_deg and highest_top_deg.
    """

    config: RepConfig
    rate_hz: float
    counted_deg: float | None
    partial_deg: float | None
    highest_top_deg: float
    lowest_top_deg: float
    phase: Phase = Phase.LOW
    range_deg: float = 0.0
    _row: int = 0
    _base: int = 0
    _base_deg: float = np.inf
    _top: int = 0
    _top_deg: float = 0.0
    _low: int = 0
    _low_deg: float = 0.0
    _is_counted: bool = False
    _rise_row: int = 0
    _closing: RepWindow | None = None
    _closes_at: int = 0
    _ranges: list[float] = field(default_factory=list)
    _usual_range_deg: float = 0.0  # the median of these; 0 = no rep yet
    _last_fast_up: int = -1
    _last_fast_down: int = -1
    _last_moving: int = -1
    _was_open: bool = False  # whether a movement was open before the rows that were fed last
    _flips: list[int] = field(default_factory=list)  # those of them at which one opened or closed, in turn

    def start_at(self, row: int, rise_deg: float) -> None:
        """Begin at a still bottom pose."""
        self._row = self._base = row
        self._base_deg = rise_deg
        self._last_fast_up = self._last_fast_down = self._last_moving = row

    @property
    def dwell_rows(self) -> int:
        """Rows of `top_dwell_s`, to the nearest: rounding up would cost a slow sensor 0.04 s."""
        return max(1, round(self.config.top_dwell_s * self.rate_hz))

    @property
    def has_open_movement(self) -> bool:
        """True between leaving the bottom and closing the window."""
        return self.phase is not Phase.LOW or self._closing is not None

    def calm_from(self, row: int) -> int:
        """The first row from `row` on, of those that were fed last, with no movement open; the row after them if none.

        So whoever feeds many rows at once can still tell what was the case at each of them.
        """
        place = bisect_right(self._flips, row)
        while self._was_open != (place % 2 == 1):
            if place == len(self._flips):
                return self._row
            row = self._flips[place]
            place = bisect_right(self._flips, row)
        return row

    @property
    def is_open_counted(self) -> bool:
        """True while a counted movement is not closed yet."""
        return self._is_counted or (self._closing is not None and self._closing.is_counted)

    @property
    def needed_deg(self) -> float:
        """The least range of a counted rep now."""
        if self.counted_deg is not None:
            return max(self.config.min_range_deg, self.counted_deg)
        return max(self.config.min_range_deg, self.config.counted_fraction * self._usual_range_deg)

    @property
    def noted_deg(self) -> float:
        """The least range of a partial now."""
        least_deg = self.partial_deg
        if least_deg is None:
            least_deg = self.config.partial_fraction * (self._usual_range_deg or self.needed_deg)
        return min(max(self.config.rise_start_deg, least_deg), self.needed_deg)

    def feed(self, rise_deg: Floats, rate_dps: Floats) -> list[Move]:
        """Moves in these rows, in order."""
        first, count = self._row, len(rise_deg)
        self._was_open, self._flips = self.has_open_movement, []
        if not count:
            return []
        rows = np.arange(first, first + count)
        slow_up = _run_length(rows, rate_dps >= self.config.top_rate_dps, self._last_fast_up)
        slow_down = _run_length(rows, rate_dps <= -self.config.top_rate_dps, self._last_fast_down)
        calm = _run_length(rows, np.abs(rate_dps) >= REBASE_DPS, self._last_moving)
        block = _Block(
            first,
            rise_deg,
            has_arrived=slow_up >= self.dwell_rows,
            has_come_down=slow_down >= self.dwell_rows,
            is_paused=slow_down >= PAUSE_S * self.rate_hz,
            has_rested=calm >= REBASE_S * self.rate_hz,
            has_settled=calm >= SETTLED_S * self.rate_hz,
        )
        moves: list[Move] = []
        start = 0
        while start < count:
            match self.phase:
                case Phase.LOW:
                    start += self._feed_low(block, start, moves)
                case Phase.RISING:
                    start += self._feed_rising(block, start, moves)
                case Phase.TOP:
                    start += self._feed_top(block, start, moves)
                case Phase.LOWERING:
                    start += self._feed_lowering(block, start)
        self._row = first + count
        self._last_fast_up = self._row - 1 - int(slow_up[-1])
        self._last_fast_down = self._row - 1 - int(slow_down[-1])
        self._last_moving = self._row - 1 - int(calm[-1])
        return moves

    def interrupt(self) -> list[Move]:
        """Close what can be closed before the stream breaks off or the posture is left."""
        moves: list[Move] = []
        self._close(self._row, moves)
        if self.phase in (Phase.TOP, Phase.LOWERING) and self._is_counted:
            self._closing = self._window(self._row, is_cut=True)
            self._close(self._row, moves)
        self._to_low(self._row, np.inf)
        return moves

    # Each looks ahead from `start` to its next transition, and says how many rows it took in. ----------------------

    def _feed_low(self, block: _Block, start: int, moves: list[Move]) -> int:
        ahead, first = slice(start, start + LOOK_AHEAD_ROWS), block.first + start
        rise = block.rise_deg[ahead]
        gained = rise - np.minimum(np.minimum.accumulate(rise), self._base_deg)
        risen = _first(gained >= self.config.rise_start_deg)
        rested = _first(block.has_rested[ahead] & (gained > 1.0))
        event = min(risen, rested)
        if self._closing is not None:
            closes = min(self._closes_at - first, risen)
            if closes <= min(event, len(rise) - 1):
                self._close(first + closes, moves)
                self._flips.append(first + closes)
        seen = rise[: event + 1]
        lowest = len(seen) - 1 - int(seen[::-1].argmin())  # the last of equal lows: where the next rise begins
        if seen[lowest] <= self._base_deg:
            self._base, self._base_deg = first + lowest, float(seen[lowest])
        if event == len(rise):
            return event
        row = first + event
        if event == risen:
            if self._closing is None:
                self._flips.append(row)
            self.phase = Phase.RISING
            self._rise_row = row
            self._top, self._top_deg = row, float(rise[event])
        else:
            self._base, self._base_deg = row, float(rise[event])
        return event + 1

    def _feed_rising(self, block: _Block, start: int, moves: list[Move]) -> int:
        ahead, first = slice(start, start + LOOK_AHEAD_ROWS), block.first + start
        rise = block.rise_deg[ahead]
        highest = np.maximum(np.maximum.accumulate(rise), self._top_deg)
        gained = highest - self._base_deg
        fallen = highest - rise
        is_turning = block.has_arrived[ahead] | (fallen >= self.config.top_fall_deg)
        is_enough = (gained >= self.needed_deg) & (highest >= self.lowest_top_deg) & (highest <= self.highest_top_deg)
        reached = _first(is_turning & is_enough)
        failed = _first(fallen >= np.maximum(self.config.top_fall_deg, self.config.return_fraction * gained))
        too_long = self._rise_row + int(self.config.longest_rise_s * self.rate_hz) - first
        settled = _first(block.has_settled[ahead] & (gained < self.noted_deg))
        event = min(reached, failed, too_long, settled)
        self._follow_top(first, rise[: event + 1])
        if event >= len(rise):
            return len(rise)
        row = first + event
        if event == reached:
            self.phase = Phase.TOP
            self._is_counted = True
            moves.append(TopReached(self._rise_row, self._top, row))
        elif event == failed:
            self._to_lowering(row, float(rise[event]))
        else:
            self._flips.append(row)
            self._to_low(row, float(rise[event]))
        return event + 1

    def _feed_top(self, block: _Block, start: int, moves: list[Move]) -> int:
        first = block.first + start
        rise = block.rise_deg[start : start + LOOK_AHEAD_ROWS]
        highest = np.maximum(np.maximum.accumulate(rise), self._top_deg)
        event = _first(highest - rise >= self.config.return_fraction * (highest - self._base_deg))
        self._follow_top(first, rise[: event + 1])
        if event == len(rise):
            return event
        self._to_lowering(first + event, float(rise[event]))
        moves.append(Returned(self._rise_row, first + event))
        return event + 1

    def _feed_lowering(self, block: _Block, start: int) -> int:
        ahead, first = slice(start, start + LOOK_AHEAD_ROWS), block.first + start
        rise = block.rise_deg[ahead]
        lowest = np.minimum(np.minimum.accumulate(rise), self._low_deg)
        is_near = lowest - self._base_deg <= BOTTOM_SHARE * self.range_deg
        rested = _first((block.has_come_down[ahead] & is_near) | block.is_paused[ahead])
        turned = _first(rise - lowest >= self.config.rise_start_deg)
        event = min(rested, turned)
        seen = rise[: event + 1]
        low = int(seen.argmin())
        if seen[low] < self._low_deg:  # the first of equal lows, in any batching
            self._low, self._low_deg = first + low, float(seen[low])
        if event == len(rise):
            return event
        row = first + event
        if event == turned and not self._is_counted and self._low_deg - self._base_deg > BOTTOM_SHARE * self.range_deg:
            self.phase = Phase.RISING
            return event + 1
        self._closing = self._window(row)
        self._closes_at = row + int(SETTLE_S * self.rate_hz)
        self._to_low(self._low, self._low_deg)
        return event  # this row may already be the next rise

    def _follow_top(self, first: int, seen: Floats) -> None:
        """The highest of these rows, the first of which is running row `first`."""
        high = int(seen.argmax())
        if seen[high] > self._top_deg:
            self._top, self._top_deg = first + high, float(seen[high])
        self.range_deg = self._top_deg - self._base_deg

    def _to_lowering(self, row: int, rise_deg: float) -> None:
        self.phase = Phase.LOWERING
        self._low, self._low_deg = row, rise_deg

    def _to_low(self, row: int, rise_deg: float) -> None:
        self.phase = Phase.LOW
        self._base, self._base_deg = row, rise_deg
        self._is_counted = False

    def _window(self, stop: int, *, is_cut: bool = False) -> RepWindow:
        return RepWindow(
            self._base,
            self._rise_row,
            self._top,
            self._low if self.phase is Phase.LOWERING else stop - 1,
            stop,
            self._base_deg,
            self.range_deg,
            self._is_counted,
            is_cut,
        )

    def _close(self, row: int, moves: list[Move]) -> None:
        """Hand out the window that waits, seen up to `row`."""
        window, self._closing = self._closing, None
        if window is None:
            return
        if window.is_counted:
            self._ranges = [*self._ranges[-4:], window.range_deg]
            self._usual_range_deg = median(self._ranges)
        elif window.range_deg < self.noted_deg:
            return
        moves.append(window._replace(stop=row))


class _Block(NamedTuple):
    """Rows of the signal (n,) each from running row `first` on, and for how long the rate has been slow by then.

    has_arrived: slow upward for the dwell at the top; has_come_down, is_paused: slow downward for as long, and for a
    pause; has_rested, has_settled: hardly moving for long enough to follow the bottom, and to be a new one.
    """

    first: int
    rise_deg: Floats
    has_arrived: Bools
    has_come_down: Bools
    is_paused: Bools
    has_rested: Bools
    has_settled: Bools


def _run_length(rows: Ints, is_broken: Bools, last_broken: int) -> Ints:
    """Rows since the condition last broke (0 = breaks here), carried over blocks by `last_broken`."""
    marks = np.where(is_broken, rows, last_broken)
    return np.asarray(rows - np.maximum.accumulate(marks))


def _first(condition: Bools) -> int:
    """Position of the first True of at least one, or the length."""
    position = int(condition.argmax())
    return position if condition[position] else len(condition)
