import os
import sys

import pytest

from tracker.batch.finding import found_files
from tracker.errors import RecordingError, TrackerError

SAMPLES = "time_s,acc_x_mps2,acc_y_mps2,acc_z_mps2\n0,0,0,9.8\n"


@pytest.fixture
def tree(tmp_path):
    """Two sessions, a loose recording, samples, and what is neither."""
    for name, text in {
        "b/20250101T000000Z-aaaa/recording.jsonl.gz": "x",
        "b/20250101T000000Z-aaaa/reps.csv": "schema_version,session_id\n",
        "b/20250101T000000Z-aaaa/samples.csv": SAMPLES,
        "b/20250102T000000Z-bbbb/recording.jsonl": "x",
        "a/loose.jsonl": "x",
        "a/Samples.CSV": SAMPLES,
        "a/reps.csv": "schema_version,session_id\n",
        "a/notes.txt": "x",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def names(tree, found):
    return [path.relative_to(tree).as_posix() for path in found]


def test_a_folder_stands_for_what_is_below_it(tree):
    """Sorted by name; of a session its recording alone; no tables of ours, no notes."""
    assert names(tree, found_files([str(tree)])) == [
        "a/Samples.CSV",
        "a/loose.jsonl",
        "b/20250101T000000Z-aaaa/recording.jsonl.gz",
        "b/20250102T000000Z-bbbb/recording.jsonl",
    ]


def test_order_is_that_of_the_words_and_each_file_comes_once(tree):
    """What is named first comes first, and what is named twice, by whatever way, is analysed once."""
    words = [str(tree / "b"), str(tree / "a" / ".." / "a" / "loose.jsonl"), str(tree)]
    found = [os.path.normpath(path) for path in found_files(words)]
    assert [os.path.relpath(path, tree).replace(os.sep, "/") for path in found] == [
        "b/20250101T000000Z-aaaa/recording.jsonl.gz",
        "b/20250102T000000Z-bbbb/recording.jsonl",
        "a/loose.jsonl",
        "a/Samples.CSV",
    ]


def test_a_session_folder_is_its_recording(tree):
    """A session folder that is named itself is one session."""
    folder = tree / "b" / "20250102T000000Z-bbbb"
    assert names(tree, found_files([str(folder)])) == ["b/20250102T000000Z-bbbb/recording.jsonl"]


def test_what_is_named_itself_is_taken_as_it_is(tree):
    """Whether a named file can be used is for the analysis to say, even if it is not there."""
    words = [str(tree / "a" / "notes.txt"), str(tree / "nothing.csv")]
    assert names(tree, found_files(words)) == ["a/notes.txt", "nothing.csv"]


def test_an_empty_folder_says_so(tree):
    """A folder without anything to analyse is a mistake worth a sentence, also among others."""
    (tree / "empty").mkdir()
    with pytest.raises(TrackerError, match="no recording and no sample file"):
        found_files([str(tree / "a"), str(tree / "empty")])


def test_last(home):
    """`last` is the newest session here as everywhere."""
    with pytest.raises(RecordingError, match="no session yet"):
        found_files(["last"])
    (home / "20250101T000000Z-cccc").mkdir(parents=True)
    (home / "20250101T000000Z-cccc" / "recording.jsonl").write_text("x")
    assert found_files(["last"])[0].parent.name == "20250101T000000Z-cccc"


@pytest.mark.skipif(sys.platform == "win32", reason="links as Unix has them")
def test_a_circle_of_links_ends(tree):
    """A link to the folder itself is not followed."""
    (tree / "a" / "again").symlink_to(tree, target_is_directory=True)
    assert len(found_files([str(tree)])) == 4


def test_exports_in_a_folder_come_once(tmp_path):
    """An unpacked export is one session, a gyroscope's file comes with the accelerometer's, notes are no samples."""
    app = tmp_path / "2024-06-10"
    app.mkdir()
    for name in ("TotalAcceleration.csv", "Gyroscope.csv", "Metadata.csv", "Barometer.csv"):
        (app / name).write_text("time,seconds_elapsed,z,y,x\n", encoding="utf-8")
    loose = "Polar_Sense_1_{}.txt"
    for kind, unit in (("ACC", "mg"), ("GYRO", "dps")):
        header = ";".join(f"{axis} [{unit}]" for axis in "XYZ")
        text = f"Phone timestamp;sensor timestamp [ns];{header}\n2024-06-10T10:00:00.000;1;0;0;1000\n"
        (tmp_path / loose.format(kind)).write_text(text, encoding="utf-8")
    (tmp_path / "notes.txt").write_text("felt good", encoding="utf-8")
    (tmp_path / "plan.json").write_text("{}", encoding="utf-8")
    assert [path.name for path in found_files([str(tmp_path)])] == ["Polar_Sense_1_ACC.txt", "2024-06-10"]
