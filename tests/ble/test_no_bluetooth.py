"""Computers whose Bluetooth can not be used: each cause is told from the others."""

from __future__ import annotations

import asyncio

import pytest

from tracker.errors import BluetoothUnavailable, DeviceNotFound
from tracker.sources.ble_adapters import adapters
from tracker.sources.ble_choice import choose_sensor

pytestmark = pytest.mark.usefixtures("world", "radio")


def test_no_bus_at_all(monkeypatch, tmp_path):
    """No socket where the system's bus should be: a container without Bluetooth."""
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path / 'nothing'}")
    with pytest.raises(BluetoothUnavailable) as caught:
        asyncio.run(choose_sensor(None, None, search_s=1.0))
    assert caught.value.reason == "no_bus"


def test_no_bluetooth_service(world):
    """The bus is there, but nobody answers for Bluetooth."""
    world.bluez.bus.has_service = False
    with pytest.raises(BluetoothUnavailable) as caught:
        asyncio.run(choose_sensor(None, None, search_s=1.0))
    assert caught.value.reason == "no_service"


def test_bluetooth_turned_off(world):
    """The adapter is there and off."""
    asyncio.run(world.call(lambda bluez: bluez.power(is_on=False)))
    with pytest.raises(BluetoothUnavailable) as caught:
        asyncio.run(choose_sensor(None, None, search_s=1.0))
    assert caught.value.reason == "powered_off"


def test_adapters_are_listed(world):
    """By name, with whether they are on; and named where nothing was found by one of several."""
    world.bluez.add_adapter("hci1", "desk", is_powered=False)
    found = asyncio.run(adapters())
    assert [(item.name, item.title, item.is_powered) for item in found] == [("hci0", "", True), ("hci1", "desk", False)]
    with pytest.raises(DeviceNotFound) as caught:
        asyncio.run(choose_sensor(None, None, search_s=0.2))
    assert "hci0, hci1" in caught.value.hint


@pytest.mark.parametrize(("prepare", "reason"), [("nothing", "no_bus"), ("no service", "no_service")])
def test_adapters_of_a_computer_without_bluetooth(world, monkeypatch, tmp_path, prepare, reason):
    """The same causes as of a scan."""
    if prepare == "nothing":
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path / 'nothing'}")
    world.bluez.bus.has_service = prepare != "no service"
    with pytest.raises(BluetoothUnavailable) as caught:
        asyncio.run(adapters())
    assert caught.value.reason == reason


def test_an_adapter_that_is_not_there():
    """--adapter names one that this computer does not have."""
    with pytest.raises(BluetoothUnavailable) as caught:
        asyncio.run(choose_sensor(None, None, adapter="hci7", search_s=1.0))
    assert caught.value.reason == "adapter"
