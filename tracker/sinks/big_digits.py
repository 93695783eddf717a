"""Numbers that can be read from across the room, drawn in block characters."""

from __future__ import annotations

_ROWS = 5
_GLYPHS = {
    "0": ("###", "# #", "# #", "# #", "###"),
    "1": (" # ", "## ", " # ", " # ", "###"),
    "2": ("###", "  #", "###", "#  ", "###"),
    "3": ("###", "  #", "###", "  #", "###"),
    "4": ("# #", "# #", "###", "  #", "  #"),
    "5": ("###", "#  ", "###", "  #", "###"),
    "6": ("###", "#  ", "###", "# #", "###"),
    "7": ("###", "  #", "  #", "  #", "  #"),
    "8": ("###", "# #", "###", "# #", "###"),
    "9": ("###", "# #", "###", "  #", "###"),
    "L": ("#  ", "#  ", "#  ", "#  ", "###"),
    "R": ("## ", "# #", "## ", "# #", "# #"),
    ":": ("   ", " # ", "   ", " # ", "   "),
    " ": ("   ",) * 5,
}
_CELL = 2  # a character is about twice as high as wide


def big_number(text: str, *, width: int, height: int) -> list[str]:
    """Digits, L, R, colon and space as lines, as large as fits into `width` x `height`; plain text if none fit."""
    columns = 4 * len(text) - 1
    scale = min(height // _ROWS, width // (columns * _CELL))
    if scale < 1:
        return [text]
    lines = []
    for row in range(_ROWS):
        pattern = " ".join(_GLYPHS[digit][row] for digit in text)
        line = "".join(("█" if dot == "#" else " ") * (_CELL * scale) for dot in pattern)
        lines += [line] * scale
    return lines
