"""Starts the command again and again without importing it anew: `python -m tests.ble.nursery FOLDER`.

Each line on stdin is the command's arguments as JSON; a fork runs them as `tracker` would, with its output in the
files `out` and `talk` of a new folder FOLDER/<number>, and its process id is answered. In `heard` there it counts, in
memory that outlives it, how many notifications bleak has handed over.
"""

from __future__ import annotations

import asyncio
import json
import mmap
import os
import signal
import sys
from pathlib import Path

from bleak.backends.bluezdbus.version import BlueZFeatures

from tracker import cli
from tracker.commands import live, live_session  # noqa: F401 - so that the forks need not import them
from tracker.sinks import json_lines  # noqa: F401
from tracker.sources.inbox import Inbox

COUNT_BYTES = 8


def main(folder: Path) -> None:
    """Until stdin ends."""
    asyncio.run(BlueZFeatures.check_bluez_version())  # once for all
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who was killed is gone at once
    for number, line in enumerate(sys.stdin):
        child = os.fork()
        if child == 0:
            run(folder / str(number), json.loads(line))
        print(child, flush=True)  # noqa: T201 - the answer to the process that asked


def run(folder: Path, arguments: list[str]) -> None:
    """In the fork: the command, to its end."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    folder.mkdir()
    for descriptor, name in ((1, "out"), (2, "talk")):
        os.dup2(os.open(folder / name, os.O_WRONLY | os.O_CREAT), descriptor)
    os.environ["TRACKER_HOME"] = str(folder)
    count_notifications(folder / "heard")
    try:
        cli.main(arguments)
    finally:
        os._exit(1)  # never back into the loop of the nursery


def count_notifications(path: Path) -> None:
    """Count what comes in before anything else is done with it."""
    path.write_bytes(bytes(COUNT_BYTES))
    with path.open("r+b") as file:
        memory = mmap.mmap(file.fileno(), COUNT_BYTES)
    put_packet, heard = Inbox.put_packet, 0

    def put(inbox: Inbox, channel: str, payload: bytes, *, is_data: bool = False) -> None:
        nonlocal heard
        if is_data:
            heard += 1
            memory[:] = heard.to_bytes(COUNT_BYTES, "little")
        put_packet(inbox, channel, payload, is_data=is_data)

    Inbox.put_packet = put


if __name__ == "__main__":
    main(Path(sys.argv[1]))
