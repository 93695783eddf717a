"""Who is whose child, and whether it still runs, as Linux tells it under /proc."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path


def children(pid: int) -> list[int]:
    """Processes whose parent this one is, but for Python's own bookkeeper of shared resources."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if _stat(folder)[1:2] == [str(pid)] and b"resource_tracker" not in command:
            found.append(int(folder.name))
    return found


def wait_gone(pids: Iterable[int], limit_s: float = 60.0) -> None:
    """Until none of them runs any more; a dead one that nobody asked after is gone."""
    end_s = time.monotonic() + limit_s
    while any(_stat(Path(f"/proc/{pid}"))[:1] not in ([], ["Z"]) for pid in pids):
        assert time.monotonic() < end_s, f"still running: {pids}"
        time.sleep(0.01)


def _stat(folder: Path) -> list[str]:
    """State, parent, ...; nothing if there is no such process."""
    try:
        return (folder / "stat").read_text("ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return []
