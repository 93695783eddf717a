"""Texts that mean a command where a file has no keys: what they are, and which are only written wrong."""

from __future__ import annotations

from difflib import get_close_matches

from tracker.core.model import CommandName

_COMMANDS = {
    "calibration_start": (CommandName.CALIBRATE, "start"),
    "calibration_end": (CommandName.CALIBRATE, "end"),
    "set_start": (CommandName.SET_START, ""),
    "set_start side=left": (CommandName.SET_START, "left"),
    "set_start side=right": (CommandName.SET_START, "right"),
    "set_end": (CommandName.SET_END, ""),
    "side=left": (CommandName.SIDE, "left"),
    "side=right": (CommandName.SIDE, "right"),
    "side=swap": (CommandName.SIDE, "swap"),
}
_WITH_VALUE = {
    "note": CommandName.NOTE,
    "strike": CommandName.STRIKE,
    "restore": CommandName.RESTORE,
}
# One letter too many, too few, wrong or swapped in the shortest word; people's own marks differ by more.
_LIKENESS = 0.8
_LONGEST = 2 * max(map(len, _COMMANDS))


def marker_command(text: str) -> tuple[CommandName, str]:
    """What a marker text tells the engine; unknown texts are kept as marks."""
    if text in _COMMANDS:
        return _COMMANDS[text]
    word, _, rest = text.partition(" ")
    if word in _WITH_VALUE:
        return _WITH_VALUE[word], rest.strip()
    return CommandName.MARK, text


def misspelt(text: str) -> str:
    """The marker that this mark was probably meant to be; empty where it is a mark like any other."""
    if len(text) > _LONGEST or text in _COMMANDS:
        return ""
    return next(iter(get_close_matches(text.casefold(), _COMMANDS, n=1, cutoff=_LIKENESS)), "")
