"""Text from outside made harmless: the name or message of a sensor is data, never a command to a terminal."""

from __future__ import annotations

import unicodedata

FORMULA_STARTS = "=+-@"
LONGEST_LABEL = 120  # the longest names that people have; longer ones push tables and pages apart
_CUT = "…"


def plain(text: str, *, longest: int) -> str:
    """One line of at most `longest` visible characters.

    Control and formatting characters (escape sequences, reversed writing, nothing wide) are left out, any white space
    is one space.
    """
    seen = "".join(character for character in text[: 8 * longest] if _is_visible(character) or character.isspace())
    line = " ".join(seen.split())
    return line if len(line) <= longest else line[: longest - 1] + _CUT


def label(text: str, *, longest: int = LONGEST_LABEL) -> str:
    """The text as it may stand in a cell of a table: plain, and never the beginning of a spreadsheet's formula."""
    return plain(text, longest=longest).lstrip(FORMULA_STARTS + " ")


def _is_visible(character: str) -> bool:
    return unicodedata.category(character)[0] != "C"
