"""`tracker import`: whole or not at all, each file once, the others all the same."""

import gzip
import shutil
from pathlib import Path

import pandas as pd
import pytest


@pytest.fixture
def still(tmp_path):
    """Ten seconds of a sensor at rest."""
    path = tmp_path / "still.csv"
    head = "time_s,acc_x_mps2,acc_y_mps2,acc_z_mps2,gyr_x_dps,gyr_y_dps,gyr_z_dps\n"
    path.write_text(head + "".join(f"{k / 50},0.0,0.0,9.81,0.0,0.0,0.0\n" for k in range(500)))
    return path


def test_export_import_report(tracker, demo_folder, tmp_path, home):
    """Raw samples exported as CSV and imported again give the same reps on the same sides, the same to 0.1 degrees."""
    samples = tmp_path / "samples.csv"
    assert tracker("export", demo_folder, "--to", "csv", "-o", samples).exit_code == 0
    result = tracker("import", samples, "--side", "alternate", "--started-at", "2025-01-02T03:04:05Z")
    assert result.exit_code == 0, result.stderr
    (folder,) = home.iterdir()
    assert folder.name.startswith("20250102T030405Z-")
    assert result.stdout.strip() == str(folder / "recording.jsonl.gz")
    assert tracker("verify", folder).exit_code == 0
    assert tracker("report", "last").exit_code == 0
    before, after = pd.read_csv(demo_folder / "reps.csv"), pd.read_csv(folder / "reps.csv")
    assert before[["set", "side", "rep", "status", "faults"]].equals(after[["set", "side", "rep", "status", "faults"]])
    for name, tolerance in (("top_s", 0.03), ("level_top_deg", 0.1), ("lift_cm", 0.5), ("hold_s", 0.1)):
        assert (before[name] - after[name]).abs().max() < tolerance, name
    assert after["top_utc"][0].startswith("2025-01-02T03:04:")


def test_import_refuses_whole(tracker, still, tmp_path, home):
    """A file with one bad row is one sentence with file and line; nothing is written."""
    with still.open("a") as file:
        file.write("11,oops,0,9.81,0,0,0\n")
    result = tracker("import", still)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {still}, line 502: ")
    assert not home.exists()
    assert tracker("report", still, "-o", tmp_path / "out").exit_code == 1
    assert not (tmp_path / "out").exists()


def test_import_goes_on_after_a_bad_file(tracker, tmp_path, home):
    """Each bad file is one sentence, the good ones are imported, the last sentence names the bad; exit code 1."""
    bad, good = tmp_path / "bad.csv", tmp_path / "good.csv"
    bad.write_text("time_s,acc_x_g\n0,1\n")
    good.write_text("time_s,acc_x_g,acc_y_g,acc_z_g\n" + "".join(f"{k / 50},0,0,1\n" for k in range(200)))
    result = tracker("import", bad, good, tmp_path / "none.csv")
    assert result.exit_code == 1
    assert len(list(home.iterdir())) == 1
    assert f"{good}: 0 reps" in result.stderr
    errors = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert [str(bad) in errors[0], "none.csv" in errors[1]] == [True, True]
    assert errors[2:] == [f"Error: 2 of 3 files were not imported: {bad}, {tmp_path / 'none.csv'}."]


def test_import_of_a_recording(tracker, demo_folder):
    """A recording need not be imported."""
    result = tracker("import", demo_folder / "recording.jsonl.gz")
    assert result.exit_code == 1
    assert "recording already" in result.stderr


def test_last_is_what_was_imported_last(tracker, still, home, demo_folder):
    """After an import `last` means it, whatever day the samples are from."""
    shutil.copytree(demo_folder, home / demo_folder.name)
    assert tracker("import", still, "--started-at", "2001-01-01T00:00:00Z").exit_code == 0
    assert "Session 20010101T000000Z" in tracker("report", "last").stdout


def test_what_was_imported_before_is_refused(tracker, still, tmp_path, home):
    """By its content, whatever the file is called now; the sentence names the session and the way."""
    first = Path(tracker("import", still).stdout.strip())
    copy = tmp_path / "copy.csv"
    shutil.copy(still, copy)
    result = tracker("import", copy)
    assert result.exit_code == 1
    assert result.stderr == (
        f"Error: {copy} was imported before, as {first.parent}. "
        "`tracker report` of that says athlete, load or leg afterwards; `tracker import --again` makes a second "
        "session.\n"
    )
    assert list(home.iterdir()) == [first.parent]
    assert tracker("import", copy, "--again").exit_code == 0
    assert len(list(home.iterdir())) == 2
    assert tracker("import", copy, "-o", tmp_path / "elsewhere").exit_code == 0


def test_the_same_content_twice_in_one_call(tracker, still, tmp_path, home):
    """The second is told like one of earlier."""
    copy = tmp_path / "copy.csv"
    shutil.copy(still, copy)
    result = tracker("import", still, copy)
    assert result.exit_code == 1
    assert f"Error: {copy} was imported before, as {home}" in result.stderr
    assert len(list(home.iterdir())) == 1


def test_one_more_row_is_another_file(tracker, still, home):
    """Only the very same content is the same."""
    tracker("import", still)
    with still.open("a") as file:
        file.write("10.0,0.0,0.0,9.81,0.0,0.0,0.0\n")
    assert tracker("import", still).exit_code == 0
    assert len(list(home.iterdir())) == 2


def test_an_import_that_was_killed_stands_in_nobodys_way(tracker, still, home):
    """Its recording was never closed: the file is imported as if it had not been."""
    packed = Path(tracker("import", still).stdout.strip())
    packed.with_name("recording.jsonl").write_bytes(gzip.decompress(packed.read_bytes())[:2000])
    packed.unlink()
    assert tracker("import", still).exit_code == 0
    assert len(list(home.iterdir())) == 2
