import errno
import gzip
import io
import itertools
import json
import math
import time
import tracemalloc
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.core.config import Config, with_settings
from tracker.core.events import PoseUpdated, RepStruck
from tracker.core.model import Command, CommandName, Input, Packet
from tracker.damage import WHOLE, Damage
from tracker.errors import RecordingError
from tracker.header import Header
from tracker.recording import EventDigest, Recording, RecordingWriter

HEADER = Header(
    session_id="20250102T030405Z-abcd",
    device="simulated sensor",
    decoder="imu_stream",
    nominal_rate_hz=104.0,
    started_at=datetime(2025, 1, 2, 3, 4, 5, 678000, tzinfo=UTC),
    time_zone="CET",
    utc_offset_s=3600,
    config=with_settings(Config(), {"checks.level_good_deg": 5}),
    side_plan="alternate",
    load_kg=20.0,
    load_type="dumbbell",
    athlete="Zoë",
)
INPUTS: list[Input] = [
    Packet(0.0, "data", b"\x00\x01\xff"),
    Command(0.1, CommandName.SIDE, "left"),
    Packet(0.2, "status", b""),
    Command(0.3, CommandName.NOTE, "100 % of „it“\n"),
    Packet(1 / 3, "data", bytes(range(40))),
]

seconds = st.floats(0, 1e6)
inputs = st.lists(
    st.builds(Packet, seconds, st.text(max_size=8), st.binary(max_size=40))
    | st.builds(Command, seconds, st.sampled_from(CommandName), st.text(max_size=12)),
    max_size=8,
)


def write(folder: Path, items: list[Input], header: Header = HEADER, *, closed: bool = True) -> Path:
    writer = RecordingWriter(folder, header)
    for item in items:
        writer.append(item)
    if closed:
        return writer.close("0" * 64)
    writer.abandon()
    return writer.path


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


@pytest.mark.parametrize("packed", [False, True])
def test_cut_at_every_byte(tmp_path, packed):
    """A recording cut at any byte reads as a prefix of its inputs, or is refused because its header is cut."""
    plain = write(tmp_path / "plain", INPUTS, closed=True)
    data = plain.read_bytes() if packed else gzip.decompress(plain.read_bytes())
    cut = tmp_path / "cut"
    longest = 0
    for size in range(len(data) + 1):
        cut.write_bytes(data[:size])
        try:
            recording = Recording(cut)
        except RecordingError:
            assert longest == 0  # once the header is whole, it stays whole
            continue
        items = list(recording.inputs())
        assert items == INPUTS[: len(items)]
        assert len(items) >= longest
        longest = len(items)
        assert recording.damage.is_cut == (recording.footer is None)
        assert not recording.damage.line_count
    assert longest == len(INPUTS)


def test_two_packed_parts_in_a_row(tmp_path):
    """Gzip files may be joined end to end, as `cat` does: both parts are read."""
    plain = write(tmp_path, INPUTS, closed=False).read_bytes()
    joined = tmp_path / "joined.gz"
    joined.write_bytes(gzip.compress(plain[:300]) + gzip.compress(plain[300:]))
    recording = Recording(joined)
    assert list(recording.inputs()) == INPUTS
    assert recording.damage.unpacked_to is None


@pytest.mark.parametrize("at", [1 / 2, 3 / 4])
def test_damaged_gzip_reads_up_to_it(tmp_path, at):
    """A packed recording with a flipped byte gives everything before it, and says after which line it ends."""
    items: list[Input] = [Packet(float(i), "data", bytes([i, i * 7 % 256] * 30)) for i in range(200)]
    path = write(tmp_path, items)
    data = bytearray(path.read_bytes())
    data[place := round(len(data) * at)] ^= 0xFF
    path.write_bytes(data)
    unpacked = zlib.decompressobj(31).decompress(data[:place])
    recording = Recording(path)
    found = list(recording.inputs())
    whole = unpacked.count(b"\n") - 1
    assert 0 < whole <= len(found)
    assert found[:whole] == items[:whole]
    assert recording.damage.unpacked_to is not None
    assert any("damaged" in sentence for sentence in recording.damage.sentences)


def test_wrong_check_sum_is_told(tmp_path):
    """All lines are there, but not all of them as they were written."""
    path = write(tmp_path, INPUTS)
    data = bytearray(path.read_bytes())
    data[-6] ^= 1  # the check sum of the content
    path.write_bytes(data)
    recording = Recording(path)
    assert list(recording.inputs()) == INPUTS
    assert recording.damage.sentences == ("The recording's check sum is wrong: some of it is not as it was written.",)
    assert (recording.damage.is_cut, recording.damage.damaged_lines) == (False, 1)


@pytest.mark.parametrize(
    "line",
    [
        b'["packet",0.1,"data"]',
        b'["packet","0.1","data","00"]',
        b'["packet",NaN,"data","00"]',
        b'["packet",true,"data","00"]',
        b'["packet",0.1,7,"00"]',
        b'["packet",0.1,"data","0g"]',
        b'["text",0.1,"data",5]',
        b'["command",0.1,"dance",""]',
        b'["command",0.1,"side",5]',
        b'["footer",{}]',
        b"[]",
        b"[7]",
        b"{}",
        b"17",
        b"",
        b"\xff\xfe",
        b"[" * 100_000,
        b"1" * 5000,
        b'["packet",' + b"9" * 400 + b',"data","00"]',
        b'["packet",1e300,"data","00"]',
        b"x" * 1_100_000,
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_malformed_line(tmp_path, line, packed):
    """A line that makes no sense costs itself: what stands around it is given, and it is named."""
    path = write(tmp_path, INPUTS)
    lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    data = b"".join([*lines[:3], line, b"\n", *lines[3:]])
    path.write_bytes(gzip.compress(data) if packed else data)
    recording = Recording(path)
    for _ in range(2):  # reading it again counts anew
        assert list(recording.inputs()) == INPUTS
        assert recording.footer is not None
        assert recording.damage.sentences == ("Line 4 of the recording is damaged and left out.",)


def test_many_damaged_lines_are_counted(tmp_path):
    """The sentence names the first few and fits a terminal; a damaged last line is no cut one."""
    path = write(tmp_path, INPUTS)
    head, *lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    path.write_bytes(b"".join([head, *(b"\0" * 30 + b"\n" for _ in range(9999)), *lines[:2], b"\xff\n", *lines[2:]]))
    recording = Recording(path)
    assert list(recording.inputs()) == INPUTS
    [sentence] = recording.damage.sentences
    assert sentence == "10000 damaged lines of the recording are left out: 2, 3, 4 ..."
    assert max(len(text) for text in Damage(True, 10**5, (10**5, 10**5, 10**5), 10**5).sentences) <= 80


def test_line_after_the_footer(tmp_path):
    """Nothing may follow the footer."""
    path = write(tmp_path, INPUTS)
    plain = tmp_path / "recording.jsonl"
    plain.write_bytes(gzip.decompress(path.read_bytes()) + b'["packet",9.0,"data","00"]\n')
    with pytest.raises(RecordingError, match="line 8: There is a line after the footer"):
        list(Recording(plain).inputs())


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


def test_an_endless_line_is_left_out(tmp_path):
    """Fifty megabytes without a line end are one damaged line and never stand in memory together."""
    path = write(tmp_path, INPUTS, closed=False)
    with path.open("r+b") as file:
        file.seek(50_000_000, io.SEEK_END)  # a hole: takes no room on the disk
        file.write(b'\n["command",9.0,"side","left"]\n')
    recording = Recording(path)
    tracemalloc.start()
    assert list(recording.inputs()) == [*INPUTS, Command(9.0, CommandName.SIDE, "left")]
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()
    assert recording.damage == Damage(True, 1, (2 + len(INPUTS),))


def test_zeros_after_a_power_cut(tmp_path):
    """A file whose end the disk never wrote reads up to there."""
    path = write(tmp_path, INPUTS, closed=False)
    path.write_bytes(path.read_bytes() + bytes(5000))
    recording = Recording(path)
    assert list(recording.inputs()) == INPUTS
    assert recording.damage == Damage(is_cut=True)


def test_whole_says_nothing():
    """Nobody is told of what is not amiss."""
    assert WHOLE.sentences == ()


def test_missing_and_unreadable(tmp_path):
    """No file, or a folder in its place, is a RecordingError with the system's reason."""
    with pytest.raises(RecordingError, match="No such file"):
        Recording(tmp_path / "nothing")
    with pytest.raises(RecordingError, match="directory"):
        Recording(tmp_path)


class FullDisk:
    """A file on a disk with room for so many bytes."""

    def __init__(self, path: Path, room: int) -> None:
        self._file = path.open("xb", buffering=0)
        self._room = room

    def write(self, data: bytes, /) -> int:
        if self._room <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        written = self._file.write(data[: self._room])
        self._room -= written
        return written

    def __getattr__(self, name: str) -> object:
        return getattr(self._file, name)


def append_all(writer: RecordingWriter) -> None:
    for item in INPUTS:
        writer.append(item)


def test_full_disk_keeps_what_was_written(tmp_path):
    """On a full disk the error says what to do, the half line is taken back, and the file reads as a prefix."""
    header_size = len(write(tmp_path / "probe", [], closed=False).read_bytes())
    for room in range(header_size, header_size + 120, 7):
        folder = tmp_path / str(room)
        writer = RecordingWriter(folder, HEADER, create=lambda path, room=room: FullDisk(path, room))
        with pytest.raises(RecordingError, match=r"No space left on device\. Make room"):
            append_all(writer)
        writer.abandon()
        assert writer.path.read_bytes().endswith(b"\n")
        items = list(Recording(writer.path).inputs())
        assert items == INPUTS[: len(items)]


def test_full_disk_from_the_start_leaves_nothing(tmp_path):
    """When not even the header fits, neither file nor folder stays."""
    with pytest.raises(RecordingError, match="No space left"):
        RecordingWriter(tmp_path / "new", HEADER, create=lambda path: FullDisk(path, 10))
    assert list(tmp_path.iterdir()) == []


def test_packing_on_a_full_disk_keeps_the_recording(tmp_path, monkeypatch):
    """When there is no room for the packed file, the plain recording stays, complete, and no half file."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tracker.recording.shutil.copyfileobj", full)
    with pytest.raises(RecordingError, match="complete but could not be packed"):
        write(tmp_path, INPUTS)
    assert [path.name for path in tmp_path.iterdir()] == ["recording.jsonl"]
    recording = Recording(tmp_path / "recording.jsonl")
    assert list(recording.inputs()) == INPUTS
    assert recording.footer is not None


def test_folder_that_can_not_be(tmp_path):
    """A folder below a file is a RecordingError with a hint."""
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordingError, match="can not be created: Not a directory"):
        RecordingWriter(tmp_path / "file" / "session", HEADER)


def test_never_overwrites(tmp_path):
    """A recording in the folder is never overwritten."""
    write(tmp_path, INPUTS, closed=False)
    with pytest.raises(RecordingError, match="never overwritten"):
        RecordingWriter(tmp_path, HEADER)


def test_every_line_is_on_disk_at_once(tmp_path):
    """An input is in the file when `append` returns: a killed process loses nothing that was appended."""
    writer = RecordingWriter(tmp_path, HEADER)
    for count, item in enumerate(INPUTS, 1):
        writer.append(item)
        assert list(Recording(writer.path).inputs()) == INPUTS[:count]
    writer.abandon()


def test_packing_is_deterministic(tmp_path):
    """The same session gives the same packed bytes, and the plain file is gone."""
    first, second = write(tmp_path / "a", INPUTS), write(tmp_path / "b", INPUTS)
    assert first.read_bytes() == second.read_bytes()
    assert [path.name for path in first.parent.iterdir()] == ["recording.jsonl.gz"]


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


def test_two_recordings_in_one_file(tmp_path):
    """A second header is refused with its line: these are two sessions, not one."""
    path = write(tmp_path, INPUTS, closed=False)
    path.write_bytes(path.read_bytes() * 2)
    with pytest.raises(RecordingError, match="second recording") as caught:
        list(Recording(path).inputs())
    assert caught.value.line == 2 + len(INPUTS)


@pytest.mark.parametrize(("key", "value"), [("side_plan", "up"), ("version", "1")])
def test_headers_that_can_not_be_meant(tmp_path, key, value):
    """A side that is none, or a version that is no number, is one sentence."""
    path = write(tmp_path, INPUTS, closed=False)
    head, *rest = path.read_text(encoding="utf-8").splitlines()
    kind, values = json.loads(head)
    path.write_text("\n".join([json.dumps([kind, values | {key: value}]), *rest]) + "\n", encoding="utf-8")
    with pytest.raises(RecordingError, match="header"):
        Recording(path)
