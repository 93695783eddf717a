"""Computers whose Bluetooth can not be used: each cause is told from the others."""

from __future__ import annotations

import asyncio

import pytest

from tracker.errors import BluetoothUnavailable
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


def test_an_adapter_that_is_not_there():
    """--adapter names one that this computer does not have."""
    with pytest.raises(BluetoothUnavailable) as caught:
        asyncio.run(choose_sensor(None, None, adapter="hci7", search_s=1.0))
    assert caught.value.reason == "adapter"
