"""A live session from the sensor to the page in a real browser, and a tap from the page into the recording."""

from __future__ import annotations

import re

from tests.ble.bluez import ADDRESS
from tests.ble.test_live_session import split_at
from tests.core.simulated import of, said
from tests.page.browser import chromium
from tests.web.conftest import LAPTOP, Shown
from tracker.core.events import RepCounted
from tracker.recording import Recording

LIVE = ("live", "--sensor", ADDRESS, "--side", "left", "--calibrate", "--json", "--web", "--no-open", "--port", "0")


def test_the_page_counts_what_the_sensor_sends(world, start, sensor, clean_pair):
    """Five reps, each with the id of its event; a lost link is an alarm; a tap strikes the last and is recorded."""
    counted_s = [event.known_s for event in of(RepCounted, said(clean_pair.inputs))][:5]
    first, *pieces, _ = split_at(clean_pair, 5.0, *(known_s + 1.0 for known_s in counted_s))
    live = start(*LIVE)
    world.play(sensor, first)
    live.wait_until(lambda: "On the wall" in live.talk and live.talk.endswith("\n"))
    url = re.search(r"http://[\w.:]+/", live.talk)[0]
    with chromium() as browser:
        shown = Shown(browser.new_page(viewport=LAPTOP))
        shown.page.goto(url)
        for number, piece in enumerate(pieces, start=1):
            world.play(sensor, piece)
            live.wait_for("rep_counted", number)
            event = live.named("rep_counted")[-1]
            shown.until_count(str(number))
            shown.until("document.getElementById('count').dataset.repId", str(event["rep_id"]))
        shown.page.click("#controls [data-command=strike]")
        live.wait_for("rep_struck")
        shown.until_count("4")

        async def leave():
            sensor.peripheral.is_advertising = False
            sensor.drop(world.bluez)

        world.run(leave())
        shown.until_text("#alarm", "Sensor out of reach")
        assert live.end() == 130, live.talk
        shown.until_class("over")
    told = [item for item in Recording(live.recording()).inputs() if getattr(item, "name", "") == "strike"]
    assert len(told) == 1
