"""phyphox live: our experiment, polled; whatever the app and the network do, the reps are counted."""

from __future__ import annotations

import asyncio
import json
import threading
import time
import urllib.request
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from tests.core.simulated import calm
from tests.phones.live import replayed, run_session
from tests.phones.motion import counted, motion_of
from tests.phones.phyphox_phone import PhyphoxPhone, served
from tracker.core import events
from tracker.core.model import Side
from tracker.decoders import phyphox
from tracker.decoders.tables import Role
from tracker.serving.address import bind
from tracker.sources.phone_phyphox import PhyphoxLink, ServedExperiment, experiment
from tracker.sources.simulator import SetPlan

SCENARIO = calm(SetPlan(Side.LEFT, ((),) * 4))
BEFORE_LYING_S = 2.5  # of the motion: the lifter sits down and lies back for nine seconds from here


def played(phone, folder, *, during=None, poll_s=0.01):
    """A whole session of this phone. during: run beside it in a thread of its own."""
    with served(phone.app()) as address:
        link = PhyphoxLink(f"127.0.0.1:{address.port}", poll_s=poll_s)
        thread = threading.Thread(target=during or (lambda: None), daemon=True)
        thread.start()
        ran = run_session(link, folder, now_s=phone.now_s, motion=phone.motion, is_over=lambda: phone.is_over)
        thread.join(30)
    return ran


def wait_until(condition):
    limit_s = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < limit_s
        time.sleep(0.005)


# the experiment --------------------------------------------------------------------------------------------------


def test_our_experiment_asks_for_what_is_needed():
    """Both sensors with gravity, true event times, buffers by the names that are polled, and an export."""
    root = ET.fromstring(experiment())  # noqa: S314 - our own text
    assert root.tag == "phyphox"
    assert root.get("version") == "1.14"
    sensors = {sensor.get("type"): sensor for sensor in root.iter("sensor")}
    assert set(sensors) == {"accelerometer", "gyroscope"}
    assert all(sensor.get("rateStrategy") == "request" and sensor.get("rate") == "100" for sensor in sensors.values())
    containers = {item.text for item in root.iter("container")}
    written = {output.text for sensor in sensors.values() for output in sensor}
    polled = {name for names in phyphox.BUFFERS.values() for name in names}
    assert containers == written == polled
    assert {item.text for item in root.iter("data")} == polled


def test_the_phone_fetches_it_and_is_found():
    """The QR code leads to the experiment, behind a key, and the phone that fetches it is known from then on."""
    served_experiment = ServedExperiment(bind(0, is_open=True))
    served_experiment.receiver.start()
    try:
        assert served_experiment.url.startswith("phyphox://")
        url = served_experiment.url.replace("phyphox://", "http://")
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own server
            assert answer.read().decode() == experiment()
        assert served_experiment.host
    finally:
        served_experiment.receiver.close()


# published answers -----------------------------------------------------------------------------------------------


def test_published_answers(phone_frames):
    """Polls from the source: rows, next threshold, session, pause; null is no value, one buffer alone no sample."""
    frames = phone_frames("phyphox")
    frame = frames["d03"]
    answer = phyphox.read_answer(json.loads(frame["text"]))
    found = answer.rows[Role.ACC]
    assert list(found.times_s) == frame["expected"]["t_s"]
    np.testing.assert_allclose(found.values, frame["expected"]["acc_ms2"])
    assert found.times_s[-1] == frame["expected"]["next_threshold"]
    assert answer.session == frame["expected"]["session"]
    answer = phyphox.read_answer(json.loads(frames["d04"]["text"]))
    assert answer.is_measuring is frames["d04"]["expected"]["measuring"]
    assert not answer.rows[Role.ACC].times_s
    reader = phyphox.AnswersReader()
    list(reader.rows(json.loads(frame["text"])))
    assert list(reader.rows(json.loads(frames["d05"]["text"]))) == []
    assert reader.has_restarted
    assert phyphox.read_answer(json.loads(frames["d02"]["text"])).rows == {}
    assert json.loads(frames["d01"]["text"])["result"] is frames["d01"]["expected"]["ok"]


# whole sessions --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("acc_hz", "gyr_hz", "is_android"), [(60, 60, True), (100, 100, False), (200, 420, True)])
def test_sessions_at_every_rate(tmp_path, acc_hz, gyr_hz, is_android):
    """iPhone and Android: all reps counted, nothing lost, started and stopped, and the replay is equal to the bit."""
    phone = PhyphoxPhone(motion_of(SCENARIO, acc_hz=acc_hz, gyr_hz=gyr_hz, jitter_s=0.001), is_android=is_android)
    ran = played(phone, tmp_path)
    assert counted(ran.happened) == phone.motion.true_reps
    assert ran.happened[-1].missing_samples == 0
    assert ran.of(events.StreamStarted)[0].rate_hz == pytest.approx(acc_hz, rel=0.02)
    assert phone.controls[0] == "start"
    assert phone.controls[-1] == "stop"
    assert list(map(repr, replayed(ran))) == list(map(repr, ran.happened))


def test_a_burst_after_a_second_of_no_network_costs_nothing(tmp_path):
    """Polls a second apart bring everything, late."""
    phone = PhyphoxPhone(motion_of(SCENARIO), speed=10.0)
    ran = played(phone, tmp_path, poll_s=0.1)
    assert counted(ran.happened) == phone.motion.true_reps
    assert ran.happened[-1].missing_samples == 0


def test_another_session_goes_on_counting(tmp_path):
    """The experiment opened anew: thresholds are reset, and the reps are counted."""
    phone = PhyphoxPhone(motion_of(SCENARIO))

    def reopen():
        wait_until(lambda: phone.now_s() > BEFORE_LYING_S)
        phone.begin_session()

    ran = played(phone, tmp_path, during=reopen)
    assert counted(ran.happened) == phone.motion.true_reps
    assert "phyphox began a new session; the count goes on." in ran.said


def test_a_paused_app_is_told_of_and_goes_on(tmp_path):
    """Pause and start again: a sentence, a gap in the stream, and the set counts."""
    phone = PhyphoxPhone(motion_of(SCENARIO))

    def pause():
        wait_until(lambda: phone.now_s() > BEFORE_LYING_S)
        phone.pause()
        time.sleep(0.5)
        phone.resume()

    ran = played(phone, tmp_path, during=pause)
    assert "phyphox is paused: press its start button." in ran.said
    assert any(event.duration_s >= 0.3 for event in ran.of(events.SignalGap))
    assert counted(ran.happened) == phone.motion.true_reps


@pytest.mark.parametrize("fault", ["is_closed", "is_asleep"])
def test_a_phone_that_stops_answering_comes_back(tmp_path, fault, monkeypatch):
    """App closed or phone asleep for a while: link lost, link back, and the count goes on."""
    from tracker.sources import phone_phyphox, phone_stream

    monkeypatch.setattr(phone_stream, "SILENT_S", 0.4)
    monkeypatch.setattr(phone_phyphox, "_ANSWER_S", 0.5)
    monkeypatch.setattr(phone_phyphox, "_AGAIN_S", 0.05)
    phone = PhyphoxPhone(motion_of(SCENARIO), speed=10.0)

    def fail():
        wait_until(lambda: phone.now_s() > BEFORE_LYING_S)
        setattr(phone, fault, True)
        time.sleep(0.6)
        setattr(phone, fault, False)

    ran = played(phone, tmp_path, during=fail)
    assert [event.is_up for event in ran.of(events.LinkChanged)][:2] == [False, True]
    assert counted(ran.happened) == phone.motion.true_reps
    assert ran.happened[-1].missing_samples == 0  # its buffers held it all


def test_another_experiment_is_named():
    """Acceleration without gravity, under the very same names, is not taken."""
    phone = PhyphoxPhone(motion_of(SCENARIO), is_linear=True)
    said = []

    async def look(address):
        from tracker.sources.ble_inbox import Inbox

        link = PhyphoxLink(f"127.0.0.1:{address.port}")
        task = asyncio.create_task(link.run(Inbox(time.monotonic), said.append))
        while not said:
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait({task})

    with served(phone.app()) as address:
        asyncio.run(asyncio.wait_for(look(address), 30))
    assert "Acceleration (without g)" in said[0]
    assert "QR code" in said[0]
