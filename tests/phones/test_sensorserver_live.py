"""SensorServer live: two sensors over one WebSocket, whatever the connection does."""

from __future__ import annotations

import asyncio
import json
import threading
import time

import pytest
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from tests.core.simulated import calm
from tests.phones.live import replayed, run_session
from tests.phones.motion import counted, motion_of
from tests.phones.phyphox_phone import served
from tests.phones.test_phyphox import wait_until
from tracker.core import events
from tracker.core.config import Config
from tracker.core.model import Side
from tracker.errors import DeviceError
from tracker.sinks.board import Board
from tracker.sinks.terminal import drawn
from tracker.sinks.web.scene import Scene
from tracker.sources import phone_sensorserver, phone_stream
from tracker.sources.phone_sensorserver import SensorServerLink
from tracker.sources.simulator import SetPlan

SCENARIO = calm(SetPlan(Side.LEFT, ((),) * 4))
BEFORE_LYING_S = 2.5


class Server:
    """The app: sends what has been measured since, both sensors in order of time, each with ticks of its own."""

    def __init__(self, motion, *, speed=20.0, send_every_s=0.005):
        self.motion = motion
        self.asked = []
        self.is_open = True
        self.is_silent = False
        self._send_every_s = send_every_s
        self._pace = 0.0, None, speed  # of the motion before a moment, the moment, how fast it goes from there
        self._sent = 0
        self._messages = sorted(
            (
                time_s,
                json.dumps({"values": value, "timestamp": round(time_s * 1e9) + 10**15, "accuracy": 3, "type": kind}),
            )
            for kind, times_s, values in (
                ("android.sensor.accelerometer", motion.acc_s, motion.acc_mps2),
                ("android.sensor.gyroscope", motion.gyr_s, motion.gyr_radps),
            )
            for time_s, value in zip(times_s.tolist(), values.tolist(), strict=True)
        )

    def now_s(self):
        before_s, since_s, speed = self._pace
        return 0.0 if since_s is None else before_s + (time.monotonic() - since_s) * speed

    def hurry(self, speed):
        """From here on time runs so many times as fast."""
        self._pace = self.now_s(), time.monotonic(), speed

    @property
    def is_over(self):
        return self.now_s() > self.motion.acc_s[-1] + 6.0

    def app(self):
        return Starlette(routes=[WebSocketRoute("/sensors/connect", self._connected)])

    async def _connected(self, socket: WebSocket):
        if not self.is_open:
            await socket.close(4005)
            return
        self.asked.append(json.loads(socket.query_params["types"]))
        await socket.accept()
        if self._pace[1] is None:
            self._pace = 0.0, time.monotonic(), self._pace[2]
        while self.is_open:
            now_s = self.now_s()
            while not self.is_silent and self._sent < len(self._messages) and self._messages[self._sent][0] <= now_s:
                await socket.send_text(self._messages[self._sent][1])
                self._sent += 1
            await asyncio.sleep(self._send_every_s)
        # what is measured meanwhile is lost: the app keeps nothing
        await socket.close(4001)

    def skip_to_now(self):
        now_s = self.now_s()
        while self._sent < len(self._messages) and self._messages[self._sent][0] <= now_s:
            self._sent += 1


def played(phone, folder, during=lambda: None):
    with served(phone.app()) as address:
        link = SensorServerLink(f"127.0.0.1:{address.port}")
        thread = threading.Thread(target=during, daemon=True)
        thread.start()
        ran = run_session(link, folder, now_s=phone.now_s, motion=phone.motion, is_over=lambda: phone.is_over)
        thread.join(30)
    return ran


@pytest.mark.parametrize(("acc_hz", "gyr_hz"), [(60, 60), (200, 420)])
def test_sessions_at_every_rate(tmp_path, acc_hz, gyr_hz):
    """All reps counted, nothing lost, both sensors asked for, messages travel together, replay equal to the bit."""
    phone = Server(motion_of(SCENARIO, acc_hz=acc_hz, gyr_hz=gyr_hz, jitter_s=0.0004))
    ran = played(phone, tmp_path)
    assert counted(ran.happened) == phone.motion.true_reps
    assert ran.happened[-1].missing_samples == 0
    assert phone.asked == [["android.sensor.accelerometer", "android.sensor.gyroscope"]]
    assert list(map(repr, replayed(ran))) == list(map(repr, ran.happened))


def test_bursts_of_a_second(tmp_path):
    """A network that stalls for a second of the motion at a time."""
    phone = Server(motion_of(SCENARIO), speed=20.0, send_every_s=0.05)
    ran = played(phone, tmp_path)
    assert counted(ran.happened) == phone.motion.true_reps
    assert ran.happened[-1].missing_samples == 0


def test_what_to_do_on_the_phone_stands_on_the_screens(tmp_path, monkeypatch):
    """A phone that falls silent: terminal and page show what to do on it until it is back, and so does a replay."""
    monkeypatch.setattr(phone_stream, "SILENT_S", 0.3)
    monkeypatch.setattr(phone_sensorserver, "_AGAIN_S", 0.05)
    phone = Server(motion_of(SCENARIO), speed=10.0)

    def fail():
        wait_until(lambda: phone.now_s() > BEFORE_LYING_S)
        phone.is_silent = True
        time.sleep(1.0)
        phone.is_silent = False
        phone.hurry(20.0)

    ran = played(phone, tmp_path, fail)
    sentence = f"Nothing comes from the phone: {SensorServerLink.waiting}"
    assert sentence in ran.noted
    assert not ran.of(events.LinkChanged)[0].is_up
    for happened in (ran.happened, replayed(ran)):
        told = next(place for place, event in enumerate(happened) if getattr(event, "text", "") == sentence) + 1
        assert events.LinkChanged in map(type, happened[:told])  # whose own word would push it from the screen
        board, scene = Board(), Scene(Config(), title="")
        board.take(happened[:told])
        shown = drawn(board, width=80, height=24).plain
        assert "".join(sentence.split()) in "".join(shown.split())
        scene.take(happened[:told])
        assert scene.state()["notice"] == scene.state()["alarm"] == sentence


def test_a_closed_connection_is_opened_again(tmp_path, monkeypatch):
    """The app stops and starts again: link lost, link back, a gap of what was not sent, and the set counts."""
    monkeypatch.setattr(phone_stream, "SILENT_S", 0.3)
    monkeypatch.setattr(phone_sensorserver, "_AGAIN_S", 0.05)
    phone = Server(motion_of(SCENARIO), speed=10.0)

    def fail():
        wait_until(lambda: phone.now_s() > BEFORE_LYING_S)
        phone.is_open = False
        time.sleep(0.5)
        phone.skip_to_now()
        phone.is_open = True
        wait_until(lambda: phone.now_s() > BEFORE_LYING_S + 9.0)
        phone.hurry(20.0)

    ran = played(phone, tmp_path, fail)
    assert [event.is_up for event in ran.of(events.LinkChanged)][:2] == [False, True]
    assert counted(ran.happened) == phone.motion.true_reps
    assert any(event.duration_s > 2.0 for event in ran.of(events.SignalGap))
    assert any("SensorServer does not answer" in sentence for sentence in ran.noted)


@pytest.mark.parametrize("address", ["", ":8080", "phone:http"])
def test_what_is_no_address_is_refused(address):
    """One sentence that says where to find it."""
    with pytest.raises(DeviceError, match="no address of a phone"):
        SensorServerLink(address)
