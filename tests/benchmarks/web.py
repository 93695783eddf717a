"""The page while a session runs: how late it is, what it costs, whether it grows.

`python -m tests.benchmarks.web --minutes 10` watches one session in real time, with three screens.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import pty
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.benchmarks import memory, scenarios
from tests.benchmarks.tables import Line, Table, markdown
from tests.page.browser import chromium
from tests.web.wall import Wall
from tracker.core.engine import Engine
from tracker.core.events import Event, PoseUpdated, RepCounted, SetStarted
from tracker.core.model import Side
from tracker.decoders.registry import profile
from tracker.header import Header
from tracker.recording import RecordingWriter
from tracker.run import Pipeline, run_batch
from tracker.sources.simulator import simulate

SCREENS = 3
RATE_HZ = 30.0
LATE_P95_MS = 50.0
CPU_PCT = 15.0
MEMORY_MB = 5.0
START_S = 20.0  # a computer that takes longer to begin has other worries
# Notes in the browser when which state came: stream time of the state, the computer's clock at its arrival.
LISTEN = """
window.arrivals = [];
window.WebSocket = class extends WebSocket {
  constructor(url) {
    super(url);
    this.addEventListener("message", (event) => {
      const at = performance.timeOrigin + performance.now();
      const state = JSON.parse(event.data).state;
      if (state) window.arrivals.push([state.now_s, at]);
    });
  }
};
"""


@dataclass(frozen=True, slots=True)
class Length:
    """How long each part takes."""

    latency_s: float
    cpu_s: float
    session_s: float


FULL = Length(latency_s=20.0, cpu_s=30.0, session_s=3600.0)
QUICK = Length(latency_s=5.0, cpu_s=8.0, session_s=600.0)


def web(length: Length) -> list[Table]:
    """One table; skipped, saying so, where there is no browser."""
    about = (
        f"Three screens in a headless Chromium on the same computer, {RATE_HZ:.0f} states a second; the program plays "
        "a recording at 104 Hz as it was, in a terminal. Memory: an hour as fast as it goes, packet by packet."
    )
    try:
        with chromium() as browser:
            late = latency_lines(browser, length.latency_s)
            busy = cpu_lines(browser, length.cpu_s)
    except pytest.skip.Exception as reason:
        return [Table("The page", about, (), skipped=str(reason))]
    return [Table("The page", about, (*late, *busy, memory_line(length.session_s)), fails=False)]


# how late ------------------------------------------------------------------------------------------------------------


def latency_lines(browser: Any, duration_s: float) -> list[Line]:
    """From handing an event to the page until its message is in the browser, with a rep every second."""
    with Wall() as wall, looking(browser, wall.url) as pages:
        handed_ms: dict[float, float] = {}
        start_s, steps = time.monotonic(), int(duration_s * RATE_HZ)
        wall.handle(SetStarted(0.0, 0.0, 1, Side.LEFT))
        for step in range(1, steps + 1):
            now_s = round(step / RATE_HZ, 3)
            pages[0].wait_for_timeout(max(0.0, 1000 * (start_s + now_s - time.monotonic())))
            events: list[Event] = [PoseUpdated(now_s, now_s, 100 * np.sin(now_s) ** 2, 3.0, 10.0, "rising")]
            if step % int(RATE_HZ) == 0:
                number = step // int(RATE_HZ)
                events.append(RepCounted(now_s, now_s, number, 1, number, Side.LEFT))
            handed_ms[now_s] = 1000 * time.time()
            wall.handle(*events)
        pages[0].wait_for_timeout(300)
        late_ms = [at - handed_ms[now_s] for page in pages for now_s, at in arrivals(page) if now_s in handed_ms]
    shown = len(late_ms) / len(handed_ms) / SCREENS
    note = f"median {np.median(late_ms):.1f} ms, longest {max(late_ms):.0f} ms, {100 * shown:.0f} % of the states shown"
    p95_ms = float(np.percentile(late_ms, 95))
    return [Line("event to message in the browser, 95th percentile", p95_ms, "ms", "<=", LATE_P95_MS, 1, note)]


@contextlib.contextmanager
def looking(browser: Any, url: str) -> Iterator[list[Any]]:
    """Screens, each in a browser context of its own, that note when states arrive."""
    contexts = [browser.new_context() for _ in range(SCREENS)]
    pages = []
    for context in contexts:
        context.add_init_script(LISTEN)
        pages.append(context.new_page())
        pages[-1].goto(url)
    yield pages
    for context in contexts:
        context.close()


def arrivals(page: Any) -> dict[float, float]:
    """Stream time of each state -> when it first arrived [ms], of those since the last call."""
    first: dict[float, float] = {}
    for now_s, at in page.evaluate("window.arrivals.splice(0)"):
        first.setdefault(now_s, at)
    return first.items()  # type: ignore[return-value]


# what it costs -------------------------------------------------------------------------------------------------------


class Program:
    """`tracker replay --speed 1` in a terminal, as a person watches it."""

    def __init__(self, recording: Path) -> None:
        self._screen, theirs = pty.openpty()
        command = [
            sys.executable,
            "-m",
            "tracker",
            "replay",
            str(recording),
            "--speed",
            "1",
            "--no-open",
            "--port",
            "0",
        ]
        environment = os.environ | {"TERM": "xterm", "COLUMNS": "100", "LINES": "40"}
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment
        )
        os.close(theirs)
        self._shown = b""
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        with contextlib.suppress(OSError):  # the other end is closed
            while data := os.read(self._screen, 65536):
                self._shown = (self._shown + data)[:4096]

    def url(self) -> str:
        """Where the page is."""
        limit_s = time.monotonic() + START_S
        while not (found := re.search(rb"http://[\w.:/]+", self._shown)):
            if time.monotonic() > limit_s:
                raise TimeoutError(self._shown.decode(errors="replace"))
            time.sleep(0.05)
        return found[0].decode()

    def cpu_s(self) -> float:
        """Processor time so far, of all its threads."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_mb(self) -> float:
        """Resident memory."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text("ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def end(self) -> None:
        """Ctrl-C."""
        self.process.terminate()
        self.process.wait(START_S)
        os.close(self._screen)


def cpu_lines(browser: Any, duration_s: float) -> list[Line]:
    """Processor time of the whole program, terminal, page and engine, over wall time."""
    if not Path("/proc/self/stat").exists():
        return []
    with tempfile.TemporaryDirectory() as name:
        program = Program(recorded(Path(name), duration_s + 120.0))
        try:
            with looking(browser, program.url()) as pages:
                pages[0].wait_for_timeout(3000)
                before_s, start_s = program.cpu_s(), time.monotonic()
                pages[0].wait_for_timeout(1000 * duration_s)
                used_pct = 100 * (program.cpu_s() - before_s) / (time.monotonic() - start_s)
        finally:
            program.end()
    fact = "processor time of the whole program, of one core"
    return [Line(fact, used_pct, "%", "<=", CPU_PCT, 1, f"over {duration_s:.0f} s")]


def recorded(folder: Path, session_s: float) -> Path:
    """The recording of a simulated session of about this length."""
    simulation = simulate(scenarios.hour(session_s))
    header = Header(session_id="benchmark", device="simulated", decoder="imu_stream", nominal_rate_hz=104.0)
    writer = RecordingWriter(folder / "benchmark", header)
    run_batch(Pipeline(Engine(header.config, profile("imu_stream").new_decoder()), writer=writer), simulation.inputs)
    return writer.path


# whether it grows ----------------------------------------------------------------------------------------------------


def memory_line(session_s: float) -> Line:
    """Resident memory of a program with page and screen, in a process that holds nothing else."""
    simulation = simulate(scenarios.hour(session_s))
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "inputs"
        memory.stored(simulation.inputs, path)
        command = [sys.executable, "-m", "tests.benchmarks.web_memory", str(path), str(session_s)]
        answer = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own module
    early_mb, late_mb = (float(word) for word in answer.stdout.split())
    fact = f"growth of resident memory from minute {memory.early_s(session_s) / 60:.0f} to minute {session_s / 60:.0f}"
    return Line(fact, late_mb - early_mb, "MB", "<", MEMORY_MB, 2, f"{late_mb:.0f} MB at the end, one screen")


# in real time --------------------------------------------------------------------------------------------------------


def real_time(minutes: float) -> Table:
    """One session as it was, watched by three screens."""
    with tempfile.TemporaryDirectory() as name, chromium() as browser:
        program = Program(recorded(Path(name), 60 * minutes + 120.0))
        try:
            with looking(browser, program.url()) as pages:
                pages[0].wait_for_timeout(60_000)
                cpu_s, start_s, states = program.cpu_s(), time.monotonic(), 0
                half_mb = program.resident_mb()
                while (watched_s := time.monotonic() - start_s) < 60 * (minutes - 1):
                    pages[0].wait_for_timeout(10_000)
                    states += sum(len(arrivals(page)) for page in pages)
                    if watched_s < 30 * (minutes - 1):
                        half_mb = program.resident_mb()
                took_s = time.monotonic() - start_s
                used_pct = 100 * (program.cpu_s() - cpu_s) / took_s
                late_mb = program.resident_mb()
                said = pages[0].evaluate("document.querySelector('#said').dataset.repId ?? '0'")
                alarms = pages[0].evaluate("!document.getElementById('alarm').hidden")
        finally:
            program.end()
    lines = (
        Line("processor time of the whole program, of one core", used_pct, "%", "<=", CPU_PCT, 1),
        Line(
            "growth of resident memory in the second half",
            late_mb - half_mb,
            "MB",
            "<",
            MEMORY_MB,
            2,
            f"{late_mb:.0f} MB at the end",
        ),
        Line("states a second and screen", states / SCREENS / took_s, "", decimals=1),
        Line("reps announced", float(said), decimals=0),
        Line("alarms on the page at the end", float(alarms), "", "=", 0.0, 0),
    )
    return Table("The page in real time", f"{minutes:.0f} minutes, {SCREENS} screens.", lines, fails=False)


def main(arguments: Sequence[str]) -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.web", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="how long to watch, at least 2")
    sys.stdout.write(markdown(real_time(max(2.0, parser.parse_args(arguments).minutes))) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
