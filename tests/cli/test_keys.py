"""Keys while a session runs: the real command in a real terminal, and the parts that other systems need."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import sys
from types import SimpleNamespace

import pytest

from tracker.controls import CONTROLS, control_of, help_line
from tracker.core.model import Command, CommandName
from tracker.recording import Recording
from tracker.sources import keyboard as keyboard_module
from tracker.sources import terminal_keys as keys_module
from tracker.sources.keyboard import has_keyboard, keyboard
from tracker.sources.terminal_keys import WindowsKeys

if sys.platform == "win32":
    pytest.skip("a pseudo terminal needs POSIX: keys in a real terminal stay unproved here", allow_module_level=True)

from tests.terminals import Shell


@pytest.fixture
def terminal(home):
    shells = []

    def opened(**how):
        shells.append(Shell(home, **how))
        return shells[-1]

    yield opened
    for shell in shells:
        shell.close()


def recording_of(home):
    [path] = home.glob("*/recording.jsonl*")
    return Recording(path)


def keys_of(home):
    """What was told by key: the demo itself only declares sides and calibrates."""
    commands = [item for item in recording_of(home).inputs() if isinstance(item, Command)]
    own = {CommandName.SIDE, CommandName.CALIBRATE}
    return [(item.name, item.value) for item in commands if item.name not in own or item.value == "swap"]


def test_every_key_is_a_recorded_command(terminal, home, tracker):
    """Mark, swap, strike, restore, calibrate, finish: each shows, each is in the recording, which verifies; exit 0."""
    shell = terminal()
    shell.run("demo", "--speed", "4")
    shell.wait_until_drawn()
    shell.type("m")
    since = shell.wait_for("Marked")
    shell.wait_for("Left 1")
    shell.type("x")
    since = shell.wait_for("Struck", since)
    shell.type("u")
    since = shell.wait_for("Counts again", since)
    shell.type("\x1b[A\x1bq?\x00S")  # an arrow, Alt and a key, keys that mean nothing, and one with Caps Lock
    since = shell.wait_for("RIGHT LEG", since)
    shell.type("c")
    shell.wait_for("both feet down", since)
    shell.type("q")
    assert shell.exit_code() == 0
    assert shell.reads_lines
    assert shell.has_screen_back
    assert b"Traceback" not in shell.shown
    assert b"Stopped." not in shell.shown
    assert keys_of(home) == [
        (CommandName.MARK, ""), (CommandName.STRIKE, ""), (CommandName.RESTORE, ""), (CommandName.SIDE, "swap"),
        (CommandName.FINISH, ""),
    ]  # fmt: skip
    items = list(recording_of(home).inputs())
    assert items[-1].name is CommandName.FINISH
    assert [item.received_s for item in items] == sorted(item.received_s for item in items)
    assert tracker("verify", "last").exit_code == 0


def test_the_keys_stand_on_the_screen(terminal):
    """All of them with their words on an ordinary terminal, below the leg that is to begin."""
    shell = terminal(width=80, height=24)
    shell.run("demo", "--speed", "4")
    shell.wait_for(help_line(77))
    shell.type("q")
    assert shell.exit_code() == 0
    assert b"LEFT LEG" in shell.shown
    assert b"NOT DECLARED" not in shell.shown


def test_the_key_for_the_end_ends_the_wait_for_a_phone(terminal, home):
    """Before anything streams `q` is as Ctrl-C: exit 130, nothing recorded, a terminal that reads lines."""
    shell = terminal()
    shell.run("live", "--phone", "sensorlogger", "--phone-port", "0")
    shell.wait_for("Waiting for the phone")
    assert not shell.reads_lines
    shell.type("q")
    assert shell.exit_code() == 130
    assert shell.reads_lines
    assert b"Traceback" not in shell.shown
    assert not list(home.glob("*/recording*"))


def test_replay_takes_keys_and_writes_nothing(terminal, demo_folder):
    """Watching a recording: finish ends it with the report of what was seen; the recording stays as it is."""
    before = (demo_folder / "recording.jsonl.gz").read_bytes()
    shell = terminal()
    shell.run("replay", str(demo_folder), "--speed", "4")
    shell.wait_until_drawn()
    shell.type("m")
    shell.wait_for("Marked")
    shell.type("q")
    assert shell.exit_code() == 0
    assert b"Session" in shell.shown
    assert (demo_folder / "recording.jsonl.gz").read_bytes() == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_gives_the_terminal_back(terminal, home, number):
    """Stopped in the middle: modes and screen as before, the recording closed, exit 130."""
    shell = terminal()
    shell.run("demo", "--speed", "4")
    shell.wait_until_drawn()
    shell.wait_for("both feet down")
    assert not shell.reads_lines
    os.killpg(shell.job(), number)
    assert shell.exit_code() == 130
    assert shell.reads_lines
    assert shell.has_screen_back
    assert recording_of(home).path.name == "recording.jsonl.gz"
    assert (recording_of(home).path.parent / "reps.csv").is_file()


def test_an_error_gives_the_terminal_back(terminal):
    """The disk refuses in the middle: one sentence, exit 1, and a terminal that reads lines."""
    shell = terminal()
    shell.type("ulimit -f 40\n")  # of 512 bytes: full after a second
    shell.run("demo", "--speed", "4")
    assert shell.exit_code() == 1
    assert b"Error: " in shell.shown
    assert b"Traceback" not in shell.shown
    assert shell.reads_lines
    assert shell.has_screen_back


def test_stopping_the_job_gives_the_terminal_back_for_so_long(terminal, home):
    """Ctrl-Z: screen and modes back; `fg`: drawn again, keys work again, twice."""
    shell = terminal()
    shell.run("demo", "--speed", "4")
    shell.wait_until_drawn()
    for _ in range(2):
        since = len(shell.shown)
        shell.type("\x1a")
        shell.wait_for("Stopped", since)
        assert shell.reads_lines
        assert shell.has_screen_back
        since = len(shell.shown)
        shell.type("fg; echo CODE=$?\n")
        shell.wait_for("\x1b[?1049h", since)
        assert not shell.reads_lines
        shell.type("m")
        shell.wait_for("Marked", since)
    since = len(shell.shown)
    shell.type("q")
    shell.wait_for("CODE=0", since)
    assert shell.reads_lines
    assert keys_of(home) == [(CommandName.MARK, ""), (CommandName.MARK, ""), (CommandName.FINISH, "")]


def test_in_the_background_it_neither_stops_nor_takes_the_terminal(terminal):
    """`tracker demo &`: it runs to its end, the shell keeps its modes; brought to the front it takes keys."""
    shell = terminal()
    shell.type(f"{sys.executable} -m tracker demo --speed 4 &\n")
    shell.wait_until_drawn()
    assert shell.reads_lines
    since = len(shell.shown)
    shell.type("fg; echo CODE=$?\n")
    shell.wait_for("both feet down", since)
    os.killpg(shell.job(), signal.SIGCONT)  # some shells send it, some do not to a job that runs
    shell.type("q")
    shell.wait_for("CODE=0", since)


def test_a_dumb_terminal_has_lines_and_keys(terminal):
    """No cursor to move: plain lines, the keys named once, and they work."""
    shell = terminal(TERM="dumb")
    shell.run("demo", "--speed", "4")
    shell.wait_for("Keys: s swap side")
    shell.wait_for("both feet down")
    shell.type("q")
    assert shell.exit_code() == 0
    assert b"\x1b[" not in shell.shown


def test_without_a_terminal_nothing_is_read(start, home):
    """Input from a pipe is not taken for keys."""
    process = start("demo", "--speed", "max", stdin=-1)
    stdout, stderr = process.communicate("qqqq", timeout=60)
    assert process.returncode == 0, stderr
    assert "Right 5" in stdout
    assert keys_of(home) == []


def test_every_control_has_a_key_of_its_own():
    """And a line of help in any width."""
    assert len({control.key for control in CONTROLS}) == len(CONTROLS)
    assert control_of("X") == control_of("x") != control_of("?")
    assert control_of("?") is None
    for width in range(20, 120):
        assert len(help_line(width)) <= width
    assert all(control.words in help_line(80) for control in CONTROLS)


@pytest.mark.parametrize("stream", [None, io.StringIO()])
def test_no_standard_input_is_no_keyboard(monkeypatch, stream):
    """Started without one, or with one that was closed."""
    if stream is not None:
        stream.close()
    monkeypatch.setattr(sys, "stdin", stream)
    assert not has_keyboard()


class Console:
    """The console of Windows: keys that wait to be read."""

    def __init__(self, keys):
        self.keys = list(keys)

    def kbhit(self):
        return bool(self.keys)

    def getwch(self):
        return self.keys.pop(0)


def test_keys_on_windows(monkeypatch):
    """Polled one by one; arrows, which come as two, mean nothing. (With a stand-in of the console.)"""
    console = Console("mS\xe0Hx\x00;q")
    told = []
    monkeypatch.setitem(sys.modules, "msvcrt", console)
    monkeypatch.setattr(keys_module, "sys", SimpleNamespace(platform="win32"))
    monkeypatch.setattr(keyboard_module, "has_keyboard", lambda: True)

    async def pressed():
        with keyboard(lambda name, value: told.append((name, value))):
            while console.keys:
                await asyncio.sleep(0)

    asyncio.run(pressed())
    assert told == [
        (CommandName.MARK, ""), (CommandName.SIDE, "swap"), (CommandName.STRIKE, ""), (CommandName.FINISH, "")
    ]  # fmt: skip
    WindowsKeys(lambda _: None).end()  # never begun: nothing to end
