"""The command line as such: help, wrong usage, and errors that are one sentence."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tracker.cli import VERBS, VerbGroup, main
from tracker.core.config import Config, settings

RECORDINGS = Path(__file__).parents[2] / "recordings"


def test_main_is_the_group():
    """The entry point is the lazy group."""
    assert isinstance(main, VerbGroup)


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


def test_settings_lists_every_setting(tracker):
    """`settings` shows each setting once, with value and reason, also as JSON."""
    text = tracker("settings").stdout
    for item in settings(Config()):
        assert text.count(f"{item.key} ") == 1
        assert item.why in text
    found = [json.loads(line) for line in tracker("settings", "--json", "--set", "sets.rest_s=9").stdout.splitlines()]
    assert {item["key"]: item["value"] for item in found}["sets.rest_s"] == 9.0


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


@pytest.mark.parametrize("options", [["--target", "0"], ["--target", "3.5"], ["--rest", "-1"], ["--switch-rest", "x"]])
def test_a_plan_that_makes_no_sense_is_wrong_usage(tracker, options):
    """Exit code 2 and what would be right."""
    result = tracker("demo", "--speed", "max", *options)
    assert result.exit_code == 2
    assert options[0] in result.stderr


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


def test_a_folder_of_recordings_is_sent_to_batch(tracker):
    """One sentence that names each known format once, and the verb for many."""
    result = tracker("report", RECORDINGS)
    assert result.exit_code == 1
    assert result.stderr.count("Sensor Logger export") == 1
    assert "A folder of many files is for `tracker batch`." in result.stderr


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
