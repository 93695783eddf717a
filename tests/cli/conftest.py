import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tracker.cli import main

CHECKOUT = Path(__file__).parents[2]


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
    """Start the command as its own process, as a shell does."""
    running = []

    def start(*arguments, **how):
        environment = {**os.environ, "TRACKER_HOME": str(home), "PYTHONPATH": str(CHECKOUT)}
        command = [sys.executable, "-W", "error", "-m", "tracker", *map(str, arguments)]
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


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory):
    """The session folder of one demo at full speed; do not write into it."""
    root = tmp_path_factory.mktemp("demo")
    result = CliRunner().invoke(main, ["demo", "--speed", "max"], env={"TRACKER_HOME": str(root)})
    assert result.exit_code == 0, result.output
    (folder,) = root.iterdir()
    return folder
