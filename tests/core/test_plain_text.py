"""Text from outside: one visible line of bounded length, whatever it was."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.core.plain_text import plain


@given(text=st.text(), longest=st.integers(1, 50))
def test_any_text_is_one_visible_line(text: str, longest: int) -> None:
    """No control, formatting or unassigned character, no line break, no more than `longest`; and done twice is done."""
    line = plain(text, longest=longest)
    assert len(line) <= longest
    assert all(unicodedata.category(character)[0] != "C" for character in line)
    assert line.splitlines() in ([], [line])
    assert plain(line, longest=longest) == line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("IMU-1A2B", "IMU-1A2B"),
        ("Gürtel  7", "Gürtel 7"),
        ("\x1b[31mred\x1b[0m\a", "[31mred[0m"),
        ("one\r\ntwo\tthree\0", "one two three"),
        ("\u202eevil\u200b\ufeff", "evil"),
        ("[bold]../../etc[/bold]", "[bold]../../etc[/bold]"),
        ("x" * 10_000, "x" * 29 + "…"),
        ("\0" * 10_000 + "late", ""),
    ],
)
def test_what_becomes_of_it(text: str, expected: str) -> None:
    """Names as they are; escape sequences lose what makes them one; markup stays text; long ones are cut."""
    assert plain(text, longest=30) == expected
