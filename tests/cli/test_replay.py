"""`tracker replay` and `verify`: the same again, or what changes with other settings."""

import re


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
