"""The installed command with two sensors: the first is counted, the second recorded, each link on its own."""

from __future__ import annotations

import signal
from dataclasses import replace

import pytest

from tests.ble.conftest import packets_of, status_of
from tests.ble.sensor import ImuSensor
from tracker.core.model import Command, CommandName, Packet
from tracker.core.second import SECOND
from tracker.header import Second
from tracker.recording import Recording
from tracker.sources.simulator import DATA_CHANNEL, NAMED, simulate

LIVE = ("live", "--side", "alternate", "--calibrate", "--json", "--second", "IMU-THIGH", "--second-worn", "left thigh")
TEN_REPS = [(1, n, "left") for n in range(1, 6)] + [(2, n, "right") for n in range(1, 6)]


def data_of(simulation):
    return [item for item in packets_of(simulation) if item.channel == DATA_CHANNEL]


@pytest.fixture(scope="session")
def thigh_session():
    """Another movement, on a clock of its own."""
    scenario = NAMED["clean_pair"]
    return simulate(replace(scenario, seed=77, sensor=replace(scenario.sensor, clock_error=-0.001)))


@pytest.fixture
def thigh(world, thigh_session):
    second = ImuSensor(status_of(thigh_session), name="IMU-THIGH", address="AA:BB:CC:00:00:02", battery=15)
    second.peripheral.rssi = -30  # nearer than the one that is to be counted
    return world.add(second)


def play_both(world, first, second):
    """The first sends, then the second is connected and sends, then the first sends the rest."""
    sensor, packets = first
    world.play(sensor, packets[:20])
    world.play(*second)
    world.play(sensor, packets[20:])


def recorded(live):
    """Payloads of both sensors' data, and the commands."""
    inputs = list(Recording(live.recording()).inputs())
    packets = [item for item in inputs if isinstance(item, Packet)]
    first = [item.payload for item in packets if item.channel == DATA_CHANNEL]
    second = [item.payload for item in packets if item.channel == SECOND + DATA_CHANNEL]
    return first, second, [item for item in inputs if isinstance(item, Command)]


def test_the_first_is_counted_the_second_recorded(
    world, start, looked_at, sensor, thigh, clean_pair, thigh_session, tmp_path
):
    """The nearer second is not taken for the first; the count is as without it; replay, verify, report, export."""
    live = start(*LIVE)
    play_both(world, (sensor, data_of(clean_pair)), (thigh, data_of(thigh_session)))
    live.wait_for("set_ended", 2)
    live.wait_until(lambda: "Connecting to IMU-TEST (-50 dBm) and IMU-THIGH (-30 dBm)." in live.talk)
    assert live.end() == 130, live.talk
    assert live.reps() == TEN_REPS
    assert sensor.stopped.is_set()
    assert thigh.stopped.is_set()
    first, second, commands = recorded(live)
    counts = []
    for came, simulation in ((first, clean_pair), (second, thigh_session)):
        once = list(dict.fromkeys(came))  # each repeats its last packet while it idles
        assert once == [item.payload for item in data_of(simulation)][: len(once)]
        counts.append(sum(payload[1] for payload in once))
    assert counts[0] > 10_000
    assert counts[1] > 10_000
    assert (CommandName.BATTERY, "80") in [item[1:] for item in commands]
    assert (CommandName.SECOND, "battery 15") in [item[1:] for item in commands]
    warnings = [item["message"] for item in live.named("stream_warning") if item["code"] == "second_sensor"]
    assert warnings == ["The second sensor's battery is at 15 %: charge or change it."]
    header = Recording(live.recording()).header
    assert header.device == "IMU-TEST (Workshop)"
    assert header.second == Second("IMU-THIGH (Workshop)", "imu_stream", 100.0, "left thigh")
    replay = looked_at("replay", "last", "--json")
    assert replay.exit_code == 0
    assert replay.stdout.splitlines(keepends=True) == live.lines
    for verb in (("verify", "last"), ("report", "last")):
        assert looked_at(*verb).exit_code == 0
    export = looked_at("export", "last", "--to", "csv", "-o", str(tmp_path / "out.csv"))
    assert export.exit_code == 0, export.stderr
    lines = [(tmp_path / name).read_text().splitlines() for name in ("out.csv", "out_second.csv")]
    assert [len(table) - 1 for table in lines] == counts
    alone = looked_at("export", "last", "--to", "csv", "-o", "-")
    assert alone.exit_code == 0
    assert "Only the counted sensor" in alone.stderr
    again = looked_at("report", str(tmp_path / "out.csv"), "-o", str(tmp_path / "again"))
    assert again.exit_code == 0
    assert (tmp_path / "again" / "reps.csv").exists()


def test_either_link_is_lost_on_its_own(world, start, sensor, thigh, clean_pair, thigh_session):
    """The second goes and comes: the count goes on. The first goes and comes: the second is recorded meanwhile."""
    packets, beside = data_of(clean_pair), data_of(thigh_session)
    live = start(*LIVE)
    play_both(world, (sensor, packets[:620]), (thigh, beside[:100]))
    live.wait_for("rep_counted", 3)

    async def lose(one):
        one.drop(world.bluez)

    world.run(lose(thigh))
    world.play(thigh, beside[100:200])
    live.wait_until(lambda: any("is back" in item["message"] for item in live.named("stream_warning")))
    assert live.named("link_changed") == []
    world.run(lose(sensor))
    live.wait_for("link_changed", 1)
    world.play(thigh, beside[200:300])
    world.play(sensor, packets[620:])
    live.wait_for("set_ended", 2)
    assert live.end() == 130
    assert [item["is_up"] for item in live.named("link_changed")] == [False, True]
    assert len(live.reps()) >= 9
    _, second, commands = recorded(live)
    sent = [item.payload for item in beside[:300]]
    assert list(dict.fromkeys(second)) == sent  # the last of each part is repeated while it idles
    said = [item.value for item in commands if item.name is CommandName.SECOND]
    assert [value for value in said if value.startswith("link")] == ["link_lost", "link_back"]


def test_a_second_sensor_that_is_not_there(start, sensor):
    """One sentence, exit code 1; the first was not even connected to."""
    live = start(*LIVE, "--wait", "0.5")
    assert live.finish() == 1
    assert "Error: IMU-THIGH is not in range." in live.talk
    assert sensor.peripheral.connect_count == 0


def test_killed_with_two_sensors(world, start, looked_at, sensor, thigh, clean_pair, thigh_session):
    """After kill -9 both sensors' packets are on disk, and the recording replays."""
    live = start(*LIVE)
    play_both(world, (sensor, data_of(clean_pair)[:620]), (thigh, data_of(thigh_session)[:100]))
    live.wait_for("rep_counted", 3)
    assert live.end(signal.SIGKILL) == -signal.SIGKILL
    _, second, _ = recorded(live)
    assert len(second) >= 100
    replay = looked_at("replay", str(live.recording()), "--json")
    assert replay.exit_code == 0
    assert replay.stdout.splitlines(keepends=True)[: len(live.lines) - 1] == live.lines[:-1]  # the last may be cut
