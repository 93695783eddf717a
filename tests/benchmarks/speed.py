"""Speed, as ratios within one run, so that a slow or busy machine changes them little; the best of one is a median.

Rivals run in turn, not one after the other, and of the repeats the median of processor time counts. What is absolute
by nature (one notification, the start of the program) is printed with what it is beside.
"""

from __future__ import annotations

import gc
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from vqf import VQF

from tests.benchmarks import memory, scenarios, streams
from tests.benchmarks.tables import Line, Table
from tracker.commands.playing import play_source
from tracker.core.config import Config
from tracker.core.engine import Engine
from tracker.core.orientation import GYR_BIAS_SIGMA_DPS
from tracker.decoders.registry import profile
from tracker.reports import write_tables
from tracker.reports.html import report_html
from tracker.sources.replay import open_source
from tracker.sources.simulator import Simulation, simulate

ENGINE_TO_VQF = 2.0
GROWTH = 1.15
GROWTH_ROUNDS = 5
NOTIFICATION_P99_MS = 1.0
REPORT_TO_READ = 3.0
PAGE_S = 3.0
MEMORY_MB = 5.0
START_MS = 150.0
TIMES_LONGER = 10
NOTIFIED_SAMPLES = 8
NOTIFICATION_ROUNDS = 3


HOUR_S = 3600.0  # a goal that is set for an hour is measured over one, also in a hurry


@dataclass(frozen=True, slots=True)
class Length:
    """How long the session is of all but what is set for an hour, and how often each rival runs."""

    session_s: float
    repeats: int
    notifications: int
    starts: int


FULL = Length(session_s=HOUR_S, repeats=5, notifications=20_000, starts=9)
QUICK = Length(session_s=600.0, repeats=3, notifications=2_000, starts=3)


def speed(length: Length) -> list[Table]:
    """One table."""
    hour = simulate(scenarios.hour(HOUR_S))
    simulation = hour if length.session_s == HOUR_S else simulate(scenarios.hour(length.session_s))
    minutes = len(simulation.truth.t_s) / simulation.scenario.sensor.rate_hz / 60
    but = "" if simulation is hour else " (engine and report: of an hour)"
    about = (
        f"A simulated session of {minutes:.0f} min{but} at 104 Hz with rests of 60-90 s. Ratios of processor time "
        f"within one run: rivals in turn, median of {length.repeats} rounds."
    )
    rows = [
        engine_line(hour, length.repeats),
        growth_line(simulation),
        *notification_lines(simulation, length.notifications),
        report_line(hour, length.repeats),
        page_line(simulation, length.repeats),
        memory_line(simulation),
        start_line(length.starts),
    ]
    return [Table("Speed", about, tuple(rows), fails=False)]


def engine_line(simulation: Simulation, repeats: int) -> Line:
    """Decoder, timeline, orientation, counting, numbers and verdicts, beside the orientation filter alone."""
    acc = np.ascontiguousarray(simulation.truth.samples.acc_mps2)
    gyr = np.ascontiguousarray(simulation.truth.samples.gyr_radps)
    rate_hz = simulation.scenario.sensor.rate_hz
    ours_s, theirs_s = in_turn([lambda: run(simulation.inputs), lambda: filtered(rate_hz, gyr, acc)], repeats)
    note = f"{ours_s:.2f} s to {theirs_s:.2f} s"
    return Line(
        "the whole engine / `vqf.updateBatch` alone, same samples", ours_s / theirs_s, "", "<=", ENGINE_TO_VQF, 2, note
    )


def growth_line(simulation: Simulation) -> Line:
    """Ten times the session, time for time."""
    long = streams.tiled(simulation, TIMES_LONGER)
    once_s, long_s = in_turn([lambda: run(simulation.inputs), lambda: run(long)], GROWTH_ROUNDS)
    return Line("ten times as long a session / ten times the time", long_s / once_s / TIMES_LONGER, "", "<=", GROWTH, 2)


def notification_lines(simulation: Simulation, count: int) -> list[Line]:
    """One notification of 8 samples at a time through an engine that has run for minutes.

    The same ones go through several engines, and of each the median time counts: when the system gives the processor
    to somebody else for some milliseconds, that is not the engine's time.
    """
    inputs = streams.notifications(simulation, NOTIFIED_SAMPLES)
    warm = len(inputs) - min(count, 3 * len(inputs) // 4)
    acc, gyr = simulation.truth.samples
    pieces = [slice(start, start + NOTIFIED_SAMPLES) for start in range(0, NOTIFIED_SAMPLES * 1000, NOTIFIED_SAMPLES)]
    ours_s, theirs_s = [], []
    gc.collect()
    gc.freeze()  # what the benchmark itself holds is no work for the collector
    for _ in range(NOTIFICATION_ROUNDS):
        engine = Engine(Config(), profile("imu_stream").new_decoder())
        engine.feed(inputs[:warm])
        ours_s.append([timed(partial(engine.feed, [item])) for item in inputs[warm:]])
        bare = VQF(1.0 / simulation.scenario.sensor.rate_hz)
        theirs_s.append([timed(partial(bare.updateBatch, gyr[rows].copy(), acc[rows].copy())) for rows in pieces])
    gc.unfreeze()
    ours_ms = 1000 * np.median(ours_s, axis=0)
    ratio = float(np.median(ours_ms) / (1000 * np.median(theirs_s)))
    return [
        Line(
            "one notification of 8 samples, 99th percentile", float(np.percentile(ours_ms, 99)), "ms",
            "<=", NOTIFICATION_P99_MS, 2, f"median {np.median(ours_ms):.2f} ms, longest {np.max(ours_ms):.1f} ms",
        ),
        Line("one notification / `vqf.updateBatch` of its 8 samples, medians", ratio, decimals=1),
    ]  # fmt: skip


def timed(work: Callable[[], object]) -> float:
    """How long it takes [s]."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def report_line(simulation: Simulation, repeats: int) -> Line:
    """What `tracker report` does with a sample file up to its tables, beside reading the file with pandas.

    The page has a line of its own.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = streams.written_csv(simulation, folder / "session.csv")

        def report() -> None:
            source = open_source(path)
            write_tables(folder / "report", play_source(source, source.header.config).session)

        ours_s, theirs_s = in_turn([report, lambda: pd.read_csv(path)], repeats)
        size_mb = path.stat().st_size / 1e6
    note = f"{ours_s:.2f} s to {theirs_s:.2f} s, {size_mb:.0f} MB"
    return Line(
        "`report` of a generic CSV, its tables / `pandas.read_csv` of it",
        ours_s / theirs_s,
        "",
        "<=",
        REPORT_TO_READ,
        2,
        note,
    )


def page_line(simulation: Simulation, repeats: int) -> Line:
    """What the page of a session costs once the session is played: the part of `report` beyond reading and counting."""
    with tempfile.TemporaryDirectory() as name:
        source = open_source(streams.written_csv(simulation, Path(name) / "session.csv"))
        session = play_source(source, source.header.config).session
    (page_s,) = in_turn([lambda: report_html(session)], repeats)
    size_kb = len(report_html(session).encode()) / 1000
    reps = len(session.summary.reps)
    note = f"{size_kb:.0f} kB, {reps} reps"
    return Line("`report.html` of that session, beyond playing it", page_s, "s", "<=", PAGE_S, 2, note)


def memory_line(simulation: Simulation) -> Line:
    """Resident memory in live use, packet by packet, in a process that holds nothing else."""
    session_s = float(simulation.truth.t_s[-1])
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "inputs"
        memory.stored(simulation.inputs, path)
        command = [sys.executable, "-m", "tests.benchmarks.memory", str(path), str(session_s)]
        answer = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own module
    early_mb, late_mb = (float(word) for word in answer.stdout.split())
    early_min = memory.early_s(session_s) / 60
    what = f"growth of resident memory from minute {early_min:.0f} to minute {session_s / 60:.0f}"
    return Line(what, late_mb - early_mb, "MB", "<", MEMORY_MB, 2, f"{late_mb:.0f} MB at the end")


def start_line(repeats: int) -> Line:
    """`tracker --help` less a bare start of Python."""
    commands = [[sys.executable, "-m", "tracker", "--help"], [sys.executable, "-c", "pass"]]
    ours_s, theirs_s = in_turn([partial(started, command) for command in commands], repeats, time.perf_counter)
    note = f"{1000 * ours_s:.0f} ms, Python alone {1000 * theirs_s:.0f} ms"
    return Line("`tracker --help` less the start of Python", 1000 * (ours_s - theirs_s), "ms", "<", START_MS, 0, note)


def in_turn(
    rivals: Sequence[Callable[[], object]], repeats: int, clock: Callable[[], float] = time.process_time
) -> list[float]:
    """Median time of each [s], run alternately after one round to warm up.

    Processor time: it counts what other programs do least, and pandas' own threads (from 3.1 on) as what they cost.
    """
    times: list[list[float]] = [[] for _ in rivals]
    for number in range(repeats + 1):
        for rival, taken in zip(rivals, times, strict=True):
            gc.collect()
            start = clock()
            rival()
            if number:
                taken.append(clock() - start)
    return [float(np.median(taken)) for taken in times]


def run(inputs: Sequence[streams.Input]) -> None:
    """A whole session through a new engine."""
    engine = Engine(Config(), profile("imu_stream").new_decoder())
    engine.feed(inputs)
    engine.finish()


def filtered(rate_hz: float, gyr: streams.Floats, acc: streams.Floats) -> None:
    """The orientation filter alone, as the engine sets it."""
    settings = Config().orientation
    bare = VQF(
        1.0 / rate_hz,
        tauAcc=settings.tau_s,
        biasClip=settings.gyr_bias_limit_dps,
        biasSigmaInit=GYR_BIAS_SIGMA_DPS,
    )
    bare.updateBatch(gyr, acc)


def started(command: list[str]) -> None:
    """A process from start to end."""
    subprocess.run(command, capture_output=True, check=True)  # noqa: S603 - our own interpreter
