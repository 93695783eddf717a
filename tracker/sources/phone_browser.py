"""The phone's browser as a source: our own page reads motion events and sends them here.

Browsers give motion to secure pages only, so the page comes by HTTPS with a certificate made on the spot. It sends ten
messages a second over a WebSocket, or posts them where the browser refuses one with such a certificate (Safari).
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable
from importlib.resources import files
from typing import Any

from tracker.core.model import CommandName
from tracker.decoders import PROFILES, browser
from tracker.decoders.objects import ABOUT, OBJECTS, in_one_line
from tracker.serving.address import Address
from tracker.sources.inbox import Inbox
from tracker.sources.phone_receiver import File, receive
from tracker.sources.phone_stream import Say

MESSAGE_PATH = "motion"
_PLATFORMS = frozenset({"ios", "android", "other"})
_TYPES = {"html": "text/html; charset=utf-8", "js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8"}
_PAGE = ("page.html", "page.js", "page.css")
_LONGEST_NAME = 120  # letters; a random name of the page has 36


def page_files() -> dict[str, File]:
    """The page, by the paths under which it is fetched."""
    folder = files("tracker.sources") / "phone_page"
    found = {name: File((folder / name).read_bytes(), _TYPES[name.rpartition(".")[2]]) for name in _PAGE}
    return {"": found["page.html"], **found}


class BrowserLink:
    """Serves the page at `address`, by HTTPS where `tls` is given, and receives what it sends."""

    profile = PROFILES[browser.KIND]
    title = "Phone's browser"
    waiting = "open the page on the phone, tap Start, and keep the page and the screen on."

    def __init__(self, address: Address, *, tls: ssl.SSLContext | None) -> None:
        self._address = address
        self._tls = tls

    async def run(self, inbox: Inbox, say: Say) -> None:
        """Receive until cancelled."""
        await receive(
            self._address,
            lambda body: _read(body, inbox, say),
            files=page_files(),
            message_path=MESSAGE_PATH,
            no_message="This is no message of the page.",
            tls=self._tls,
        )


def _read(body: bytes, inbox: Inbox, say: Say) -> Callable[[], None]:
    """What a message means, to be done in the session's loop."""
    item: dict[str, Any] = json.loads(body)
    if "events" in item:
        text = in_one_line(body)
        if not isinstance(item["events"], list):
            raise TypeError
        return lambda: inbox.put_packet(OBJECTS, text, is_data=True)
    if "platform" in item:
        platform = item["platform"] if item["platform"] in _PLATFORMS else "other"
        about = {"platform": platform, "page": str(item["page"])[:_LONGEST_NAME]}
        return lambda: inbox.put_packet(ABOUT, json.dumps(about).encode())
    if "battery" in item:
        percent = round(100 * min(1.0, max(0.0, float(item["battery"]))))
        return lambda: inbox.put_command(CommandName.BATTERY, str(percent))
    if item["hidden"] is True:
        return lambda: say("The page on the phone is hidden: bring it to the front, and keep the screen on.")
    return lambda: say("The page on the phone is seen again.")
