"""A program on a pseudo terminal, as if a person sat before it. Unix only."""

from __future__ import annotations

import contextlib
import os
import select
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
Say = Callable[[Callable[[bytes], object], Callable[[bytes], None]], None]


def in_terminal(arguments: Sequence[str], say: Say, *, limit_s: float = 60.0) -> tuple[bytes, int]:
    """Run Python with these arguments on a terminal of 100 x 40; `say(write, read_until)` types and reads.

    Returns all that was shown and the exit code.
    """
    import fcntl
    import pty
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
    process = subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, *arguments],
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True, cwd=CHECKOUT,
        env={**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(CHECKOUT)},
        preexec_fn=_own_terminal,  # noqa: PLW1509 - no threads here
    )  # fmt: skip
    os.close(theirs)
    shown = bytearray()

    def read_until(words: bytes) -> None:
        end_s = time.monotonic() + limit_s
        while words not in shown:
            assert time.monotonic() < end_s, shown
            try:
                shown.extend(os.read(ours, 4096))
            except OSError:  # closed on the other side
                assert words in shown, shown

    try:
        say(lambda data: os.write(ours, data), read_until)
        with contextlib.suppress(OSError):  # closed on the other side
            while process.poll() is None or select.select([ours], [], [], 0)[0]:
                if select.select([ours], [], [], 0.05)[0]:
                    shown.extend(os.read(ours, 4096))
        process.wait(timeout=limit_s)
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    return bytes(shown), process.returncode


def _own_terminal() -> None:
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
