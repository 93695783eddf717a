"""The page on screens of every size: all words inside their boxes, nothing upon the other."""

from __future__ import annotations

import pytest

from tests.web.screenshots import SIZES
from tests.web.wall import Wall
from tracker.core import events as ev
from tracker.core.config import Config, with_settings
from tracker.core.model import RestKind, Side
from tracker.sources.phone_phyphox import PhyphoxLink
from tracker.words import step_sentence

LONG = (
    "The two holds at the bottom differ by 12 degrees.",
    "Take the same position both times, the sensor tight. Do both thrusts again.",
)


INSIDE = """(() => {{
  const words = document.querySelector("{}"), box = document.querySelector("{}").getBoundingClientRect();
  const own = words.getBoundingClientRect();
  const fits = own.height <= box.height + 1 && words.scrollWidth <= box.width + 1;
  return own.height > 10 && fits && box.bottom <= innerHeight;
}})()"""


@pytest.mark.parametrize("size", [*SIZES.values(), (320, 568), (844, 390), (640, 360)], ids=str)
def test_all_words_of_a_calibration_fit(show, size):
    """Each step in the number's place, and why it was refused below it: whole, inside their boxes, at any size."""
    with Wall() as wall:
        shown = show(wall, viewport={"width": size[0], "height": size[1]})
        wall.handle(ev.StreamStarted(0, 0, 104, 104, True), ev.CalibrationStarted(0, 0))
        for hold in range(1, 6):
            wanted = ev.CalibrationStep(hold, hold, hold, hold % 2 == 0, is_repeated=True)
            wall.handle(ev.CalibrationRefused(hold, hold, *LONG), wanted)
            shown.until_text("#call", step_sentence(wanted))
            assert LONG[1] in shown.text("#word-text")
            shown.until(INSIDE.format("#call span", "#call"))
            shown.until(INSIDE.format("#word-text", "#word-box"))
            assert shown.page.evaluate("document.documentElement.scrollWidth") <= size[0]


@pytest.mark.parametrize("size", SIZES.values(), ids=str)
def test_alarm_hides_nothing_that_is_still_true(show, size):
    """Without its sensor the page still shows leg, number, battery and losses, in a set and in a rest."""
    with Wall() as wall:
        shown = show(wall, viewport={"width": size[0], "height": size[1]})
        wall.handle(ev.StreamStarted(0, 0, 104, 104, True), ev.BatteryRead(1, 1, 15), ev.SetStarted(1, 1, 1, Side.LEFT))
        wall.handle(ev.RepCounted(2, 2, 1, 1, 1, Side.LEFT), ev.LinkChanged(3, 3, is_up=False))
        shown.until_text("#alarm", "Sensor out of reach")
        for _ in range(2):
            alarm = shown.page.locator("#alarm").bounding_box()
            for name in ("#side", "#status", "#count-box"):
                box = shown.page.locator(name).bounding_box()
                assert box["y"] + box["height"] <= alarm["y"] + 1, name
            assert alarm["y"] + alarm["height"] <= size[1]
            shown.until(INSIDE.format("#alarm span", "#alarm"))
            wanted = f"Nothing comes from the phone: {PhyphoxLink().waiting}"
            wall.handle(ev.Noted(3, 3, wanted))
            shown.until_text("#alarm", wanted)
            shown.until(INSIDE.format("#alarm span", "#alarm"))
            wall.handle(ev.SetEnded(3, 9, 1, Side.LEFT, 1, 0, 1), ev.RestStarted(3, 9, RestKind.ROUND, 90.0))
            wall.handle(ev.RestStarted(3, 9, RestKind.SWITCH, 30.0), ev.SignalGap(9, 9, 1234, 0.1, is_bridged=True))
            wall.handle(ev.PoseUpdated(9, 9, 0.0, 0.0, 40.0, "low"))
            shown.until_class("resting")
            shown.until_text("#phase", "switch legs, 30 s")
            for name in ("phase", "status"):
                words = f"document.getElementById({name!r})"
                assert shown.page.evaluate(f"{words}.scrollWidth <= {words}.clientWidth"), name


@pytest.mark.parametrize("size", [*SIZES.values(), (320, 568), (844, 390)], ids=str)
def test_number_fills_half_of_any_screen(show, size):
    """One digit or two, nothing beside the screen, nothing upon the other, all words inside their boxes."""
    config = with_settings(Config(), {"sets.target_reps": "12"})
    with Wall(config=config) as wall:
        shown = show(wall, viewport={"width": size[0], "height": size[1]})
        wall.handle(ev.StreamStarted(0, 0, 104, 104, True), ev.SetStarted(1, 1, 1, Side.RIGHT))
        for number in range(1, 13):
            wall.handle(
                ev.RepCounted(number, number, number, 1, number, Side.RIGHT),
                ev.PoseUpdated(number, number, 97.0, -9.0, 1.0, "top"),
            )
            if number in (7, 12):
                shown.until_count(str(number))
                shown.until("document.querySelector('.beat.now')?.dataset.phase", "top")
                assert (
                    shown.page.evaluate("Number(document.getElementById('count').dataset.heightPx) / innerHeight") > 0.5
                )
                assert shown.page.evaluate("document.documentElement.scrollWidth") <= size[0]
                assert overlapping(shown) == []


def overlapping(shown):
    """Which of the parts that must be read lie upon each other or leave the screen."""
    return shown.page.evaluate(
        """() => {
          const names = ["#top", "#count text", "#height-tube", "#level-tube", "#tempo", "#word", "#controls"];
          const boxes = names.map((name) => [name, document.querySelector(name).getBoundingClientRect()]);
          const bad = [];
          boxes.forEach(([name, a], i) => {
            const isIn = a.left >= -1 && a.right <= innerWidth + 1 && a.top >= -1 && a.bottom <= innerHeight + 1;
            if (!isIn && name !== "#count text") bad.push(`${name} off screen`);
            boxes.slice(i + 1).forEach(([other, b]) => {
              const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
              const tall = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
              const isNumber = [name, other].includes("#count text");  // its box has room for tails that digits lack
              if (wide > 2 && tall > 2 && !isNumber) bad.push(`${name} on ${other}`);
            });
          });
          const word = document.getElementById("word-text"), box = document.getElementById("word-box");
          if (word.scrollWidth > box.clientWidth + 1 || word.offsetHeight > box.clientHeight + 1) bad.push("word cut");
          return bad;
        }"""
    )
