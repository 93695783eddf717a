"""The picture of the program, kept true: who may import whom, what the core may not touch, names and lengths."""

from __future__ import annotations

import ast
import graphlib
import re
import subprocess
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
TRACKER = CHECKOUT / "tracker"
FILES = sorted(TRACKER.rglob("*.py"))

# What each folder or module may import of the rest; `errors` may be imported by all, one's own folder always.
ALLOWED = {
    "core": set(),
    "decoders": {"core"},
    "recording": {"core", "decoders", "header"},
    "header": {"core", "decoders"},
    "sessions": {"core", "decoders", "recording", "header"},
    "controls": {"core"},
    "serving": set(),
    "calibrations": {"core", "decoders", "recording", "header", "sessions"},
    "sources": {"core", "decoders", "recording", "header", "sessions", "controls", "serving"},
    "words": {"core"},
    "page": {"core", "words"},
    "sinks": {"core", "decoders", "recording", "header", "sessions", "controls", "serving", "words", "page"},
    "reports": {"core", "decoders", "recording", "header", "sessions", "words", "page"},
    "interrupt": set(),
    "run": {"core", "decoders", "recording", "header", "sessions", "sources", "sinks", "reports", "interrupt"},
    "batch": {"core", "decoders", "recording", "header", "sessions", "sources", "reports", "run"},
    "history": {
        *("core", "decoders", "recording", "header", "sessions", "sources", "run", "words", "page", "reports"),
    },
    "scoring": {"core", "decoders", "recording", "header", "sessions", "reports"},
    "errors": set(),
    "damage": set(),
    "locks": set(),
}
LAYERS_BELOW_ALL = {"errors", "damage", "locks"}
TOP = {"commands", "cli", "__main__", "__init__"}

FORBIDDEN = {"asyncio", "time", "random", "os", "io", "pathlib", "bleak"}  # in core and decoders
FORBIDDEN_CALLS = {"print", "open", "input"}
EXCEPTIONS = {  # file -> module -> why
    "decoders/generic_csv.py": {
        "io": "BytesIO: a buffer in memory is no I/O, and pandas' parser wants a file-like object"
    },
}


def part(path: Path) -> str:
    """`core`, `decoders`, ... for a file or a dotted module path."""
    return path.relative_to(TRACKER).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Every absolute module this file imports, also inside functions and for type checking."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.add(node.module or "")
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(TRACKER)))
def test_imports_point_one_way(path):
    """core <- decoders <- {recording, sources, sinks, reports} <- run <- commands <- cli."""
    here = part(path)
    if here in TOP:
        return
    others = {name.split(".")[1] for name in imports(path) if name.startswith("tracker.") and name != "tracker"}
    others = {other for other in others if not other.startswith("__")}
    assert here in ALLOWED, f"tracker/{here} is new: say in this table what it may import"
    assert others - {here} <= ALLOWED[here] | LAYERS_BELOW_ALL


def test_sources_and_sinks_do_not_know_each_other():
    """Only run.py ties them together."""
    assert not ALLOWED["sources"] & {"sinks", "run"}
    assert not ALLOWED["sinks"] & {"sources", "run"}


def test_no_files_import_each_other_in_a_circle():
    """Also not inside a folder, a function or for type checking alone: whatever two files share has a place below."""
    modules = {".".join(path.relative_to(CHECKOUT).with_suffix("").parts): path for path in FILES}
    graph = {name: (imports(path) & modules.keys()) - {name} for name, path in modules.items()}
    graphlib.TopologicalSorter(graph).prepare()  # raises CycleError, which names them


@pytest.mark.parametrize(
    "path",
    [path for path in FILES if part(path) in {"core", "decoders"}],
    ids=lambda path: str(path.relative_to(TRACKER)),
)
def test_core_and_decoders_have_no_io_clock_or_chance(path):
    """No module that reads a clock, a file, a socket or dice; no print, no open."""
    excused = set(EXCEPTIONS.get(path.relative_to(TRACKER).as_posix(), {}))
    used = imports(path)
    assert not {name.split(".")[0] for name in used} & FORBIDDEN - excused
    assert not {name for name in used if name.startswith("numpy.random")}
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in FORBIDDEN_CALLS, f"line {node.lineno}"
        if isinstance(node, ast.Attribute) and node.attr == "random" and isinstance(node.value, ast.Name):
            assert node.value.id not in {"np", "numpy"}, f"line {node.lineno}: numpy.random"


def test_exceptions_are_still_needed():
    """An excuse for an import that is gone goes too, and only BytesIO is taken from io."""
    for name, modules in EXCEPTIONS.items():
        used = imports(TRACKER / name)
        assert set(modules) <= used
        assert {item for item in used if item.startswith("io.")} == {"io.BytesIO"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(TRACKER)))
def test_one_idea_a_file(path):
    """At most 400 lines, and a name that says what is inside."""
    assert len(path.read_text("utf-8").splitlines()) <= 400
    assert path.stem not in {"util", "utils", "helper", "helpers", "misc", "common", "shared", "stuff"}
    assert not path.stem.endswith("_old")


def test_no_file_names_a_package_registry():
    """Where packages come from is the installer's business, not that of sources or documents."""
    hosts = re.compile("|".join(["pypi" + r"\.org", "pythonhosted" + r"\.org", "npm" + "js", "crates" + r"\.io"]))
    try:
        command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=True)  # noqa: S603
        names = [CHECKOUT / name for name in listed.stdout.splitlines()]
    except (OSError, subprocess.CalledProcessError):  # an unpacked source archive
        names = [path for path in CHECKOUT.rglob("*") if ".git" not in path.parts]
    texts = {".py", ".md", ".toml", ".html", ".js", ".css", ".yml", ".yaml", ".ino", ".c", ".h", ".cpp", ".txt", ".sh"}
    guilty = [
        name
        for name in names
        if name.suffix in texts and name.is_file() and hosts.search(name.read_text("utf-8", "replace"))
    ]
    assert guilty == []
