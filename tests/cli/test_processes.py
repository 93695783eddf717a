import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tracker.recording import Recording

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="signals as a shell sends them")


def wait_for_lines(home, count, process):
    """Until the recording has so many lines; the file is the process's only visible progress."""
    for _ in range(3000):
        paths = list(home.glob("*/recording.jsonl"))
        if paths and paths[0].read_bytes().count(b"\n") >= count:
            return paths[0]
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    raise AssertionError("no recording")


@posix_only
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopping_closes_the_recording(start, home, tracker, number):
    """Ctrl-C or SIGTERM in the middle: exit 130, a packed recording that verifies, and its reports."""
    process = start("demo", "--speed", "4")
    wait_for_lines(home, 20, process)
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=30)
    assert process.returncode == 130, stderr
    assert "Traceback" not in stderr
    assert "Stopped." in stderr
    assert "Session" in stdout
    (folder,) = home.iterdir()
    assert {path.name for path in folder.iterdir()} >= {"recording.jsonl.gz", "reps.csv"}
    assert tracker("verify", folder).exit_code == 0


@posix_only
@pytest.mark.parametrize("pause_s", [0.0, 0.02, 0.1])
def test_impatience_ends_in_order(start, home, pause_s):
    """Ctrl-C five times at once: as once. Exit 130, no traceback, no death by signal, recording and report."""
    process = start("demo", "--speed", "4")
    wait_for_lines(home, 20, process)
    for _ in range(5):
        process.send_signal(signal.SIGINT)
        time.sleep(pause_s)
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == 130, stderr
    assert "Traceback" not in stderr
    (folder,) = home.iterdir()
    assert {path.name for path in folder.iterdir()} >= {"recording.jsonl.gz", "reps.csv", "report.html"}


BREAKS_OFF = "The recording breaks off: it was never closed. What came before is here."
HANDLERS = """
import signal
from tracker import __main__, interrupt
signal.signal(signal.SIGINT, {handler})
try:
    {body}
except KeyboardInterrupt:
    print("caught")
"""
PRESS = "signal.raise_signal(signal.SIGINT)"


@posix_only
@pytest.mark.parametrize(
    ("handler", "body", "said", "code"),
    [
        ("__main__._leave", PRESS, "", 130),  # while the command line is imported
        ("interrupt.interrupt", PRESS, "caught\n", 0),
        ("interrupt.interrupt", f"exec('{PRESS}')", "caught\n", 0),  # a plain KeyboardInterrupt would kill at the end
        ("interrupt.interrupt", f"{PRESS[:-1]}), {PRESS}", "caught\n", 0),  # impatience
        ("interrupt.interrupt", f"interrupt._was_raised = True; {PRESS}", "", 130),  # it hangs
    ],
)
def test_what_a_press_does(handler, body, said, code):
    """In a process of its own: what is printed and how it ends."""
    program = HANDLERS.format(handler=handler, body=body)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 - our own command
    assert (done.stdout, done.stderr, done.returncode) == (said, "", code)


PRESSED_AT_IMPORT = """
import sys

class Finder:
    def find_spec(self, name, *rest):
        if name == {module!r}:
            raise KeyboardInterrupt

sys.meta_path.insert(0, Finder())
from tracker.__main__ import run
run()
"""


@pytest.mark.parametrize("module", ["tracker.interrupt", "tracker.cli", "tracker.errors", "click"])
def test_a_press_while_it_is_imported(module):
    """Whatever is being imported: exit code 130 and not a word, also through the script of the installed command."""
    program = PRESSED_AT_IMPORT.format(module=module)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 - our own command
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 130)


@posix_only
def test_kill_costs_nothing_that_was_written(start, home, tracker):
    """`kill -9` in the middle: the recording reads, `last` finds it, and it can be reported."""
    process = start("demo", "--speed", "4")
    path = wait_for_lines(home, 20, process)
    process.kill()
    process.communicate()
    recording = Recording(path)
    assert sum(1 for _ in recording.inputs()) >= 19
    assert recording.footer is None
    assert BREAKS_OFF in tracker("replay", "last").stdout
    assert tracker("report", "last").exit_code == 0
    assert json.loads((path.parent / "session.json").read_text())["is_cut"] is True
    assert BREAKS_OFF in (path.parent / "report.html").read_text("utf-8")
    assert tracker("verify", "last").exit_code == 1
    assert BREAKS_OFF in tracker("export", "last", "--to", "csv").stderr


def test_reader_that_goes_away(start, demo_folder):
    """`tracker ... | head -1`: no traceback, no complaint."""
    process = start("export", demo_folder, "--to", "csv", "-o", "-", "--side", "left")
    assert process.stdout.readline().startswith("time_s")
    process.stdout.close()
    process.wait(timeout=30)
    with process.stderr as complaints:
        assert complaints.read() == ""
    process.stdout = process.stderr = None


def test_module_is_the_command(start):
    """`python -m tracker` is the same command, without a warning, in an environment without UTF-8."""
    process = start("settings")
    stdout, stderr = process.communicate(timeout=30)
    assert (process.returncode, stderr) == (0, "")
    assert "checks.level_good_deg" in stdout


def test_help_costs_little_more_than_python():
    """`tracker --help` takes a small multiple of starting Python and click."""

    def best_s(command):
        times = []
        for _ in range(3):
            begin_s = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own command
            times.append(time.perf_counter() - begin_s)
        return min(times)

    base_s = best_s([sys.executable, "-c", "import click"])
    assert best_s([sys.executable, "-m", "tracker", "--help"]) < 3 * base_s  # measured: 1.1; numpy alone makes it 2.5


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full: a full pipe stays unproved")
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_output_that_can_not_be_written_is_one_sentence(options):
    """Results onto a full disk: one sentence, exit code 1, no traceback."""
    recording = Path(__file__).parents[2] / "recordings" / "clean_pair.jsonl.gz"
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "tracker", "replay", str(recording), *options]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False)  # noqa: S603 - our own command
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "No space left" in done.stderr
