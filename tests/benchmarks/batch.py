"""Many recordings: how many a processor analyses, and how much faster two processes are than one.

From packed files on disk to rows of text, through the code of `tracker batch`, processes started and warm. The rivals
run in turn and of each the median round counts. By the clock on the wall a machine that is busy with other work shows
less than it could; processor time shows what it does alone on two processors: one process needs its own time for each
file, two share their time and that of the program which gives out the files and writes the rows.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks import scenarios
from tests.benchmarks.tables import Line, Table
from tracker.batch.order import Workers, in_order
from tracker.batch.work import Outcome, Task, analyse
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
            rounds = [(timed(one, tasks), timed(two, tasks)) for _ in range(amount.rounds + 1)][1:]
    alone, both = (median_round([pair[index] for pair in rounds]) for index in (0, 1))
    each_s = alone.worker_s / amount.files
    hours = SESSION_S / 3600
    about = (
        f"{amount.files} simulated sessions of {SESSION_S / 60:.0f} min at 104 Hz, {size_mb:.1f} MB each as packed "
        f"recordings. Median of {amount.rounds} rounds, rivals in turn."
    )
    speed_up = 2 * alone.worker_s / (both.worker_s + both.parent_s)
    share_pct = 100 * both.parent_s / (both.worker_s + both.parent_s)
    rows = (
        Line("two processes are so many times as fast as one, on the wall", alone.wall_s / both.wall_s, "", ">=",
             SPEED_UP, 2, f"{alone.wall_s:.1f} s to {both.wall_s:.1f} s"),
        Line("the same by processor time, alone on two processors", speed_up, "", ">=", SPEED_UP, 2,
             f"{share_pct:.1f} % is spent on giving out and writing"),
        Line("analysed by one processor in a second", hours / each_s, "h", decimals=1,
             note=f"{1000 * each_s:.0f} ms a recording of {SESSION_S / 60:.0f} min"),
    )  # fmt: skip
    return [Table("Many recordings", about, rows, fails=False)]


class Round(NamedTuple):
    """One pass over all files: on the wall, and processor time of the workers and of this process [s]."""

    wall_s: float
    worker_s: float
    parent_s: float


def median_round(rounds: list[Round]) -> Round:
    """The median of each."""
    return Round(*(statistics.median(values) for values in zip(*rounds, strict=True)))


def recorded(folder: Path, seed: int) -> Path:
    """A simulated session as a closed recording."""
    simulation = simulate(scenarios.hour(SESSION_S, seed))
    device = profile("imu_stream")
    header = Header(f"simulated-{seed}", "simulated sensor", device.key, device.nominal_rate_hz)
    writer = RecordingWriter(folder, header)
    for item in simulation.inputs:
        writer.append(item)
    return writer.close("")


def timed(workers: Workers, tasks: list[Task]) -> Round:
    """A round: every task, none of them may fail."""
    wall_s, parent_s = time.perf_counter(), time.process_time()
    outcomes = list(in_order(workers, timed_analysis, tasks))
    errors = [outcome.error for outcome in outcomes if outcome.error]
    if errors:
        raise RuntimeError(errors[0])
    worker_s = sum(outcome.duration_s for outcome in outcomes)
    return Round(time.perf_counter() - wall_s, worker_s, time.process_time() - parent_s)


def timed_analysis(task: Task) -> Outcome:
    """As `analyse`; the duration is the processor time it took."""
    began_s = time.process_time()
    return replace(analyse(task), duration_s=time.process_time() - began_s)


def as_stored(config: Config) -> Config:
    """The settings of the recording."""
    return config


def as_declared(header: Header) -> Header:
    """The words of the recording."""
    return header
