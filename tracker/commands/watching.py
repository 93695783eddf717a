"""The page beside the terminal: its options, and opening it. The page itself is `sinks/web`."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from tracker.commands.options import MAX_SPEED, Command, packed

if TYPE_CHECKING:
    from tracker.header import Header
    from tracker.sinks.web import WebScreen

DEFAULT_PORT = 8420  # no registered service of a home or gym network uses it

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Watching:
    """--web, --port, --lan and --open as given; None = not said."""

    web: bool | None
    port: int
    is_lan: bool
    opens: bool | None

    @property
    def is_asked_for(self) -> bool:
        """True when an option makes no sense without the page."""
        return bool(self.web) or (self.web is None and (self.is_lan or bool(self.opens)))

    def is_wanted(self, *, by_default: bool) -> bool:
        """True when there is to be a page; by_default: it is shown live anyway."""
        return self.is_asked_for or (by_default and self.web is not False)

    def speed_for(self, speed: str, *, is_default: bool) -> str:
        """The speed to play at: what is only a default gives way to a page. Raises UsageError."""
        if not self.is_asked_for or speed != MAX_SPEED:
            return speed
        if is_default:
            return "1"
        raise click.UsageError("The page shows a session as it runs: use it with --speed 1 or 4.")


def watching_options(command: Command) -> Command:
    """Add --web, --port, --lan and --open; the verb gets them as `watching`."""
    options = (
        click.option("--web/--no-web", default=None, help="Show it on a web page (default: where it is shown live)."),
        click.option(
            "--port",
            metavar="PORT",
            type=click.IntRange(0, 65535),
            default=DEFAULT_PORT,
            show_default=True,
            help="Where the page is; the next free port if it is taken.",
        ),
        click.option(
            "--lan", "is_lan", is_flag=True, help="Let phones and televisions in your network see it, by a QR code."
        ),
        click.option("--open/--no-open", "opens", default=None, help="Open the browser (default: on a desktop)."),
    )
    return packed(command, "watching", Watching, ("web", "port", "is_lan", "opens"), options)


def opened_page(watching: Watching, header: Header, *, title: str, pace: float, say: Say) -> WebScreen:
    """The page, serving, and said where. Raises TrackerError when no port is free."""
    from tracker.sinks.web import WebScreen, bind
    from tracker.sinks.web.scene import Scene

    address = bind(watching.port, is_open=watching.is_lan)
    page = WebScreen(address, Scene(header.config, title=title, speed=pace, side=header.first_side))
    page.start()
    if address.port != watching.port and watching.port:
        say(f"Port {watching.port} is taken; the page is at {address.port}.")
    say(f"On the wall: {address.url}")
    if address.is_open:
        if has_blocks():
            say(address.qr_lines())
        say("Whoever has this address can see the session and tap its buttons. It is valid for this session only.")
    opens = watching.opens if watching.opens is not None else not watching.is_lan and is_desktop()
    if opens:
        open_browser(address.url)
    return page


def has_blocks() -> bool:
    """True where the terminal can print the blocks that a QR code is drawn with."""
    try:
        "█▀▄".encode(sys.stderr.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def is_desktop() -> bool:
    """True where a person sits before a screen that can show a browser, and typed the command."""
    if not sys.stdout.isatty() or os.environ.get("SSH_CONNECTION"):
        return False
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def open_browser(url: str) -> None:
    """Open it without waiting: starting a browser takes seconds. One that does not start leaves the URL to be typed."""
    import webbrowser

    def opened() -> None:
        with contextlib.suppress(Exception):
            webbrowser.open(url)

    threading.Thread(target=opened, name="browser", daemon=True).start()
