"""Twenty minutes on the air, in virtual time, in a process of its own; the benchmarks stream for four."""

from __future__ import annotations

import subprocess
import sys

from tests.ble.world import CHECKOUT

HOURS = 1 / 3
MEMORY_MB = 2.5


def test_memory_stays_flat():
    """Service, bleak, client, recorder and engine: from a third of it on the process grows by less than 2.5 MB."""
    command = [sys.executable, "-m", "tests.benchmarks.bluetooth_hours", str(HOURS)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, cwd=CHECKOUT)  # noqa: S603
    early_mb, late_mb = map(float, answer.stdout.split())
    assert 50.0 < early_mb < late_mb + 1.0
    assert late_mb - early_mb < MEMORY_MB
