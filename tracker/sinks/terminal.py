"""The live view in a terminal: the count as large as the window allows, where the hips are, and the last cue.

To be read from two metres: few things, large, and never by colour alone.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from typing import NamedTuple

from rich.console import Console
from rich.live import Live
from rich.text import Text

from tracker.controls import help_line
from tracker.core.events import Event
from tracker.core.model import RestKind, Side, Verdict
from tracker.sinks.big_digits import big_number
from tracker.sinks.board import PHASE_WORDS, Board

_SMALLEST_NUMBER = 5  # lines of the smallest digits that are drawn
_BAR_FULL_PCT = 120.0  # the bar goes a little beyond the target, so that the target can be passed
_TARGET_PCT = 100.0
_NOTICE_LINES = 3  # why a calibration was refused, and what to do, on 80 columns
_LOW_BATTERY_PCT = 20  # where the sensor's warning comes as well
_GAUGE_DEG = 15.0  # half width of the level gauge: one and a half times the default fault limit
_STYLES = {
    Verdict.GOOD: "bold black on green",
    Verdict.CAUTION: "bold black on yellow",
    Verdict.FAULT: "bold white on red",
    Verdict.UNSURE: "bold black on cyan",
    Verdict.NOT_MEASURED: "bold",
}
_MARKS = {
    Verdict.GOOD: "✔ ",
    Verdict.CAUTION: "~ ",
    Verdict.FAULT: "✘ ",
    Verdict.UNSURE: "? ",
    Verdict.NOT_MEASURED: "",
}


class LiveView:
    """Draws on the whole terminal from the first event until `close`, which gives the screen back.

    has_keys: somebody reads the keys, so the view says which there are. page_url: where the same is on a page.
    """

    def __init__(
        self, board: Board | None = None, console: Console | None = None, *, has_keys: bool = False, page_url: str = ""
    ) -> None:
        self._console = console or Console()
        self._board = board or Board()
        self._has_keys = has_keys
        self._page_url = page_url
        self._live: Live | None = None
        self._is_paused = False

    def handle(self, events: Sequence[Event]) -> None:
        """Fold the events in and draw."""
        self._board.take(events)
        self._draw()

    def pause(self) -> None:
        """Give the screen back until `resume`; events are still followed."""
        self._is_paused = True
        self._leave()

    def resume(self) -> None:
        """Take the screen again."""
        if self._is_paused:
            self._is_paused = False
            self._draw()

    def close(self) -> None:
        """Give the screen back."""
        self._leave()

    def _draw(self) -> None:
        if self._is_paused:
            return
        if self._live is None:
            self._live = Live(console=self._console, screen=True, auto_refresh=False)
            self._live.start()
        self._live.update(self._drawn(), refresh=True)

    def _leave(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _drawn(self) -> Text:
        size = self._console.size
        return drawn(
            self._board, width=size.width, height=size.height, has_keys=self._has_keys, page_url=self._page_url
        )


class _Row(NamedTuple):
    """A line beside the number. worth: what has less goes first where the window is low."""

    text: str
    style: str
    worth: int


def drawn(board: Board, *, width: int, height: int, has_keys: bool = False, page_url: str = "") -> Text:
    """The screen as text of at most `height` lines and `width` columns; the number takes all the room there is."""
    rows = _rows(board, width=width, has_keys=has_keys, page_url=page_url)
    least = min(_SMALLEST_NUMBER, height - 2)
    for row in sorted(rows, key=lambda row: row.worth):
        if height - 1 - len(rows) < least:
            rows.remove(row)
    middle = _middle(board, width - 4, height - 1 - len(rows))
    lines = [(_title(board), "bold"), *middle, *((row.text, row.style) for row in rows)]
    text = Text(no_wrap=True, overflow="ellipsis")
    for line, style in lines[:height]:
        text.append(line[: width - 3] and "  " + _clipped(line, width - 3), style=style or None)
        text.append("\n")
    text.rstrip()
    return text


def _rows(board: Board, *, width: int, has_keys: bool, page_url: str) -> list[_Row]:
    room = max(10, min(width - 32, 72))  # what label, number and words beside a bar leave
    first, second = _band(board, width)
    band, level = _STYLES[board.rep.verdict], _level_gauge(board.level_deg, room, board.level_good_deg)
    return [
        _Row(_height_bar(board.height_pct, room), "", 5),
        _Row(level, _level_style(board.level_deg, board.level_good_deg), 6),
        _Row(first, band, 7),
        _Row(second, band, 4),
        *(_Row(line, "", 3) for line in _notice(board, width)),
        _Row(_link(board, page_url), _link_style(board), 2 if not _link_style(board) else 8),
        _Row(help_line(width - 3) if has_keys else "Ctrl-C ends the session", "dim", 1),
    ]


def _middle(board: Board, width: int, height: int) -> list[tuple[str, str]]:
    """`height` lines: the number, or the time of a rest, or what to do now, as large as it can be."""
    if board.call:
        lines = [f" {line} " for line in textwrap.wrap(board.call, max(10, width - 2))]
    elif board.is_resting:
        seconds = int(board.rest_s)
        lines = big_number(f"{seconds // 60}:{seconds % 60:02d}", width=width, height=height)
    else:
        letter = f"{board.side.value[:1].upper()} " if board.side is not Side.UNKNOWN else ""
        lines = big_number(f"{letter}{board.count}", width=width, height=height)
    lines = lines[: max(1, height)]
    above = max(0, height - len(lines)) // 2
    below = max(0, height - len(lines) - above)
    return [("", "")] * above + [(line, _middle_style(board)) for line in lines] + [("", "")] * below


def _title(board: Board) -> str:
    side = f"{board.side.value.upper()} LEG" if board.side is not Side.UNKNOWN else "LEG NOT DECLARED"
    set_word = f"set {board.set_number}" if board.set_number else "no set yet"
    target = f", target {board.target_reps}" if board.target_reps else ""
    return f"{side}   {set_word}{target}   {_phase_word(board)}"


def _phase_word(board: Board) -> str:
    if not board.is_resting:
        return PHASE_WORDS.get(board.phase, board.phase)
    if board.is_rest_over:
        return "go"
    what = "switch legs" if board.rest_kind == RestKind.SWITCH else "rest"
    return f"{what}, {board.rest_target_s:.0f} s" if board.rest_target_s else what


def _middle_style(board: Board) -> str:
    if board.call:
        return "bold reverse"
    return "bold green" if board.phase == "top" or board.is_rest_over else "bold"


def _height_bar(height_pct: float, room: int) -> str:
    target = round(room * _TARGET_PCT / _BAR_FULL_PCT)
    filled = 0 if math.isnan(height_pct) else round(room * min(max(height_pct, 0.0), _BAR_FULL_PCT) / _BAR_FULL_PCT)
    bar = "█" * filled + "░" * (room - filled)
    number = "" if math.isnan(height_pct) else f"{height_pct:4.0f} %"
    return f"height {bar[:target]}┃{bar[target:]} {number}"


def _level_gauge(level_deg: float, room: int, good_deg: float) -> str:
    middle = room // 2
    cells = ["·"] * (room + 1)
    for sign in (-1, 1):
        cells[_place(sign * good_deg, middle)] = "|"
    cells[middle] = "┃"
    if math.isnan(level_deg):
        return f"level  {''.join(cells)}"
    cells[_place(level_deg, middle)] = "●"
    high = "right" if level_deg > 0 else "left"
    word = "level" if abs(level_deg) <= good_deg else f"{high} hip high"
    return f"level  {''.join(cells)} {round(level_deg):+3d}° {word}"


def _place(level_deg: float, middle: int) -> int:
    return middle + round(min(max(level_deg / _GAUGE_DEG, -1.0), 1.0) * middle)


def _level_style(level_deg: float, good_deg: float) -> str:
    return "bold yellow" if abs(level_deg) > good_deg else ""


def _band(board: Board, width: int) -> list[str]:
    """The last rep in words, a band of two lines: its colour is seen from far, its sign and words say the same."""
    lines = textwrap.wrap(_MARKS[board.rep.verdict] + board.rep.text, max(10, width - 4))
    return [line.ljust(width - 4) for line in [*lines, "", ""][:2]] if lines else ["", ""]


def _notice(board: Board, width: int) -> list[str]:
    """The last sentence, one line or, where it is long, up to three; nothing where it stands large already."""
    text = "" if board.notice == board.call else board.notice
    return textwrap.wrap(text, max(10, width - 4))[:_NOTICE_LINES] or [""]


def _link(board: Board, page_url: str) -> str:
    if not board.is_link_up:
        return "✘ sensor out of reach"
    battery = "" if board.battery_pct is None else f", battery {board.battery_pct} %"
    page = f"   on the wall: {page_url}" if page_url else ""
    rate = "" if math.isnan(board.rate_hz) else f" {board.rate_hz:.0f} Hz"
    lost = f", {board.missing_samples} samples lost" if board.missing_samples else ""
    return f"sensor connected{rate}{battery}{lost}{page}"


def _link_style(board: Board) -> str:
    if not board.is_link_up:
        return "bold red"
    return "bold yellow" if board.battery_pct is not None and board.battery_pct <= _LOW_BATTERY_PCT else ""


def _clipped(line: str, width: int) -> str:
    return line if len(line) <= width else line[: max(0, width - 1)] + "…"
