"""phyphox live: our experiment, polled; whatever the app and the network do, the reps are counted."""

from __future__ import annotations

import asyncio
import json
import threading
import time
import urllib.request
import xml.etree.ElementTree as ET

import pytest
from starlette.applications import Starlette
from starlette.responses import StreamingResponse
from starlette.routing import Route

from tests.core.simulated import calm
from tests.phones.live import replayed, run_session
from tests.phones.motion import counted, motion_of
from tests.phones.phyphox_phone import PhyphoxPhone, served
from tracker.core import events
from tracker.core.model import Packet, Side
from tracker.decoders import phyphox
from tracker.decoders.tables import Role
from tracker.errors import DeviceError
from tracker.serving.address import bind
from tracker.sources import phone_phyphox
from tracker.sources.phone_experiment import BUFFER_VALUES, ServedExperiment, experiment
from tracker.sources.phone_phyphox import Phone, PhyphoxLink
from tracker.sources.replay import open_recording
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
    optional = [kind for kind, sensor in sensors.items() if sensor.get("ignoreUnavailable") == "true"]
    assert optional == ["gyroscope"]  # without it, a phone that has none would refuse the experiment
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
    phone = PhyphoxPhone(motion_of(SCENARIO), speed=30.0)
    ran = played(phone, tmp_path, poll_s=1 / 30)
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
    assert "phyphox began a new session; the count goes on." in ran.noted


def test_a_paused_app_is_told_of_and_goes_on(tmp_path):
    """Pause and start again: a sentence, a gap in the stream, and the set counts."""
    phone = PhyphoxPhone(motion_of(SCENARIO))

    def pause():
        wait_until(lambda: phone.now_s() > BEFORE_LYING_S)
        phone.pause()
        time.sleep(0.5)
        phone.resume()

    ran = played(phone, tmp_path, during=pause)
    assert "phyphox is paused: press its start button." in ran.noted
    assert any(event.duration_s >= 0.3 for event in ran.of(events.SignalGap))
    assert counted(ran.happened) == phone.motion.true_reps


@pytest.mark.parametrize("fault", ["is_closed", "is_asleep"])
def test_a_phone_that_stops_answering_comes_back(tmp_path, fault, monkeypatch):
    """App closed or phone asleep for a while: link lost, link back, and the count goes on."""
    from tracker.sources import phone_stream

    monkeypatch.setattr(phone_stream, "SILENT_S", 0.4)
    monkeypatch.setattr(phone_phyphox, "_ANSWER_S", 0.5)
    monkeypatch.setattr(phone_phyphox, "_AGAIN_S", 0.05)
    phone = PhyphoxPhone(motion_of(SCENARIO), speed=10.0)

    def fail():
        wait_until(lambda: phone.now_s() > BEFORE_LYING_S)
        setattr(phone, fault, True)
        time.sleep(0.6)
        setattr(phone, fault, False)
        wait_until(lambda: phone.now_s() > BEFORE_LYING_S + 9.0)
        phone.hurry(30.0)

    ran = played(phone, tmp_path, during=fail)
    assert [event.is_up for event in ran.of(events.LinkChanged)][:2] == [False, True]
    assert counted(ran.happened) == phone.motion.true_reps
    assert ran.happened[-1].missing_samples == 0  # its buffers held it all


def test_what_was_measured_before_is_not_asked_for(tmp_path):
    """An app that runs already, its buffers full, as after a killed session: only what comes now is taken."""
    phone = PhyphoxPhone(motion_of(SCENARIO), is_android=False, speed=1.0)
    phone.go_on_from(BEFORE_LYING_S)
    phone.resume()

    def hurry():
        wait_until(lambda: phone.longest_answer > 0)  # however long it takes to find it: the lifter lies back meanwhile
        phone.hurry(30.0)

    ran = played(phone, tmp_path, during=hurry)
    assert counted(ran.happened) == phone.motion.true_reps
    assert 0 < ran.happened[-1].sample_count < 100 * (phone.motion.acc_s[-1] - BEFORE_LYING_S) + 5
    assert phone.longest_answer < 60_000  # no poll brought it all


def test_full_buffers_are_an_answer_that_fits():
    """All numbers of all buffers with the digits of an iPhone: below what is read, and below a recording's line."""
    values = ["-1.2345678901234567e-05"] * BUFFER_VALUES
    names = [name for of_sensor in phyphox.BUFFERS.values() for name in of_sensor]
    answer = {"buffer": {name: {"size": 0, "updateMode": "partial", "buffer": values} for name in names}}
    assert len(json.dumps(answer).replace('"-', "-").replace('5"', "5")) < phone_phyphox._LARGEST_ANSWER < 1_000_000


def test_an_app_that_starts_in_its_own_time_is_not_paused(tmp_path):
    """The word to start is taken to the app's main thread: meanwhile it does not measure, and nobody paused it."""
    phone = PhyphoxPhone(motion_of(SCENARIO))
    phone.start_takes_s = 0.3
    ran = played(phone, tmp_path)
    assert not any("paused" in sentence for sentence in ran.noted)
    assert not any("paused" in event.message for event in ran.of(events.StreamWarning))
    assert counted(ran.happened) == phone.motion.true_reps


def test_the_end_in_the_middle_of_a_poll_stops_the_phone(tmp_path):
    """Ctrl-C while an answer is under way: the experiment is stopped all the same."""
    phone = PhyphoxPhone(motion_of(SCENARIO), speed=1.0)
    phone.answer_takes_s = 0.2
    with served(phone.app()) as address:
        link = PhyphoxLink(f"127.0.0.1:{address.port}", poll_s=0.001)
        run_session(link, tmp_path, now_s=phone.now_s, motion=phone.motion, is_over=lambda: phone.now_s() > 1.0)
        assert phone.controls == ["start", "stop"]
        assert not phone.is_measuring


def test_the_end_while_the_phone_is_away_says_what_goes_on(tmp_path, monkeypatch):
    """What can not be stopped from here is said."""
    monkeypatch.setattr(phone_phyphox, "_ANSWER_S", 0.3)
    phone = PhyphoxPhone(motion_of(SCENARIO), speed=1.0)
    with served(phone.app()) as address:
        link = PhyphoxLink(f"127.0.0.1:{address.port}", poll_s=0.01)

        def falls_asleep():
            phone.is_asleep = phone.now_s() > 1.0
            return phone.now_s() > 1.5

        ran = run_session(link, tmp_path, now_s=phone.now_s, motion=phone.motion, is_over=falls_asleep)
        phone.is_asleep = False
    assert "phyphox could not be reached to stop it: press its pause button." in ran.said


def test_answers_stay_as_they_came(tmp_path):
    """Android writes an answer on many lines: the recording holds its numbers digit by digit, in one line."""
    phone = PhyphoxPhone(motion_of(SCENARIO), speed=10.0)
    with served(phone.app()) as address:
        link = PhyphoxLink(f"127.0.0.1:{address.port}", poll_s=0.01)
        ran = run_session(link, tmp_path, now_s=phone.now_s, motion=phone.motion, is_over=lambda: phone.now_s() > 4.0)
    packets = [item for item in open_recording(ran.path).inputs() if isinstance(item, Packet)]
    assert packets
    assert all(b"\n" not in packet.payload and packet.payload.startswith(b'{ "buffer"') for packet in packets)
    assert ran.happened[-1].rejected_packets == 0


def test_an_answer_without_end_is_given_up(monkeypatch):
    """A body that drips, and one that never ends: an error within bounded time, not a thread that hangs."""
    monkeypatch.setattr(phone_phyphox, "_ANSWER_S", 0.5)

    async def drip(request):
        async def pieces():
            for _ in range(10_000):
                yield b" " * (1 if request.path_params["path"] == "slow" else 100_000)
                await asyncio.sleep(0.01)

        return StreamingResponse(pieces())

    with served(Starlette(routes=[Route("/{path:path}", drip)])) as address:
        phone = Phone("127.0.0.1", address.port)
        with pytest.raises(TimeoutError):
            asyncio.run(phone.asked("/slow"))
        with pytest.raises(ValueError, match="without end"):
            asyncio.run(phone.asked("/long"))
        phone.close()


def answered(session, times_s):
    """An answer with these times in both sensors."""
    buffers = {
        name: {"buffer": times_s if place == 0 else [0.0] * len(times_s)}
        for names in phyphox.BUFFERS.values()
        for place, name in enumerate(names)
    }
    return {"buffer": buffers, "status": {"session": session, "measuring": True}}


def test_an_app_whose_time_was_set_back_is_asked_for_everything_once():
    """Nothing new for three seconds: one poll from 0; an app whose sensors stand still fills no recording."""
    taken = []

    class Taking:
        def put_packet(self, channel, text, *, is_data):
            taken.append((channel, text, is_data))

    progress = phone_phyphox._Progress(Taking(), print)
    progress.take(b"first", phyphox.read_answer(answered("s", [500.0, 500.01])), 0.1)
    polls_from_0 = 0
    for _ in range(200):
        polls_from_0 += progress.latest_s[Role.ACC] == 0.0
        has_all = progress.latest_s[Role.ACC] == 0.0
        progress.take(b"same", phyphox.read_answer(answered("s", [500.0, 500.01] if has_all else [])), 0.1)
    assert polls_from_0 == 1
    assert [text for _, text, _ in taken] == [b"first"]
    progress.latest_s = dict.fromkeys(progress.latest_s, 0.0)
    progress.take(b"back", phyphox.read_answer(answered("s", [0.1, 0.11])), 0.1)
    assert taken[-1] == ("objects", b"back", True)


@pytest.mark.parametrize("shown", ["192.168.1.23:8080", "http://192.168.1.23:8080", "http://192.168.1.23:8080/ "])
def test_an_address_is_taken_as_the_app_shows_it(shown):
    """With and without the scheme."""
    link = PhyphoxLink(shown)
    assert (link._host, link._port) == ("192.168.1.23", 8080)


@pytest.mark.parametrize("shown", ["http://", "phone:port", "a b", "http://:8080", "1.2.3.4:99999"])
def test_what_is_no_address_is_refused(shown):
    """One sentence that says where to find it."""
    with pytest.raises(DeviceError, match="no address of a phone"):
        PhyphoxLink(shown)


def test_another_experiment_is_named():
    """Acceleration without gravity, under the very same names, is not taken."""
    phone = PhyphoxPhone(motion_of(SCENARIO), is_linear=True)
    said = []

    async def look(address):
        from tracker.sources.inbox import Inbox

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
