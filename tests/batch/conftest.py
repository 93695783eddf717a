import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from tracker.cli import main

CHECKOUT = Path(__file__).parents[2]
RECORDINGS = sorted((CHECKOUT / "recordings").glob("*.jsonl.gz"))


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """Sessions of a test lie in its own folder, and so do relative names."""
    monkeypatch.setenv("TRACKER_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


@pytest.fixture
def tracker():
    """Run the command in this process; what it needs of others are processes of their own."""

    def run(*arguments):
        return CliRunner().invoke(main, [str(item) for item in arguments])

    return run


@pytest.fixture
def many(tmp_path):
    """Make a folder with so many recordings, named so that their order is known."""

    def make(count, name="many"):
        folder = tmp_path / name
        folder.mkdir()
        for number in range(count):
            shutil.copy(RECORDINGS[number % len(RECORDINGS)], folder / f"{number:03}.jsonl.gz")
        return folder

    return make


@pytest.fixture
def start(home):
    """Start a command as its own process, as a shell does; killed at the end of the test."""
    running = []

    def start(*arguments, module="tracker", **how):
        environment = {**os.environ, "TRACKER_HOME": str(home), "PYTHONPATH": str(CHECKOUT)}
        command = [sys.executable, "-m", module, *map(str, arguments)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **how}
        process = subprocess.Popen(  # noqa: S603 - our own command
            command, env=environment, text=True, encoding="utf-8", **pipes
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


@pytest.fixture
def wait_until():
    """Wait for a condition, generously; a process that ends meanwhile has failed."""

    def wait(condition, process, limit_s=60.0):
        end_s = time.monotonic() + limit_s
        while not condition():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < end_s, "it never came"
            time.sleep(0.01)

    return wait
