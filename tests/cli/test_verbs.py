import csv
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tracker.cli import VERBS, VerbGroup, main
from tracker.core.config import Config, settings
from tracker.recording import Recording

RECORDINGS = Path(__file__).parents[2] / "recordings"
SAMPLES = "time_s,acc_x_mps2,acc_y_mps2,acc_z_mps2,gyr_x_dps,gyr_y_dps,gyr_z_dps\n" + "".join(
    f"{i / 50},0.0,0.0,9.81,0.0,0.0,0.0\n" for i in range(500)
)


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_demo_leaves_a_session(demo_folder):
    """The demo leaves a packed recording and its reports: two sets of five, left then right."""
    names = {path.name for path in demo_folder.iterdir()}
    assert names >= {"recording.jsonl.gz", "reps.csv", "sets.csv", "session.json"}
    assert not any(name.endswith((".part", ".jsonl")) for name in names)
    assert [(row["side"], row["reps"]) for row in rows(demo_folder / "sets.csv")] == [("left", "5"), ("right", "5")]
    assert {row["session_id"] for row in rows(demo_folder / "reps.csv")} == {demo_folder.name}


def test_demo_speaks_plainly_into_a_pipe(tracker):
    """Piped output is plain lines: every rep by side and number, no escape codes, files named on stderr."""
    result = tracker("demo", "--speed", "max")
    assert result.exit_code == 0
    told = result.stdout.splitlines()
    assert "Ready, left." in told
    after = told.index("Set 1 done: 5 reps, 2 clean.")
    assert told[after + 1 : after + 3] == ["Switch to the other leg, 30 s.", "Set 2, right."]
    assert "Left 1 — good" in result.stdout
    assert "Left 2 — hips not level" in result.stdout
    assert "\x1b" not in result.stdout
    assert "Wrote" not in result.stdout
    assert "Wrote" in result.stderr


def test_demo_is_nobody(tracker, demo_folder, home):
    """The history keeps what was only played apart from the sessions of the person, who may have no name."""
    assert json.loads((demo_folder / "session.json").read_text("utf-8"))["athlete"] == "simulated lifter"
    shutil.copytree(demo_folder, home / demo_folder.name)
    (home / "20250101T000000Z-0000").mkdir()
    shutil.copy(RECORDINGS / "clean_pair.jsonl.gz", home / "20250101T000000Z-0000" / "recording.jsonl.gz")
    people = [line[:18].strip() for line in tracker("history").stdout.splitlines()[1:3]]
    assert people == ["simulated lifter", "(no name)"]
    assert "\nAnn\n" in tracker("demo", "--speed", "max", "--athlete", "Ann", "--no-record").stdout


def test_a_folder_of_recordings_is_sent_to_batch(tracker):
    """One sentence that names each known format once, and the verb for many."""
    result = tracker("report", RECORDINGS)
    assert result.exit_code == 1
    assert result.stderr.count("Sensor Logger export") == 1
    assert "A folder of many files is for `tracker batch`." in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("report", "last", "--load", "nan"),
        ("demo", "--speed", "max", "--rest", "nan"),
        ("demo", "--speed", "max", "--switch-rest", "nan"),
        ("score", "last", "--tolerance", "nan"),
        ("mark", "last", "--from", "nan"),
        ("scan", "--time", "nan"),
        ("live", "--wait", "nan"),
    ],
)
def test_no_number_is_wrong_usage(tracker, arguments):
    """`nan` lies in no range: it was taken for no load, for a tolerance that no rep can keep."""
    result = tracker(*arguments)
    assert result.exit_code == 2
    assert f"Invalid value for '{arguments[-2]}': 'nan' is not a number." in result.stderr


def test_demo_without_recording(tracker, home):
    """--no-record writes nothing at all."""
    assert tracker("demo", "--speed", "max", "--no-record").exit_code == 0
    assert not home.exists()


def test_demo_side_overrides(tracker, home):
    """--side replaces the sides that the demo declares."""
    assert (
        tracker("demo", "--speed", "max", "--side", "right", "--load", "20", "--load-type", "dumbbell").exit_code == 0
    )
    (folder,) = home.iterdir()
    sets = rows(folder / "sets.csv")
    assert {row["side"] for row in sets} == {"right"}
    assert {row["volume_kg"] for row in sets} == {"100.0"}


def test_demo_as_json(tracker):
    """--json puts one event a line on stdout and the talk on stderr."""
    result = tracker("demo", "--speed", "max", "--json", "--no-record")
    names = [json.loads(line)["event"] for line in result.stdout.splitlines()]
    assert names[0] == "stream_started"
    assert names[-1] == "stream_ended"
    assert names.count("rep_counted") == 10
    assert "pose_updated" not in names
    assert "Session" in result.stderr


def test_verify_equal(tracker, demo_folder):
    """A recording replays to the same events, and its folder stands for it."""
    result = tracker("verify", demo_folder)
    assert (result.exit_code, result.stdout[:6]) == (0, "equal:")


def changed_recording(folder, tmp_path, change):
    import gzip

    lines = gzip.decompress((folder / "recording.jsonl.gz").read_bytes()).splitlines(keepends=True)
    path = tmp_path / "changed.jsonl"
    path.write_bytes(b"".join(change(lines)))
    return path


def test_verify_different(tracker, demo_folder, tmp_path):
    """A recording whose digest does not fit is different, exit 1, without a word of error."""
    path = changed_recording(
        demo_folder, tmp_path, lambda lines: [*lines[:-1], lines[-1].replace(b'sha256":"', b'sha256":"0')]
    )
    result = tracker("verify", path)
    assert (result.exit_code, result.stdout[:10], result.stderr) == (1, "different:", "")


def test_verify_missing_line(tracker, demo_folder, tmp_path):
    """A line that was taken out shows in the count of inputs."""
    path = changed_recording(demo_folder, tmp_path, lambda lines: lines[:50] + lines[51:])
    result = tracker("verify", path)
    assert result.exit_code == 1
    assert "1248 inputs, 1249 were recorded" in result.stdout


def test_verify_without_footer(tracker, demo_folder, tmp_path):
    """A recording that was never closed can not be verified, and says so."""
    path = changed_recording(demo_folder, tmp_path, lambda lines: lines[:-1])
    result = tracker("verify", path)
    assert result.exit_code == 1
    assert "never closed" in result.stderr


def test_replay_is_the_same_report(tracker, demo_folder):
    """A replay ends with the report that the session had."""
    result = tracker("replay", demo_folder)
    assert result.exit_code == 0
    assert "  1  left      5" in result.stdout
    assert "Changed settings" not in result.stdout


def test_replay_with_other_settings(tracker, demo_folder):
    """--set and --profile say which reps gain or lose which check, and the counts before and after."""
    result = tracker("replay", demo_folder, "--set", "checks.level_fault_deg=20", "--set", "checks.level_good_deg=18")
    assert "checks.level_good_deg: 6 -> 18" in result.stdout
    assert re.search(r"left +2 +[0-9.]+ +level hips +fault +good", result.stdout)
    assert re.search(r"clean reps +\d+ +\d+ +\+1", result.stdout)


def test_replay_sweeps(tracker, demo_folder, tmp_path):
    """--sweep counts at each value, on stdout and with -o as the curve that `batch` writes."""
    sweep = "checks.level_fault_deg=6:8:1"
    result = tracker("replay", demo_folder, "--sweep", sweep, "-o", tmp_path / "curve.csv")
    assert result.exit_code == 0, result.output
    assert [line.split()[0] for line in result.stdout.splitlines()[2:]] == ["6", "7", "8"]
    path = demo_folder / "recording.jsonl.gz"
    tracker("batch", path, "--sweep", sweep, "-o", tmp_path / "batch.csv")
    assert (tmp_path / "curve.csv").read_bytes() == (tmp_path / "batch.csv").read_bytes()
    assert tracker("replay", demo_folder, "--sweep", sweep, "-o", path).exit_code == 1
    assert tracker("replay", demo_folder, "--sweep", "checks.level_fault_deg=1:8:1").exit_code == 2
    assert tracker("replay", demo_folder, "-o", tmp_path / "x.csv").exit_code == 2
    assert tracker("replay", demo_folder, "--sweep", sweep, "--json").exit_code == 2


def test_replay_of_nothing_new(tracker, demo_folder):
    """The stored settings given again change nothing."""
    assert "No rep is judged differently." in tracker("replay", demo_folder, "--profile", "default").stdout


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


def test_settings_lists_every_setting(tracker):
    """`settings` shows each setting once, with value and reason, also as JSON."""
    text = tracker("settings").stdout
    for item in settings(Config()):
        assert text.count(f"{item.key} ") == 1
        assert item.why in text
    found = [json.loads(line) for line in tracker("settings", "--json", "--set", "sets.rest_s=9").stdout.splitlines()]
    assert {item["key"]: item["value"] for item in found}["sets.rest_s"] == 9.0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["report", "nothing.csv"], "No such file"),
        (["report", "last"], "no session yet"),
        (["replay", "."], "no recording in this folder"),
        (["import", "nothing.csv"], "No such file"),
        (["verify", "nothing"], "No such file"),
        (["export", "last", "--to", "csv"], "no session yet"),
    ],
)
def test_errors_are_one_sentence(tracker, arguments, words, tmp_path, monkeypatch):
    """What a person can mend is one line on stderr and exit 1."""
    monkeypatch.chdir(tmp_path)
    result = tracker(*arguments)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    assert words in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["dance"],
        ["demo", "--speed", "3"],
        ["demo", "--set", "checks.level_good_degrees=5"],
        ["demo", "--set", "nonsense"],
        ["demo", "--profile", "brutal"],
        ["demo", "--load", "-5"],
        ["report"],
        ["import"],
        ["import", "x.csv", "--started-at", "yesterday"],
        ["export", "last"],
    ],
)
def test_wrong_usage(tracker, arguments, home):
    """Wrong usage is exit 2, before anything is written."""
    result = tracker(*arguments)
    assert result.exit_code == 2, result.output
    assert not home.exists()


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(tracker, verb):
    """Each verb explains itself, and the list of verbs says the same as the verb."""
    result = tracker(verb, "--help")
    assert result.exit_code == 0
    command = VerbGroup().get_command(None, verb)
    assert command.help
    assert VERBS[verb].split()[:2] == command.help.split()[:2]


def test_help_is_light():
    """`tracker --help` and every verb's help import neither numpy nor anything else heavy."""
    code = (
        "import sys\nfrom tracker.cli import main, VERBS\n"
        "for a in ([], *([v] for v in VERBS)):\n"
        "    try: main([*a, '--help'])\n"
        "    except SystemExit as e: assert e.code == 0\n"
        "heavy = {'numpy', 'scipy', 'pandas', 'vqf', 'bleak', 'rich', 'asyncio'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_short_help_word(tracker):
    """-h is --help, and the version is printed on demand."""
    assert tracker("-h").stdout == tracker("--help").stdout
    assert "0.1.0" in tracker("--version").stdout


def test_disk_trouble_is_one_sentence(tracker, monkeypatch, demo_folder, tmp_path):
    """An error of the system that nobody foresaw is still one sentence without traceback."""

    def refuse(*_a, **_k):
        raise OSError(28, "No space left on device", "somewhere")

    monkeypatch.setattr("tracker.reports.write_reps", refuse)
    result = tracker("report", demo_folder, "-o", tmp_path)
    assert result.exit_code == 1
    assert "No space left on device" in result.stderr
    assert "Traceback" not in result.stderr
    assert list(tmp_path.glob("*.csv*")) == []


def test_cut_recording_still_reports(tracker, demo_folder, tmp_path):
    """A recording that was cut in the middle gives the report of what is there."""
    path = tmp_path / "recording.jsonl.gz"
    shutil.copy(demo_folder / "recording.jsonl.gz", path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    result = tracker("report", path)
    assert result.exit_code == 0
    assert "  1  left" in result.stdout


def test_main_is_the_group():
    """The entry point is the lazy group."""
    assert isinstance(main, VerbGroup)


def test_a_plan_for_sets_travels_in_the_recording(tracker, home):
    """--target, --switch-rest and --rest are settings of the session; the demo keeps to them."""
    result = tracker("demo", "--speed", "max", "--target", "5", "--switch-rest", "6", "--rest", "0")
    assert result.exit_code == 0
    (folder,) = home.iterdir()
    sets = Recording(folder / "recording.jsonl.gz").header.config.sets
    assert (sets.target_reps, sets.switch_rest_s, sets.round_rest_s) == (5, 6.0, 0.0)
    assert "Switch to the other leg, 6 s." in result.stdout
    assert result.stdout.count("Set 1 done: 5 reps") == 1
    assert tracker("verify", "last").exit_code == 0


@pytest.mark.parametrize("options", [["--target", "0"], ["--target", "3.5"], ["--rest", "-1"], ["--switch-rest", "x"]])
def test_a_plan_that_makes_no_sense_is_wrong_usage(tracker, options):
    """Exit code 2 and what would be right."""
    result = tracker("demo", "--speed", "max", *options)
    assert result.exit_code == 2
    assert options[0] in result.stderr
