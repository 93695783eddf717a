"""`tracker` and `python -m tracker`: the command line, with an orderly end at whatever moment Ctrl-C comes.

While it is imported there is nothing to close; before that, in the interpreter's own first hundredths of a second, a
press is not ours to answer. Then verbs hear of it themselves (`run.StopFlag`) or get an exception, which the command
line turns into its exit code. Once the end is settled nothing changes it.
"""

from __future__ import annotations

try:
    import os
    import signal
    import sys

    from tracker.interrupt import STOPPED, Interrupted, interrupt, was_raised
except KeyboardInterrupt:  # a name of ours may be what was being imported
    raise SystemExit(130) from None

TYPE_CHECKING = False  # so spelt because importing `typing` takes as long as all else here
if TYPE_CHECKING:
    from sys import UnraisableHookArgs
    from types import FrameType


def run() -> None:
    """The command line; leaves with its exit code."""
    try:
        listens = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # not where Ctrl-C is to be ignored
        if listens:
            signal.signal(signal.SIGINT, _leave)
            sys.unraisablehook = _raise_again
        from tracker.cli import main

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
