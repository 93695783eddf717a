"""How long looking back over years takes: `tracker history` over 500 saved sessions, as a shell starts it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from tests.benchmarks.speed import in_turn
from tests.benchmarks.tables import Line, Table
from tests.history.recorded import START, save
from tracker.core.config import Config
from tracker.history.cache import Cache, settings_digest
from tracker.history.judging import judged
from tracker.history.saved import saved_sessions

HISTORY_S = 1.5
SESSIONS = 500
REPEATS = 5


def looking_back() -> Table:
    """One table."""
    return Table("Looking back", "Processor time, the start of the program included.", (history_line(),), fails=False)


def history_line() -> Line:
    """Processor time of the whole program, its start and the page included, once the sessions are known to it."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        first = save(root)
        for number in range(1, SESSIONS):
            moment = START + timedelta(days=1.5 * number)
            shutil.copytree(first, root / f"{moment:%Y%m%dT%H%M%SZ}-{number:04x}")
        _known(root)
        command = [sys.executable, "-m", "tracker", "history"]
        environment = {**os.environ, "TRACKER_HOME": str(root)}

        def look_back() -> None:
            subprocess.run(command, env=environment, capture_output=True, check=True)  # noqa: S603 - our own program

        (seconds,) = in_turn([look_back], REPEATS, _processor_time_of_children)
        size_kb = (root / "history.html").stat().st_size / 1000
    note = f"{SESSIONS} sessions, page of {size_kb:.0f} kB"
    return Line("`tracker history`, the sessions judged before", seconds, "s", "<=", HISTORY_S, 2, note)


def _known(root: Path) -> None:
    """As after a first look, which judges every session: they are copies of one, so it is judged once."""
    cache = Cache(root)
    sessions = saved_sessions(root)
    result = judged(sessions[0].path, Config(), {})
    for saved in sessions:
        settings = settings_digest(Config(), saved.said_then())
        cache.keep(saved, settings, {**result, "session_id": saved.name, "started_at": _start(saved.name)})
    cache.save()


def _start(name: str) -> str:
    return f"{name[:4]}-{name[4:6]}-{name[6:11]}:{name[11:13]}:{name[13:15]}.000Z"


def _processor_time_of_children() -> float:
    about = os.times()
    return about.children_user + about.children_system
