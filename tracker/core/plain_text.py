"""Text from outside made harmless: the name or message of a sensor is data, never a command to a terminal."""

from __future__ import annotations

import unicodedata

_CUT = "…"


def plain(text: str, *, longest: int) -> str:
    """One line of at most `longest` visible characters.

    Control and formatting characters (escape sequences, reversed writing, nothing wide) are left out, any white space
    is one space.
    """
    seen = "".join(character for character in text[: 8 * longest] if _is_visible(character) or character.isspace())
    line = " ".join(seen.split())
    return line if len(line) <= longest else line[: longest - 1] + _CUT


def _is_visible(character: str) -> bool:
    return unicodedata.category(character)[0] != "C"
