"""The objects of a JSON file one by one, without ever holding the file: an array, one inside an object, or loose lines.

In: `[{..}, {..}]`, `{"Samples": [{..}, ..]}`, or objects one after the other. Out: each object as its text and as read.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import IO, Any, NamedTuple

_CHUNK = 1 << 16
_LONGEST_OBJECT = 1 << 19  # characters: a batch of a second of every sensor of a phone has 200 kB
_START = re.compile(r'\ufeff?\s*(?:\[|\{\s*"(?:Samples|data)"\s*:\s*\[(?=\s*\{))')
_BETWEEN = re.compile(r"[\s,\ufeff]*")
_END = re.compile(r"[\s\]},]*")


class JsonObject(NamedTuple):
    """An object of the file: its number from 1, its text in one line, what it says."""

    number: int
    text: str
    value: dict[str, Any]


class NoJsonError(ValueError):
    """The file is no JSON from this object on. args: the number of the object (from 1), whether the file ends there."""


def objects(file: IO[bytes]) -> Iterator[JsonObject]:
    """The objects in order. Raises NoJsonError."""
    decode = codecs.getincrementaldecoder("utf-8")("replace").decode
    scan = json.JSONDecoder().raw_decode
    text = decode(file.read(_CHUNK))
    start = _START.match(text)
    place = start.end() if start else 0
    number, is_over = 0, False
    while True:
        begin = _between_end(text, place)
        try:
            value, place = scan(text, begin) if begin < len(text) else (None, begin)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, dict):
            number += 1
            raw = text[begin:place]
            yield JsonObject(number, raw if "\n" not in raw else json.dumps(value), value)
            continue
        if _END.fullmatch(text, begin) and is_over:
            return
        if is_over or value is not None or len(text) - begin > _LONGEST_OBJECT:
            if _END.fullmatch(text, begin):
                return
            raise NoJsonError(number + 1, is_over)
        more = file.read(_CHUNK)
        is_over = not more
        text, place = text[begin:] + decode(more, final=is_over), 0


def _between_end(text: str, place: int) -> int:
    found = _BETWEEN.match(text, place)
    assert found is not None  # it may be empty
    return found.end()
