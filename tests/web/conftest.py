"""A browser for all tests of the page, pages in it that may not complain, and a spy on what they let hear."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.page.browser import chromium
from tests.web.wall import LONGEST_WAIT_S, Wall
from tracker.core.events import SignalGap

SPY = (Path(__file__).parent / "spy.js").read_text("utf-8")
LAPTOP = {"width": 1280, "height": 800}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    # no longer than for a module: Playwright keeps a loop running, in which other tests could not run their own
    with chromium() as found:
        yield found


@pytest.fixture
def wall() -> Iterator[Wall]:
    with Wall() as wall:
        wall.listen()
        yield wall


class Shown:
    """A page in the browser, as a person sees, hears and taps it."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self._marks = 0

    def until(self, expression: str, value: object = True) -> None:
        """Wait until this JavaScript gives this value; the page's own policy forbids Playwright's way of waiting."""
        limit_s = time.monotonic() + LONGEST_WAIT_S
        while (found := self.page.evaluate(expression)) != value:
            assert time.monotonic() < limit_s, f"{expression}: {found!r} instead of {value!r}"
            self.page.wait_for_timeout(15)

    def text(self, selector: str) -> str:
        return str(self.page.evaluate("selector => document.querySelector(selector).textContent", selector))

    def until_text(self, selector: str, text: str) -> None:
        self.until(f"document.querySelector({selector!r}).textContent", text)

    def until_class(self, name: str) -> None:
        self.until(f"document.body.classList.contains({name!r})")

    def until_taken(self, wall: Wall) -> None:
        """Wait until the page has taken all that was handed over; marked by a lost sample, which it shows."""
        self._marks += 1
        wall.handle(SignalGap(0, 0, 1, 0.01, is_bridged=True))
        self.until(f"document.getElementById('status').textContent.includes(' {self._marks} samples lost')")

    @property
    def count(self) -> str:
        return self.text("#count text")

    def until_count(self, text: str) -> None:
        self.until_text("#count text", text)

    def calls(self, *kinds: str) -> list[list[Any]]:
        """What was asked of loudspeaker and voice so far."""
        return [call for call in self.page.evaluate("window.calls") if not kinds or call[0] in kinds]

    def start_sound(self) -> None:
        self.page.click("#start")


@pytest.fixture
def show(browser: Any) -> Iterator[Callable[..., Shown]]:
    """Opens a page in a browser of its own; whatever it complains of or asks of other hosts is a failure."""
    contexts: list[Any] = []
    complaints: list[str] = []
    asked: list[str] = []

    def opened(wall: Wall, *, url: str = "", **how: Any) -> Shown:
        context = browser.new_context(**{"viewport": LAPTOP, **how})
        contexts.append(context)
        context.add_init_script(SPY)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(url or wall.url)
        shown = Shown(page)
        if not url:
            shown.until("!document.body.classList.contains('waiting')")
        return shown

    yield opened
    for context in contexts:
        context.close()
    # A browser says of every lost connection that it was lost: the test that cuts it expects that.
    assert [text for text in complaints if "ERR_CONNECTION" not in text and "403" not in text] == []
    assert [url for url in asked if not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:"))] == []
