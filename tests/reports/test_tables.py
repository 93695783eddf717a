import csv
import io
import json
import math
import re
from dataclasses import replace
from datetime import UTC, datetime

import pandas as pd
import pytest

from tests.core.bookkeeping import fold
from tracker.core.events import RepJudged, RepStruck, SetStarted, StreamEnded, StreamStarted
from tracker.core.model import NAN, RepStatus, Side, Verdict
from tracker.core.sweep import parse_sweep
from tracker.errors import FileError
from tracker.header import Header
from tracker.reports import Session, write_reports
from tracker.reports.comparison import comparison_text, pairs
from tracker.reports.counts import Counts, added, counts_of
from tracker.reports.csv import REP_COLUMNS, SET_COLUMNS, number, write_reps
from tracker.reports.files import written_whole
from tracker.reports.sweep import sweep_text
from tracker.reports.text import session_text

HEADER = Header(
    session_id="20250102T030405Z-abcd",
    device="simulated sensor",
    decoder="imu_stream",
    nominal_rate_hz=104.0,
    started_at=datetime(2025, 1, 2, 3, 4, 5, 600000, tzinfo=UTC),
    athlete='O\'Neil, "Zoë"',
    load_kg=20.0,
    load_type="dumbbell",
)


@pytest.fixture
def make_session(make_judged):
    def make(**header):
        verdicts = {"full_extension": Verdict.FAULT, "level_hips": Verdict.FAULT, "pause": Verdict.GOOD}
        judged = [
            make_judged(1, number=1, verdicts=verdicts),
            make_judged(2, number=2, lift_cm=NAN, level_top_deg=-0.001),
            make_judged(3, number=1, status=RepStatus.PARTIAL, verdicts={}),
            make_judged(4, set_number=2, number=1, side=Side.RIGHT, missing_samples=3),
        ]
        events = [StreamStarted(0.0, 0.0, 103.9, 104.0, True), SetStarted(10.0, 11.0, 1, Side.LEFT)]
        events += [SetStarted(40.0, 41.0, 2, Side.RIGHT), *(RepJudged(j.rep.top_s, j.rep.end_s, j) for j in judged)]
        events += [RepStruck(60.0, 60.0, 2), StreamEnded(70.0, 70.0, 7270, 10, 0, 0, 0, 0, 1, 0, 70.0)]
        whole = replace(HEADER, **header)
        return Session(whole, fold(events, load_kg=whole.load_kg), first_input_s=0.5)

    return make


def test_columns_are_frozen():
    """Columns are a public contract: they are only ever added to, at the end."""
    assert ",".join(REP_COLUMNS) == (
        "schema_version,session_id,athlete,exercise,set,side,rep,counted,status,calibration,start_s,top_s,lower_s,end_s,"
        "top_utc,concentric_s,hold_s,eccentric_s,bottom_dwell_s,lift_cm,lift_pct,range_deg,top_inclination_deg,"
        "level_top_deg,free_side_drop_deg,level_range_deg,arch_deg,mean_velocity_mps,peak_velocity_mps,bottom_peak_g,"
        "kick_dps,full_extension,level_hips,pause,slow_lowering,neutral_spine,faults,clean,load_kg,load_type,gap,"
        "gyroscope"
    )
    assert ",".join(SET_COLUMNS) == (
        "schema_version,session_id,set,side,start_s,end_s,reps,partials,clean_reps,rest_before_s,median_lift_cm,"
        "median_top_inclination_deg,median_level_top_deg,level_drift_deg,velocity_loss_pct,tempo_cv_pct,"
        "time_under_tension_s,load_kg,load_type,volume_kg,gyroscope"
    )


def test_pandas_reads_the_right_types(tmp_path, make_session):
    """pandas reads numbers as numbers, true/false as booleans, empty as missing, and every row whole."""
    write_reports(tmp_path, make_session())
    reps = pd.read_csv(tmp_path / "reps.csv")
    assert list(reps.columns) == list(REP_COLUMNS)
    assert len(reps) == 4
    assert reps["counted"].tolist() == [True, False, False, True]
    assert reps["clean"].dtype == bool
    assert reps["status"].tolist() == ["rep", "rep", "partial", "rep"]
    assert reps["athlete"][0] == HEADER.athlete
    assert reps["lift_cm"].tolist()[0] == 25.0
    assert math.isnan(reps["lift_cm"][1])
    assert reps["faults"][0] == "full_extension;level_hips"
    assert pd.isna(reps["faults"][3])
    assert reps["full_extension"][0] == "fault"
    assert reps["gap"].tolist() == [0, 0, 0, 3]
    assert reps["free_side_drop_deg"].tolist() == [-2.0, 0.0, -2.0, 2.0]
    for name in REP_COLUMNS:
        if name.endswith(("_s", "_deg", "_cm", "_pct", "_mps", "_dps", "_kg", "_g")):
            assert reps[name].dtype.kind in "fi", name
    sets = pd.read_csv(tmp_path / "sets.csv")
    assert list(sets.columns) == list(SET_COLUMNS)
    assert sets["reps"].tolist() == [1, 1]
    assert sets["partials"].tolist() == [1, 0]
    assert sets["volume_kg"].tolist() == [20.0, 20.0]


def test_top_utc(tmp_path, make_session):
    """The moment of the top: start of the recording, plus first packet, plus stream time, in UTC with milliseconds."""
    write_reports(tmp_path, make_session())
    assert pd.read_csv(tmp_path / "reps.csv")["top_utc"][0] == "2025-01-02T03:04:17.100Z"
    write_reports(tmp_path, make_session(started_at=None))
    assert pd.read_csv(tmp_path / "reps.csv")["top_utc"].isna().all()


def test_plain_bytes(tmp_path, make_session):
    """UTF-8 without mark, line feeds only, no minus zero, no exponent, nothing spelled nan."""
    write_reports(tmp_path, make_session())
    data = (tmp_path / "reps.csv").read_bytes()
    assert b"\r" not in data
    assert "Zoë".encode() in data
    assert not re.search(rb"(^|,)(-0(\.0*)?|nan|inf|[0-9.]+e[-+]?[0-9]+)(,|$)", data, re.MULTILINE | re.IGNORECASE)


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("top_s", 1.23456, "1.235"),
        ("mean_velocity_mps", 0.0004, "0.0"),
        ("lift_cm", 25.678, "25.68"),
        ("level_top_deg", -0.001, "0.0"),
        ("start_s", 100000.0, "100000.0"),
        ("lift_cm", NAN, ""),
        ("lift_cm", math.inf, ""),
    ],
)
def test_rounding(name, value, text):
    """Times and velocities have three decimals, the rest two; what was not measured is empty."""
    assert number(name, value) == text


def test_session_json(tmp_path, make_session):
    """Provenance, totals and asymmetry, strictly JSON: null where nothing was measured."""
    write_reports(tmp_path, make_session(load_kg=NAN))
    text = (tmp_path / "session.json").read_text("utf-8")
    found = json.loads(text, parse_constant=pytest.fail)
    assert found["schema_version"] == 1
    assert found["started_at"] == "2025-01-02T03:04:05.600Z"
    assert found["sampling_rate_hz"] == 103.9
    assert found["missing_samples"] == 10
    assert found["calibration"] == {
        "kind": "none",
        "full_lift_cm": None,
        "full_range_deg": None,
        "is_stored": False,
        "made_at": None,
        "oldest_s": None,
    }
    assert found["load_kg"] is None
    assert found["sides"]["left"]["reps"] == 1
    assert found["asymmetry_pct"]["reps"] == 0.0
    assert found["thresholds"]["level_good_deg"] == 6.0


def test_written_whole_or_not_at_all(tmp_path):
    """A failure while writing leaves the old file as it was and nothing beside it."""
    path = tmp_path / "reps.csv"
    path.write_text("old")

    def fail_halfway():
        with written_whole(path) as file:
            file.write("half")
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - the very error from inside
        fail_halfway()
    assert path.read_text() == "old"
    assert [item.name for item in tmp_path.iterdir()] == ["reps.csv"]


def test_unwritable_folder(tmp_path, make_session):
    """A folder that can not be is one sentence with a hint."""
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match=r"can not be written: Not a directory.*-o"):
        write_reports(tmp_path / "file" / "deeper", make_session())


def test_side_not_declared(make_judged):
    """Without a declared side the drop of the free hip is not measured, the level is."""
    target = io.StringIO()
    events = [RepJudged(1.0, 1.0, make_judged(1, side=Side.UNKNOWN))]
    write_reps(target, HEADER, fold(events).reps, zero=None, has_gyroscope=True)
    (row,) = csv.DictReader(target.getvalue().splitlines())
    assert row["free_side_drop_deg"] == ""
    assert row["level_top_deg"] == "2.0"


def test_text_names_the_faults(make_session):
    """The printed report names each fault and where it was, within 80 columns."""
    text = session_text(make_session())
    assert "full extension: 1 fault (set.rep 1.1)" in text
    assert "not calibrated" in text
    assert "Left against right: reps +0 %" in text
    assert max(len(line) for line in text.splitlines()) <= 80


def test_text_says_what_was_declared(make_session):
    """Who, the load and what was lifted in all; nothing where nobody said anything."""
    text = session_text(make_session(athlete="Anna\x1b[2J", load_kg=20.0, load_type="dumbbell"))
    assert "\nAnna[2J; 20 kg dumbbell, 40 kg lifted in all\n" in text
    assert "\nband\n" in session_text(make_session(athlete="", load_type="band", load_kg=NAN))
    assert "bodyweight" not in session_text(make_session(load_type="bodyweight", load_kg=NAN, athlete=""))


def test_text_has_no_minus_zero(make_session):
    """What rounds to nothing is nothing."""
    session = make_session()
    sets = tuple(replace(item, median_level_top_deg=-0.04) for item in session.summary.sets)
    uneven = {"lift": -0.3}
    text = session_text(replace(session, summary=replace(session.summary, sets=sets, asymmetry_pct=uneven)))
    assert "-0.0" not in text
    assert "lift +0 %" in text
    assert " 0.0 " in text


def test_text_without_sets():
    """A session without a set says so, and one without samples says that."""
    started = StreamStarted(0.0, 0.0, 100.0, 100.0, has_gyroscope=True)
    assert "No set was counted." in session_text(Session(HEADER, fold([started])))
    assert "no samples came" in session_text(Session(HEADER, fold([])))


def test_comparison_pairs_by_time(make_judged):
    """Reps are the same movement when they overlap, whatever their numbers; others are new or gone."""
    before = fold([RepJudged(1.0, 1.0, make_judged(i)) for i in (1, 2, 3)]).reps
    after = fold([RepJudged(1.0, 1.0, make_judged(i + 10, start_s=10.0 * i + 0.3)) for i in (2, 3, 4)]).reps
    found = [(a and a.judged.rep_id, b and b.judged.rep_id) for a, b in pairs(before, after)]
    assert found == [(1, None), (2, 12), (3, 13), (None, 14)]


def test_comparison_says_what_changes(make_judged):
    """Which rep gains or loses which check, and the counts before and after."""
    old = Session(HEADER, fold([RepJudged(1.0, 1.0, make_judged(1, verdicts={"pause": Verdict.GOOD}))]))
    new = Session(HEADER, fold([RepJudged(1.0, 1.0, make_judged(1, verdicts={"pause": Verdict.FAULT}))]))
    text = comparison_text(old, new)
    assert re.search(r"1 +left +1 +11.0 +pause +good +fault", text)
    assert re.search(r"clean reps +1 +0 +-1", text)
    assert re.search(r"pause faults +0 +1 +\+1", text)
    assert re.search(r"reps +1 +1$", text, re.MULTILINE)
    assert "No rep is judged differently." in comparison_text(old, old)


def test_comparison_of_reps_that_come_and_go(make_judged):
    """A rep that is new, gone, struck, or a partial in one of both, and a check that was not measured before."""
    old = [make_judged(1), make_judged(2, status=RepStatus.PARTIAL, verdicts={}), make_judged(3)]
    new = [make_judged(2), make_judged(3), make_judged(4, status=RepStatus.PARTIAL, verdicts={})]
    after = fold([*(RepJudged(1.0, 1.0, judged) for judged in new), RepStruck(60.0, 60.0, 3)])
    text = comparison_text(Session(HEADER, fold([RepJudged(1.0, 1.0, j) for j in old])), Session(HEADER, after))
    words = [
        line.split()[3:]
        for line in text.splitlines()[text.splitlines().index("Reps that are judged differently:") + 2 :]
    ]
    assert words == [
        ["11.0", "rep", "counted", "-"],
        ["21.0", "rep", "partial", "counted"],
        ["21.0", "pause", "not", "measured", "good"],
        ["31.0", "rep", "counted", "struck"],
        ["41.0", "rep", "-", "partial"],
    ]


def test_sweep_table(make_judged):
    """One row a value under its headings; counts that add up; a bar as long as the share of clean reps."""
    one = counts_of(fold(session_events(make_judged)))
    assert one == Counts(1, 2, 1, 1, (0, 0, 1, 0, 0))
    assert added([one, one]) == Counts(2, 4, 2, 2, (0, 0, 2, 0, 0))
    assert added([]) == Counts()
    text = sweep_text(parse_sweep("checks.pause_good_s=1:1.5:0.5"), [one, Counts()])
    assert [line.split() for line in text.splitlines()[2:]] == [
        ["1", "1", "2", "1", "1", "0", "0", "1", "0", "0", "█" * 10],
        ["1.5", *["0"] * 9],
    ]


def session_events(make_judged):
    judged = [
        make_judged(1),
        make_judged(2, verdicts={"pause": Verdict.FAULT}),
        make_judged(3, status=RepStatus.PARTIAL, verdicts={"pause": Verdict.FAULT}),
        make_judged(4, verdicts={"pause": Verdict.FAULT}),
    ]
    events = [RepJudged(j.rep.top_s, j.rep.end_s, j) for j in judged]
    return [SetStarted(1.0, 1.0, 1, Side.LEFT), *events, RepStruck(60.0, 60.0, 4)]
