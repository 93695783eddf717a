"""The portable firmware, compiled here with every warning and sanitizer, as a function from commands to answers."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
CHECKOUT = HERE.parents[1]
LIBRARY = CHECKOUT / "firmware_notes" / "firmware" / "ImuStream"
FRAMES = CHECKOUT.parent / "shared" / "frames" / "imu_stream_proposed.json"

SANITIZERS = ("-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")

Run = Callable[[Iterable[str]], list[str]]


def compiler(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"NOT TESTED: no {name} on this machine, the firmware was neither compiled nor run")
    return path


def compiled(command: Sequence[str], product: Path) -> Path:
    done = subprocess.run([*command, "-o", str(product)], capture_output=True, text=True, check=False)  # noqa: S603
    if "cannot find" in done.stderr and "san" in done.stderr:
        pytest.skip("NOT TESTED: this compiler has no sanitizer libraries, the firmware was not run")
    assert done.returncode == 0, done.stderr
    return product


def answers(program: Path, commands: Iterable[str]) -> list[str]:
    text = "".join(f"{command}\n" for command in commands)
    done = subprocess.run(  # noqa: S603
        [str(program)],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.fixture(scope="session")
def firmware(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Commands of driver.c in, its answers out."""
    command = [
        compiler("gcc"), "-std=c99", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-pedantic", *SANITIZERS,
        f"-I{LIBRARY / 'src'}", str(LIBRARY / "src" / "imu_stream.c"), str(HERE / "driver.c"),
    ]  # fmt: skip
    program = compiled(command, tmp_path_factory.mktemp("firmware") / "driver")
    return lambda commands: answers(program, commands)


@pytest.fixture(scope="session")
def frames() -> dict[str, dict[str, Any]]:
    """The published example frames by id; skips where the folder is absent."""
    if not FRAMES.exists():
        pytest.skip(f"NOT TESTED: {FRAMES} is absent, the published frames were not compared with the firmware")
    return {frame["id"]: frame for frame in json.loads(FRAMES.read_text("utf-8"))["frames"]}
