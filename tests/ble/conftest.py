"""A Bluetooth service of our own in a thread, and the installed command run against it.

The environment variable DBUS_SYSTEM_BUS_ADDRESS is the only thing that differs from a real session.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from bleak.backends.bluezdbus.version import BlueZFeatures
from click.testing import CliRunner, Result

from tests.ble.command import Session
from tests.ble.sensor import ImuSensor
from tests.ble.tables import print_tables
from tests.ble.world import LONGEST_WAIT_S, World, led_to
from tracker.cli import main
from tracker.core.model import Packet
from tracker.sources import ble_choice, ble_stream
from tracker.sources.simulator import NAMED, STATUS_CHANNEL, Simulation, simulate

if TYPE_CHECKING:
    from tests.terminals import Terminal


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if sys.platform != "linux":
        here = Path(__file__).parent
        for item in items:
            if here in item.path.parents:
                item.add_marker(pytest.mark.skip(reason="NOT TESTED HERE: the stand-in of BlueZ needs Linux"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was proved of which sensor: each kind once, and device x fault."""
    print_tables(terminalreporter)


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(tmp_path_factory.mktemp("bus") / "bus")
    world.open()
    yield world
    world.close()


Start = Callable[..., Session]


@pytest.fixture
def environment(world: World, tmp_path: Path) -> dict[str, str]:
    """What leads the command to the stand-in."""
    return led_to(world.address, tmp_path)


@pytest.fixture
def accelerated(environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for sessions in virtual time, with the bus that this process will find there.

    bleak asks a program for the service's version, once a process; in real time, because virtual time waits for nobody.
    """
    for name, value in (environment | {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={tmp_path / 'bus'}"}).items():
        monkeypatch.setenv(name, value)
    if not BlueZFeatures.checked_bluez_version:
        asyncio.run(BlueZFeatures.check_bluez_version())
    return tmp_path


@pytest.fixture
def radio(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Bluetooth inside this process is that of the stand-in; a busy computer is not taken for a lost link.

    A choice settles after a few advertising intervals of the stand-in, which are shorter than those of sensors.
    """
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(ble_stream, "SILENT_S", LONGEST_WAIT_S)
    monkeypatch.setattr(ble_choice, "SETTLE_S", 0.1)
    monkeypatch.setattr(ble_choice, "SETTLE_FOR_LAST_S", 0.1)


@pytest.fixture
def start(environment: dict[str, str], tmp_path: Path) -> Iterator[Start]:
    """Start the command with these arguments; it is killed if the test leaves it running."""
    sessions: list[Session] = []

    def begin(*arguments: str, **more: str) -> Session:
        sessions.append(Session(tmp_path / "home", os.environ | environment | more, arguments))
        return sessions[-1]

    yield begin
    for session in sessions:
        if session.process.poll() is None:
            session.end(signal.SIGKILL)


@pytest.fixture
def looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run a verb that needs no sensor, in this process: a start costs a second."""
    monkeypatch.setenv("TRACKER_HOME", str(tmp_path / "home"))
    return lambda *arguments: CliRunner().invoke(main, list(arguments))


@pytest.fixture
def on_screen(environment: dict[str, str]) -> Iterator[Callable[..., Terminal]]:
    """Start the command in a terminal; it is killed if the test leaves it running."""
    from tests.terminals import Terminal

    opened: list[Terminal] = []

    def begin(*arguments: str) -> Terminal:
        opened.append(Terminal(environment, *arguments))
        return opened[-1]

    yield begin
    for terminal in opened:
        terminal.close()


@pytest.fixture(scope="session")
def clean_pair() -> Simulation:
    """Five good reps on each leg after a calibration."""
    return simulate(NAMED["clean_pair"])


def packets_of(simulation: Simulation) -> list[Packet]:
    return [item for item in simulation.inputs if isinstance(item, Packet)]


def status_of(simulation: Simulation) -> bytes:
    return next(item.payload for item in packets_of(simulation) if item.channel == STATUS_CHANNEL)


@pytest.fixture
def sensor(world: World, clean_pair: Simulation) -> ImuSensor:
    return world.add(ImuSensor(status_of(clean_pair)))
