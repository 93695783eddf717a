"""A sample file in other units counts nothing; the person hears why."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest


def in_milliseconds(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(time_s=1000 * table.time_s)


def in_g(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(**{f"acc_{axis}_mps2": table[f"acc_{axis}_mps2"] / 9.80665 for axis in "xyz"})


@pytest.mark.parametrize(
    ("spoiled", "says"),
    [(in_milliseconds, "Are its times in milliseconds?"), (in_g, "it sends g where m/s2 is expected")],
)
def test_report_says_which_unit_is_wrong(tracker, tmp_path, spoiled, says):
    """On stderr, beside a report that could count nothing."""
    columns = {"time_s": np.arange(3000) / 100, "acc_x_mps2": 0.1, "acc_y_mps2": 0.0, "acc_z_mps2": 9.8}
    table = pd.DataFrame(columns | {f"gyr_{axis}_radps": 0.001 for axis in "xyz"})
    path = tmp_path / "units.csv"
    spoiled(table).to_csv(path, index=False)
    answer = tracker("report", str(path), "-o", str(tmp_path / "out"))
    assert answer.exit_code == 0
    assert says in answer.stderr


@pytest.mark.parametrize(
    ("count", "says"),
    [(500, "500 samples have no rate."), (1, "one sample has no rate."), (3000, "3000 samples have no")],
)
def test_times_that_stand_still_are_told(tracker, tmp_path, count, says):
    """No rate, so nothing can be measured: terminal and page say why, rather than only that no set was counted."""
    table = pd.DataFrame({"time_s": 0.0, "acc_x_g": 0.0, "acc_y_g": 0.0, "acc_z_g": 1.0}, index=range(count))
    table.to_csv(tmp_path / "still.csv", index=False)
    answer = tracker("report", str(tmp_path / "still.csv"), "-o", str(tmp_path / "out"))
    assert answer.exit_code == 0
    assert f"Nothing was measured: {says}" in answer.stdout
    assert f"Nothing was measured: {says}" in (tmp_path / "out" / "report.html").read_text("utf-8")
