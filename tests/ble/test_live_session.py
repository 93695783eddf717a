"""The installed command against a sensor that plays a simulated session: counts, links, recordings."""

from __future__ import annotations

import json
import signal
import time

import pytest

from tests.ble.bluez import ADDRESS, Characteristic, Peripheral
from tests.ble.conftest import packets_of, status_of
from tests.ble.sensor import ImuSensor
from tracker.core.model import Command, CommandName, Packet
from tracker.decoders import metawear
from tracker.recording import Recording
from tracker.sources.simulator import DATA_CHANNEL

LIVE = ("live", "--sensor", ADDRESS, "--side", "alternate", "--calibrate", "--json")
TEN_REPS = [(1, n, "left") for n in range(1, 6)] + [(2, n, "right") for n in range(1, 6)]


def data_of(simulation):
    return [item for item in packets_of(simulation) if item.channel == DATA_CHANNEL]


def stream_time_s(simulation, true_s):
    """The sensor's own clock at a true time."""
    return true_s * (1 + simulation.truth.clock_error)


def split_at(simulation, *times_s):
    """The data packets in stretches, cut at these stream times."""
    first_us = simulation.scenario.radio.first_clock_us
    stretches = [[] for _ in range(len(times_s) + 1)]
    for packet in data_of(simulation):
        t_s = (int.from_bytes(packet.payload[4:8], "little") - first_us) * 1e-6
        stretches[sum(t_s >= limit_s for limit_s in times_s)].append(packet)
    return stretches


def test_a_whole_session_is_counted_and_its_recording_says_the_same(world, start, looked_at, sensor, clean_pair):
    """Ten reps on two legs, counted from notifications; the replayed recording gives equal events."""
    live = start(*LIVE, "--load", "20", "--target", "5")
    world.play(sensor, data_of(clean_pair))
    live.wait_for("set_ended", 2)
    assert live.end() == 130, live.talk
    assert live.reps() == TEN_REPS
    assert live.recording().name == "recording.jsonl.gz"
    assert sensor.stopped.is_set()
    assert live.talk.count("\a") == 2  # each set reached its target
    header = Recording(live.recording()).header
    assert (header.device, header.decoder, header.load_kg) == ("IMU-TEST (Workshop)", "imu_stream", 20.0)
    written = {path.name for path in live.recording().parent.iterdir()}
    assert written == {"recording.jsonl.gz", "reps.csv", "sets.csv", "session.json", "report.html"}
    replay = looked_at("replay", "last", "--json")
    assert replay.exit_code == 0
    assert replay.stdout.splitlines(keepends=True) == live.lines


def test_a_laboratory_gets_what_the_sensor_sends(world, start, sensor, clean_pair):
    """`live --lsl`: the stream of samples is found by name while the session runs; the count goes on."""
    try:
        import pylsl
    except (ImportError, RuntimeError, OSError):
        pytest.skip("pylsl is not there: a live stream stays unproved")
    live = start(*LIVE, "--lsl")
    world.play(sensor, data_of(clean_pair))
    live.wait_for("set_ended", 1)
    (info,) = pylsl.resolve_byprop("name", "hip-thrust-tracker", timeout=30)
    assert (info.type(), info.channel_count()) == ("MoCap", 6)
    assert live.end() == 130, live.talk
    assert live.reps()[:5] == TEN_REPS[:5]


def test_set_and_count_survive_lost_links(world, start, sensor, clean_pair):
    """In each set the link is lost for 1.5 s, once by distance and once by a removed device: no false rep, one set."""
    reps = clean_pair.truth.reps
    # the rep with the hole in it can not be counted; all others keep their places
    holes = [(stream_time_s(clean_pair, reps[i].top_s) - 0.5) for i in (2, 7)]
    cuts = [cut for hole_s in holes for cut in (hole_s, hole_s + 1.5)]
    before, _, between, _, after = split_at(clean_pair, *cuts)
    live = start(*LIVE)
    world.play(sensor, before)
    live.wait_for("rep_counted", 2)

    async def drop():
        sensor.drop(world.bluez)

    world.run(drop())
    world.play(sensor, between)
    live.wait_for("rep_counted", 6)

    async def remove():
        sensor.forget_host()
        world.bluez.remove_device(sensor.peripheral)

    world.run(remove())
    world.play(sensor, after)
    live.wait_for("set_ended", 2)
    live.end()
    assert [item["is_up"] for item in live.named("link_changed")] == [False, True, False, True]
    assert live.talk.count("\a") == 2
    assert_true_reps(live, clean_pair, missed=2)


def assert_true_reps(live, simulation, *, missed):
    """Every counted rep is a true one of its own, numbered on without a break; at most `missed` were not counted."""
    spans = [
        (rep.set_number, stream_time_s(simulation, rep.start_s), stream_time_s(simulation, rep.end_s))
        for rep in simulation.truth.reps
    ]
    counted = live.named("rep_counted")
    matches = [
        (item["set_number"], start_s)
        for item in counted
        for set_number, start_s, end_s in spans
        if start_s < item["t_s"] < end_s and set_number == item["set_number"]
    ]
    assert len(matches) == len(set(matches)) == len(counted) >= len(spans) - missed, f"{counted}, true: {spans}"
    for set_number in (1, 2):
        numbers = [item["number"] for item in counted if item["set_number"] == set_number]
        assert numbers == list(range(1, len(numbers) + 1))


def test_loss_and_reordering_cost_no_rep(world, start, sensor, clean_pair):
    """Every 50th packet lost, every 20th pair swapped, every 30th sent twice: ten reps, and the loss is told."""
    packets = data_of(clean_pair)
    sent = [packet for number, packet in enumerate(packets) if number % 50 != 25]
    for number in range(0, len(sent) - 1, 20):
        sent[number], sent[number + 1] = sent[number + 1], sent[number]
    sent = [packet for number, packet in enumerate(sent) for _ in range(2 if number % 30 == 7 else 1)]
    live = start(*LIVE)
    world.play(sensor, sent)
    live.wait_for("set_ended", 2)
    live.end()
    assert live.reps() == TEN_REPS
    [account] = live.named("stream_ended")
    assert account["missing_samples"] > 100
    assert account["duplicate_samples"] > 100


def test_a_killed_session_leaves_its_recording_and_the_next_one_finds_the_sensor(
    world, start, looked_at, sensor, clean_pair
):
    """After kill -9 all inputs are on disk; the link is still up, so the sensor is found though it is silent."""
    packets = data_of(clean_pair)
    live = start(*LIVE)
    world.play(sensor, packets)
    live.wait_for("rep_counted", 8)
    assert live.end(signal.SIGKILL) == -signal.SIGKILL
    path = live.recording()
    assert path.name == "recording.jsonl"
    inputs = list(Recording(path).inputs())
    assert sum(isinstance(item, Packet) for item in inputs) > 1000
    replay = looked_at("replay", str(path), "--json")
    assert replay.exit_code == 0
    assert [line for line in replay.stdout.splitlines(keepends=True) if line in live.lines][
        : len(live.lines)
    ] == live.lines
    assert sensor.peripheral.is_connected
    sensor.peripheral.is_advertising = False
    sensor.started.clear()
    second = start("live", "--json")
    world.play(sensor, packets[:100])
    second.wait_for("stream_started")
    assert second.end() == 130
    assert "connected already" in second.talk
    assert not sensor.peripheral.is_connected


def test_a_session_without_a_sensor(start):
    """Nothing in range: exit code 1, one sentence, no traceback, nothing recorded."""
    live = start("live", "--wait", "0.3")
    assert live.finish() == 1
    assert live.talk.splitlines()[-1].startswith("Error: No supported sensor is in range. ")
    assert "Traceback" not in live.talk
    assert not live.home.exists()


def test_a_folder_that_can_not_be_written_leaves_the_sensor_stopped(world, start, sensor, clean_pair, tmp_path):
    """The recording can not be created: exit code 1 and one sentence, after the sensor was told to stop."""
    (tmp_path / "file").write_text("")
    live = start("live", "--sensor", ADDRESS, TRACKER_HOME=str(tmp_path / "file"))
    world.play(sensor, data_of(clean_pair)[:40])
    assert live.finish() == 1
    assert "Error: " in live.talk
    assert "Traceback" not in live.talk
    assert sensor.stopped.is_set()


def test_stopped_before_the_sensor_was_found(start):
    """Ctrl-C while searching: exit code 130 and nothing recorded."""
    live = start("live")
    live.wait_until(lambda: "Looking for" in live.talk)
    assert live.end() == 130
    assert "Traceback" not in live.talk
    assert not live.home.exists()


def test_stopped_while_connecting(start, sensor):
    """Ctrl-C while the sensor does not answer: exit code 130, nothing recorded, no link left."""
    sensor.peripheral.is_answering = False
    live = start("live", "--sensor", "imu-test")
    live.wait_until(lambda: "Connecting to IMU-TEST" in live.talk)
    assert live.end() == 130
    assert "Traceback" not in live.talk
    assert list(live.home.glob("*/*")) == []  # but for the lock of the sensor, which is no session
    assert not sensor.peripheral.is_connected


def test_stopped_while_the_sensor_is_away(world, start, sensor, clean_pair):
    """Ctrl-C while it is sought: the recording is closed, holds the loss, and the exit is that of any other stop."""
    live = start("live", "--sensor", ADDRESS, "--record-only")
    world.play(sensor, data_of(clean_pair)[:30])
    live.wait_until(lambda: "Recording to" in live.talk)

    async def leave():
        sensor.peripheral.is_advertising = False
        sensor.drop(world.bluez)

    world.run(leave())
    live.wait_until(lambda: "\a" in live.talk)
    assert live.end() == 130
    assert live.recording().name == "recording.jsonl.gz"
    inputs = list(Recording(live.recording()).inputs())
    assert sum(isinstance(item, Packet) and item.channel == DATA_CHANNEL for item in inputs) >= 30
    commands = [item.name for item in inputs if isinstance(item, Command)]
    assert commands == [CommandName.CALIBRATE, CommandName.BATTERY, CommandName.LINK_LOST]
    assert live.lines == []
    assert "IMU-TEST could not be reached to stop it: turn it off by hand." in live.talk


def test_ctrl_c_until_it_ends(world, start, sensor, clean_pair):
    """Pressed again and again while a sensor that is out of reach is sought to be stopped: out, in order, recorded."""
    live = start("live", "--sensor", ADDRESS)
    world.play(sensor, data_of(clean_pair)[:30])
    live.wait_until(lambda: "Recording to" in live.talk)

    async def leave():
        sensor.peripheral.is_advertising = False
        sensor.drop(world.bluez)

    world.run(leave())
    live.wait_until(lambda: "\a" in live.talk)
    while live.process.poll() is None:
        live.process.send_signal(signal.SIGINT)
        time.sleep(0.3)
    assert live.finish() == 130
    assert "Traceback" not in live.talk
    assert live.recording().name == "recording.jsonl.gz"


def test_the_strongest_then_the_last_one(world, start, clean_pair):
    """Several sensors: the strongest is taken and said; the next session takes the same one, now the weaker."""
    near = world.add(ImuSensor(status_of(clean_pair), name="IMU-NEAR", address="AA:BB:CC:00:00:02"))
    far = world.add(ImuSensor(status_of(clean_pair), name="IMU-FAR", address="AA:BB:CC:00:00:03"))
    near.peripheral.rssi, far.peripheral.rssi = -40, -80
    for chosen in ("strongest", "last"):
        live = start("live", "--json")
        world.play(near, data_of(clean_pair)[:40])
        live.wait_for("stream_started")
        assert live.end() == 130, chosen
        if chosen == "strongest":
            assert "Connecting to IMU-NEAR (-40 dBm). Also in range: IMU-FAR; --sensor chooses." in live.talk
        near.peripheral.rssi, far.peripheral.rssi = -80, -40
    assert far.start_count == 0


@pytest.mark.usefixtures("sensor")
def test_strangers_are_listed_only_when_asked_for(world, start):
    """`scan` shows what it knows, `scan --all` everything; the battery is read where it was asked for."""
    world.add_peripheral(Peripheral("AA:BB:CC:00:00:08", "Kitchen scale", {}, rssi=-70))
    usual = start("scan", "--time", "0.5", "--battery")
    assert usual.finish() == 0
    everything = start("scan", "--time", "0.5", "--all", "--json")
    assert everything.finish() == 0
    assert [line.split() for line in usual.lines] == [
        ["NAME", "KIND", "SIGNAL", "BATTERY", "ADDRESS"],
        ["IMU-TEST", "imu_stream", "-50", "dBm", "80", "%", "AA:BB:CC:00:00:01"],
    ]
    found = [json.loads(line) for line in everything.lines]
    assert [(item["name"], item["kind"], item["battery_pct"]) for item in found] == [
        ("IMU-TEST", "imu_stream", None),
        ("Kitchen scale", "", None),
    ]


def test_a_battery_that_answers_by_a_notification_is_listed(world, start):
    """MetaWear boards are asked by a request: the answer is a notification, which `scan --battery` waits for."""
    notify = Characteristic(metawear.NOTIFY, ("notify",))

    def answer(request):
        if request == b"\x11\x8c":
            world.submit(world.bluez.notify(board, notify, bytes.fromhex("118c2a0f10")))

    command = Characteristic(metawear.COMMAND, ("write-without-response",), on_write=answer)
    services = {metawear.SERVICE: (command, notify)}
    board = Peripheral("AA:BB:CC:00:00:08", "MetaWear", services, advertised_uuids=(metawear.SERVICE,))
    world.add_peripheral(board)
    asked = start("scan", "--time", "0.5", "--battery", "--json")
    assert asked.finish() == 0
    assert [json.loads(line)["battery_pct"] for line in asked.lines] == [42]


def test_bluetooth_that_is_not_there(start, tmp_path):
    """No message bus: exit code 1 and one sentence with the mend, and what goes without Bluetooth."""
    live = start("live", DBUS_SYSTEM_BUS_ADDRESS=f"unix:path={tmp_path / 'nothing'}")
    assert live.finish() == 1
    assert "Error: The system's message bus" in live.talk
    assert "`--phone browser`" in live.talk
    assert "`tracker demo`" in live.talk
    assert "Traceback" not in live.talk


def header_of(live):
    return Recording(max(live.home.glob("*/recording.jsonl.gz"), key=lambda path: path.stat().st_mtime_ns)).header


def test_a_session_begins_with_a_calibration_and_the_next_one_of_the_day_need_not(
    world, start, looked_at, sensor, clean_pair
):
    """Asked for by itself, led hold by hold, kept; the next session takes it when the rest pose agrees, and replays."""
    packets = data_of(clean_pair)
    first = start("live", "--json")
    world.play(sensor, packets)
    first.wait_for("set_ended", 2)
    assert first.end() == 130
    assert [item["hold"] for item in first.named("calibration_step")] == [1, 2, 3, 4, 5]
    [calibrated] = first.named("calibrated")
    assert calibrated["is_stored"] is False
    assert header_of(first).calibration is None
    sensor.started.clear()
    second = start("live", "--json")
    world.play(sensor, packets)
    second.wait_for("calibrated")
    assert second.end() == 130
    [again] = second.named("calibrated")
    assert again["is_stored"] is True
    assert again["calibration"] == calibrated["calibration"]
    assert [item["hold"] for item in second.named("calibration_step")] == [1]
    assert header_of(second).calibration is not None
    replay = looked_at("replay", "last", "--json")
    assert replay.exit_code == 0
    assert replay.stdout.splitlines(keepends=True) == second.lines


@pytest.mark.parametrize(
    ("options", "expected"),
    [(["--calibrate"], 1), (["--no-calibrate"], 0), (["--athlete", "Bob"], 1)],
    ids=["forced", "never", "another person"],
)
def test_the_calibration_of_earlier_is_not_taken(world, start, sensor, clean_pair, options, expected):
    """With --calibrate it begins anew, with --no-calibrate it asks nothing, and one person's is not another's."""
    packets = data_of(clean_pair)
    first = start("live", "--json", "--athlete", "Ada")
    world.play(sensor, packets)
    first.wait_for("calibrated")
    assert first.end() == 130
    sensor.started.clear()
    second = start("live", "--json", *(["--athlete", "Ada"] if "--athlete" not in options else []), *options)
    world.play(sensor, packets[:200])
    second.wait_for("stream_started")
    assert second.end() == 130
    assert header_of(second).calibration is None
    assert len(second.named("calibration_started")) == expected


def test_a_session_that_only_records_leads_through_its_calibration(world, start, sensor, clean_pair):
    """The steps stand on stderr, and nothing else is shown."""
    live = start("live", "--record-only")
    world.play(sensor, data_of(clean_pair))
    live.wait_until(lambda: "Calibrated: range" in live.talk)
    assert live.end() == 130
    assert live.talk.count("Lower slowly. Keep still at the bottom.") == 2
    assert live.lines == []
