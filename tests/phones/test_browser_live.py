"""The phone's browser live: our own page in a real browser, motion events fed in, counted like a sensor."""

from __future__ import annotations

import contextlib
import json
import ssl
import threading
import time
import urllib.request

import numpy as np
import pytest

from tests.core.simulated import calm
from tests.page.browser import chromium
from tests.phones.live import replayed, run_session
from tests.phones.motion import counted, motion_of
from tracker.core import events
from tracker.core.model import Packet, Side
from tracker.decoders import browser as decoder
from tracker.decoders.registry import profile
from tracker.serving.address import bind
from tracker.sources import phone_browser
from tracker.sources.phone_browser import BrowserLink, page_files
from tracker.sources.phone_certificate import tls_for
from tracker.sources.simulator import SetPlan

SCENARIO = calm(SetPlan(Side.LEFT, ((),) * 4))
LONGEST_S = 60.0
AGENTS = {
    "ios": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Safari/604.1",
    "android": "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/126.0.0.0 Mobile Safari/537.36",
}
ASKS = "DeviceMotionEvent.requestPermission = async () => { window.asked = true; return %s; };"
NO_SOCKETS = """window.WebSocket = class { static OPEN = 1; readyState = 3; close() {} send() { throw new Error(); }
    constructor() { setTimeout(() => this.onclose && this.onclose(), 20); } };"""
FEED = """rows => { for (const [t, x, y, z, alpha, beta, gamma] of rows) {
    const event = new DeviceMotionEvent("devicemotion", {
        accelerationIncludingGravity: {x, y, z}, rotationRate: {alpha, beta, gamma}, interval: 16});
    Object.defineProperty(event, "timeStamp", {value: t});
    window.dispatchEvent(event); } }"""


# what the browser says -------------------------------------------------------------------------------------------


def test_a_phone_without_gyroscope_is_told_of():
    """Null rates: accelerometer only, and a sentence."""
    one = {"accelerationIncludingGravity": {"x": 0.1, "y": 0.2, "z": 9.7}, "rotationRate": None}
    message = {"seq": 0, "events": [{**one, "t": 16.7 * k} for k in range(100)]}
    found = profile("browser").new_decoder().decode([Packet(0.0, "objects", json.dumps(message).encode())])
    assert found.readings.gyr_radps is None
    assert len(found.readings) == 100
    assert decoder.NO_GYROSCOPE in found.messages


def test_a_page_opened_again_goes_on():
    """The same page connected again changes nothing; another page begins its clock anew, as a gap."""
    decoding = profile("browser").new_decoder()

    def message(seq, first_ms):
        rates = {"alpha": 0, "beta": 0, "gamma": 0}
        one = {"accelerationIncludingGravity": {"x": 0, "y": 0, "z": 9.8}, "rotationRate": rates}
        return json.dumps({"seq": seq, "events": [{**one, "t": first_ms + 10 * k} for k in range(10)]}).encode()

    def about(page):
        return json.dumps({"platform": "android", "page": page}).encode()

    packets = [
        Packet(0.0, "about", about("a")),
        Packet(1.0, "objects", message(0, 5000)),
        Packet(1.1, "about", about("a")),
        Packet(1.1, "objects", message(0, 5000)),
        Packet(1.2, "objects", message(1, 5100)),
        Packet(9.0, "about", about("b")),
        Packet(9.2, "objects", message(0, 100)),
    ]
    found = decoding.decode(packets)
    times_s = found.readings.device_s
    assert len(times_s) == 30
    assert np.diff(times_s)[:19] == pytest.approx(np.full(19, 0.01))
    assert np.diff(times_s)[19] == pytest.approx(8.0)


def test_events_sent_again_cost_nothing():
    """A page that heard no answer sends its events again, with later ones under the same number: none is lost."""
    decoding = profile("browser").new_decoder()

    def message(seq, first, last):
        rates = {"alpha": 0, "beta": 0, "gamma": 0}
        one = {"accelerationIncludingGravity": {"x": 0, "y": 0, "z": 9.8}, "rotationRate": rates}
        events_ = [{**one, "t": 10.0 * place} for place in range(first, last)]
        return Packet(0.01 * last, "objects", json.dumps({"seq": seq, "events": events_}).encode())

    found = decoding.decode([message(0, 0, 10), message(1, 10, 20), message(1, 10, 35), message(2, 35, 40)])
    assert np.diff(found.readings.device_s) == pytest.approx(np.full(39, 0.01))
    assert found.readings.duplicate_samples == 10
    assert found.messages == ()


def test_of_two_pages_the_last_one_counts():
    """A tab left open, or a second phone: what it sends is left out, and told of once."""
    decoding = profile("browser").new_decoder()

    def message(page, seq):
        one = {"accelerationIncludingGravity": {"x": 0, "y": 0, "z": 9.8}, "rotationRate": None}
        events_ = [{**one, "t": 100.0 * seq + 10 * place + (5e6 if page == "a" else 0)} for place in range(10)]
        return Packet(0.1 * seq, "objects", json.dumps({"page": page, "seq": seq, "events": events_}).encode())

    abouts = [Packet(0.0, "about", json.dumps({"platform": "android", "page": page}).encode()) for page in "ab"]
    packets = [*abouts, *(message(page, seq) for seq in range(30) for page in "ab")]
    found = decoding.decode(packets)
    assert np.diff(found.readings.device_s) == pytest.approx(np.full(299, 0.01))
    assert found.messages.count(decoder.TWO_PAGES) == 1


# the page --------------------------------------------------------------------------------------------------------


def test_the_certificate_names_this_computer():
    """HTTPS by a certificate made on the spot: it fits the address, and the page comes by it, with its policy."""
    address = bind(0, is_open=True, scheme="https")
    link = BrowserLink(address, tls=tls_for([address.host, "127.0.0.1"]))
    from tracker.sources.phone_receiver import Receiver

    receiver = Receiver(address, lambda _body: "", files=page_files(), message_path="motion", tls=link._tls)
    receiver.start()
    try:
        pem = ssl.get_server_certificate(("127.0.0.1", address.port))
        trusting = ssl.create_default_context(cadata=pem)
        url = f"https://127.0.0.1:{address.port}/{address.key}/"
        with urllib.request.urlopen(url, timeout=30, context=trusting) as answer:
            assert b"Phone as the sensor" in answer.read()
            assert "default-src 'none'" in answer.headers["content-security-policy"]
            assert f"wss://127.0.0.1:{address.port}" in answer.headers["content-security-policy"]
    finally:
        receiver.close()


class Session:
    """A session beside the browser: Playwright keeps the main thread, so this has one of its own."""

    def __init__(self, folder, motion, *, is_secure=True):
        self.motion = motion
        self.address = bind(0, is_open=True, scheme="https" if is_secure else "http")
        self.fed_s = 0.0
        self.over = threading.Event()
        self._link = BrowserLink(self.address, tls=tls_for(["127.0.0.1"]) if is_secure else None)
        self._folder = folder
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def url(self):
        return f"{self.address.scheme}://127.0.0.1:{self.address.port}/{self.address.key}/"

    def _run(self):
        self.ran = run_session(
            self._link, self._folder, now_s=lambda: self.fed_s, motion=self.motion, is_over=self.over.is_set
        )

    def end(self):
        self.over.set()
        self._thread.join(LONGEST_S)
        return self.ran


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


def opened(browser, session, *, agent, script=""):
    context = browser.new_context(ignore_https_errors=True, user_agent=agent)
    page = context.new_page()
    page.add_init_script(script)
    deadline_s = time.monotonic() + LONGEST_S
    while page.url != session.url:
        assert time.monotonic() < deadline_s
        with contextlib.suppress(Exception):  # the server comes up beside
            page.goto(session.url)
    return page


def until(page, text, element="state"):
    limit_s = time.monotonic() + LONGEST_S
    while text not in (found := page.evaluate("name => document.getElementById(name).textContent", element)):
        assert time.monotonic() < limit_s, found
        page.wait_for_timeout(20)


def rows_of(motion, platform):
    """Events as the browser of that phone gives them, in Chromium's steps of 0.1."""
    sign = -1.0 if platform == "ios" else 1.0
    rates = np.stack([np.interp(motion.acc_s, motion.gyr_s, motion.gyr_radps[:, axis]) for axis in range(3)], axis=1)
    values = np.column_stack([sign * motion.acc_mps2, np.degrees(rates)])
    if platform == "android":
        values = np.round(values, 1)
    return np.column_stack([motion.acc_s * 1e3 + 4000, values]).tolist()


def fed(page, session, platform, *, step=24, pause_ms=12):
    """Feed the whole motion, 0.4 s at a time."""
    rows = rows_of(session.motion, platform)
    for start in range(0, len(rows), step):
        page.evaluate(FEED, rows[start : start + step])
        page.wait_for_timeout(pause_ms)
        session.fed_s = (rows[start][0] - 4000) / 1e3
    page.wait_for_timeout(600)


@pytest.mark.parametrize(("platform", "has_sockets"), [("ios", False), ("android", True)])
def test_sessions_of_both_phones(tmp_path, browser, platform, has_sockets):
    """60 events a second: an iPhone asks first and posts where wss is refused; both are counted, and replay equal."""
    motion = motion_of(SCENARIO, acc_hz=60, gyr_hz=60, jitter_s=0.001)
    session = Session(tmp_path, motion)
    script = ASKS % "'granted'" if platform == "ios" else ""
    page = opened(browser, session, agent=AGENTS[platform], script=script + ("" if has_sockets else NO_SOCKETS))
    page.click("#start")
    until(page, "Sending.")
    fed(page, session, platform)
    assert page.evaluate("window.asked === true") == (platform == "ios")
    page.context.close()
    ran = session.end()
    assert counted(ran.happened) == motion.true_reps
    assert ran.happened[-1].missing_samples == 0
    assert ran.of(events.StreamStarted)[0].rate_hz == pytest.approx(60, rel=0.02)
    codes = {event.code for event in ran.of(events.StreamWarning)}
    assert "axes" not in codes
    assert "gravity" not in codes
    assert list(map(repr, replayed(ran))) == list(map(repr, ran.happened))


def test_a_post_without_an_answer_is_sent_again(tmp_path, browser):
    """The network swallows an answer: the page gives up waiting, sends again, and no event is lost."""
    motion = motion_of(SCENARIO, acc_hz=60, gyr_hz=60)
    session = Session(tmp_path, motion)
    swallows = """const send = window.fetch; let posts = 0;
        window.fetch = async (url, how) => {
            const answer = await send(url, how);
            posts += 1;
            if (posts % 7 === 3) throw new Error("swallowed");
            if (posts === 5) await new Promise((_, no) => how.signal.addEventListener("abort", () => no(new Error())));
            return answer; };"""
    page = opened(browser, session, agent=AGENTS["ios"], script=ASKS % "'granted'" + NO_SOCKETS + swallows)
    page.click("#start")
    until(page, "Sending.")
    rows = rows_of(motion, "ios")[:600]
    for start in range(0, len(rows), 20):
        page.evaluate(FEED, rows[start : start + 20])
        page.wait_for_timeout(60)
    until(page, str(len(rows)), element="sent")
    page.context.close()
    ended = session.end().happened[-1]
    assert ended.sample_count == pytest.approx(len(rows), abs=2)
    assert ended.missing_samples == 0
    assert ended.duplicate_samples > 0


def test_an_impossible_charge_is_the_nearest_possible():
    """Infinity and the like come from nobody's battery and stop nothing."""
    told = []

    class Told:
        def put_command(self, _name, value):
            told.append(value)

    for body in (b'{"battery": 1e999}', b'{"battery": -3}', b'{"battery": 0.555}'):
        phone_browser._read(body, Told(), print)()
    assert told == ["100", "0", "56"]


def test_a_hidden_page_is_told_of(tmp_path, browser):
    """A page in the background sends nothing; the session says so and notes it."""
    session = Session(tmp_path, motion_of(SCENARIO, acc_hz=60, gyr_hz=60))
    page = opened(browser, session, agent=AGENTS["android"])
    page.click("#start")
    until(page, "Sending.")
    page.evaluate(FEED, rows_of(session.motion, "android")[:300])
    page.wait_for_timeout(300)
    page.evaluate("""() => { Object.defineProperty(document, "hidden", {value: true, configurable: true});
        document.dispatchEvent(new Event("visibilitychange")); }""")
    page.wait_for_timeout(300)
    page.context.close()
    ran = session.end()
    assert any("is hidden" in sentence for sentence in ran.noted)


def test_a_page_without_readings_is_not_green(tmp_path, browser):
    """Connected, but the sensor gives nothing any more: said so, until readings come again."""
    session = Session(tmp_path, motion_of(SCENARIO, acc_hz=60, gyr_hz=60))
    page = opened(browser, session, agent=AGENTS["android"])
    page.click("#start")
    until(page, "Sending.")
    rows = rows_of(session.motion, "android")
    page.evaluate(FEED, rows[:300])
    until(page, "300", element="sent")
    assert page.evaluate("document.body.className") == "on"
    until(page, "No readings come any more.")
    assert page.evaluate("document.body.className") == "lost"
    assert page.text_content("#rate") == "0"
    page.evaluate(FEED, rows[300:600])
    until(page, "Sending.")
    assert page.evaluate("document.body.className") == "on"
    page.context.close()
    assert session.end().happened[-1].sample_count == pytest.approx(600, abs=2)


def test_what_the_page_says_when_it_can_not(tmp_path, browser):
    """Motion not allowed, no motion at all, no secure page: each a sentence with a mend, and nothing is sent."""
    session = Session(tmp_path, motion_of(SCENARIO, acc_hz=60, gyr_hz=60), is_secure=False)
    page = opened(browser, session, agent=AGENTS["ios"], script=ASKS % "'denied'")
    page.click("#start")
    until(page, "Motion was not allowed")
    page = opened(browser, session, agent=AGENTS["android"])
    page.click("#start")
    until(page, "No motion comes")
    assert page.evaluate("document.body.className") == "lost"
    if not session.address.host.startswith("127."):  # by its address in the network it is no secure page
        page.goto(session.address.url)
        page.click("#start")
        until(page, "did not come by https")
    # let the session begin, so that it can end
    page = opened(browser, session, agent=AGENTS["android"])
    page.click("#start")
    until(page, "Sending.")
    page.evaluate(FEED, rows_of(session.motion, "android")[:60])
    page.wait_for_timeout(300)
    assert session.end().happened[-1].sample_count > 0


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"events": 3}', b'{"platform": "ios"}', b'{"battery": "full"}', b"[" * 9999]
)
def test_messages_that_are_none(body):
    """Anything else that is sent to the page's place is refused."""
    with pytest.raises((ValueError, TypeError, KeyError, AttributeError, RecursionError)):
        phone_browser._read(body, None, print)
