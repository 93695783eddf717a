"""A session that goes on in another terminal is not one that was cut."""

import json
import time

from tests.reports.page_reader import read_page
from tracker.header import Header
from tracker.recording import Recording, RecordingWriter, is_being_written

NOW = "The session is being recorded now. This is what there is so far."
GONE = "What is said here is gone when the session ends and writes its own report: say it then."
CUT = "The recording breaks off: it was never closed. What came before is here."


def told(path):
    recording = Recording(path)
    list(recording.inputs())
    assert recording.damage.is_cut
    return recording.damage.sentences


def test_while_the_writer_has_it(tmp_path):
    """Until it is let go, whoever looks and however many look at once."""
    writer = RecordingWriter(tmp_path / "session", Header("s", "d", "imu_stream", 104.0))
    with writer.path.open("rb"):
        assert [told(writer.path), told(writer.path)] == [(NOW,), (NOW,)]
    writer.abandon()
    assert [told(writer.path), told(writer.path)] == [(CUT,), (CUT,)]
    assert not is_being_written(writer.path.with_name("none"))


def test_a_closed_one_says_nothing(tmp_path):
    """It has its end."""
    writer = RecordingWriter(tmp_path / "session", Header("s", "d", "imu_stream", 104.0))
    recording = Recording(writer.close(""))
    list(recording.inputs())
    assert recording.damage.sentences == ()


def test_another_terminal_sees_it_go_on_and_break_off(tracker, start, home):
    """History and report beside a demo that plays; then it is killed, and the same content was cut."""
    process = start("demo", "--speed", "1", "--no-web")
    end_s = time.monotonic() + 60
    while not any(path.stat().st_size > 10_000 for path in home.glob("*/recording.jsonl")):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end_s, "it never came"
        time.sleep(0.02)
    (folder,) = (path.parent for path in home.glob("*/recording.jsonl"))
    assert "nothing was counted. ‡\n‡ Is being recorded now." in tracker("history").stdout
    page = read_page((home / "history.html").read_text("utf-8")).text
    assert "‡ Is being recorded now." in page
    assert "†" not in page
    done = tracker("report", "last", "--load", "20")
    assert NOW in done.stdout
    assert GONE in done.stderr
    assert GONE not in tracker("report", "last").stderr
    assert json.loads((folder / "session.json").read_text("utf-8"))["is_cut"] is True
    process.kill()
    process.communicate()
    assert CUT in tracker("report", "last").stdout
    text = tracker("history").stdout
    assert "† The recording was cut" in text
    assert "‡" not in text
