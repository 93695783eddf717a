"""What is left of a recording that was cut or damaged, and what is said of it."""

import gzip
import io
import tracemalloc
import zlib

import pytest

from tests.files.recorded import INPUTS, write
from tracker.core.model import Command, CommandName, Input, Packet
from tracker.damage import WHOLE, Damage
from tracker.errors import RecordingError
from tracker.recording import Recording


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


def test_two_recordings_in_one_file(tmp_path):
    """A second header is refused with its line: these are two sessions, not one."""
    path = write(tmp_path, INPUTS, closed=False)
    path.write_bytes(path.read_bytes() * 2)
    with pytest.raises(RecordingError, match="second recording") as caught:
        list(Recording(path).inputs())
    assert caught.value.line == 2 + len(INPUTS)


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
