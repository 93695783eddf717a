"""An event loop whose time runs as fast as it can: when nobody has anything to do, the next timer is due at once.

All parties of a test live in one such loop and talk over real sockets of this machine. What is sent over those can be
read at once, so a loop with nothing to read and nothing to run is a world in which nothing happens until the next
timer. A session of two minutes takes a second, and waiting for a lost sensor takes none.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any

DEADLOCK_S = 20.0  # real seconds; nothing is left to wait for and no timer is set


class _Impatient(selectors.DefaultSelector):
    """Waits for sockets as any selector, for time not at all."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0

    def select(self, timeout: float | None = None) -> list:
        ready = super().select(DEADLOCK_S if timeout is None else 0)
        if not ready and timeout is None:
            raise RuntimeError("everybody waits for somebody else")
        if not ready and timeout:
            self.now_s += timeout
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """`time()` begins at 0."""

    def __init__(self) -> None:
        self._impatient = _Impatient()
        super().__init__(self._impatient)

    def time(self) -> float:
        return self._impatient.now_s


def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """What the coroutine returns, run in a loop of its own."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(coroutine)
