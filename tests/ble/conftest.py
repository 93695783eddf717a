"""A Bluetooth service of our own in a thread, and the installed command run against it.

The environment variable DBUS_SYSTEM_BUS_ADDRESS is the only thing that differs from a real session.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path

import pytest
from bleak.backends.bluezdbus.version import BlueZFeatures

from tests.ble.bluez import Bluez, Peripheral
from tests.ble.sensor import ImuSensor
from tests.ble.tables import print_tables
from tracker.core.model import Packet
from tracker.sources import ble_choice, ble_stream
from tracker.sources.simulator import NAMED, STATUS_CHANNEL, Simulation, simulate

CHECKOUT = Path(__file__).parents[2]
LONGEST_WAIT_S = 30.0  # nothing here takes a tenth of it; on a computer this busy the test may fail


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if sys.platform != "linux":
        here = Path(__file__).parent
        for item in items:
            if here in item.path.parents:
                item.add_marker(pytest.mark.skip(reason="NOT TESTED HERE: the stand-in of BlueZ needs Linux"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was proved of which sensor: each kind once, and device x fault."""
    print_tables(terminalreporter)


class World:
    """Bluetooth in a thread of its own; `run` executes a coroutine there."""

    def __init__(self, socket: Path) -> None:
        self.address = f"unix:path={socket}"
        self.bluez = Bluez()
        self._socket = socket
        self._sensors: list[ImuSensor] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def open(self) -> None:
        self._thread.start()
        self.run(self.bluez.start(str(self._socket)))

    def close(self) -> None:
        for sensor in self._sensors:
            self._loop.call_soon_threadsafe(sensor.forget_host)
        self.run(self.bluez.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def add(self, sensor: ImuSensor) -> ImuSensor:
        self._sensors.append(sensor)
        self.add_peripheral(sensor.peripheral)
        return sensor

    def add_peripheral(self, peripheral: Peripheral) -> Peripheral:
        self.bluez.peripherals.append(peripheral)
        return peripheral

    def play(self, sensor: ImuSensor, packets: Sequence[Packet]) -> None:
        """Wait until the sensor was started; it sends these packets and then idles."""

        async def played() -> None:
            await sensor.started.wait()
            await sensor.send(self.bluez, packets, idles=True)

        self.run(played())

    def run(self, coroutine: Coroutine) -> object:
        async def limited() -> object:
            async with asyncio.timeout(LONGEST_WAIT_S):
                return await coroutine

        return self.submit(limited()).result()

    def submit(self, coroutine: Coroutine) -> Future:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    async def call(self, function: Callable[[Bluez], object]) -> None:
        """From another loop: do this to the service, in its own thread."""

        async def called() -> None:
            function(self.bluez)

        await asyncio.wrap_future(self.submit(called()))


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(tmp_path_factory.mktemp("bus") / "bus")
    world.open()
    yield world
    world.close()


class Session:
    """The command as a subprocess. Its events are read as they come; `home` is its data folder."""

    def __init__(self, home: Path, environment: dict[str, str], arguments: tuple[str, ...]) -> None:
        self.home = home
        self.events: list[dict] = []
        self.lines: list[str] = []
        self.talk = ""
        self._arrived = threading.Condition()
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-W", "error", "-m", "tracker", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            env=environment,
        )
        self._readers = [threading.Thread(target=read, daemon=True) for read in (self._read_events, self._read_talk)]
        for reader in self._readers:
            reader.start()

    def _read_events(self) -> None:
        for line in self.process.stdout:
            with self._arrived:
                self.lines.append(line)
                if line.startswith("{"):
                    self.events.append(json.loads(line))
                self._arrived.notify_all()

    def _read_talk(self) -> None:
        while piece := self.process.stderr.read(1):  # a bell comes without a line
            with self._arrived:
                self.talk += piece
                self._arrived.notify_all()

    def wait_until(self, is_true: Callable[[], bool]) -> None:
        """Until what came out makes it true; fails with everything that did."""
        with self._arrived:
            came = self._arrived.wait_for(is_true, LONGEST_WAIT_S)
        assert came, f"it did not happen; stderr: {self.talk}\nstdout: {self.lines[-20:]}"

    def wait_for(self, event: str, count: int = 1) -> None:
        self.wait_until(lambda: len(self.named(event)) >= count)

    def named(self, event: str) -> list[dict]:
        return [item for item in self.events if item["event"] == event]

    def reps(self) -> list[tuple[int, int, str]]:
        return [(item["set_number"], item["number"], item["side"]) for item in self.named("rep_counted")]

    def end(self, number: int = signal.SIGINT) -> int:
        """Send a signal and wait; the exit code."""
        self.process.send_signal(number)
        return self.finish()

    def finish(self) -> int:
        code = self.process.wait(LONGEST_WAIT_S)
        for reader in self._readers:
            reader.join(LONGEST_WAIT_S)
        self.process.stdout.close()
        self.process.stderr.close()
        return code

    def recording(self) -> Path:
        [path] = self.home.glob("*/recording.jsonl*")
        return path


Start = Callable[..., Session]


@pytest.fixture
def environment(world: World, tmp_path: Path) -> dict[str, str]:
    """What leads the command to the stand-in and keeps it out of the person's data folder."""
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    version = bin_folder / "bluetoothctl"  # bleak asks it for the version and warns where it is missing
    version.write_text("#!/bin/sh\necho 'bluetoothctl: 5.66'\n")
    version.chmod(0o755)
    return {
        "DBUS_SYSTEM_BUS_ADDRESS": world.address,
        "TRACKER_HOME": str(tmp_path / "home"),
        "PATH": f"{bin_folder}:{os.environ['PATH']}",
        "PYTHONPATH": str(CHECKOUT),
    }


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
