import csv
import os
import shutil
import signal
import sys

import pandas as pd
import pytest

from tests.batch.processes import children, wait_gone
from tracker.batch.work import COLUMNS
from tracker.reports.csv import REP_COLUMNS, SET_COLUMNS

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="who is whose child is read from /proc")


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def journal_lines(output):
    path = output.with_name(output.name + ".progress")
    return path.read_bytes().count(b"\n") - 1 if path.exists() else 0


def test_columns_are_frozen():
    """The contract of reps.csv and sets.csv stands as it is, the file in a column of its own at the end."""
    assert COLUMNS["reps"] == (*REP_COLUMNS, "file")
    assert COLUMNS["sets"] == (*SET_COLUMNS, "file")
    assert ",".join(COLUMNS["files"]) == (
        "schema_version,file,session_id,started_at,athlete,device,duration_s,sampling_rate_hz,missing_samples,"
        "gyroscope,calibration,sets,reps,partials,clean_reps,full_extension_faults,level_hips_faults,pause_faults,"
        "slow_lowering_faults,neutral_spine_faults,error,notice"
    )
    assert ",".join(COLUMNS["sweep"]) == (
        "schema_version,file,session_id,key,value,sets,reps,partials,clean_reps,full_extension_faults,"
        "level_hips_faults,pause_faults,slow_lowering_faults,neutral_spine_faults"
    )


def test_rows_are_those_of_the_reports(tracker, many, tmp_path):
    """Each file's rows equal its own report, to the byte; a row a file says the same in sums."""
    folder = many(4)
    result = tracker("batch", folder, "-o", "out/reps.csv", "--sets", "out/sets.csv", "--files", "out/files.csv")
    assert result.exit_code == 0, result.output
    found = {name: (tmp_path / "out" / name).read_text().splitlines() for name in ("reps.csv", "sets.csv")}
    expected = {"reps.csv": [found["reps.csv"][0]], "sets.csv": [found["sets.csv"][0]]}
    for path in sorted(folder.iterdir()):
        assert tracker("report", path, "-o", "one").exit_code == 0
        for name, lines in expected.items():
            lines += [f"{line},{path}" for line in (tmp_path / "one" / name).read_text().splitlines()[1:]]
    assert found == expected
    reps, files = pd.read_csv("out/reps.csv"), pd.read_csv("out/files.csv")
    assert files["reps"].tolist() == reps[reps["counted"]].groupby("file").size().tolist()
    assert files["clean_reps"].tolist() == reps.groupby("file")["clean"].sum().tolist()
    assert files["level_hips_faults"].sum() == (reps["counted"] & (reps["level_hips"] == "fault")).sum()
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["files.csv", "reps.csv", "sets.csv"]


def test_any_number_of_jobs_gives_the_same(tracker, many, tmp_path):
    """One process or three: the same bytes."""
    folder = many(7)
    written = set()
    for jobs in (1, 3):
        assert tracker("batch", folder, "-o", "reps.csv", "--jobs", jobs).exit_code == 0
        written.add((tmp_path / "reps.csv").read_bytes())
    assert len(written) == 1


def test_broken_files_are_told_and_skipped(tracker, many, tmp_path):
    """Each in one sentence, under the name it was given; the others are there; exit code 1."""
    folder = many(2)
    (folder / "empty.csv").write_text("")
    (folder / "cut.jsonl.gz").write_bytes((folder / "000.jsonl.gz").read_bytes()[:60])
    shutil.copy(folder / "001.jsonl.gz", folder / "half.jsonl.gz")  # cut in the middle: what is there counts
    (folder / "half.jsonl.gz").write_bytes((folder / "half.jsonl.gz").read_bytes()[:90_000])
    (folder / "zoë.csv").write_text("time_s,acc_x_g,acc_y_g,acc_z_g\n0,0,0,1\n0.1,x,0,1\n", encoding="utf-8")
    result = tracker("batch", folder, "nothing.csv", "-o", "reps.csv", "--files", "files.csv")
    assert result.exit_code == 1
    assert "4 files were skipped:" in result.stderr
    for words in (f"{folder / 'empty.csv'}, line 1: The file is empty.", "zoë.csv, line 3:", "nothing.csv: The file"):
        assert words in result.stderr
    assert "Traceback" not in result.stderr
    files = rows(tmp_path / "files.csv")
    assert [bool(row["error"]) for row in files] == [False, False, True, True, False, True, True]
    assert files[-1]["error"].startswith("nothing.csv: The file can not be read")
    assert 0 < int(files[4]["reps"]) < int(files[1]["reps"])
    assert {row["file"] for row in rows(tmp_path / "reps.csv")} == {row["file"] for row in files if not row["error"]}


def test_settings_are_those_of_report(tracker, many, tmp_path):
    """--set and --load mean what they mean everywhere; a setting that can not be is wrong usage, at once."""
    folder = many(2)
    tracker("batch", folder, "-o", "reps.csv", "--set", "checks.pause_good_s=1.45", "--load", "20")
    found = pd.read_csv("reps.csv")
    assert set(found["pause"]) == {"good", "caution"} or "caution" in set(found["pause"])
    assert set(found["load_kg"]) == {20.0}
    result = tracker("batch", folder, "-o", "other.csv", "--set", "checks.pause_god_s=1")
    assert result.exit_code == 2
    assert "Did you mean 'checks.pause_good_s'?" in result.stderr
    assert not (tmp_path / "other.csv.progress").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "Missing option '-o'"),
        (["-o", "a.csv", "--sets", "./a.csv"], "a file of its own"),
        (["-o", "a.csv", "--sets", "b.csv", "--sweep", "rep.min_range_deg=10:20:5"], "there is one table"),
        (["-o", "a.csv", "--jobs", "0"], "--jobs"),
        (["-o", "a.csv", "--jobs", "2", "--dask", "tcp://127.0.0.1:1"], "give one of them"),
        (["-o", "many/000.jsonl.gz"], "would be overwritten"),
        (["-o", "a.csv", "--sweep", "checks.level_fault_deg=6:14"], "three numbers"),
        (["-o", "a.csv", "--sweep", "checks.level_fault_deg=6:14:-1"], "do not lead from 6 to 14"),
        (["-o", "a.csv", "--sweep", "checks.level_fault_deg=6:14:0"], "do not lead"),
        (["-o", "a.csv", "--sweep", "checks.level_fault_deg=6:14:nan"], "do not lead"),
        (["-o", "a.csv", "--sweep", "checks.level_fault_deg=6:14:0.001"], "more than 200 values"),
        (["-o", "a.csv", "--sweep", "checks.level_fault_deg=2:14:1"], "must not exceed"),
        (["-o", "a.csv", "--sweep", "checks.level_faults=2:14:1"], "Did you mean"),
        (["-o", "a.csv", "--sweep", "checks.kick_enabled=0:1:1"], "is no number"),
        (["-o", "a.csv", "--sweep", "rep.count_at=0:1:1"], "is no number"),
        (["-o", "a.csv", "--sweep", "nonsense"], "not KEY=VALUE"),
    ],
)
def test_wrong_usage(tracker, many, tmp_path, options, words):
    """Exit 2 and a sentence before anything is read or written."""
    folder = many(1)
    before = sorted(tmp_path.rglob("*"))
    result = tracker("batch", "many/000.jsonl.gz", folder, *options)
    assert result.exit_code == 2, result.output
    assert words in result.stderr
    assert sorted(tmp_path.rglob("*")) == before


def test_sweep(tracker, many, tmp_path):
    """A row a file and value, what `report` would count at that value; the sums as a table on stdout."""
    folder = many(2)
    result = tracker("batch", folder, "-o", "curve.csv", "--sweep", "checks.pause_good_s=1.3:1.7:0.2")
    assert result.exit_code == 0, result.output
    curve = pd.read_csv("curve.csv")
    assert curve["value"].tolist() == [1.3, 1.5, 1.7] * 2
    assert set(curve["key"]) == {"checks.pause_good_s"}
    one = folder / "000.jsonl.gz"
    for _, row in curve[curve["file"] == str(one)].iterrows():
        tracker("report", one, "-o", "one", "--set", f"checks.pause_good_s={row['value']}")
        reps = pd.read_csv("one/reps.csv")
        assert row["clean_reps"] == reps["clean"].sum()
    assert curve["clean_reps"].nunique() > 1
    sums = curve.groupby("value")["clean_reps"].sum()
    assert [line.split()[4] for line in result.stdout.splitlines()[2:]] == [str(count) for count in sums]
    tracker("batch", folder, "-o", "again.csv", "--sweep", "checks.pause_good_s=1.3:1.7:0.2", "--jobs", "1")
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "curve.csv").read_bytes()


@linux_only
def test_kill_and_go_on(start, tracker, many, tmp_path, wait_until):
    """`kill -9` in the middle leaves no worker behind; the same command goes on and writes the same bytes."""
    folder = many(12)
    assert tracker("batch", folder, "-o", "whole.csv").exit_code == 0
    files = sorted(folder.iterdir())
    real = (folder / "006.jsonl.gz").read_bytes()
    (folder / "006.jsonl.gz").unlink()
    os.mkfifo(folder / "006.jsonl.gz")  # whoever opens it waits: the run stands still at a known place
    process = start("batch", *files, "-o", "reps.csv", "--jobs", "2")
    output = tmp_path / "reps.csv"
    wait_until(lambda: journal_lines(output) == 6, process)
    workers = children(process.pid)
    assert len(workers) >= 2
    process.kill()
    process.communicate()
    wait_gone(workers)
    (folder / "006.jsonl.gz").unlink()
    (folder / "006.jsonl.gz").write_bytes(real)
    assert not output.exists()
    result = tracker("batch", folder, "-o", "reps.csv")
    assert "Going on after 6 of 12 files" in result.stderr
    assert output.read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert not list(tmp_path.glob("reps.csv.*"))


@linux_only
def test_ctrl_c_stops_and_says_how_to_go_on(start, many, tmp_path, wait_until):
    """Exit 130, one sentence, no traceback; what is done stays done."""
    folder = many(8)
    (folder / "005.jsonl.gz").unlink()
    os.mkfifo(folder / "005.jsonl.gz")
    process = start("batch", *sorted(folder.iterdir()), "-o", "reps.csv", "--jobs", "2", start_new_session=True)
    wait_until(lambda: journal_lines(tmp_path / "reps.csv") == 5, process)
    workers = children(process.pid)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: everybody gets it, also the worker that waits
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    wait_gone(workers)
    assert "Stopped after 5 of 8 files; the same command goes on." in stderr
    assert "Traceback" not in stderr


@linux_only
def test_a_disk_that_fills(start, tracker, many, tmp_path):
    """One sentence, exit 1, no traceback; with room again the same command goes on and nothing is doubled or lost."""
    import resource

    folder = many(8)
    assert tracker("batch", folder, "-o", "whole.csv").exit_code == 0
    room = (tmp_path / "whole.csv").stat().st_size // 2

    def little_room():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))

    process = start("batch", folder, "-o", "reps.csv", preexec_fn=little_room)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "The results can not be written: File too large." in stderr
    assert "the same command goes on where it was" in stderr
    assert "Traceback" not in stderr
    assert not (tmp_path / "reps.csv").exists()
    result = tracker("batch", folder, "-o", "reps.csv")
    assert result.exit_code == 0, result.output
    assert "Going on after" in result.stderr
    assert (tmp_path / "reps.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_a_terminal_gets_a_bar(tracker, many, monkeypatch):
    """On a terminal a bar with the time left, on stderr; into a file nothing but the summary."""
    folder = many(2)
    result = tracker("batch", folder, "-o", "reps.csv")
    assert "\x1b" not in result.stderr
    assert result.stdout == ""
    monkeypatch.setattr("tracker.commands.batch_run._is_terminal", lambda: True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    result = tracker("batch", folder, "-o", "reps.csv")
    assert "2 of 2 files" in result.stderr
    assert "left" in result.stderr
