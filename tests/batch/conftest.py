import shutil
import time

import pytest

from tests.commands import CHECKOUT, home, start, tracker  # noqa: F401 - fixtures

RECORDINGS = sorted((CHECKOUT / "recordings").glob("*.jsonl.gz"))


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """Relative names lie in the test's folder as well."""
    monkeypatch.chdir(tmp_path)


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
def wait_until():
    """Wait for a condition, generously; a process that ends meanwhile has failed."""

    def wait(condition, process, limit_s=60.0):
        end_s = time.monotonic() + limit_s
        while not condition():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < end_s, "it never came"
            time.sleep(0.01)

    return wait
