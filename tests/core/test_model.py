"""The values that flow through the program: frozen, and as long as their samples."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.core.synthetic import GOOD_REP, calibration_of
from tracker.core.model import (
    GRAVITY_MPS2,
    Clock,
    CommandName,
    Finding,
    Readings,
    Rep,
    Samples,
    Side,
    Verdict,
)


@pytest.mark.parametrize(
    "value", [GOOD_REP, calibration_of(), Clock(50.0), Finding("pause", Verdict.GOOD, 1.0)], ids=str
)
def test_values_can_not_be_changed(value: object) -> None:
    """Neither a field nor a new one."""
    name = dataclasses.fields(value)[0].name  # type: ignore[arg-type]
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, name, 1)


def test_blocks_are_as_long_as_their_samples() -> None:
    """Of readings as they came and of samples on the grid."""
    rows = np.zeros((4, 3))
    assert len(Readings(np.zeros(4), rows)) == 4
    assert len(Samples(np.zeros(4), rows, None, np.zeros(4, dtype=np.bool_), np.zeros(4))) == 4


def test_what_was_not_measured_is_nan_and_never_zero() -> None:
    """All numbers of a rep of which only the times are known."""
    rep = Rep(1.0, 2.0, 3.0, 4.0)
    later = [item.name for item in dataclasses.fields(Rep)[4:-2]]
    assert all(np.isnan(getattr(rep, name)) for name in later)
    assert not rep.lift_is_trusted


def test_words_are_those_of_recordings() -> None:
    """They stand in files: they never change."""
    assert [str(side) for side in Side] == ["left", "right", ""]
    assert [str(name) for name in CommandName] == [
        "side", "set_start", "set_end", "calibrate", "mark", "strike", "restore", "link_lost", "link_back", "note",
        "battery", "second", "finish",
    ]  # fmt: skip
    assert [str(verdict) for verdict in Verdict] == ["good", "caution", "fault", "unsure", ""]


def test_gravity_is_the_standard_one() -> None:
    """CGPM 1901."""
    assert GRAVITY_MPS2 == 9.80665
