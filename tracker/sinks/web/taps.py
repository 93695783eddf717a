"""What a page may tell the program: a tap as a command, checked before anything else hears of it.

    {"command": "strike", "value": "7"}

Bad messages are answered with a sentence and change nothing.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from tracker.core.model import CommandName

MAX_BYTES = 1024  # the longest mark with every character escaped, twice over
MARK_LENGTH = 80
# A person taps five times in a second at most; a burst may be twenty.
RATE_PER_S = 5.0
BURST = 20.0

_REP = re.compile(r"\d{0,9}", re.ASCII)
_ALLOWED: dict[CommandName, re.Pattern[str]] = {
    CommandName.SIDE: re.compile("left|right|swap"),
    CommandName.FINISH: re.compile(""),
    CommandName.CALIBRATE: re.compile("start|end"),
    CommandName.MARK: re.compile(rf".{{0,{MARK_LENGTH}}}"),
    CommandName.STRIKE: _REP,
    CommandName.RESTORE: _REP,
}


class BadTap(ValueError):
    """Why a message is not a command, in one sentence."""


@dataclass(frozen=True, slots=True)
class Tap:
    """A command and its value."""

    name: CommandName
    value: str


def parse_tap(text: str) -> Tap:
    """The command in a message. Raises BadTap."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadTap("The message is no JSON.") from error
    if not isinstance(message, dict) or not isinstance(message.get("command"), str):
        raise BadTap('The message is not {"command": ..., "value": ...}.')
    value = message.get("value", "")
    allowed = next((pattern for name, pattern in _ALLOWED.items() if name == message["command"]), None)
    if allowed is None:
        raise BadTap("There is no such command for a page.")
    # Printable: no line ends, no escapes for a terminal, no halves of characters that no file can hold.
    if not isinstance(value, str) or not value.isprintable() or allowed.fullmatch(value) is None:
        raise BadTap(f"'{message['command']}' does not take this value.")
    return Tap(CommandName(message["command"]), value)
