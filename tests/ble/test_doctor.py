"""`tracker doctor`: a line for each thing a live session needs, with the mend, and the exit code."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket

import pytest

from tracker.commands import checkup
from tracker.commands.checkup import State

WELL = ["versions", "D-Bus", "adapter", "permission", "sensor", "data", "page", "sound"]


def states_of(doctor):
    """First word of what was looked at -> its state, in order."""
    return [(line[6:].split()[0], line.split()[0]) for line in doctor.lines]


def test_a_computer_that_is_well(start):
    """One line each, exit code 0; no sensor was used yet, and that is only a note."""
    well = start("doctor")
    assert well.finish() == 0, well.lines
    assert [what for what, _ in states_of(well)] == WELL
    assert dict(states_of(well))["sensor"] == "note"
    assert "FAIL" not in dict(states_of(well)).values()
    assert "bleak" in well.lines[0]


def test_the_sensor_used_last(world, start, sensor, tmp_path):
    """Heard, or not; the other adapter is listed as well."""
    home = tmp_path / "home"
    home.mkdir()
    note = {"address": sensor.peripheral.address, "name": "IMU-TEST", "kind": "imu_stream"}
    (home / "last_sensor.json").write_text(json.dumps(note))

    async def plug_in():
        world.bluez.add_adapter("hci1", "desk", is_powered=False)

    world.run(plug_in())
    near = start("doctor")
    assert near.finish() == 0
    lines = "\n".join(near.lines)
    assert "IMU-TEST, used last, is in range (-50 dBm)." in lines
    assert "hci1 (desk) is off." in lines
    sensor.peripheral.is_advertising = False
    gone = start("doctor")
    assert gone.finish() == 0
    assert "IMU-TEST, used last, is not heard. Wake it up." in "\n".join(gone.lines)


def test_what_is_amiss_is_told_with_its_mend(world, start, tmp_path):
    """Bluetooth off, a folder that is none: exit code 1."""

    async def turn_off():
        world.bluez.power(is_on=False)

    world.run(turn_off())
    (tmp_path / "file").write_text("")
    ill = start("doctor", TRACKER_HOME=str(tmp_path / "file"))
    assert ill.finish() == 1
    assert [what for what, state in states_of(ill) if state == "FAIL"] == ["adapter", "data"]
    lines = "\n".join(ill.lines)
    assert "bluetoothctl power on" in lines
    assert "TRACKER_HOME" in lines


@pytest.mark.parametrize("adapter", ["hci0", "hci7"])
def test_an_adapter_that_was_named(start, adapter):
    """The one that is there is well; of another is said which there are."""
    doctor = start("doctor", "--adapter", adapter)
    assert doctor.finish() == (0 if adapter == "hci0" else 1)
    assert ("There are: hci0." in "\n".join(doctor.lines)) == (adapter == "hci7")


def test_no_message_bus(start, tmp_path):
    """A container: one line with the mend, and the rest is looked at all the same."""
    doctor = start("doctor", DBUS_SYSTEM_BUS_ADDRESS=f"unix:path={tmp_path / 'nothing'}")
    assert doctor.finish() == 1
    assert [what for what, _ in states_of(doctor)] == ["versions", "D-Bus", "data", "page", "sound"]
    assert "/run/dbus/system_bus_socket" in "\n".join(doctor.lines)


@pytest.mark.usefixtures("radio")
def test_no_adapter_and_no_service(world):
    """Each has a line of its own."""
    world.bluez.bus.has_service = False
    [service] = asyncio.run(checkup.bluetooth(None))
    assert (service.what, service.state) == ("D-Bus", State.FAIL)
    assert "bluetooth" in service.mend


@pytest.mark.parametrize(("free_bytes", "state"), [(5e9, State.OK), (5e8, State.NOTE), (5e7, State.FAIL)])
def test_room_on_the_disk(monkeypatch, tmp_path, free_bytes, state):
    """Told; too little for a session is amiss."""
    monkeypatch.setenv("TRACKER_HOME", str(tmp_path / "home"))
    usage = shutil.disk_usage(tmp_path)._replace(free=int(free_bytes))
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    found = checkup.data_folder()
    assert found.state is state
    assert ("Make room" in found.mend) == (state is not State.OK)


def test_a_port_that_is_taken(monkeypatch):
    """The next one is named."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        monkeypatch.setattr(checkup, "DEFAULT_PORT", other.getsockname()[1])
        found = checkup.page()
    assert found.state is State.NOTE
    assert "is taken" in found.found


def test_a_package_that_is_missing(monkeypatch):
    """Said, not raised."""
    monkeypatch.setattr(checkup, "_PACKAGES", ("no-such-package",))
    assert checkup.versions().state is State.FAIL
