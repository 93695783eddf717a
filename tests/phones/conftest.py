import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

FRAMES = Path(__file__).parents[3] / "shared" / "frames"


@pytest.fixture(scope="session")
def phone_frames() -> Callable[[str], dict[str, Any]]:
    """The published messages and rows of a phone app by id; absent files skip the test loudly."""

    def load(name: str) -> dict[str, Any]:
        path = FRAMES / f"phone_{name}.json"
        if not path.exists():
            pytest.skip(f"NOT TESTED: {path} is absent, the published messages of {name} were not decoded")
        return {frame["id"].rpartition("-")[2]: frame for frame in json.loads(path.read_text("utf-8"))["frames"]}

    return load
