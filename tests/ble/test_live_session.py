"""The installed command against a sensor that plays a simulated session: counts, links, recordings."""

from __future__ import annotations

from tests.ble.conftest import packets_of

LIVE = ("live", "--sensor", "IMU-TEST", "--side", "alternate", "--calibrate", "--json")
TEN_REPS = [(1, n, "left") for n in range(1, 6)] + [(2, n, "right") for n in range(1, 6)]


def test_a_whole_session_is_counted_and_its_recording_says_the_same(world, start, sensor, clean_pair):
    """Ten reps on two legs, counted from notifications; the replayed recording gives equal events."""
    live = start(*LIVE)
    world.run(sensor.started.wait())
    world.run(sensor.send(world.bluez, packets_of(clean_pair)))
    live.wait_for("set_ended", 2)
    assert live.end() == 130
    assert live.reps() == TEN_REPS
    assert live.recording().name == "recording.jsonl.gz"
    assert sensor.stopped.is_set()
    replay = start("replay", "last", "--json")
    assert replay.finish() == 0
    assert replay.lines == live.lines
