"""The files of `static/`, as text and inside of one page.

`inlined_module` joins ES modules to one that imports nothing: import lines of the joined files are left out, since
what they import stands before them. `imports` of a module are at its head, one a line, from `./name.js`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.resources import files

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([\w.]+)";\n', re.MULTILINE)

UPLOT_SCRIPT = "uplot/uPlot.iife.min.js"
UPLOT_STYLE = "uplot/uPlot.min.css"


def asset(name: str) -> str:
    """The text of a file under `static/`."""
    return files("tracker.page").joinpath("static").joinpath(*name.split("/")).read_text("utf-8")


def inlined_module(names: Sequence[str]) -> str:
    """These modules as one, in this order; each may import only from those before it. Raises ValueError otherwise."""
    joined: list[str] = []
    for index, name in enumerate(names):
        text = asset(name)
        missing = set(_IMPORT.findall(text)) - set(names[:index])
        if missing:
            raise ValueError(f"{name} imports {', '.join(sorted(missing))}, which must stand before it")
        joined.append(_IMPORT.sub("", text))
    return "\n".join(joined)
