"""What tests of whole commands share: a home of their own, the command in this process, and as one of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tracker.cli import main

CHECKOUT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """Sessions of a test lie in its own folder."""
    monkeypatch.setenv("TRACKER_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def tracker():
    """Run the command in this process: `tracker("report", "last")`."""

    def run(*arguments):
        return CliRunner().invoke(main, [str(item) for item in arguments])

    return run


@pytest.fixture
def start(home):
    """Start the command (or another module) as its own process, as a shell does; killed at the end of the test."""
    running = []

    def start(*arguments, module="tracker", **how):
        environment = {**os.environ, "TRACKER_HOME": str(home), "PYTHONPATH": str(CHECKOUT)}
        strictly = ["-W", "error"] if module == "tracker" else []
        command = [sys.executable, *strictly, "-m", module, *map(str, arguments)]
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
