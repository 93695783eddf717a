"""Who shows a session while it runs: terminal, page, plain or JSON lines; and how often they want to know."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import click

from tracker.controls import Tell, help_line
from tracker.errors import TrackerError
from tracker.sinks import Sink
from tracker.sources.keyboard import has_keyboard, keyboard

if TYPE_CHECKING:
    from tracker.commands.watching import Watching
    from tracker.core.config import Config
    from tracker.header import Header
    from tracker.run import Tap
    from tracker.sinks.bell import Bell
    from tracker.sinks.lsl import LslOutlets
    from tracker.sinks.terminal import LiveView
    from tracker.sinks.web import WebScreen

_NO_CURSOR = ("dumb", "unknown")  # terminals that only print lines: editors, serial consoles
PAGE_RATE_HZ = 30.0  # smooth on every screen
TERMINAL_RATE_HZ = 12.0  # smooth to the eye, and a terminal draws it in a tenth of the time


@dataclass(frozen=True, slots=True)
class Screens:
    """The sinks, and what they ask of the engine. view: what is drawn on the terminal. page: the one on the wall.

    taps: who wants the inputs themselves.
    """

    sinks: list[Sink] = field(default_factory=list)
    view: LiveView | None = None
    page: WebScreen | None = None
    pace: float = 1.0
    taps: list[Tap] = field(default_factory=list)

    def with_outlets(self, outlets: LslOutlets) -> Screens:
        """These and the streams of a laboratory."""
        return replace(self, sinks=[*self.sinks, outlets], taps=[*self.taps, outlets.see])

    @property
    def is_view(self) -> bool:
        """True while the terminal is drawn on."""
        return self.view is not None

    @property
    def pose_rate_hz(self) -> float:
        """How often to say where the hips are, in stream time."""
        wall_hz = PAGE_RATE_HZ if self.page is not None else TERMINAL_RATE_HZ if self.is_view else 0.0
        return wall_hz / self.pace

    @contextmanager
    def listening(self, tell: Tell) -> Iterator[None]:
        """Inside, in the session's loop, what is pressed here or tapped on a page is told to the session."""
        if self.page is not None:
            self.page.listen(tell)
        if self.view is None and has_keyboard():
            _say_on_stderr(f"Keys: {help_line()}")
        with keyboard(tell, self.view):
            yield


def screens_for(
    header: Header,
    watching: Watching,
    *,
    title: str,
    as_json: bool,
    is_paced: bool = True,
    pace: float = 1.0,
    say: Callable[[str], None] | None = None,
) -> Screens:
    """JSON lines, or the big live view on a terminal, else plain lines; and the page where it is wanted.

    is_paced: it runs as a person would watch it; at full speed a view would only flicker, so it gets plain lines too.
    Raises TrackerError when the page finds no port.
    """
    draws = not as_json and is_paced and sys.stdout.isatty() and os.environ.get("TERM") not in _NO_CURSOR
    page = None
    if watching.is_wanted(by_default=draws):
        page = _page(watching, header, title=title, pace=pace, say=say or _say_on_stderr)
    # The page first: it only takes over, while a terminal takes its time to draw.
    sinks: list[Sink] = [] if page is None else [page]
    if is_paced:
        sinks.append(bell_of(header.config, page))
    if draws:
        view, shown = _view(header, page, pace)
        return Screens([*sinks, shown], view, page, pace)
    return Screens([*sinks, _lines(as_json=as_json)], None, page, pace)


def bell_of(config: Config, page: WebScreen | None = None) -> Bell:
    """The terminal's bell; the numbers are for the page, where one is open somewhere."""
    from tracker.sinks.bell import Bell

    # stderr as it is now: the live view puts something in its place that waits for whole lines
    return Bell(sys.stderr, config.sets.target_reps, lambda: page is not None and page.screen_count > 0)


def _page(
    watching: Watching, header: Header, *, title: str, pace: float, say: Callable[[str], None]
) -> WebScreen | None:
    """The page; where nobody asked for it by name, a session without one is better than none."""
    from tracker.commands.watching import opened_page

    try:
        return opened_page(watching, header, title=title, pace=pace, say=say)
    except TrackerError as error:
        if watching.is_asked_for:
            raise
        say(f"No page this time: {error}")
        return None


def _view(header: Header, page: WebScreen | None, pace: float) -> tuple[LiveView, Sink]:
    """The view on the terminal, and how events reach it."""
    from tracker.sinks.board import Board
    from tracker.sinks.curtain import Curtain
    from tracker.sinks.terminal import LiveView
    from tracker.sinks.thinned import Thinned

    board = Board.of(header.config, header.first_side)
    view = LiveView(board, has_keys=has_keyboard(), page_url="" if page is None else page.address.url)
    shown: Sink = view
    if page is not None and page.address.is_open:
        shown = Curtain(view, may_rise=lambda: page.screen_count > 0)
    return view, Thinned(shown, TERMINAL_RATE_HZ / pace)


def _lines(*, as_json: bool) -> Sink:
    if as_json:
        from tracker.sinks.json_lines import JsonLines

        return JsonLines(sys.stdout)
    from tracker.sinks.plain_lines import PlainLines

    return PlainLines(sys.stdout)


def _say_on_stderr(sentence: str) -> None:
    click.echo(sentence, err=True)
