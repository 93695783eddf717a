"""Ctrl-C, which people press more than once.

The first press ends what runs, and what follows within a second is impatience: closing takes less. A later one is
meant: it breaks off what is being closed. One more after that leaves at once, for a radio that hangs.
"""

from __future__ import annotations

import math
import os
import time

TYPE_CHECKING = False  # see __main__: this is imported before Ctrl-C is ours to answer
if TYPE_CHECKING:
    from types import FrameType

STOPPED = 130  # exit code of Ctrl-C, as shells have it: 128 + SIGINT
PATIENCE_S = 1.0  # presses within it are one: people hit the keys several times, and a closing terminal signals twice
_meant_at_s = -math.inf
_was_raised = False


class Interrupted(KeyboardInterrupt):
    """Ctrl-C. Of a kind of its own: after a plain KeyboardInterrupt inside `exec`, where dataclasses are made, the
    interpreter kills itself at its end although the exception was handled.
    """


def is_meant() -> bool:
    """Note a press; False where it is only impatience after the one before."""
    global _meant_at_s  # noqa: PLW0603 - a process has one keyboard
    now_s = time.monotonic()
    if now_s < _meant_at_s + PATIENCE_S:
        return False
    _meant_at_s = now_s
    return True


def was_raised() -> bool:
    """True once a press became an exception."""
    return _was_raised


def interrupt(_number: int, _frame: FrameType | None) -> None:
    """The handler where nobody listens for a stop."""
    global _was_raised  # noqa: PLW0603
    if not is_meant():
        return
    if _was_raised:
        os._exit(STOPPED)
    _was_raised = True
    raise Interrupted
