"""Two sessions on one sensor: the second is told so in one sentence, the first goes on; also after a crash."""

from __future__ import annotations

import signal

from tests.ble.bluez import ADDRESS
from tests.ble.conftest import packets_of
from tracker.sources.simulator import DATA_CHANNEL

LIVE = ("live", "--sensor", ADDRESS, "--side", "left", "--calibrate", "--json")


def test_second_session_on_a_sensor_is_refused(world, start, sensor, clean_pair):
    """Exit code 1 and what to do; the first counts on. A first that was killed does not keep the sensor."""
    data = [item for item in packets_of(clean_pair) if item.channel == DATA_CHANNEL]
    first = start(*LIVE)
    world.play(sensor, data[:100])
    first.wait_for("stream_started")
    second = start(*LIVE)
    assert second.finish() == 1
    assert "IMU-TEST is in use by another `tracker live`. End that one first" in second.talk
    assert "Traceback" not in second.talk
    assert second.reps() == []
    world.play(sensor, data[100:])
    first.wait_for("rep_counted", 3)
    assert first.end(signal.SIGKILL) != 0
    third = start(*LIVE)
    world.play(sensor, data[:40])
    third.wait_for("stream_started")
    assert third.end() == 130
