"""What a file is that is no UTF-8 text, so that a person can save it anew."""

from __future__ import annotations

import codecs

SAVE_ANEW = "Save the file as CSV in UTF-8 (a spreadsheet offers 'CSV UTF-8')."
# UTF-32's mark in little endian begins with that of UTF-16.
_MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
_LOOKED_AT = 256  # bytes; a header line
_TEXT_CONTROLS = "\t\r\n"


def not_utf8(piece: bytes, *, is_start: bool) -> str:
    """One sentence on bytes that are no UTF-8. is_start: they are the first of the file, where a mark may stand."""
    if is_start and (name := next((name for mark, name in _MARKS.items() if piece.startswith(mark)), "")):
        return f"This is no UTF-8 text but {name}."
    if b"\0" in piece:
        halves = (piece[:_LOOKED_AT:2], piece[1:_LOOKED_AT:2])
        is_wide = any(not zeros.strip(b"\0") and _is_text(others) for zeros, others in (halves, halves[::-1]))
        return "This is no UTF-8 text; it seems to be UTF-16." if is_wide else "This is no UTF-8 text."
    if _is_text(piece):
        return "This is no UTF-8 text; it seems to be Latin-1 (Windows-1252)."
    return "This is no UTF-8 text."


def _is_text(data: bytes) -> bool:
    """True when a program of western Windows could have written this."""
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        return False
    return all(character.isprintable() or character in _TEXT_CONTROLS for character in text)
