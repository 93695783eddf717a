"""The bridge hold test told: in the terminal, as a table, and on the page."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

from click.testing import CliRunner

from tests.core.simulated import calm
from tests.reports import played
from tests.reports.page_reader import read_page
from tracker.cli import main
from tracker.core.bridge_hold import BridgeHold, EndedBy
from tracker.core.model import Side
from tracker.reports.holds import holds_text
from tracker.reports.html import report_html
from tracker.sources.simulator import TEMPOS, SetPlan

HOLDS = (
    BridgeHold(Side.LEFT, 10.0, 82.5, EndedBy.DROP),
    BridgeHold(Side.RIGHT, 100.0, 141.0, EndedBy.TILT),
    BridgeHold(Side.RIGHT, 200.0, 220.0, EndedBy.SIGNAL),
)
RECORDING = Path(__file__).parents[2] / "recordings" / "faults.jsonl.gz"


def test_in_words() -> None:
    """Seconds, why it ended, left against right by the longest, and the norm for what it is."""
    text = holds_text(HOLDS)
    assert [line.split()[:2] for line in text.splitlines()[1:4]] == [
        ["left", "72.5"],
        ["right", "41.0"],
        ["right", "20.0"],
    ]
    assert "left against right: +43 %" in text
    assert "65 ± 33 s" in text
    assert "weak norm" in text
    assert "left against right:" not in holds_text(HOLDS[:1])
    assert "needs a calibration" in holds_text((), is_calibrated=False)
    assert "calibration" not in holds_text(())


def test_on_the_page() -> None:
    """Only where there was one."""
    session = played.one_side()
    assert "Bridge hold" not in report_html(session)
    page = read_page(report_html(replace(session, holds=HOLDS)))
    rows = page.all("table", class_="holds")[0].all("tbody")[0].all("tr")
    assert [row.numbers for row in rows] == [["72.5"], ["41.0"], ["20.0"]]
    assert "43.4" in page.text


def test_a_session_with_a_long_hold() -> None:
    """It is found while the session is played."""
    tempo = replace(TEMPOS["strict"], hold_s=30.0)
    (hold,) = played.played(calm(SetPlan(Side.LEFT, ((),)), tempo=tempo)).holds
    assert 20 < hold.duration_s < 35


def test_the_verb(tmp_path: Path) -> None:
    """Normal reps are no hold test, and it says what is needed; the table is there all the same."""
    done = CliRunner().invoke(main, ["hold", str(RECORDING), "-o", str(tmp_path / "holds.csv")])
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("No hold: the hips were never up")
    assert "needs a calibration" not in done.stdout, "there was one"
    with (tmp_path / "holds.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [
            ["schema_version", "session_id", "athlete", "side", "start_s", "end_s", "duration_s", "ended_by"]
        ]
