import csv

import pytest
from click.testing import CliRunner

from tests.commands import home, start, tracker  # noqa: F401 - fixtures
from tracker.cli import main


def rows(path):
    """Of a table, by column."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory):
    """The session folder of one demo at full speed; do not write into it."""
    root = tmp_path_factory.mktemp("demo")
    result = CliRunner().invoke(main, ["demo", "--speed", "max"], env={"TRACKER_HOME": str(root)})
    assert result.exit_code == 0, result.output
    (folder,) = root.iterdir()
    return folder
