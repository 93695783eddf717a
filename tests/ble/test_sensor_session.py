"""One sensor through the real client, inside this process: order of setup, lost links, faults of the service."""

from __future__ import annotations

import asyncio

import pytest
from bleak import BleakClient, BleakScanner

from tests.ble.bluez import Peripheral
from tests.ble.boards.board import movement
from tests.ble.boards.two_streams import MetaMotionR
from tests.ble.client import Client
from tests.ble.conftest import packets_of
from tests.ble.mini_bus import BusError
from tests.ble.sensor import BATTERY_SERVICE
from tracker.core.model import Command, CommandName
from tracker.decoders import PROFILES
from tracker.decoders.imu_stream import DATA, STATUS, STOP_COMMAND, start_command
from tracker.errors import DeviceLost, DeviceUnsupported
from tracker.sources import ble_battery, ble_stream

pytestmark = pytest.mark.usefixtures("world", "radio")
FAILED = BusError("org.bluez.Error.Failed", "br-connection-canceled")


@pytest.fixture
def impatient(radio, monkeypatch):  # noqa: ARG001 - it must come after `radio`
    """The watchdog waits for tenths of seconds, so that the tests need not wait for seconds."""
    monkeypatch.setattr(ble_stream, "SILENT_S", 0.3)
    monkeypatch.setattr(ble_stream, "FIRST_DATA_S", 0.5)


@pytest.fixture
def packets(clean_pair):
    return packets_of(clean_pair)[1:41]


def streaming(world, sensor, packets, then=None):
    """Run `then(client)` in a session in which the sensor has sent these packets whenever it was started."""

    async def play():
        feeder = asyncio.wrap_future(world.submit(feed(world.bluez, sensor, packets)))
        try:
            async with Client(sensor.peripheral.name) as client:
                await client.until(lambda one: len(one.data) == len(packets))
                if then is not None:
                    await then(client)
                return client
        finally:
            feeder.cancel()

    return asyncio.run(play())


async def feed(bluez, sensor, packets):
    """Each time the host starts the sensor it sends all packets once."""
    while True:
        await sensor.started.wait()
        count = sensor.start_count
        await sensor.send(bluez, packets)
        while sensor.start_count == count:
            sensor.started.clear()
            await sensor.started.wait()


def lose_and_find(world, lose):
    """What to do in a running session: lose the link in this way and wait until the sensor has sent all again."""

    async def then(client):
        expected = len(client.data) * (client.runs + 1) // client.runs
        client.runs += 1
        await world.call(lose)
        await client.until(lambda one: one.commands.count(CommandName.LINK_BACK) == one.runs - 1)
        await client.until(lambda one: len(one.data) >= expected)

    return then


def test_subscribed_before_started_and_stopped_at_the_end(world, sensor, packets):
    """Both notifications stand before the start command; the stop command is the last thing written."""
    client = streaming(world, sensor, packets)
    calls = [call for call in sensor.peripheral.calls if call[1] in (DATA, STATUS)]
    assert calls == [
        ("StartNotify", DATA, b""),
        ("StartNotify", STATUS, b""),
        ("WriteValue", STATUS, start_command(100)),
        ("ReadValue", STATUS, b""),
        ("WriteValue", STATUS, STOP_COMMAND),
    ]
    assert client.data == [packet.payload for packet in packets]
    assert not sensor.peripheral.is_connected


def test_what_a_sensor_tells_of_itself(world, sensor, packets):
    """Maker and battery are read where they are; the battery goes into the stream."""
    sensor.battery.value = b"\x14"
    client = streaming(world, sensor, packets)
    assert (client.stream.about.maker, client.stream.about.battery_pct) == ("Workshop", 20)
    assert levels_in(client) == ["20"]


def levels_in(client):
    """Battery levels among the inputs."""
    return [item.value for item in client.inputs if isinstance(item, Command) and item.name is CommandName.BATTERY]


def test_the_battery_is_asked_again_and_again(world, sensor, packets, monkeypatch):
    """At the connection, every so often while it streams, and at the next connection; the stream goes on."""
    monkeypatch.setattr(ble_battery, "EVERY_S", 0.02)

    async def then(client):
        sensor.battery.value = b"\x4f"
        await client.until(lambda one: levels_in(one).count("79") >= 2)
        sensor.battery.value = b"\x4e"
        await lose_and_find(world, sensor.drop)(client)
        await client.until(lambda one: "78" in levels_in(one))

    client = streaming(world, sensor, packets, then)
    assert levels_in(client)[0] == "80"
    assert client.data == 2 * [packet.payload for packet in packets]


@pytest.mark.parametrize("value", [b"", b"\xff", b"\x65\x00"])
def test_a_battery_that_tells_nonsense_tells_nothing(world, sensor, packets, value):
    """More than 100 % and no bytes at all are no level."""
    sensor.battery.value = value
    client = streaming(world, sensor, packets)
    assert client.stream.about.battery_pct is None
    assert levels_in(client) == []


def test_a_battery_that_can_not_be_read_costs_only_its_level(world, sensor, packets):
    """Some firmware refuses the read: the session goes on without."""
    sensor.battery.read_error = BusError("org.bluez.Error.Failed", "Operation failed with ATT error: 0x0e")
    client = streaming(world, sensor, packets)
    assert client.stream.about.battery_pct is None
    assert client.data == [packet.payload for packet in packets]


def test_packets_are_stamped_in_order(world, sensor, packets):
    """Arrival times never run backwards and lie between start and end."""
    client = streaming(world, sensor, packets)
    times = [item.received_s for item in client.inputs]
    assert times == sorted(times)
    assert times[0] > 0


def test_a_lost_link_comes_back_without_duplicates(world, sensor, packets):
    """After two lost links every packet still arrives once, because each connection has its own subscription."""

    async def then(client):
        for _ in range(2):
            await lose_and_find(world, sensor.drop)(client)
        assert len(sensor.data.subscribers) == 1

    client = streaming(world, sensor, packets, then)
    assert client.data == 3 * [packet.payload for packet in packets]
    assert client.commands == 2 * [CommandName.LINK_LOST, CommandName.LINK_BACK]


def test_the_stand_in_doubles_samples_as_the_real_service_does(world, sensor, packets):
    """One client connected twice gets every notification twice: the fault the test above would see."""

    async def twice():
        device = await BleakScanner.find_device_by_name("IMU-TEST")
        got = asyncio.Queue()
        lost = asyncio.Event()
        first = BleakClient(device, disconnected_callback=lambda _client: lost.set())
        await first.connect()
        await first.start_notify(DATA, lambda _characteristic, data: got.put_nowait(bytes(data)))
        await world.call(sensor.drop)
        await lost.wait()
        async with BleakClient(device) as second:
            await second.start_notify(DATA, lambda _characteristic, data: got.put_nowait(bytes(data)))
            await asyncio.wrap_future(world.submit(sensor.send(world.bluez, packets[:1])))
            async with asyncio.timeout(5):
                assert await got.get() == await got.get()
        await first.disconnect()

    asyncio.run(twice())


def test_a_removed_device_is_found_again(world, sensor, packets):
    """The service forgets the device in mid-stream; it is recognised when it advertises again."""

    def lose(bluez):
        sensor.started.clear()
        bluez.remove_device(sensor.peripheral)

    client = streaming(world, sensor, packets, lose_and_find(world, lose))
    assert client.commands == [CommandName.LINK_LOST, CommandName.LINK_BACK]


@pytest.mark.usefixtures("impatient")
def test_silence_counts_as_a_lost_link(world, sensor, packets):
    """The link stays up but nothing comes: the sensor is stopped, left, and started again."""
    client = streaming(world, sensor, packets, lose_and_find(world, lambda _bluez: None))
    assert client.commands[:2] == [CommandName.LINK_LOST, CommandName.LINK_BACK]
    assert sensor.status.writes[:3] == [start_command(100), STOP_COMMAND, start_command(100)]


@pytest.mark.usefixtures("impatient")
def test_disconnecting_may_fail(world, sensor, packets):
    """A disconnect that the service refuses neither ends the session nor doubles samples."""

    def lose(_bluez):
        sensor.peripheral.disconnect_error = FAILED

    async def then(client):
        await lose_and_find(world, lose)(client)
        sensor.peripheral.disconnect_error = None

    client = streaming(world, sensor, packets, then)
    assert CommandName.LINK_BACK in client.commands
    assert len(client.data) % len(packets) == 0


@pytest.mark.usefixtures("impatient")
def test_the_bluetooth_service_restarts(world, sensor, packets):
    """The service goes in mid-stream, which nobody announces; when it is back the stream goes on."""

    async def then(client):
        await world.call(lambda bluez: setattr(bluez.bus, "has_service", False))
        await client.until(lambda one: CommandName.LINK_LOST in one.commands)
        await client.until_said()
        await world.call(lambda bluez: setattr(bluez.bus, "has_service", True))
        await client.until(lambda one: CommandName.LINK_BACK in one.commands)

    client = streaming(world, sensor, packets, then)
    assert "service is not running" in " ".join(client.said)


def test_the_message_bus_dies(world, sensor, packets):
    """Every connection to the bus breaks at once; the sensor is still connected and streams on over new ones."""

    def lose(bluez):
        sensor.peripheral.is_advertising = False
        for connection in bluez.bus.connections:
            connection.close()

    client = streaming(world, sensor, packets, lose_and_find(world, lose))
    assert client.data == 2 * [packet.payload for packet in packets]
    assert client.commands == [CommandName.LINK_LOST, CommandName.LINK_BACK]


def test_bluetooth_is_turned_off_and_on(world, sensor, packets):
    """The person is told once, and the stream goes on by itself."""

    async def then(client):
        await world.call(lambda bluez: bluez.power(is_on=False))
        await client.until_said()
        sensor.started.clear()
        await world.call(lambda bluez: bluez.power(is_on=True))
        await client.until(lambda one: CommandName.LINK_BACK in one.commands)

    client = streaming(world, sensor, packets, then)
    assert [sentence for sentence in client.said if "turned off" in sentence] == client.said
    assert len(client.said) == 1


def test_two_failing_connections(world, sensor, packets):
    """Interference: the third attempt works, and the session begins as if nothing had been."""
    sensor.peripheral.connect_errors.extend([FAILED, FAILED])
    client = streaming(world, sensor, packets)
    assert sensor.peripheral.connect_count == 3
    assert client.commands == []


def test_connections_that_always_fail(world, sensor):
    """After four attempts it is an error in one sentence."""
    sensor.peripheral.connect_errors.extend([FAILED] * 9)
    with pytest.raises(DeviceLost, match="IMU-TEST failed") as caught:
        streaming(world, sensor, [])
    assert sensor.peripheral.connect_count == 4
    assert "battery" in caught.value.hint


@pytest.mark.usefixtures("impatient")
def test_a_sensor_that_sends_nothing(sensor):
    """It connects and takes the setup but no data come: said so, and left stopped."""

    async def play():
        async with Client("IMU-TEST"):
            pass

    with pytest.raises(DeviceLost, match="sends nothing"):
        asyncio.run(play())
    assert sensor.status.writes[-1] == STOP_COMMAND


def test_a_relative_that_speaks_otherwise(world):
    """The name is that of a known sensor, the characteristics are not."""
    world.add_peripheral(Peripheral("AA:BB:CC:00:00:09", "IMU-OLD", {BATTERY_SERVICE: ()}))

    async def play():
        async with Client("IMU-OLD"):
            pass

    with pytest.raises(DeviceUnsupported, match="IMU-OLD is no sensor"):
        asyncio.run(play())


def test_every_stop_is_tried(world):
    """The first stop command is refused: the others are sent all the same."""
    board = MetaMotionR(movement(MetaMotionR.rate_hz, reps=6))
    world.add_peripheral(board.peripheral)
    refused = board.command.on_write

    def write(payload):
        if payload == b"\x03\x01\x00":
            raise BusError("org.bluez.Error.Failed", "Operation failed with ATT error: 0x80")
        refused(payload)

    board.command.on_write = write

    async def play():
        async with asyncio.TaskGroup() as group:
            talking = group.create_task(chatter())
            async with Client(board.name) as client:
                pass
            talking.cancel()
        return client

    async def chatter():
        while True:
            await asyncio.sleep(0.02)
            answers, board.answers = board.answers, []
            for answer in [*answers, *board.message(0, 3)]:
                await asyncio.wrap_future(
                    world.submit(world.bluez.notify(board.peripheral, answer.characteristic, answer.payload))
                )

    asyncio.run(play())
    assert board.command.writes[-6:] == [step.payload for step in PROFILES["metawear"].teardown]


def test_a_sensor_lost_at_the_end_is_stopped_all_the_same(world, sensor, packets):
    """The session ends while the sensor is away but streaming: it is sought once more to be stopped."""

    async def then(client):
        sensor.peripheral.is_advertising = False
        sensor.stopped.clear()
        await world.call(lambda bluez: bluez.drop_link(sensor.peripheral))
        await client.until(lambda one: CommandName.LINK_LOST in one.commands)
        sensor.peripheral.is_advertising = True

    streaming(world, sensor, packets, then)
    assert sensor.status.writes[-1] == STOP_COMMAND
