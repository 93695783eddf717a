"""Prints the resident memory [MB] early and at the end of a session that is fed packet by packet.

A process of its own (`python -m tests.benchmarks.memory FILE SECONDS`), because only there memory is the engine's
alone; it reads the session from a file, input by input, because memory that a simulation gave back would hide growth.
The events are dropped at once, as sinks drop them.
"""

from __future__ import annotations

import gc
import pickle
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from tracker.core.config import Config
from tracker.core.engine import Engine
from tracker.core.model import Input
from tracker.decoders.registry import profile

PAGE_BYTES = 4096
FILLED_S = 300.0  # by then every buffer of the engine has its full size (the history keeps two minutes, twice over)
EARLY_SHARE = 1 / 6  # ten minutes of an hour
SCREEN_RATE_HZ = 12.0


def early_s(session_s: float) -> float:
    """When memory is looked at first in a session of this length [s]."""
    return max(session_s * EARLY_SHARE, min(FILLED_S, session_s / 2))


def stored(inputs: Iterable[Input], path: Path) -> None:
    """Write the inputs one after the other."""
    with path.open("wb") as file:
        for item in inputs:
            pickle.dump(item, file)


def loaded(path: Path) -> Iterator[Input]:
    """The inputs one after the other."""
    with path.open("rb") as file:
        while True:
            try:
                yield pickle.load(file)  # noqa: S301 - our own file of a moment ago
            except EOFError:
                return


def resident_mb() -> float:
    """Resident memory of this process [MB]; elsewhere than on Linux its peak, which also shows growth."""
    try:
        return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * PAGE_BYTES / 1e6
    except OSError:
        import resource

        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def main(path: Path, session_s: float) -> tuple[float, float]:
    """Memory early and late [MB]."""
    engine = Engine(Config(), profile("imu_stream").new_decoder(), pose_rate_hz=SCREEN_RATE_HZ)
    early_mb = 0.0
    for item in loaded(path):
        engine.feed([item])
        if not early_mb and item.received_s >= early_s(session_s):
            gc.collect()
            early_mb = resident_mb()
    gc.collect()
    return early_mb, resident_mb()


if __name__ == "__main__":
    print(*main(Path(sys.argv[1]), float(sys.argv[2])))  # noqa: T201 - the answer to the process that asked
