"""The Bluetooth client: from the sensor's send to the printed count, what the live view costs, four hours on the air.

The installed command runs against the tests' stand-in of the Linux service, which speaks D-Bus on a socket of its own;
bleak in between is the real one. In real time, but for the calibration and for the four hours.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tests.benchmarks import streams
from tests.benchmarks.tables import Line, Table
from tracker.core.config import Config
from tracker.core.engine import Engine
from tracker.core.events import RepCounted
from tracker.core.model import Packet, Side
from tracker.decoders.registry import profile
from tracker.recording import Recording
from tracker.sources.simulator import DATA_CHANNEL, NAMED, STATUS_CHANNEL, TEMPOS, SetPlan, Simulation, simulate

LATE_P95_MS = 30.0
CPU_PCT = 10.0
MEMORY_MB = 5.0
STILL_S = 5.0  # in front of the first rep, at the sensor's own pace
LIVE = ("live", "--sensor", "imu_stream", "--side", "left", "--calibrate")


@dataclass(frozen=True, slots=True)
class Length:
    """How many reps are timed, how long the view is watched [s], how long the stream is [h]."""

    reps: int
    watched_s: float
    hours: float


FULL = Length(reps=25, watched_s=20.0, hours=4.0)
QUICK = Length(reps=8, watched_s=8.0, hours=0.5)


def bluetooth(length: Length) -> list[Table]:
    """One table."""
    title = "Bluetooth, against a stand-in of the Linux service"
    if sys.platform != "linux":
        return [Table(title, "", (), skipped="the stand-in speaks D-Bus: Linux only.", fails=False)]
    simulation = simulate(scenario(length.reps))
    about = (
        f"The installed command and the real bleak. A calibration, then {length.reps} fast reps at 104 Hz, ten samples "
        "a notification, in real time; the hours in virtual time. No radio took part."
    )
    rows = [
        delay_line(simulation),
        cpu_line(simulation, length.watched_s),
        cpu_line(simulation, length.watched_s, samples=1),
        memory_line(length.hours),
    ]
    return [Table(title, about, tuple(rows), fails=False)]


def scenario(reps: int):
    """One set of fast reps, as many a minute as people can do."""
    calm = NAMED["clean_pair"]
    return replace(calm, name="fast_set", sets=(SetPlan(Side.LEFT, ((),) * reps),), tempo=TEMPOS["fast"])


@dataclass
class Sent:
    """What was sent when, in real time [s]."""

    payloads: list[bytes]
    at_s: list[float]


def delay_line(simulation: Simulation) -> Line:
    """From the notification after which the engine knows, to the line on stdout."""
    packets = packets_of(simulation, samples=0)
    begin = next(i for i, packet in enumerate(packets) if packet.received_s > first_rep_s(simulation) - STILL_S)
    with stage(simulation) as (world, sensor, environment):
        command = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "tracker", *LIVE, "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            env=environment,
        )
        printed_s: list[float] = []
        reader = threading.Thread(target=note_counts, args=(command, printed_s))
        reader.start()
        sent = world.submit(paced(world, sensor, packets, begin)).result()
        time.sleep(1.0)
        command.terminate()
        command.wait()
        reader.join()
        [path] = Path(environment["TRACKER_HOME"]).glob("*/recording.jsonl.gz")
        known = deciding_packets(path)
    late_ms = [1000 * (at_s - sent.at_s[place]) for at_s, place in zip(printed_s, known, strict=True) if place >= begin]
    return Line(
        "from the notification that decides it to the printed count, 95th percentile",
        float(np.percentile(late_ms, 95)), "ms", "<=", LATE_P95_MS, 1,
        f"median {statistics.median(late_ms):.1f} ms, {len(late_ms)} reps",
    )  # fmt: skip


def note_counts(command: subprocess.Popen[str], printed_s: list[float]) -> None:
    """When each count came out."""
    assert command.stdout is not None
    printed_s.extend(time.monotonic() for line in command.stdout if '"event":"rep_counted"' in line)


def deciding_packets(path: Path) -> list[int]:
    """Of each count the place, among the data, of the packet after which the engine said it."""
    recording = Recording(path)
    engine = Engine(recording.header.config or Config(), profile("imu_stream").new_decoder(), side_plan="left")
    places, place = [], -1
    for item in recording.inputs():
        place += isinstance(item, Packet) and item.channel == DATA_CHANNEL
        places += [place for event in engine.feed([item]) if isinstance(event, RepCounted)]
    return places


def cpu_line(simulation: Simulation, watched_s: float, samples: int = 0) -> Line:
    """Processor time of the command while its live view is on a terminal. samples: in one notification."""
    from tests.terminals import Terminal

    packets = packets_of(simulation, samples=samples)
    begin = next(i for i, packet in enumerate(packets) if packet.received_s > first_rep_s(simulation) - STILL_S)
    with stage(simulation) as (world, sensor, environment):
        terminal = Terminal(environment, *LIVE, "--no-open")
        flying = world.submit(paced(world, sensor, packets, begin))
        terminal.wait_for("LEFT LEG")
        time.sleep(STILL_S)
        start_s, before_s = time.monotonic(), processor_s(terminal.process.pid)
        while time.monotonic() - start_s < watched_s and not flying.done():
            time.sleep(0.1)
        share = (processor_s(terminal.process.pid) - before_s) / (time.monotonic() - start_s)
        flying.cancel()
        terminal.end()
    rate_hz = simulation.scenario.sensor.rate_hz
    what = f"processor time of the live view at {rate_hz} Hz, share of one core"
    if samples:
        return Line(f"the same with {rate_hz // samples} notifications a second", 100 * share, "%", decimals=1)
    return Line(what, 100 * share, "%", "<=", CPU_PCT, 1)


def memory_line(hours: float) -> Line:
    """Resident memory of a process that streams for hours through service, bleak, client, recorder and engine."""
    command = [sys.executable, "-m", "tests.benchmarks.bluetooth_hours", str(hours)]
    started_s = time.monotonic()
    answer = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own module
    early_mb, late_mb = (float(word) for word in answer.stdout.split())
    note = f"taken in {time.monotonic() - started_s:.0f} s"
    what = f"growth of resident memory over {hours:g} h on the air, from minute 10"
    return Line(what, late_mb - early_mb, "MB", "<", MEMORY_MB, 2, note)


@contextmanager
def stage(simulation: Simulation) -> Iterator[tuple]:
    """Service, sensor and the environment that leads the command to them."""
    from tests.ble.sensor import ImuSensor
    from tests.ble.world import World, led_to

    with tempfile.TemporaryDirectory() as name:
        world = World(Path(name) / "bus")
        world.open()
        status = next(item.payload for item in simulation.inputs if item[1] == STATUS_CHANNEL)
        sensor = world.add(ImuSensor(status))
        try:
            yield world, sensor, os.environ | led_to(world.address, Path(name))
        finally:
            world.close()


async def paced(world, sensor, packets: Sequence[Packet], begin: int) -> Sent:
    """Everything before `begin` as fast as it is taken, the rest at the sensor's pace, each when its last sample is."""
    await sensor.started.wait()
    sent = Sent([], [])
    offset_s = 0.0
    for place, packet in enumerate(packets):
        if place == begin:
            await asyncio.sleep(1.0)  # what was sent before is handled
            offset_s = time.monotonic() - packet.received_s
        if place >= begin:
            await asyncio.sleep(max(0.0, packet.received_s + offset_s - time.monotonic()))
        sent.payloads.append(packet.payload)
        sent.at_s.append(time.monotonic())
        await sensor.send(world.bluez, [packet])
    return sent


def packets_of(simulation: Simulation, samples: int) -> list[Packet]:
    """The data notifications, as they were simulated or with so many samples each."""
    inputs = streams.notifications(simulation, samples) if samples else simulation.inputs
    return [item for item in inputs if isinstance(item, Packet) and item.channel == DATA_CHANNEL]


def first_rep_s(simulation: Simulation) -> float:
    """When the first rep begins."""
    return simulation.truth.reps[0].start_s


def processor_s(process_id: int) -> float:
    """User and system time of a process with all its threads [s]."""
    fields = Path(f"/proc/{process_id}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
