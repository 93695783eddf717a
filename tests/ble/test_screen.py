"""The live view in a real terminal while a sensor streams and is lost."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import threading

from click.testing import CliRunner

from tests.ble.conftest import LONGEST_WAIT_S, packets_of
from tracker.cli import main
from tracker.core.model import Command, CommandName
from tracker.recording import Recording


class Terminal:
    """The command with a pseudo terminal as its screen; `shown` is everything that was written to it."""

    def __init__(self, environment, *arguments):
        self.shown = b""
        self._more = threading.Condition()
        self._screen, theirs = pty.openpty()
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "tracker", *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=os.environ | environment | {"TERM": "xterm", "COLUMNS": "100", "LINES": "40"},
        )
        os.close(theirs)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        while True:
            try:
                data = os.read(self._screen, 65536)
            except OSError:  # the other end is closed
                return
            with self._more:
                self.shown += data
                self._more.notify_all()

    def wait_for(self, text):
        with self._more:
            came = self._more.wait_for(lambda: text.encode() in self.shown, LONGEST_WAIT_S)
        assert came, f"{text!r} was not shown: ...{self.shown[-3000:].decode(errors='replace')}"

    def press(self, keys):
        os.write(self._screen, keys.encode())

    def end(self):
        self.process.send_signal(signal.SIGINT)
        return self.finish()

    def finish(self):
        code = self.process.wait(LONGEST_WAIT_S)
        self._reader.join(LONGEST_WAIT_S)
        os.close(self._screen)
        return code


def test_the_live_view_shows_the_set_and_the_lost_link(world, environment, sensor, clean_pair):
    """The view draws side, verdict and the lost link, rings, and gives the screen back for the report at the end."""
    terminal = Terminal(environment, "live", "--sensor", "imu_stream", "--side", "left", "--calibrate")
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


def test_keys_are_commands_of_the_live_session(world, environment, sensor, clean_pair, tmp_path):
    """A mark and the end by key: exit 0, the sensor stopped, the recording holds both and replays to the bit."""
    terminal = Terminal(environment, "live", "--sensor", "imu_stream", "--side", "left", "--calibrate")
    world.play(sensor, packets_of(clean_pair)[:620])
    terminal.wait_for("Left 3")
    terminal.press("m")
    terminal.wait_for("Marked")
    terminal.press("q")
    assert terminal.finish() == 0
    assert sensor.stopped.is_set()
    assert "Traceback" not in terminal.shown.decode()
    [path] = (tmp_path / "home").glob("*/recording.jsonl.gz")
    commands = [item.name for item in Recording(path).inputs() if isinstance(item, Command)]
    assert [name for name in commands if name is not CommandName.BATTERY] == [
        CommandName.CALIBRATE, CommandName.MARK, CommandName.FINISH,
    ]  # fmt: skip
    verify = CliRunner().invoke(main, ["verify", str(path)])
    assert verify.exit_code == 0, verify.output
