"""The same bars as the benchmarks', on recordings by other people; each test skips where the recordings are not."""

from __future__ import annotations

import pytest

from tests.benchmarks import real
from tests.benchmarks.tables import Table

TABLES = {
    "broad": "the up vector lies within 0.65 deg RMSE of the cameras'",
    "mobgap_lower_back": "daily life with a sensor on the back counts nothing",
    "geotec_pocket_phone": "a phone in the pocket counts nothing",
    "skdh_lumbar": "sitting, bending and walking count nothing without a gyroscope",
    "mex_bridging": "bridging is counted, other exercises are not",
    "uci_pt_exercises": "blocks of ten are counted, fast and low repetitions told from correct ones",
}


@pytest.mark.parametrize("folder", TABLES)
def test_recordings(folder):
    """Every row of the folder's table keeps its bar."""
    if not (real.DATA / folder).is_dir():
        pytest.skip(f"shared/data/{folder} is not beside the checkout: {TABLES[folder]} stays unproved here")
    table: Table = real.TABLES[folder]()
    assert table.lines
    assert [f"{line.fact}: {line.value} {line.note}" for line in table.missed] == []
