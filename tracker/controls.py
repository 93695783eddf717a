"""What a person may tell a session while it runs: one table for the keys of the terminal and the buttons of a page."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tracker.core.model import CommandName

# How a key or a tap becomes a recorded command of the running session; every live source has it as `tell`.
Tell = Callable[[CommandName, str], None]


class Control(NamedTuple):
    """A key, what it does in words, and the command it stands for."""

    key: str
    words: str
    command: CommandName
    value: str = ""


CONTROLS = (
    Control("s", "swap side", CommandName.SIDE, "swap"),
    Control("x", "strike rep", CommandName.STRIKE),
    Control("u", "undo strike", CommandName.RESTORE),
    Control("m", "mark", CommandName.MARK),
    Control("c", "calibrate", CommandName.CALIBRATE, "start"),
    Control("q", "finish", CommandName.FINISH),
)


def control_of(key: str) -> Control | None:
    """The control on this key; with Shift or Caps Lock it is the same."""
    return next((control for control in CONTROLS if control.key == key.lower()), None)


def help_line(width: int = 80) -> str:
    """All keys with their words, or as much as fits in `width` characters: words first go, then keys."""
    whole = "  ".join(f"{control.key} {control.words}" for control in CONTROLS)
    if len(whole) <= width:
        return whole
    short = " ".join(f"{control.key}={control.words.split()[0]}" for control in CONTROLS)
    return short if len(short) <= width else f"keys {' '.join(control.key for control in CONTROLS)}"
