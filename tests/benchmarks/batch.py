"""Many recordings: how many a processor analyses, and how much faster two processes are than one.

From packed files on disk to rows of text, through the code of `tracker batch`, processes started and warm. The rivals
run in turn and of each the median round counts; a machine that is busy with other work shows less than it could.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks import scenarios
from tests.benchmarks.speed import in_turn
from tests.benchmarks.tables import Line, Table
from tracker.batch.order import Workers, in_order
from tracker.batch.work import Task, analyse
from tracker.batch.workers import local
from tracker.core.config import Config
from tracker.decoders.registry import profile
from tracker.header import Header
from tracker.recording import RecordingWriter
from tracker.sources.simulator import simulate

SPEED_UP = 1.7
SESSION_S = 600.0


@dataclass(frozen=True, slots=True)
class Amount:
    """How many files a round has, how many of them differ, how many rounds there are."""

    files: int
    different: int
    rounds: int


FULL = Amount(files=200, different=8, rounds=3)
QUICK = Amount(files=40, different=2, rounds=2)


def batch(amount: Amount) -> list[Table]:
    """One table."""
    with tempfile.TemporaryDirectory() as name:
        paths = [recorded(Path(name) / str(seed), seed) for seed in range(amount.different)]
        tasks = [
            Task(str(number), paths[number % len(paths)], as_stored, as_declared) for number in range(amount.files)
        ]
        size_mb = sum(path.stat().st_size for path in paths) / len(paths) / 1e6
        with local(1) as one, local(2) as two:
            alone_s, both_s = in_turn([analysed(one, tasks), analysed(two, tasks)], amount.rounds)
    each_s = alone_s / amount.files
    hours = SESSION_S / 3600
    about = (
        f"{amount.files} simulated sessions of {SESSION_S / 60:.0f} min at 104 Hz, {size_mb:.1f} MB each as packed "
        f"recordings. Median of {amount.rounds} rounds, rivals in turn."
    )
    rows = (
        Line("two processes are so many times as fast as one", alone_s / both_s, "", ">=", SPEED_UP, 2,
             f"{alone_s:.1f} s to {both_s:.1f} s"),
        Line("analysed by one process in a second", hours / each_s, "h", decimals=2,
             note=f"{1000 * each_s:.0f} ms a recording of {SESSION_S / 60:.0f} min"),
    )  # fmt: skip
    return [Table("Many recordings", about, rows, fails=False)]


def recorded(folder: Path, seed: int) -> Path:
    """A simulated session as a closed recording."""
    simulation = simulate(scenarios.hour(SESSION_S, seed))
    device = profile("imu_stream")
    header = Header(f"simulated-{seed}", "simulated sensor", device.key, device.nominal_rate_hz)
    writer = RecordingWriter(folder, header)
    for item in simulation.inputs:
        writer.append(item)
    return writer.close("")


def analysed(workers: Workers, tasks: list[Task]) -> Callable[[], None]:
    """A round: every task, none of them may fail."""

    def run() -> None:
        errors = [outcome.error for outcome in in_order(workers, analyse, tasks) if outcome.error]
        if errors:
            raise RuntimeError(errors[0])

    return run


def as_stored(config: Config) -> Config:
    """The settings of the recording."""
    return config


def as_declared(header: Header) -> Header:
    """The words of the recording."""
    return header
