"""One text of what a person hands over, wherever it lies: in a folder, a zip or a workbook."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO


@dataclass(frozen=True, slots=True)
class Member:
    """A text inside what was handed over.

    name: its base name, as the app gave it; opened: its bytes as UTF-8; path: where it lies as a file of its own.
    """

    name: str
    opened: Callable[[], contextlib.AbstractContextManager[IO[bytes]]]
    path: Path | None = None
