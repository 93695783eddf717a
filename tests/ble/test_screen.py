"""The live view in a real terminal while a sensor streams and is lost."""

from __future__ import annotations

from click.testing import CliRunner

from tests.ble.bluez import ADDRESS
from tests.ble.conftest import packets_of
from tracker.cli import main
from tracker.core.model import Command, CommandName
from tracker.recording import Recording


def test_the_live_view_shows_the_set_and_the_lost_link(world, on_screen, sensor, clean_pair):
    """The view draws side, verdict and the lost link, rings, and gives the screen back for the report at the end."""
    terminal = on_screen("live", "--sensor", ADDRESS, "--side", "left", "--calibrate")
    world.play(sensor, packets_of(clean_pair)[:620])  # to the third rep
    terminal.wait_for("Left 3")

    async def leave():
        sensor.peripheral.is_advertising = False
        sensor.drop(world.bluez)

    world.run(leave())
    terminal.wait_for("out of reach")
    terminal.wait_for("\a")

    async def come_back():
        sensor.peripheral.is_advertising = True

    world.run(come_back())
    world.play(sensor, packets_of(clean_pair)[620:640])
    terminal.wait_for("The sensor is back")
    assert terminal.end() == 130
    end = terminal.shown.rpartition(b"\x1b[?1049l")[2].decode()
    assert "recording.jsonl.gz" in end
    assert "Traceback" not in terminal.shown.decode()


def test_why_the_sensor_is_not_found_again_stands_in_the_live_view(world, on_screen, sensor, clean_pair, tmp_path):
    """Where the counts are, not below them afterwards; kept as a note, and the recording replays to the bit."""
    terminal = on_screen("live", "--sensor", ADDRESS)
    world.play(sensor, packets_of(clean_pair)[:120])
    terminal.wait_for("sensor connected")

    async def turn_off():
        world.bluez.power(is_on=False)

    world.run(turn_off())
    terminal.wait_for("Bluetooth is turned off.")
    assert terminal.end() == 130
    inside, _, after = terminal.shown.rpartition(b"\x1b[?1049l")
    assert b"Bluetooth is turned off." in inside
    assert b"Bluetooth is turned off." not in after
    [path] = (tmp_path / "home").glob("*/recording.jsonl.gz")
    notes = [item.value for item in Recording(path).inputs() if isinstance(item, Command) and item.name == "note"]
    assert len(notes) == 1
    verify = CliRunner().invoke(main, ["verify", str(path)])
    assert verify.exit_code == 0, verify.output


def test_the_key_for_the_end_ends_the_wait_for_a_sensor(on_screen, tmp_path):
    """While it is looked for other keys do nothing; `q` is as Ctrl-C: exit 130, nothing recorded."""
    terminal = on_screen("live")
    terminal.wait_for("Looking for a sensor")
    terminal.type("xs\x1b[A")
    terminal.type("q")
    assert terminal.wait_for_end() == 130
    assert terminal.shown.decode().splitlines()[-1] == "Stopped."
    assert not (tmp_path / "home").exists()


def test_keys_are_commands_of_the_live_session(world, on_screen, sensor, clean_pair, tmp_path):
    """A mark and the end by key: exit 0, the sensor stopped, the recording holds both and replays to the bit."""
    terminal = on_screen("live", "--sensor", ADDRESS, "--side", "left", "--calibrate")
    world.play(sensor, packets_of(clean_pair)[:620])
    terminal.wait_for("Left 3")
    terminal.type("m")
    terminal.wait_for("Marked")
    terminal.type("q")
    assert terminal.wait_for_end() == 0
    assert sensor.stopped.is_set()
    assert "Traceback" not in terminal.shown.decode()
    [path] = (tmp_path / "home").glob("*/recording.jsonl.gz")
    commands = [item.name for item in Recording(path).inputs() if isinstance(item, Command)]
    assert [name for name in commands if name is not CommandName.BATTERY] == [
        CommandName.CALIBRATE, CommandName.MARK, CommandName.FINISH,
    ]  # fmt: skip
    verify = CliRunner().invoke(main, ["verify", str(path)])
    assert verify.exit_code == 0, verify.output
