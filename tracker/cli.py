"""The command line: a group of verbs, each in `commands/<verb>.py` and imported only when it is called.

Results go to stdout, talk to stderr. Exit codes: 0 done, 1 an error in one sentence, 2 wrong usage, 130 stopped.
"""

from __future__ import annotations

import importlib
import io
import keyword
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from tracker import __version__
from tracker.errors import TrackerError
from tracker.interrupt import STOPPED

# Verb -> its line in `tracker --help`: written here so that help need not import the verbs.
VERBS = {
    "demo": "Play a built-in simulated session: live count, then the report. No hardware needed.",
    "doctor": "Check what a live session needs, from Bluetooth to sound; one line each, with the mend.",
    "scan": "List supported sensors in range.",
    "live": "Count live from a sensor; records everything.",
    "replay": "Run a recording through the engine again, at any speed or with other settings.",
    "report": "Write the tables and the page of a recording or a sample file.",
    "hold": "Say how long the hips stayed up and level: the single-leg bridge hold test.",
    "history": "Show all saved sessions over time, by session, week or load.",
    "import": "Turn exports of apps and vendors, and generic CSV, into recordings.",
    "export": "Write a recording in other people's formats.",
    "batch": "Analyse many recordings and sample files into one table.",
    "mark": "Mark the true reps of a recording while its curve runs past.",
    "score": "Compare what was counted with the reps that a person marked.",
    "verify": "Replay a recording and compare with what was said when it was made.",
    "settings": "List every setting with its value and the reason for its default.",
    "decode": "Print the samples inside notifications as JSON.",
}


class VerbGroup(click.Group):
    """Loads a verb's module when the verb is called, and says every error once, in one sentence."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The verbs, in the order of a first session."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """The verb's command, or None if there is no such verb."""
        if name not in VERBS:
            return None
        identifier = f"{name}_" if keyword.iskeyword(name) else name
        command = getattr(importlib.import_module(f"tracker.commands.{identifier}"), identifier)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The list of verbs, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))

    def main(self, args: Sequence[str] | None = None, *rest: Any, **extra: Any) -> NoReturn:
        """Run and leave with the right exit code; no traceback for anything a person can mend."""
        extra["standalone_mode"] = False
        # A character that this terminal's encoding does not have must not end a session.
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        try:
            code = super().main(args, *rest, **extra)
            sys.stdout.flush()
        except click.ClickException as error:
            error.show()
            code = error.exit_code
        except (click.Abort, KeyboardInterrupt):
            code = STOPPED
        except TrackerError as error:
            code = _say(str(error))
        except BrokenPipeError:  # whoever read our output has had enough: nothing to say, nobody to say it to
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = 1
        except OSError as error:
            place = f"{error.filename}: " if error.filename else ""
            code = _say(f"{place}{error.strerror or error}. The system refused; check the disk and your permissions.")
        except MemoryError:
            code = _say("There is not enough memory for this. Close other programs or use a shorter recording.")
        sys.exit(code if isinstance(code, int) else 0)


def _say(sentence: str) -> int:
    click.echo(f"Error: {sentence}", err=True)
    return 1


@click.command(cls=VerbGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="tracker")
def main() -> None:
    """Count and judge single-leg hip thrusts with one sensor on the hip.

    First try: tracker demo
    """
