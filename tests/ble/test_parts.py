"""The small parts between Bluetooth and the loop: inbox, choice, memory, sentences."""

from __future__ import annotations

import asyncio
import sys

import pytest
from bleak import BleakClient, BleakScanner
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakCharacteristicNotFoundError,
    BleakDBusError,
    BleakDeviceNotFoundError,
    BleakError,
    BleakGATTProtocolError,
)

from tests.ble.bluez import Peripheral
from tests.ble.boards import BOARDS
from tests.ble.boards.board import movement
from tracker.core.model import Command, CommandName
from tracker.errors import BluetoothUnavailable, DeviceLost, DeviceNotFound, DeviceUnsupported
from tracker.sources import ble_errors
from tracker.sources.ble_choice import choose_sensor
from tracker.sources.ble_errors import radio_errors, translate
from tracker.sources.ble_scan import connected
from tracker.sources.inbox import Inbox
from tracker.sources.remembered import Remembered, remember_sensor, remembered_sensor

Reason = BleakBluetoothNotAvailableReason


def drained(inbox):
    """Everything in a closed inbox."""

    async def drain():
        return [item async for batch in inbox.batches() for item in batch]

    return asyncio.run(drain())


def test_the_inbox_keeps_order_and_stamps():
    """Packets and commands come out as they were put in, with the time of the putting."""
    times = iter([1.0, 2.0, 3.0])
    inbox = Inbox(lambda: next(times))
    inbox.put_packet("a", b"1")
    inbox.put_command(CommandName.SIDE, "left")
    inbox.put_packet("b", b"2")
    inbox.close()
    assert drained(inbox) == [(1.0, "a", b"1"), (2.0, CommandName.SIDE, "left"), (3.0, "b", b"2")]


def test_a_full_inbox_counts_what_it_drops_and_says_so():
    """Five packets into three places: three come out, then a note of the two that did not; commands always fit."""
    inbox = Inbox(lambda: 0.0, most_packets=3)
    for number in range(5):
        inbox.put_packet("a", bytes([number]))
    inbox.put_command(CommandName.MARK, "here")
    inbox.close()
    items = drained(inbox)
    assert [item.payload for item in items[:3]] == [b"\0", b"\1", b"\2"]
    assert items[3] == Command(0.0, CommandName.MARK, "here")
    assert items[4] == Command(0.0, CommandName.NOTE, "2 packets were lost because this computer was busy.")


def test_a_failed_source_gives_its_inputs_before_its_error():
    """Whoever drains gets everything that came, then the error."""
    inbox = Inbox(lambda: 0.0)
    inbox.put_packet("a", b"1")
    inbox.close(DeviceLost("gone"))
    got = []

    async def drain():
        async for batch in inbox.batches():
            got.extend(batch)

    with pytest.raises(DeviceLost):
        asyncio.run(drain())
    assert len(got) == 1


def test_the_usual_interval_is_that_of_data():
    """Answers to the setup do not count; the average follows the data."""
    now_s = 0.0
    inbox = Inbox(lambda: now_s)
    inbox.put_packet("control", b"")
    assert not inbox.has_data.is_set()
    for _ in range(60):
        now_s += 0.5
        inbox.put_packet("data", b"", is_data=True)
    assert inbox.usual_interval_s == pytest.approx(0.5, rel=0.01)
    now_s += 2.0
    assert inbox.seconds_silent() == 2.0


def test_what_a_second_sensor_puts_in_comes_out_marked():
    """In order among that of the first, with a prefix; its quiet end ends nothing, its error everything."""
    times = iter([1.0, 2.0, 3.0, 4.0])
    first = Inbox(lambda: next(times))
    second = Inbox(lambda: next(times), beside=first)
    first.put_packet("a", b"1")
    second.put_packet("a", b"2", is_data=True)
    second.put_command(CommandName.BATTERY, "70")
    second.lose_link()
    second.close()
    first.close()
    assert drained(first) == [
        (1.0, "a", b"1"),
        (2.0, "second/a", b"2"),
        (3.0, CommandName.SECOND, "battery 70"),
        (4.0, CommandName.SECOND, "link_lost"),
    ]
    assert not first.has_data.is_set()
    Inbox(lambda: 0.0, beside=(broken := Inbox(lambda: 0.0))).close(DeviceLost("gone"))
    with pytest.raises(DeviceLost):
        drained(broken)


def test_back_is_said_right_before_the_first_data():
    """Of a lost link: nothing else of the new one counts as being back, and it is said once."""
    inbox = Inbox(lambda: 0.0)
    inbox.put_packet("data", b"1", is_data=True)
    inbox.lose_link()
    inbox.begin_link()
    inbox.put_packet("control", b"")
    inbox.put_packet("data", b"2", is_data=True)
    inbox.put_packet("data", b"3", is_data=True)
    inbox.close()
    kinds = [item.name if isinstance(item, Command) else item.channel for item in drained(inbox)]
    assert kinds == ["data", CommandName.LINK_LOST, "control", CommandName.LINK_BACK, "data", "data"]


TRANSLATIONS = [
    (BleakBluetoothNotAvailableError("", Reason.NO_BLUETOOTH), BluetoothUnavailable, "no_adapter"),
    (BleakBluetoothNotAvailableError("", Reason.NO_BLE_CENTRAL_ROLE), BluetoothUnavailable, "no_low_energy"),
    (BleakBluetoothNotAvailableError("", Reason.POWERED_OFF), BluetoothUnavailable, "powered_off"),
    (BleakBluetoothNotAvailableError("", Reason.DENIED_BY_USER), BluetoothUnavailable, "denied"),
    (BleakBluetoothNotAvailableError("", Reason.DENIED_BY_SYSTEM), BluetoothUnavailable, "denied"),
    (BleakBluetoothNotAvailableError("", Reason.DENIED_BY_UNKNOWN), BluetoothUnavailable, "denied"),
    (BleakBluetoothNotAvailableError("", Reason.UNKNOWN), BluetoothUnavailable, "system"),
    (BleakDBusError("org.freedesktop.DBus.Error.ServiceUnknown", [""]), BluetoothUnavailable, "no_service"),
    (BleakDBusError("org.freedesktop.DBus.Error.AccessDenied", [""]), BluetoothUnavailable, "denied"),
    (BleakDBusError("org.bluez.Error.NotReady", [""]), BluetoothUnavailable, "powered_off"),
    (FileNotFoundError(2, ""), BluetoothUnavailable, "no_bus"),
    (ConnectionRefusedError(111, ""), BluetoothUnavailable, "no_bus"),
    (EOFError(), BluetoothUnavailable, "no_bus"),
    (PermissionError(13, ""), BluetoothUnavailable, "denied"),
    (OSError(5, ""), BluetoothUnavailable, "system"),
    (BleakDBusError("org.bluez.Error.Failed", ["br-connection-canceled"]), DeviceLost, None),
    (BleakDeviceNotFoundError("AA"), DeviceNotFound, None),
    (BleakDBusError("org.freedesktop.DBus.Error.UnknownObject", ["/dev_AA"]), DeviceNotFound, None),
    (BleakCharacteristicNotFoundError("2a19"), DeviceUnsupported, None),
    (BleakGATTProtocolError(0x05), DeviceUnsupported, None),
    (BleakGATTProtocolError(0x80), DeviceLost, None),
    (BleakError("anything"), DeviceLost, None),
    (TimeoutError(), DeviceLost, None),
    (BleakDBusError("org.bluez.Error.NotPermitted", ["Notify acquired"]), DeviceUnsupported, None),
]


@pytest.mark.parametrize(("foreign", "kind", "reason"), TRANSLATIONS, ids=lambda value: repr(value)[:60])
@pytest.mark.parametrize("system", ["linux", "darwin", "win32", "freebsd14"])
def test_each_foreign_error_is_one_sentence_and_one_mend(monkeypatch, foreign, kind, reason, system):
    """Kind and reason for programs, a sentence and a hint for people, on every system."""
    monkeypatch.setattr(sys, "platform", system)
    error = translate(foreign, name="" if reason == "denied" else "IMU-1")
    assert type(error) is kind
    assert getattr(error, "reason", None) == reason
    assert error.message.endswith(".")
    assert error.hint.endswith((".", ")"))
    assert isinstance(foreign, ble_errors.FOREIGN)


@pytest.mark.parametrize("code", [0x03, 0x80, 0xE0])
def test_a_refused_request_is_plain_words(code):
    """The sensor's name and the code of its error, also where nobody gave that a name; nothing of the library's."""
    error = translate(BleakGATTProtocolError(code), name="IMU-1")
    assert error.message == f"IMU-1 refused what it was asked (error 0x{code:02x})."


def test_windows_says_denied_where_a_sensor_must_be_paired(monkeypatch):
    """Of one sensor it is that; of the radio as a whole it is a missing permission."""
    monkeypatch.setattr(sys, "platform", "win32")
    assert isinstance(translate(PermissionError(13, ""), name="Polar"), DeviceUnsupported)
    assert isinstance(translate(PermissionError(13, ""), name=""), BluetoothUnavailable)


def test_errors_of_the_radio_keep_their_cause():
    """Around a scan everything foreign is about this computer, and says where it came from."""
    cause = BleakError("adapter 'hci7' not found")
    with pytest.raises(BluetoothUnavailable) as caught, radio_errors("hci7"):
        raise cause
    assert caught.value.reason == "adapter"
    assert caught.value.__cause__ is cause


def test_a_sensor_is_remembered(tmp_path, monkeypatch):
    """Written, read back; a damaged note, or none, is as if there had been no session."""
    monkeypatch.setenv("TRACKER_HOME", str(tmp_path / "home"))
    assert remembered_sensor() is None
    remember_sensor(Remembered("AA", "Gürtel", "imu_stream"))
    assert remembered_sensor() == Remembered("AA", "Gürtel", "imu_stream")
    [note] = (tmp_path / "home").iterdir()
    for damaged in ("", "[]", "{}", "null", '{"address": "AA"'):
        note.write_text(damaged)
        assert remembered_sensor() is None


def test_a_folder_that_refuses_costs_only_the_memory(tmp_path, monkeypatch):
    """No error when the note can not be written."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TRACKER_HOME", str(tmp_path / "file"))
    remember_sensor(Remembered("AA", "", "imu_stream"))
    assert remembered_sensor() is None


@pytest.fixture
def gym(world):
    """Two MetaWear boards, one nearer, and a watch that is no sensor."""
    service = "326a9000-85cb-9195-d9dd-464cfbbae75a"
    for number, (name, rssi) in enumerate((("MetaWear", -60), ("Belt", -50))):
        world.add_peripheral(Peripheral(f"AA:00:00:00:00:0{number}", name, {}, advertised_uuids=(service,), rssi=rssi))
    world.add_peripheral(Peripheral("AA:00:00:00:00:09", "Watch", {}, rssi=-30))


CHOICES = [
    # wanted, remembered, chosen, its kinds begin with
    (None, None, "Belt", "metawear"),
    (None, Remembered("AA:00:00:00:00:00", "MetaWear", "metawear_s"), "MetaWear", "metawear_s"),
    (None, Remembered("AA:00:00:00:00:77", "Gone", "polar"), "Belt", "metawear"),
    ("metawear_s", None, "Belt", "metawear_s"),
    ("metawear", Remembered("AA:00:00:00:00:00", "MetaWear", "metawear_s"), "MetaWear", "metawear"),
    ("aa:00:00:00:00:00", None, "MetaWear", "metawear"),
    ("belt", None, "Belt", "metawear"),
]


@pytest.mark.usefixtures("gym", "radio")
@pytest.mark.parametrize(("wanted", "last", "chosen", "kind"), CHOICES)
@pytest.mark.parametrize("adapter", [None, "hci0"])
def test_which_sensor_is_taken(wanted, last, chosen, kind, adapter):
    """By name, address or kind; else the one used last, else the strongest supported one, never a stranger."""
    choice = asyncio.run(choose_sensor(wanted, last, adapter=adapter, search_s=5.0))
    assert choice.sensor.name == chosen
    assert choice.sensor.profiles[0].key == kind
    assert "Watch" not in {sensor.name for sensor in choice.others}


TWINS = [(None, "AA:00:00:00:00:01"), (Remembered("AA:00:00:00:00:00", "Belt", "metawear"), "AA:00:00:00:00:00")]


@pytest.mark.usefixtures("gym", "radio")
@pytest.mark.parametrize(("last", "address"), TWINS)
def test_of_two_with_one_name_the_stronger_or_the_last_is_taken(world, last, address):
    """A name does not tell them apart: their addresses are said."""
    world.bluez.peripherals[0].name = "Belt"
    choice = asyncio.run(choose_sensor("Belt", last, search_s=5.0))
    assert choice.sensor.address == address
    [other] = {"AA:00:00:00:00:00", "AA:00:00:00:00:01"} - {address}
    assert choice.other_titles in ((f"Belt ({other})",), () if last else None)  # the last one ends the search at once


@pytest.mark.usefixtures("radio")
@pytest.mark.parametrize("key", BOARDS)
def test_a_sensor_whose_link_stayed_up_is_found(world, key):
    """After a killed run it does not advertise; its services tell what it is, or its name."""
    board = BOARDS[key](movement(BOARDS[key].rate_hz, reps=6))
    world.add_peripheral(board.peripheral)

    async def play():
        device = await BleakScanner.find_device_by_name(board.name)
        async with BleakClient(device):
            board.peripheral.is_advertising = False
            return await connected(None)

    [sensor] = asyncio.run(play())
    assert sensor.address == board.peripheral.address
    assert key in {profile.key for profile in sensor.profiles}


@pytest.mark.usefixtures("gym", "radio")
def test_a_stranger_that_was_named_may_be_of_any_kind():
    """A person may have renamed the sensor: the characteristics found after connecting decide."""
    choice = asyncio.run(choose_sensor("Watch", None, search_s=5.0))
    assert len(choice.sensor.profiles) > 10


@pytest.mark.usefixtures("gym", "radio")
@pytest.mark.parametrize("wanted", ["Bell", "polar"])
def test_what_is_not_there_is_said_with_what_is(wanted):
    """The error names what was wanted and what is in range."""
    with pytest.raises(DeviceNotFound) as caught:
        asyncio.run(choose_sensor(wanted, None, search_s=0.3))
    assert wanted in caught.value.message
    assert "Belt, MetaWear" in caught.value.hint or "MetaWear, Belt" in caught.value.hint
