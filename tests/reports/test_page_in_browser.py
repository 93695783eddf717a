"""`report.html` in a real browser: it opens fast and without a request, draws, zooms, fits a phone and two sheets."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.core.bookkeeping import fold
from tests.page.browser import chromium
from tests.reports import played
from tests.reports.page_reader import plain_number
from tracker.header import Header
from tracker.reports import Session, write_reports

SESSIONS: dict[str, Callable[[], Session]] = {
    "faulty": played.faulty,
    "six_each": played.six_each,
    "one_side": played.one_side,
    "uncalibrated": played.uncalibrated,
    "nothing": lambda: Session(Header("x", "<b>sensor</b>", "imu_stream", 104.0), fold([])),
}


# True once the first curve's picture has more than the few values of an empty one.
MANY_COLOURS = """() => {
  const canvas = document.querySelector("figure canvas");
  const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  return new Set(pixels).size > 20;
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Opens the report of a session from its file; every complaint of the page and every request is a failure."""
    contexts: list[Any] = []
    complaints: list[str] = []
    asked: list[str] = []

    def open_page(name: str, **how: Any) -> Any:
        write_reports(tmp_path, SESSIONS[name]())
        context = browser.new_context(**how)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto((tmp_path / "report.html").as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
    assert [url for url in asked if not url.startswith("file:///")] == []
    assert len(asked) == len(contexts)


@pytest.mark.parametrize("name", list(SESSIONS))
@pytest.mark.parametrize(
    "how",
    [
        {"viewport": {"width": 1280, "height": 900}},
        {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark", "has_touch": True},
        {"viewport": {"width": 320, "height": 640}},
    ],
    ids=["desktop", "phone", "small_phone"],
)
def test_opens_on_any_screen(opened: Callable[..., Any], name: str, how: dict[str, Any]) -> None:
    """The verdict is the first thing in sight, and nothing is wider than the screen."""
    page = opened(name, **how)
    assert page.locator("h1").bounding_box()["y"] < 250
    assert page.evaluate("document.documentElement.scrollWidth") <= how["viewport"]["width"]


@pytest.mark.parametrize("name", ["faulty", "uncalibrated"])
def test_numbers_in_sight_are_those_of_the_csv(opened: Callable[..., Any], tmp_path: Path, name: str) -> None:
    """As the browser shows them, row by row, in the table of reps and in that of sets."""
    page = opened(name)
    page.locator("summary").click()
    with (tmp_path / "reps.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    shown = page.locator("table.reps tbody tr").all()
    assert len(shown) == len(lines)
    for row, line in zip(shown, lines, strict=True):
        texts = row.locator("td").all_inner_texts()
        assert texts[0] == line["set"]
        for text, column, decimals in (
            (texts[4], "concentric_s", 2), (texts[5], "hold_s", 2), (texts[7], "lift_cm", 1),
            (texts[10], "top_inclination_deg", 1), (texts[11], "level_top_deg", 1), (texts[14], "mean_velocity_mps", 2),
        ):  # fmt: skip
            if line[column]:
                assert plain_number(text) == float(f"{float(line[column]):.{decimals}f}"), column
            else:
                assert text == "–", column
    with (tmp_path / "sets.csv").open(encoding="utf-8", newline="") as file:
        sets = list(csv.DictReader(file))
    for row, line in zip(page.locator("table.sets-table tbody tr").all(), sets, strict=True):
        texts = row.locator("td").all_inner_texts()
        assert texts[2:5] == [line["reps"], line["clean_reps"], line["partials"]]


def test_blocks_say_it_in_shape_colour_and_words(opened: Callable[..., Any]) -> None:
    """One block a rep and partial, in order; its picture is named, its words are those of the screens."""
    page = opened("faulty")
    blocks = page.locator("figure").first.locator(".rep-block")
    session = played.faulty()
    first = [rep for rep in session.summary.reps if rep.judged.set_number == 1]
    assert blocks.count() == len(first)
    names = [blocks.nth(at).locator("svg").get_attribute("aria-label") for at in range(blocks.count())]
    assert set(names) >= {"good", "fault", "partial, not counted"}
    assert "hips not level: level the hips" in " ".join(blocks.all_inner_texts())
    shapes = {blocks.nth(at).locator("svg path").first.get_attribute("d") for at in range(blocks.count())}
    assert len(shapes) == len(set(names))
    struck = page.locator(".rep-block.struck")
    assert struck.count() == 1
    assert struck.locator("svg").get_attribute("aria-label") == "struck, not counted"


def test_curves_are_drawn_and_zoom(opened: Callable[..., Any]) -> None:
    """Two plots a set; picking a rep shows it alone, the button brings the whole set back."""
    page = opened("faulty")
    figure = page.locator("figure").first
    figure.scroll_into_view_if_needed()
    figure.locator("canvas").first.wait_for()
    assert figure.locator("canvas").count() == 2
    page.wait_for_function(MANY_COLOURS)
    button = figure.locator("button.whole-set")
    assert not button.is_visible()
    figure.locator(".rep-block").nth(1).click()
    button.wait_for()
    button.click()
    button.wait_for(state="hidden")


def test_dragging_over_a_curve_zooms_both(opened: Callable[..., Any]) -> None:
    """And a double click shows the whole set again."""
    page = opened("six_each", viewport={"width": 1100, "height": 1000})
    figure = page.locator("figure").first
    figure.scroll_into_view_if_needed()
    figure.locator("canvas").nth(1).wait_for()
    over = figure.locator(".u-over").first
    over.scroll_into_view_if_needed()
    box = over.bounding_box()
    page.mouse.move(box["x"] + 100, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 300, box["y"] + 40, steps=4)
    page.mouse.up()
    button = figure.locator("button.whole-set")
    button.wait_for()
    page.mouse.dblclick(box["x"] + 200, box["y"] + 40)
    button.wait_for(state="hidden")


@pytest.mark.parametrize("paper", ["A4", "Letter"])
@pytest.mark.parametrize("name", list(SESSIONS))
def test_fits_on_two_sheets(opened: Callable[..., Any], tmp_path: Path, name: str, paper: str) -> None:
    """With the curves, from a dark screen too."""
    page = opened(name, color_scheme="dark")
    data = page.pdf(format=paper, path=str(tmp_path / "report.pdf"))
    assert len(re.findall(rb"/Type\s*/Page[^s]", data)) <= 2


def test_without_script_the_numbers_are_there(browser: Any, tmp_path: Path) -> None:
    """Only curves and blocks need it."""
    write_reports(tmp_path, played.faulty())
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((tmp_path / "report.html").as_uri())
    assert "The curves need JavaScript" in page.locator("main").inner_text()
    assert page.locator("table.sets-table tbody tr").count() == 2
    context.close()
