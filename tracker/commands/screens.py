"""Who shows a session while it runs: terminal, page, plain or JSON lines; and how often they want to know."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from tracker.sinks import Sink

if TYPE_CHECKING:
    from tracker.commands.watching import Watching
    from tracker.core.config import Config
    from tracker.core.model import CommandName
    from tracker.sinks.web import WebScreen

PAGE_RATE_HZ = 30.0  # smooth on every screen
TERMINAL_RATE_HZ = 12.0  # smooth to the eye, and a terminal draws it in a tenth of the time


@dataclass(frozen=True, slots=True)
class Screens:
    """The sinks, and what they ask of the engine. is_view: the terminal is drawn on. page: the one on the wall."""

    sinks: list[Sink] = field(default_factory=list)
    is_view: bool = False
    page: WebScreen | None = None
    pace: float = 1.0

    @property
    def pose_rate_hz(self) -> float:
        """How often to say where the hips are, in stream time."""
        wall_hz = PAGE_RATE_HZ if self.page is not None else TERMINAL_RATE_HZ if self.is_view else 0.0
        return wall_hz / self.pace

    def listen(self, tell: Callable[[CommandName, str], None]) -> None:
        """From now on what is tapped on a page is told to the session; call it in the session's loop."""
        if self.page is not None:
            self.page.listen(tell)


def screens_for(
    config: Config,
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
    shown, is_view = _in_terminal(config, as_json=as_json, is_paced=is_paced, pace=pace)
    page = None
    if watching.is_wanted(by_default=is_view):
        from tracker.commands.watching import opened_page

        page = opened_page(watching, config, title=title, pace=pace, say=say or _say_on_stderr)
    # The page first: it only takes over, while a terminal takes its time to draw.
    return Screens([shown] if page is None else [page, shown], is_view, page, pace)


def _in_terminal(config: Config, *, as_json: bool, is_paced: bool, pace: float) -> tuple[Sink, bool]:
    if as_json:
        from tracker.sinks.json_lines import JsonLines

        return JsonLines(sys.stdout), False
    if is_paced and sys.stdout.isatty():
        from tracker.sinks.board import Board
        from tracker.sinks.terminal import LiveView
        from tracker.sinks.thinned import Thinned

        return Thinned(LiveView(Board.of(config)), TERMINAL_RATE_HZ / pace), True
    from tracker.sinks.plain_lines import PlainLines

    return PlainLines(sys.stdout), False


def _say_on_stderr(sentence: str) -> None:
    click.echo(sentence, err=True)
