"""A recording is read as it was written, and what is none is refused."""

import gzip
import itertools
import json
import math
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.files.recorded import HEADER, INPUTS, write
from tracker.core.events import PoseUpdated, RepStruck
from tracker.core.model import Command, CommandName, Input, Packet
from tracker.damage import Damage
from tracker.errors import RecordingError
from tracker.recording import EventDigest, Recording

seconds = st.floats(0, 1e6)
inputs = st.lists(
    st.builds(Packet, seconds, st.text(max_size=8), st.binary(max_size=40))
    | st.builds(Command, seconds, st.sampled_from(CommandName), st.text(max_size=12)),
    max_size=8,
)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A fresh folder at every call, also inside a hypothesis test."""
    root = tmp_path_factory.mktemp("recordings")
    numbers = itertools.count()
    return lambda: root / str(next(numbers))


@given(items=inputs, is_text=st.booleans(), closed=st.booleans())
@settings(max_examples=60, deadline=None)
def test_round_trip(items, is_text, closed, folders):
    """Whatever inputs are written come back the same, to the bit, packed or not."""
    path = write(folders(), items, replace(HEADER, has_text_payloads=is_text), closed=closed)
    recording = Recording(path)
    assert list(recording.inputs()) == items
    assert (recording.footer is not None) == closed
    assert recording.damage == Damage(is_cut=not closed, has_end=closed)


def test_header_round_trip(tmp_path):
    """The header comes back with configuration, time, load and names."""
    assert Recording(write(tmp_path, [])).header == HEADER


def test_unknown_load_and_start_round_trip(tmp_path):
    """What is not known stays not known: no load, no start."""
    header = replace(HEADER, load_kg=math.nan, started_at=None, utc_offset_s=None)
    back = Recording(write(tmp_path, [], header)).header
    assert math.isnan(back.load_kg)
    assert back.started_at is None
    assert back.utc_offset_s is None


def test_text_payloads_stand_as_text(tmp_path):
    """A sample file's rows can be read in the recording; what is no text is kept as hex."""
    items: list[Input] = [Packet(0.0, "rows", b"0.01,9.81\n0.02,9.81"), Packet(0.1, "rows", b"\xff")]
    path = write(tmp_path, items, replace(HEADER, has_text_payloads=True), closed=False)
    lines = path.read_text().splitlines()
    assert json.loads(lines[1])[0] == "text"
    assert json.loads(lines[2])[0] == "packet"
    assert list(Recording(path).inputs()) == items


def test_two_packed_parts_in_a_row(tmp_path):
    """Gzip files may be joined end to end, as `cat` does: both parts are read."""
    plain = write(tmp_path, INPUTS, closed=False).read_bytes()
    joined = tmp_path / "joined.gz"
    joined.write_bytes(gzip.compress(plain[:300]) + gzip.compress(plain[300:]))
    recording = Recording(joined)
    assert list(recording.inputs()) == INPUTS
    assert recording.damage.unpacked_to is None


def test_unknown_kinds_are_skipped(tmp_path):
    """Kinds that a later version added do not disturb."""
    path = write(tmp_path, INPUTS[:1], closed=False)
    path.write_bytes(path.read_bytes() + b'["battery",3.0,{"pct":80}]\n')
    assert list(Recording(path).inputs()) == INPUTS[:1]


def edited_header(folder: Path, **values: object) -> Path:
    path = write(folder, [], closed=False)
    record = json.loads(path.read_bytes())
    record[1].update(values)
    path.write_text(json.dumps(record) + "\n")
    return path


def test_newer_version_is_refused(tmp_path):
    """A recording of a later format version is refused with the mend."""
    with pytest.raises(RecordingError, match=r"format version 2, this program reads up to 1\. Update"):
        Recording(edited_header(tmp_path, version=2))


def test_unknown_setting_is_refused(tmp_path):
    """A setting that this version does not know is refused by name, not ignored."""
    with pytest.raises(RecordingError, match=r"line 1: There is no setting 'checks\.moon_phase'"):
        Recording(edited_header(tmp_path, config={"checks": {"moon_phase": 1}}))


@pytest.mark.parametrize(
    "values",
    [
        {"device": 3},
        {"nominal_rate_hz": "fast"},
        {"started_at": "yesterday"},
        {"started_at": "2025-01-01T00:00:00"},
        {"config": 5},
        {"config": {"checks": 5}},
        {"version": "one"},
        {"format": "something else"},
    ],
)
def test_wrong_header(tmp_path, values):
    """A header that says nonsense is a RecordingError."""
    with pytest.raises(RecordingError):
        Recording(edited_header(tmp_path, **values))


@pytest.mark.parametrize("content", [b"", b"\n", b"time_s,acc_x_g\n", b"\x1f", b"\x1f\x8b", b"null\n", b"\x1f\x8bno"])
def test_not_a_recording(tmp_path, content):
    """Other files are refused in one sentence."""
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(RecordingError):
        Recording(path)


def test_missing_and_unreadable(tmp_path):
    """No file, or a folder in its place, is a RecordingError with the system's reason."""
    with pytest.raises(RecordingError, match="No such file"):
        Recording(tmp_path / "nothing")
    with pytest.raises(RecordingError, match="directory"):
        Recording(tmp_path)


def test_digest_leaves_out_screen_events():
    """The digest is over the record; what only a screen shows does not change it."""
    plain, with_pose = EventDigest(), EventDigest()
    plain.add([RepStruck(1.0, 1.0, 3)])
    with_pose.add([PoseUpdated(0.5, 0.5, 10.0, 0.0, 40.0, "low"), RepStruck(1.0, 1.0, 3)])
    assert plain.hexdigest() == with_pose.hexdigest()
    assert plain.hexdigest() != EventDigest().hexdigest()


def test_reading_speed(tmp_path):
    """Reading an hour costs little more than parsing its JSON."""
    items: list[Input] = [Packet(i * 0.1, "data", bytes(120)) for i in range(36_000)]
    path = write(tmp_path, items, closed=False)
    lines = path.read_bytes().splitlines()
    start_s = time.perf_counter()
    for line in lines:
        json.loads(line)
    parsing_s = time.perf_counter() - start_s
    start_s = time.perf_counter()
    count = sum(1 for _ in Recording(path).inputs())
    reading_s = time.perf_counter() - start_s
    assert count == len(items)
    assert reading_s < 5 * parsing_s  # measured: 1.8; a slow neighbour must not make it fail


@pytest.mark.parametrize(("key", "value"), [("side_plan", "up"), ("version", "1")])
def test_headers_that_can_not_be_meant(tmp_path, key, value):
    """A side that is none, or a version that is no number, is one sentence."""
    path = write(tmp_path, INPUTS, closed=False)
    head, *rest = path.read_text(encoding="utf-8").splitlines()
    kind, values = json.loads(head)
    path.write_text("\n".join([json.dumps([kind, values | {key: value}]), *rest]) + "\n", encoding="utf-8")
    with pytest.raises(RecordingError, match="header"):
        Recording(path)
