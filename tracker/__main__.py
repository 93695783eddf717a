"""`tracker` and `python -m tracker`: the command line, with an orderly end at whatever moment Ctrl-C comes.

While it is imported there is nothing to close. Then verbs hear of it themselves (`run.StopFlag`) or get an exception,
which the command line turns into its exit code. Once the end is settled nothing changes it.
"""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType
from typing import TYPE_CHECKING

from tracker.interrupt import STOPPED, Interrupted, interrupt, was_raised

if TYPE_CHECKING:
    from sys import UnraisableHookArgs


def run() -> None:
    """The command line; leaves with its exit code."""
    listens = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # not where Ctrl-C is to be ignored
    if listens:
        signal.signal(signal.SIGINT, _leave)
        sys.unraisablehook = _raise_again
    from tracker.cli import main

    try:
        if listens:
            signal.signal(signal.SIGINT, interrupt)
        main()
    except KeyboardInterrupt:  # one more, while the first was being answered
        raise SystemExit(STOPPED) from None
    except Exception:
        if not was_raised():
            raise
        raise SystemExit(STOPPED) from None  # an extension module made something else of it
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _leave(_number: int, _frame: FrameType | None) -> None:
    os._exit(STOPPED)


def _raise_again(unraisable: UnraisableHookArgs) -> None:
    """Ctrl-C in a place where exceptions are dropped: it ends the program all the same."""
    if isinstance(unraisable.exc_value, Interrupted):
        signal.signal(signal.SIGINT, _raise)
        signal.raise_signal(signal.SIGINT)
    else:
        sys.__unraisablehook__(unraisable)


def _raise(_number: int, _frame: FrameType | None) -> None:
    signal.signal(signal.SIGINT, interrupt)
    raise Interrupted


if __name__ == "__main__":
    run()
