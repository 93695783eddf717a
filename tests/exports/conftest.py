import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.commands import home, start  # noqa: F401 - fixtures
from tracker.cli import main

RECORDINGS = Path(__file__).parents[2] / "recordings"


@pytest.fixture
def export(tmp_path, monkeypatch):
    """`export("faults", "--to", "fit")` writes into the test's folder; returns the result and where it went."""
    monkeypatch.setenv("TRACKER_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    def run(name, target, *options):
        path = tmp_path / f"out.{target}"
        source = RECORDINGS / f"{name}.jsonl.gz" if isinstance(name, str) else name
        arguments = ["export", str(source), "--to", target, "-o", str(path), *map(str, options)]
        return CliRunner().invoke(main, arguments), path

    return run


@pytest.fixture(scope="session")
def reported(tmp_path_factory):
    """What `report` writes of the recording: its folder, and session.json as values."""

    def report(name, *options):
        folder = tmp_path_factory.mktemp(name)
        source = RECORDINGS / f"{name}.jsonl.gz"
        result = CliRunner().invoke(main, ["report", str(source), "-o", str(folder), *options])
        assert result.exit_code == 0, result.output
        return folder, json.loads((folder / "session.json").read_text(encoding="utf-8"))

    return report


@pytest.fixture
def samples(tmp_path):
    """Ten seconds of lying still as a sample file, which tells no date and holds no rep."""
    path = tmp_path / "still.csv"
    header = "time_s,acc_x_mps2,acc_y_mps2,acc_z_mps2\n"
    path.write_text(header + "".join(f"{i / 50},0.0,0.0,9.81\n" for i in range(500)))
    return path
