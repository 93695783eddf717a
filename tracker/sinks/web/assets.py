"""The files of the page, read once: what is not in this table is not served, whatever a path says."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import NamedTuple

_TYPES = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
    "webmanifest": "application/manifest+json",
}
# Where the page finds them -> the package whose `static` folder holds them.
_PLACES = {"": "tracker.sinks.web", "shared/": "tracker.page"}
INDEX = "index.html"


class Asset(NamedTuple):
    """A file as it is sent."""

    content: bytes
    media_type: str


def assets() -> dict[str, Asset]:
    """Path below the page's address -> file; the page itself is at the empty path."""
    found: dict[str, Asset] = {}
    for place, package in _PLACES.items():
        _collect(files(package).joinpath("static"), place, found)
    found[""] = found.pop(INDEX)
    return found


def _collect(folder: Traversable, place: str, found: dict[str, Asset]) -> None:
    for item in folder.iterdir():
        if item.is_dir():
            _collect(item, f"{place}{item.name}/", found)
        elif (ending := item.name.rpartition(".")[2]) in _TYPES:
            found[place + item.name] = Asset(item.read_bytes(), _TYPES[ending])
