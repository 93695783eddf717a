"""One session a sensor: a lock that ends with the process, however that ends.

Two programs could both get the notifications of one sensor, and the first to finish would stop it under the other.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from tracker.errors import DeviceError
from tracker.locks import take
from tracker.sessions import session_root


@contextlib.contextmanager
def sensor_lock(address: str, title: str) -> Iterator[None]:
    """Inside, the sensor is this process's. Raises DeviceError when another session has it.

    A folder that can not be written, or a file system without locks, costs only the protection.
    """
    with contextlib.ExitStack() as stack:
        file: IO[bytes] | None = None
        with contextlib.suppress(OSError):
            path = _path(address)
            path.parent.mkdir(parents=True, exist_ok=True)
            file = stack.enter_context(path.open("ab"))
        if file is not None and not take(file.fileno()):
            raise DeviceError(
                f"{title} is in use by another `tracker live`.",
                hint="End that one first (Ctrl-C there), or name another sensor with --sensor.",
            )
        yield


def _path(address: str) -> Path:
    return session_root() / f"sensor-{hashlib.sha256(address.encode()).hexdigest()[:12]}.lock"
