"""What the profiles say of every known sensor is what reaches it over the air."""

from __future__ import annotations

import asyncio

import pytest

from tests.ble.bluez import Characteristic, Peripheral
from tests.ble.client import Client
from tests.ble.sensor import BATTERY_SERVICE, ImuSensor
from tests.decoders.dialogue import talked_through
from tracker.decoders import PROFILES, Read, Write, recognised
from tracker.decoders.profile import BATTERY_LEVEL

BLUETOOTH = [profile for profile in PROFILES.values() if profile.is_bluetooth]
pytestmark = pytest.mark.usefixtures("world", "radio")


@pytest.mark.parametrize("profile", BLUETOOTH, ids=lambda profile: profile.key)
def test_every_profile_is_carried_out(world, profile):
    """Subscriptions in order, each step of the setup in order, the battery, at the end the teardown; for all sensors.

    The link takes only 20 bytes a message: said for those that send more.
    """
    board = world.add_peripheral(board_of(profile))

    async def play():
        ended = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(chatter(ended))
            async with Client(profile.key) as client:
                assert client.stream.profile.key == profile.key
                assert bool(client.said) == (profile.min_mtu > board.mtu)
            ended.set()

    async def chatter(ended):
        first = next(item for item in board.characteristics if item.uuid == profile.notify[0])
        while not ended.is_set():
            if first.subscribers:
                await asyncio.wrap_future(world.submit(world.bluez.notify(board, first, b"\0")))
            await asyncio.sleep(0.02)

    asyncio.run(play())
    expected = [("StartNotify", uuid, b"") for uuid in profile.notify]
    expected += [
        ("WriteValue", step.characteristic, step.payload)
        if isinstance(step, Write)
        else ("ReadValue", step.characteristic, b"")
        for step in steps_of(profile)
    ]
    assert [call for call in board.calls if call[1] in {one[1] for one in expected}][-len(expected) :] == expected


def steps_of(profile) -> list[Write | Read]:
    """What reaches the sensor, in order; most sensors have no battery characteristic but the standard one."""
    battery = profile.battery if profile.battery != Read(BATTERY_LEVEL) else None
    steps = [*profile.setup, *([battery] if battery else []), *profile.teardown]
    return [step for step in talked_through(steps) if isinstance(step, Write | Read)]


def board_of(profile) -> Peripheral:
    """A peripheral with all that the profile asks for, where it asks for it."""
    steps = steps_of(profile)
    home = profile.service_uuids[0] if profile.service_uuids else BATTERY_SERVICE
    placed = dict.fromkeys((step.service or home, step.characteristic) for step in steps)
    for uuid in (*profile.characteristic_uuids, *profile.notify):
        if uuid not in {characteristic for _, characteristic in placed}:
            placed[home, uuid] = None
    flags = ("read", "write", "write-without-response", "notify")
    services: dict[str, list[Characteristic]] = {}
    for service, uuid in placed:
        services.setdefault(service, []).append(Characteristic(uuid, flags))
    name = profile.name_prefixes[0] if profile.name_prefixes else ""
    return Peripheral("AA:BB:CC:00:00:07", name, services, advertised_uuids=profile.service_uuids, mtu=23)


def test_imu_sensor_is_the_published_profile():
    """The stand-in's sensor is recognised by its service alone."""
    sensor = ImuSensor(b"", name="")
    assert recognised("", service_uuids=sensor.peripheral.advertised_uuids)[0].key == "imu_stream"
