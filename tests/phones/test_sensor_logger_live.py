"""Sensor Logger live: pushed batches of either phone, in any order, become counted reps."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest

from tests.core.simulated import calm
from tests.phones.live import replayed, run_session
from tests.phones.motion import counted, motion_of
from tests.phones.push_phone import START_UNIX_NS, PushingPhone, batches_of
from tracker.core import events
from tracker.core.model import Packet, Side
from tracker.decoders.objects import OBJECTS
from tracker.decoders.registry import profile
from tracker.serving.address import bind
from tracker.sources.phone_push import SYSTEMS, SensorLoggerLink
from tracker.sources.simulator import SetPlan

SCENARIO = calm(SetPlan(Side.LEFT, ((),) * 4))


def played(motion, folder, *, is_ios, system="", **how):
    """A whole session: the phone begins to push as soon as the address is there."""
    link = SensorLoggerLink(bind(0, is_open=True), system=system)
    phone = PushingPhone(motion, link.push_url, is_ios=is_ios, **how)
    phone.start()
    ran = run_session(link, folder, now_s=phone.now_s, motion=motion, is_over=lambda: phone.is_over)
    return phone, ran


@pytest.mark.parametrize(("is_ios", "acc_hz", "gyr_hz"), [(True, 100, 100), (False, 200, 420), (True, 60, 60)])
def test_sessions_of_both_phones(tmp_path, is_ios, acc_hz, gyr_hz):
    """Bursts of a second: all reps counted, nothing lost, every batch answered, the replay equal to the bit."""
    motion = motion_of(SCENARIO, acc_hz=acc_hz, gyr_hz=gyr_hz, jitter_s=0.0004)
    phone, ran = played(motion, tmp_path, is_ios=is_ios, speed=40.0)
    assert counted(ran.happened) == motion.true_reps
    assert ran.happened[-1].missing_samples == 0
    assert set(phone.answers) == {200}
    assert list(map(repr, replayed(ran))) == list(map(repr, ran.happened))


def swapped(batches):
    """Every fifth batch comes after the next one."""
    found = list(batches)
    for place in range(4, len(found) - 1, 5):
        found[place], found[place + 1] = found[place + 1], found[place]
    return found


def test_batches_that_overtake_each_other(tmp_path):
    """They are put in order again, and nothing is lost."""
    motion = motion_of(SCENARIO)
    _, ran = played(motion, tmp_path, is_ios=False, order=swapped, speed=40.0)
    assert counted(ran.happened) == motion.true_reps
    assert ran.happened[-1].missing_samples == 0


def test_batches_that_come_twice_or_never(tmp_path):
    """Repeated batches change nothing; a lost one is a gap that is told of."""
    motion = motion_of(SCENARIO)
    lost = 5  # the lifter sits down

    def order(batches):
        return [one for batch in batches if batch["messageId"] != lost for one in (batch, batch)]

    _, ran = played(motion, tmp_path, is_ios=True, order=order, batch_s=1.0, speed=40.0)
    assert counted(ran.happened) == motion.true_reps
    assert any("1 batch of the phone did not come" in event.message for event in ran.of(events.StreamWarning))
    assert ran.happened[-1].missing_samples == pytest.approx(100, abs=3)


def test_what_came_again_or_too_late_is_counted():
    """A batch that comes twice, while it waits and after, is duplicates; one behind a given-up place is late."""
    motion = motion_of(SCENARIO)
    batches = batches_of(motion, is_ios=False, batch_s=0.5)[:12]
    rows = [sum(one["name"] == "totalacceleration" for one in batch["payload"]) for batch in batches]
    order = [0, 1, 1, 3, 3, 2, 4, 6, 7, 8, 5, 9, 10]
    found = readings([batches[place] for place in order])
    assert found.readings.duplicate_samples == rows[1] + rows[3]
    assert found.readings.late_samples == rows[5]
    assert found.messages == ("1 batch of the phone did not come.",)


def test_what_came_again_is_counted_however_it_is_fed():
    """The last batch once more, after which nothing comes: packet by packet it is counted as well."""
    motion = motion_of(SCENARIO)
    batches = batches_of(motion, is_ios=False, batch_s=0.5)[:12]
    packets = [
        Packet(float(place), OBJECTS, json.dumps(one).encode()) for place, one in enumerate([*batches, batches[-1]])
    ]
    whole = profile("sensor_logger").new_decoder().decode(packets).readings
    one = profile("sensor_logger").new_decoder()
    found = [decoded.readings for packet in packets if (decoded := one.decode([packet])).readings is not None]
    assert sum(readings.duplicate_samples for readings in found) == whole.duplicate_samples > 0


@pytest.mark.parametrize("set_by_s", [-3600.0, -8.0, 3.0])
def test_a_time_of_day_that_is_set_goes_on(tmp_path, set_by_s):
    """The phone's clock is put right by its network: a gap where it was, and the reps are counted."""
    motion = motion_of(SCENARIO)

    def order(batches):
        for batch in batches[3:]:  # the lifter sits down
            for one in batch["payload"]:
                one["time"] += round(set_by_s * 1e9)
        return batches

    _, ran = played(motion, tmp_path, is_ios=True, order=order, speed=40.0)
    assert counted(ran.happened) == motion.true_reps
    assert ran.happened[-1].late_samples == 0
    assert list(map(repr, replayed(ran))) == list(map(repr, ran.happened))


def test_a_recording_started_anew_goes_on(tmp_path):
    """Another session with numbers from 0: the stream goes on by the clock of the phone."""
    motion = motion_of(SCENARIO)

    def order(batches):
        for number, batch in enumerate(batches[6:]):
            batch.update(messageId=number, sessionId="S2")
        return batches

    _, ran = played(motion, tmp_path, is_ios=False, order=order)
    assert counted(ran.happened) == motion.true_reps
    assert ran.happened[-1].missing_samples == 0


def test_marks_and_charge(tmp_path):
    """Annotations are marks, in our own words commands; the phone's charge is passed on."""
    motion = motion_of(SCENARIO)

    def order(batches):
        stamp = START_UNIX_NS + 2_000_000_000
        batches[2]["payload"] += [
            {"name": "annotation", "time": stamp, "values": {"text": "warm", "millisecond_press_duration": 0}},
            {"name": "annotation", "time": stamp, "values": {"text": "side=right"}},
            {"name": "battery", "time": stamp, "values": {"batteryLevel": 0.87, "batteryState": "unplugged"}},
        ]
        return batches

    _, ran = played(motion, tmp_path, is_ios=False, order=order, speed=40.0)
    assert [event.text for event in ran.of(events.Marked)] == ["warm"]
    assert [event.percent for event in ran.of(events.BatteryRead)] == [87]
    assert ran.of(events.SideChanged)[0].side is Side.RIGHT


def readings(batches, about=None):
    decoder = profile("sensor_logger").new_decoder()
    packets = [Packet(0.0, "about", json.dumps(about).encode())] if about else []
    packets += [Packet(float(k), OBJECTS, json.dumps(batch).encode()) for k, batch in enumerate(batches)]
    return decoder.decode(packets)


@pytest.mark.parametrize("system", SYSTEMS)
def test_which_phone_it_is(system):
    """What the person says decides the sign; unsaid, the parts are an iPhone's and the sum is Android's."""
    motion = motion_of(SCENARIO)
    sign = -1.0 if system == "ios" else 1.0
    batches = batches_of(motion, is_ios=True, batch_s=1.0)[:4]
    found = readings(batches, SYSTEMS[system])
    first = motion.acc_mps2[: len(found.readings)]
    np.testing.assert_allclose(found.readings.acc_mps2, -sign * first, atol=1e-9)
    assert found.messages == ()
    unsaid = readings(batches)
    np.testing.assert_allclose(unsaid.readings.acc_mps2, first, atol=1e-9)
    assert "taken for an iPhone" in unsaid.messages[0]
    android = readings(batches_of(motion, is_ios=False, batch_s=1.0)[:4])
    np.testing.assert_allclose(android.readings.acc_mps2, first, atol=1e-9)
    assert android.messages == ()


def test_batches_in_any_order_give_the_same_samples():
    """Batches that overtake each other by two places at most: the samples of the right order."""
    motion = motion_of(SCENARIO)
    batches = batches_of(motion, is_ios=True, batch_s=0.5)[:20]
    wanted = readings(batches, SYSTEMS["ios"]).readings
    for seed in range(10):
        rng = random.Random(seed)
        mixed = batches[:1] + sorted(batches[1:], key=lambda batch: batch["messageId"] + rng.uniform(0, 1.9))
        found = readings([*mixed, *batches[-1:]], SYSTEMS["ios"])
        np.testing.assert_array_equal(found.readings.device_s, wanted.device_s)
        assert found.messages == ()
