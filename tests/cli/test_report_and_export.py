"""`tracker report` and `export`: what is written, where, and what is never replaced."""

import os
import shutil
import sys
import threading

import pytest

from tests.cli.conftest import rows

SAMPLES = "time_s,acc_x_mps2,acc_y_mps2,acc_z_mps2,gyr_x_dps,gyr_y_dps,gyr_z_dps\n" + "".join(
    f"{i / 50},0.0,0.0,9.81,0.0,0.0,0.0\n" for i in range(500)
)


def test_report_goes_where_it_is_told(tracker, demo_folder, tmp_path):
    """-o names the folder; the files equal those of the demo itself, but for the declared names."""
    assert tracker("report", demo_folder, "-o", tmp_path / "out").exit_code == 0
    assert (tmp_path / "out" / "reps.csv").read_bytes() == (demo_folder / "reps.csv").read_bytes()
    assert tracker("report", demo_folder, "-o", tmp_path / "named", "--athlete", "Ada").exit_code == 0
    assert {row["athlete"] for row in rows(tmp_path / "named" / "reps.csv")} == {"Ada"}


def test_report_reads_samples_directly(tracker, demo_folder, tmp_path):
    """A sample file needs no import: its report lies in a folder beside it and counts the same."""
    samples = tmp_path / "samples.csv"
    tracker("export", demo_folder, "--to", "csv", "-o", samples)
    assert tracker("report", samples).exit_code == 0
    assert [row["reps"] for row in rows(tmp_path / "samples-report" / "sets.csv")] == ["5", "5"]
    assert tracker("replay", samples).exit_code == 0


def test_export_to_stdout(tracker, demo_folder):
    """`-o -` writes the samples to stdout."""
    result = tracker("export", demo_folder, "--to", "csv", "-o", "-")
    assert result.stdout.startswith("time_s,acc_x_mps2")
    assert len(result.stdout.splitlines()) > 10_000


def test_export_never_overwrites_its_source(tracker, tmp_path):
    """Exporting a file over itself is refused."""
    path = tmp_path / "samples.csv"
    path.write_text(SAMPLES)
    result = tracker("export", path, "--to", "csv")
    assert result.exit_code == 1
    assert "overwrite" in result.stderr
    assert path.read_text() == SAMPLES


def test_samples_without_reps(tracker, tmp_path):
    """Lying still for ten seconds is a report without sets, not an error."""
    path = tmp_path / "still.csv"
    path.write_text(SAMPLES)
    result = tracker("report", path)
    assert result.exit_code == 0
    assert "No set was counted." in result.stdout
    assert rows(tmp_path / "still-report" / "reps.csv") == []


def test_report_does_not_replace_what_it_is_made_from(tracker, tmp_path):
    """Samples called reps.csv, reported into their own folder, are refused and stay as they were."""
    path = tmp_path / "reps.csv"
    path.write_text(SAMPLES)
    result = tracker("report", path, "-o", tmp_path)
    assert result.exit_code == 1
    assert "replace the file" in result.stderr
    assert path.read_text() == SAMPLES


@pytest.mark.skipif(sys.platform == "win32", reason="links and pipes as Unix has them")
def test_output_through_a_link_and_into_a_pipe(tracker, demo_folder, tmp_path):
    """A link keeps pointing where it points, and a pipe is written into, not replaced."""
    target = tmp_path / "target.csv"
    target.write_text("old")
    link = tmp_path / "link.csv"
    link.symlink_to(target)
    assert tracker("export", demo_folder, "--to", "csv", "-o", link).exit_code == 0
    assert link.is_symlink()
    assert target.read_text().startswith("time_s")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    heard: list[str] = []
    reader = threading.Thread(target=lambda: heard.append(pipe.read_text()))
    reader.start()
    assert tracker("export", demo_folder, "--to", "csv", "-o", pipe).exit_code == 0
    reader.join(timeout=30)
    assert pipe.is_fifo()
    assert heard[0] == target.read_text()


def test_cut_recording_still_reports(tracker, demo_folder, tmp_path):
    """A recording that was cut in the middle gives the report of what is there."""
    path = tmp_path / "recording.jsonl.gz"
    shutil.copy(demo_folder / "recording.jsonl.gz", path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    result = tracker("report", path)
    assert result.exit_code == 0
    assert "  1  left" in result.stdout
