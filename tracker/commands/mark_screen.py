"""The screen of `tracker mark`: the curve of the hips runs past a line, the marks under it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np
from rich.console import Console
from rich.live import Live
from rich.text import Text

from tracker.core.model import Floats, Side
from tracker.scoring.marking import KEY_WORDS, Marking
from tracker.scoring.truth import TrueRep

_AHEAD = 0.3  # share of the curve that is still to come: a top is seen before it is there
_COLUMNS_A_S = 8.0  # a rep of two seconds is 16 columns wide
_ROWS = 8  # of the curve: a partial is told from a rep, and 24 lines have room for the help
_GAP_S = 0.2  # further from the nearest point there is no curve: signal was lost
_FULL_PCT = 110.0  # a little more than the reference, so that a better rep is not cut
_KEY = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|O.)|.", re.DOTALL)
_NAMES = {
    "\x1b[A": "up",
    "\x1b[B": "down",
    "\x1b[C": "right",
    "\x1b[D": "left",
    "\x1bOA": "up",
    "\x1bOB": "down",
    "\x1bOC": "right",
    "\x1bOD": "left",
    "\r": "enter",
    "\n": "enter",
    "\x7f": "backspace",
    "\b": "backspace",
    "\x1b": "escape",
}
_EIGHTHS = " ▁▂▃▄▅▆▇█"


@dataclass(frozen=True, slots=True)
class Curve:
    """Height of the hips [%] over stream time [s], both (n,); what it is, for the screen."""

    t_s: Floats
    height_pct: Floats
    name: str = "height of the hips"

    def at(self, times_s: Floats) -> Floats:
        """The height at these moments; NaN where it is not known."""
        if not len(self.t_s):
            return np.full(len(times_s), np.nan)
        after = np.minimum(np.searchsorted(self.t_s, times_s), len(self.t_s) - 1)
        before = np.maximum(after - 1, 0)
        is_before_nearer = np.abs(times_s - self.t_s[before]) < np.abs(times_s - self.t_s[after])
        nearest = np.where(is_before_nearer, before, after)
        is_known = np.abs(times_s - self.t_s[nearest]) <= _GAP_S
        return np.where(is_known, self.height_pct[nearest], np.nan)


class Screen:
    """The whole terminal, from the start of the block to its end, but for the time the job is stopped."""

    def __init__(self, marking: Marking, curve: Curve) -> None:
        self.is_paused = False
        self._marking = marking
        self._curve = curve
        self._console = Console()
        self._live = self._opened()

    def __enter__(self) -> Screen:
        self._live.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._live.stop()

    def draw(self) -> None:
        """What is there now."""
        if not self.is_paused:
            size = self._console.size
            self._live.update(drawn(self._marking, self._curve, width=size.width, height=size.height), refresh=True)

    def pause(self) -> None:
        """Give the terminal back."""
        self.is_paused = True
        self._live.stop()

    def resume(self) -> None:
        """Take it again; the time in between did not run."""
        self.is_paused = False
        self._live = self._opened()
        self._live.start()

    def _opened(self) -> Live:
        return Live(console=self._console, screen=True, auto_refresh=False)


def key_names(text: str) -> list[str]:
    """What was typed, key by key: letters and signs as they are, the others by name, unknown ones left out."""
    found = []
    for key in _KEY.findall(text):
        name = _NAMES.get(key, "" if key.startswith("\x1b") else key)
        if name:
            found.append(name)
    return found


def drawn(marking: Marking, curve: Curve, *, width: int, height: int) -> Text:
    """The screen as text of at most `height` lines and `width` columns."""
    columns = max(20, width - 4)
    now_column = round(columns * (1 - _AHEAD))
    times_s = marking.now_s + (np.arange(columns) - now_column) / _COLUMNS_A_S
    levels = [_level(height_pct) for height_pct in curve.at(times_s).tolist()]
    text = Text(no_wrap=True, overflow="ellipsis")
    lines: list[tuple[str, str]] = [(_title(marking), "bold"), (curve.name, "dim")]
    for row in reversed(range(_ROWS)):
        cells = [_EIGHTHS[min(max(level - 8 * row, 0), 8)] for level in levels]
        cells[now_column] = "│" if cells[now_column] == " " else cells[now_column]
        lines.append(("".join(cells), ""))
    lines += [
        (_marks(marking, float(times_s[0]), columns, now_column), "bold"),
        ("", ""),
        (marking.message, "bold green"),
        ("", ""),
    ]
    lines += [(f"{keys:>7}  {words}", "dim") for keys, words in KEY_WORDS]
    for line, style in lines[:height]:
        text.append(f"  {line[:columns]}\n" if line else "\n", style=style or None)
    text.rstrip()
    return text


def _title(marking: Marking) -> str:
    leg = f"{marking.side.value.upper()} LEG" if marking.side is not Side.UNKNOWN else "leg not said"
    state = "paused" if marking.is_paused else "at its end: q saves" if marking.is_at_end else f"x{marking.speed:g}"
    return (
        f"{_clock(marking.now_s)} of {_clock(marking.duration_s)}   {len(marking.reps)} reps marked   {leg}   {state}"
    )


def _marks(marking: Marking, first_s: float, columns: int, now_column: int) -> str:
    cells = [" "] * columns
    cells[now_column] = "│"
    for rep in marking.reps:
        column = round((rep.top_s - first_s) * _COLUMNS_A_S)
        if 0 <= column < columns:
            cells[column] = _mark(rep)
    return "".join(cells)


def _mark(rep: TrueRep) -> str:
    """L or R for a rep on that leg, small where it was done badly; triangles where nobody said which leg."""
    letter = rep.side.value[:1]
    if not letter:
        return "△" if rep.is_faulty else "▲"
    return letter if rep.is_faulty else letter.upper()


def _level(height_pct: float) -> int:
    if math.isnan(height_pct):
        return 0
    return round(_ROWS * 8 * min(max(height_pct / _FULL_PCT, 0.02), 1.0))


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{seconds % 60:04.1f}"
