"""Prints the resident memory [MB] early and at the end of a session that is shown on a page, with one screen.

A process of its own (`python -m tests.benchmarks.web_memory FILE SECONDS`), as `memory` is for the engine alone.
"""

from __future__ import annotations

import gc
import sys
import threading
from pathlib import Path

from tests.benchmarks.memory import early_s, loaded, resident_mb
from tests.web.wall import Wall
from tracker.core.config import Config
from tracker.core.engine import Engine
from tracker.decoders.registry import profile
from tracker.page import CURVE_RATE_HZ
from tracker.reports import Gathering
from tracker.run import Pipeline

TOGETHER = 200  # packets after which the page is waited for: a session has no faster


def main(path: Path, session_s: float) -> tuple[float, float]:
    """Memory early and late [MB]."""
    engine = Engine(Config(), profile("imu_stream").new_decoder(), pose_rate_hz=30.0, curve_rate_hz=CURVE_RATE_HZ)
    with Wall() as wall, wall.screen() as screen:
        threading.Thread(target=screen.until_closed, daemon=True).start()
        pipeline = Pipeline(engine, [Gathering(), wall.page])
        early_mb = 0.0
        for place, item in enumerate(loaded(path)):
            pipeline.take([item])
            if place % TOGETHER == 0:
                wall.until_taken()
            if not early_mb and item.received_s >= early_s(session_s):
                gc.collect()
                early_mb = resident_mb()
        wall.until_taken()
        gc.collect()
        return early_mb, resident_mb()


if __name__ == "__main__":
    print(*main(Path(sys.argv[1]), float(sys.argv[2])))  # noqa: T201 - the answer to the process that asked
