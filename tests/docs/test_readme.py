"""The README says what the program does now."""

from __future__ import annotations

from itertools import chain

import pytest

from tests.docs.blocks import BLOCKS, README, updated
from tracker import __version__
from tracker.batch.work import COLUMNS
from tracker.history.csv import COLUMNS as HISTORY_COLUMNS

TEXT = README.read_text(encoding="utf-8")
CHANGELOG = (README.parent / "CHANGELOG.md").read_text(encoding="utf-8")


def test_made_blocks_are_up_to_date() -> None:
    """Commands, settings, checks, events and the state machine in the README are those of the code."""
    assert updated(TEXT) == TEXT, "run `python -m tests.docs`"


@pytest.mark.parametrize("name", BLOCKS)
def test_every_made_block_is_in_the_readme(name: str) -> None:
    """No table of the reference is missing."""
    assert f"<!-- made: {name} -->" in TEXT


@pytest.mark.parametrize("column", sorted({*chain.from_iterable(COLUMNS.values()), *HISTORY_COLUMNS}))
def test_every_column_is_explained(column: str) -> None:
    """Every column of the CSV files is named in the README."""
    assert f"`{column}`" in TEXT


def test_the_two_first_commands_are_there() -> None:
    """The first screen names the command that runs the main job and the one that passes the tests."""
    first_screen = "\n".join(TEXT.splitlines()[:40])
    assert "pip install uv && uv run tracker demo" in first_screen
    assert "pip install uv && uv run pytest" in first_screen


def test_the_changelog_has_this_version() -> None:
    """The newest entry of the changelog is the version of the package."""
    entries = [line for line in CHANGELOG.splitlines() if line.startswith("## ")]
    assert entries[0].split()[1] == __version__
