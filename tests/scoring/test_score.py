import json
import math
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from tracker.cli import main
from tracker.core.model import CalibrationKind, Finding, JudgedRep, Rep, RepStatus, Side, Verdict
from tracker.core.summary import FinalRep
from tracker.scoring.score import by_set, by_side, scored
from tracker.scoring.score_text import score_dict, score_text
from tracker.scoring.truth import TrueRep, in_sets

RECORDING = Path(__file__).parents[2] / "recordings" / "faults.jsonl.gz"
L, R = Side.LEFT, Side.RIGHT


def counted(top_s, side=L, *, status=RepStatus.REP, is_struck=False, verdict=Verdict.GOOD):
    rep = Rep(top_s - 1, top_s, top_s + 1, top_s + 2)
    findings = (Finding("pause", verdict, 1.0),)
    judged = JudgedRep(int(top_s * 10), 1, 1, side, status, CalibrationKind.HOLD, rep, findings)
    return FinalRep(judged, is_struck=is_struck)


TRUTH = in_sets([TrueRep(5.0, L), TrueRep(9.0, L, is_faulty=True), TrueRep(13.0, L), TrueRep(40.0, R)], 8.0)
COUNTED = [
    counted(5.2),
    counted(9.1, verdict=Verdict.FAULT),
    counted(17.0),  # no rep, in the first set's time
    counted(40.5, L),  # on the other leg
    counted(70.0, R),  # no rep, in no set's time
    counted(13.0, status=RepStatus.PARTIAL),
    counted(13.0, is_struck=True),
]


def test_numbers():
    """Precision, recall and F1 by hand; partials and struck reps are not counted; errors of the tops with sign."""
    score = scored(TRUTH, COUNTED)
    assert (score.true_count, score.counted_count, len(score.matches)) == (4, 5, 3)
    assert score.precision == pytest.approx(3 / 5)
    assert score.recall == pytest.approx(3 / 4)
    assert score.f1 == pytest.approx(2 * (3 / 5) * (3 / 4) / (3 / 5 + 3 / 4))
    assert score.median_error_s == pytest.approx(0.2)
    assert score.largest_error_s == pytest.approx(0.5)
    assert [rep.top_s for rep in score.missed] == [13.0]
    assert [rep.judged.rep.top_s for rep in score.ghosts] == [17.0, 70.0]


def test_by_set_and_leg():
    """Every rep stands in exactly one set; a ghost in the set it was near to, else in none."""
    score = scored(TRUTH, COUNTED)
    sets = [(one.set_number, one.true_count, one.counted_count, len(one.ghosts)) for one in by_set(score, rest_s=8.0)]
    assert sets == [(1, 3, 3, 1), (2, 1, 1, 0), (0, 0, 1, 1)]
    assert [(one.side, one.true_count, one.counted_count) for one in by_side(score)] == [(L, 3, 3), (R, 1, 2)]


def test_text_and_json_say_the_same():
    """Missed and ghost reps in one line, the other leg and the faults in their own; JSON holds the same numbers."""
    score = scored(TRUTH, COUNTED)
    text = score_text(score, rest_s=8.0)
    assert "Missed: left at 13.0 s. Counted without a rep: left at 17.0 s, right at 70.0 s." in text
    assert "Counted on the other leg: right at 40.0 s." in text
    assert "Of 1 reps marked as done badly 1 were judged so; of 2 others 0 were." in text
    assert text.splitlines()[-5].split() == [
        "all",
        "-",
        "4",
        "5",
        "3",
        "1",
        "2",
        "0.600",
        "0.750",
        "0.667",
        "+0.20",
        "0.50",
    ]
    values = score_dict(score, rest_s=8.0)
    assert (values["precision"], values["recall"], values["f1"]) == (0.6, 0.75, 0.6667)
    assert [one["set"] for one in values["sets"]] == [1, 2, None]
    assert values["missed"] == [{"top_s": 13.0, "side": "left"}]
    json.dumps(values, allow_nan=False)


def test_nothing_on_either_side():
    """Without reps there is nothing to divide by, and no crash."""
    empty, none_counted, none_true = scored([], []), scored(TRUTH, []), scored([], COUNTED)
    assert math.isnan(empty.precision)
    assert math.isnan(empty.f1)
    assert (none_counted.recall, none_counted.f1) == (0.0, 0.0)
    assert math.isnan(none_counted.precision)
    assert (none_true.precision, len(none_true.ghosts)) == (0.0, 5)
    for score in (empty, none_counted, none_true):
        assert score_text(score, rest_s=8.0)
        json.dumps(score_dict(score, rest_s=8.0), allow_nan=False)
    assert "No rep, and none was counted." in score_text(empty, rest_s=8.0)


def test_everything_right():
    """When all is well it says so in one sentence."""
    truth = [TrueRep(5.0, L, set_number=1)]
    assert "Every true rep was counted, and nothing else." in score_text(scored(truth, [counted(5.0)]), rest_s=8.0)


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("TRACKER_HOME", str(tmp_path / "home"))
    shutil.copy(RECORDING, tmp_path / "mine.jsonl.gz")

    def run(*arguments):
        return CliRunner().invoke(main, ["score", str(tmp_path / "mine.jsonl.gz"), *map(str, arguments)])

    return run


def test_command(run, tmp_path):
    """The verb reads the truth beside the recording; --offset, --tolerance and --set change what is compared."""
    result = run()
    assert result.exit_code == 1
    assert "mine.truth.csv: The truth can not be read" in result.stderr
    assert "tracker mark" in result.stderr
    exported = CliRunner().invoke(main, ["report", str(tmp_path / "mine.jsonl.gz"), "-o", str(tmp_path / "out")])
    assert exported.exit_code == 0
    lines = [line.split(",") for line in (tmp_path / "out" / "reps.csv").read_text().splitlines()]
    place = {name: index for index, name in enumerate(lines[0])}
    rows = [f"{row[place['top_s']]},{row[place['side']]}" for row in lines[1:] if row[place["counted"]] == "true"]
    (tmp_path / "mine.truth.csv").write_text("top_s,side\n" + "\n".join(rows) + "\n")
    assert "Every true rep was counted, and nothing else." in run().stdout
    values = json.loads(run("--json").stdout)
    assert (values["precision"], values["recall"], values["largest_error_s"]) == (1.0, 1.0, 0.0)
    assert json.loads(run("--json", "--offset", "0.7").stdout)["median_error_s"] == -0.7
    assert json.loads(run("--json", "--offset", "0.7", "--tolerance", "0.5").stdout)["matched"] == 0
    assert json.loads(run("--json", "--set", "rep.counted_fraction=0.3").stdout)["precision"] < 1.0
    assert run("--set", "rep.counted_fractions=0.3").exit_code == 2
    assert run("--offset", "nan").exit_code == 2
    assert run("--truth", tmp_path / "none.csv").exit_code == 1
