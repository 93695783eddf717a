import math
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.core.markers import marker_command, misspelt
from tracker.core.model import Command, CommandName, Packet
from tracker.decoders.generic_csv import GenericCsvDecoder
from tracker.errors import ImportFormatError, RecordingError, TrackerError
from tracker.reports.export_csv import marker_texts
from tracker.sources.replay import open_source
from tracker.sources.samples_csv import LineKeeper, open_samples_csv

HEADER = "time_s,acc_x_mps2,acc_y_mps2,acc_z_mps2,gyr_x_dps,gyr_y_dps,gyr_z_dps"
ROWS = [f"{0.01 * i:.2f},0.1,0.2,9.8,1,2,3" for i in range(50)]


def write(folder, text, name="samples.csv"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def read(path, piece_bytes=64):
    """Everything through the decoder, as `report` and `import` do; the number of samples."""
    samples = open_samples_csv(path, piece_bytes=piece_bytes)
    decoder = LineKeeper(GenericCsvDecoder(), samples)
    count = 0
    for item in samples.inputs():
        if isinstance(item, Packet):
            readings = decoder.decode([item]).readings
            count += 0 if readings is None else len(readings)
    return count


@pytest.mark.parametrize("piece_bytes", [1, 30, 64, 1000, 1 << 20])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("tail", ["", "\n", "\n\n \n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_every_row_arrives(tmp_path, piece_bytes, end, tail, mark):
    """Pieces of any size, either line end, with or without byte order mark and last line end: the same rows."""
    path = write(tmp_path, mark + end.join([HEADER, *ROWS]) + tail.replace("\n", end))
    samples = open_samples_csv(path, piece_bytes=piece_bytes)
    packets = [item for item in samples.inputs() if isinstance(item, Packet)]
    assert packets[0].payload == HEADER.encode()
    assert b"\n".join(packet.payload for packet in packets[1:]) == "\n".join(ROWS).encode()
    assert read(path, piece_bytes) == len(ROWS)


@pytest.mark.parametrize("piece_bytes", [1, 1000])
def test_spaces_around_numbers(tmp_path, piece_bytes):
    """Rows padded with spaces, as some loggers write them, are rows."""
    path = write(tmp_path, "\n".join([HEADER, *(row.replace(",", " , ") + " " for row in ROWS)]))
    assert read(path, piece_bytes) == len(ROWS)


def test_time_of_a_piece(tmp_path):
    """A piece arrives when its last row was taken, counted from the first row."""
    path = write(tmp_path, "\n".join([HEADER, "5.0,0,0,9.8,0,0,0", "5.5,0,0,9.8,0,0,0", "6.25,0,0,9.8,0,0,0"]))
    assert [item.received_s for item in open_samples_csv(path, piece_bytes=1).inputs()] == [0.0, 0.0, 0.5, 1.25]


def test_unix_time_tells_the_start(tmp_path):
    """A time column in Unix seconds dates the session; a small one does not."""
    path = write(tmp_path, f"{HEADER}\n1735786800.25,0,0,9.8,0,0,0\n")
    assert open_samples_csv(path).started_at == datetime(2025, 1, 2, 3, 0, 0, 250000, tzinfo=UTC)
    assert open_samples_csv(write(tmp_path, "\n".join([HEADER, *ROWS]))).started_at is None


@pytest.mark.parametrize("piece_bytes", [1, 50, 1 << 16])
def test_markers_become_commands_at_their_rows(tmp_path, piece_bytes):
    """A marker stands before the row that carries it, at that row's time."""
    texts = [
        "",
        "calibration_start",
        "",
        "calibration_end",
        "set_start side=left",
        'note "a, b"',
        "side=right",
        "x",
        "",
    ]
    rows = [
        f"{i},0,0,9.8," + ('"' + text.replace('"', '""') + '"' if "," in text else text) for i, text in enumerate(texts)
    ]
    path = write(tmp_path, "\n".join(["time_s,acc_x_g,acc_y_g,acc_z_g,marker", *rows]))
    seen = 0
    found = []
    for item in list(open_samples_csv(path, piece_bytes=piece_bytes).inputs())[1:]:
        if isinstance(item, Packet):
            seen += item.payload.count(b"\n") + 1
        else:
            found.append((seen, item))
    assert found == [
        (1, Command(1.0, CommandName.CALIBRATE, "start")),
        (3, Command(3.0, CommandName.CALIBRATE, "end")),
        (4, Command(4.0, CommandName.SET_START, "left")),
        (5, Command(5.0, CommandName.NOTE, '"a, b"')),
        (6, Command(6.0, CommandName.SIDE, "right")),
        (7, Command(7.0, CommandName.MARK, "x")),
    ]


def test_marker_column_anywhere(tmp_path):
    """The marker column may stand first, and extra columns are ignored."""
    path = write(tmp_path, "marker,time_s,acc_x_g,acc_y_g,acc_z_g,hr\n,0,0,0,1,60\nset_end,1,0,0,1,61\n")
    assert Command(1.0, CommandName.SET_END, "") in list(open_samples_csv(path).inputs())
    assert read(path) == 2


NO_MARKERS = {  # what only a live session has
    CommandName.LINK_LOST,
    CommandName.LINK_BACK,
    CommandName.BATTERY,
    CommandName.SECOND,
    CommandName.FINISH,
}


@given(
    name=st.sampled_from(sorted(set(CommandName) - NO_MARKERS)),
    number=st.integers(0, 99),
)
@settings(deadline=None)
def test_marker_texts_round_trip(name, number):
    """Every command a person can give is exported as a marker that import reads as the same command."""
    values = {
        CommandName.SIDE: ["left", "right", "swap"],
        CommandName.SET_START: ["", "left", "right"],
        CommandName.SET_END: [""],
        CommandName.CALIBRATE: ["start", "end"],
        CommandName.MARK: ["here"],
        CommandName.STRIKE: ["", str(number)],
        CommandName.RESTORE: ["", str(number)],
        CommandName.NOTE: ["", "belt slipped, again"],
    }[name]
    for value in values:
        (text,) = marker_texts(Command(0.0, name, value))
        assert marker_command(text) == (name, value)


BAD = {
    "empty": ("", 1, "The file is empty"),
    "only line ends": ("\n\n", 1, "The file is empty"),
    "header only": (HEADER + "\n", 1, "a header but no row"),
    "no time": (HEADER.replace("time_s", "t") + "\n1", 1, "time_s is missing"),
    "no acceleration": ("time_s,gyr_x_dps,gyr_y_dps,gyr_z_dps\n1", 1, "acc_x is missing"),
    "one axis missing": ("time_s,acc_x_g,acc_y_g\n0,0,0", 1, "acc_z is missing"),
    "one gyr axis missing": (HEADER.replace(",gyr_z_dps", "") + "\n0", 1, "gyr_z is missing"),
    "unknown unit": ("time_s,acc_x_mg,acc_y_mg,acc_z_mg\n0,0,0,1000", 1, "acc_x_mg has an unknown unit"),
    "mixed units": ("time_s,acc_x_g,acc_y_mps2,acc_z_g\n0,0,0,1", 1, "acc columns mix the units g and mps2"),
    "semicolons": (HEADER.replace(",", ";") + "\n0;0", 1, "Columns are separated by ';'"),
    "tabs": (HEADER.replace(",", "\t") + "\n0\t0", 1, "Columns are separated by tabs"),
    "decimal comma": ("time_s,acc_x_g,acc_y_g,acc_z_g\n0,0,0,1,0,0,1,0", 2, "decimal comma"),
    "decimal comma, quoted": ('time_s,acc_x_g,acc_y_g,acc_z_g\n"0,0","0,1","0,0","1,0"', 2, "'0,0' is not a"),
    "decimal comma, what to do": ('time_s,acc_x_g,acc_y_g,acc_z_g\n"0,0","0,1","0,0","1,0"', 2, "'.' as the decimal"),
    "decimal comma and markers": ("time_s,acc_x_g,acc_y_g,acc_z_g,marker\n0,00,0,1,-0,1,1,0,", 2, "decimal comma"),
    "decimal comma below": ("time_s,acc_x_g,acc_y_g,acc_z_g\n0,0,0,1\n0,01,0,0,0,0,0,98", 3, "decimal comma"),
    "a cell too many": ("\n".join([HEADER, *ROWS[:7], ROWS[7] + ",5", *ROWS[8:]]), 9, "8 columns, the header 7."),
    "old line ends": ("\r".join([HEADER, *ROWS]), 1, "bare carriage return"),
    "old line ends, long": ("\r".join([HEADER, *ROWS * 60]), 1, "bare carriage return"),
    "word": ("\n".join([HEADER, *ROWS[:9], "0.09,0,0,fast,0,0,0", *ROWS[10:]]), 11, "'fast' is not a"),
    "nan": ("\n".join([HEADER, *ROWS[:20], "0.2,nan,0,9,0,0,0", *ROWS[21:]]), 22, "'nan' is not a"),
    "infinite": ("\n".join([HEADER, *ROWS[:20], "0.2,inf,0,9,0,0,0"]), 22, "'inf' is not a"),
    "empty cell": ("\n".join([HEADER, *ROWS[:3], "0.03,,0,9,0,0,0"]), 5, "'' is not a"),
    "backwards": ("\n".join([HEADER, *ROWS[:30], ROWS[10], *ROWS[31:]]), 32, "Time runs backwards"),
    "cut last line": ("\n".join([HEADER, *ROWS]) + "\n0.50,0.1,0.", 52, "3 columns"),
    "the header again": ("\n".join([HEADER, *ROWS[:4], HEADER, *ROWS[4:]]), 6, "for time_s"),
    "empty line inside": ("\n".join([HEADER, *ROWS[:4], "", *ROWS[4:]]), 6, "he row "),
    "binary": (b"\x00\x01\x02\xff" * 100, 1, "no UTF-8 text"),
    "binary inside": ("\n".join([HEADER, *ROWS]).encode() + b"\n\x00\xff\n", 52, "no UTF-8 text"),
    "utf-16": (HEADER.encode("utf-16"), 1, "no UTF-8 text but UTF-16"),
    "utf-16, the other end": (b"\xfe\xff" + HEADER.encode("utf-16-be"), 1, "no UTF-8 text but UTF-16"),
    "utf-16 without a mark": (HEADER.encode("utf-16-le"), 1, "no UTF-8 text; it seems to be UTF-16"),
    "utf-32": (HEADER.encode("utf-32"), 1, "no UTF-8 text but UTF-32"),
    "latin-1": (HEADER.encode() + b",f\xfc\xdfe\n0,0,0,9,0,0,0,1", 1, "seems to be Latin-1"),
    "latin-1 below": ((HEADER + ",foot\n" + ROWS[0]).encode() + b",f\xfc\xdfe\n", 2, "seems to be Latin-1"),
    "controls": (HEADER.encode() + b",f\xfc\x01\n0,0,0,9,0,0,0,1", 1, "no UTF-8 text. "),
    "half of a letter": (HEADER.encode() + b",f\x81\n0,0,0,9,0,0,0,1", 1, "no UTF-8 text. "),
    "long first line": (b"a" * 10_000_000, 1, "more than 65536 characters"),
    "long line inside": (HEADER + "\n" + ROWS[0] + "\n" + "1" * 200_000, 3, "characters"),
}


@pytest.mark.parametrize("piece_bytes", [1, 100, 1 << 16])
@pytest.mark.parametrize("case", BAD)
def test_bad_files(tmp_path, case, piece_bytes):
    """Whatever is wrong with a file is one sentence with the file and the line, whatever the size of the pieces."""
    text, line, sentence = BAD[case]
    path = write(tmp_path, text)
    with pytest.raises(ImportFormatError) as caught:
        read(path, piece_bytes)
    assert str(caught.value).startswith(f"{path}, line {line}: ")
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


@given(data=st.binary(max_size=300), starts_well=st.booleans())
@settings(max_examples=150, deadline=None)
def test_garbage(data, starts_well, tmp_path_factory):
    """Any bytes are read, or refused with a TrackerError; nothing else."""
    path = tmp_path_factory.mktemp("garbage") / "file"
    path.write_bytes((HEADER.encode() + b"\n" if starts_well else b"") + data)
    try:
        source = open_source(path)
        decoder = source.new_decoder()
        for item in source.inputs():
            if isinstance(item, Packet):
                decoder.decode([item])
    except TrackerError:
        pass


@pytest.mark.parametrize("size", range(0, 400, 3))
def test_cut_anywhere(tmp_path, size):
    """A sample file cut at any byte gives whole rows or one sentence."""
    path = write(tmp_path, "\n".join([HEADER, *ROWS])[:size])
    try:
        count = read(path, 1 << 16)
    except ImportFormatError:
        return
    assert count == len(path.read_bytes().splitlines()) - 1


@pytest.mark.parametrize("row", ["1\n", "a,b,c,d,e,f,g\n", '"\n'])
def test_much_garbage_is_given_up_early(tmp_path, row):
    """Megabytes of garbage behind a good header are refused after the first piece, not collected as errors."""
    samples = open_samples_csv(write(tmp_path, f"{HEADER}\n{ROWS[0]}\n" + row * 100_000), piece_bytes=4096)
    rejected = []

    class Counting(GenericCsvDecoder):
        def decode(self, packets):
            decoded = super().decode(packets)
            rejected.extend(decoded.rejected)
            return decoded

    with pytest.raises(ImportFormatError, match="line 3: "):
        LineKeeper(Counting(), samples).decode([item for item in samples.inputs() if isinstance(item, Packet)])
    assert len(rejected) <= 4096


def test_told_apart_by_content(tmp_path):
    """A file is known by what is in it, whatever it is called."""
    path = write(tmp_path, "\n".join([HEADER, *ROWS]), name="recording.jsonl.gz")
    assert open_source(path).recording is None
    with pytest.raises(RecordingError, match="no recording of this program"):
        open_source(write(tmp_path, '{"a": 1}\n', name="x.csv"))


def test_missing_file(tmp_path):
    """A file that is not there is one sentence."""
    with pytest.raises(RecordingError, match="can not be read: No such file"):
        open_source(tmp_path / "nothing.csv")


def test_times_are_finite(tmp_path):
    """A time that is no number never becomes the host time of a packet."""
    path = write(tmp_path, f"{HEADER}\n0,0,0,9.8,0,0,0\ninf,0,0,9.8,0,0,0\n")
    assert all(math.isfinite(item.received_s) for item in open_samples_csv(path, piece_bytes=1).inputs())


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("set_strat", "set_start"),
        ("Set_End", "set_end"),
        ("set end", "set_end"),
        ("set_start side=lefft", "set_start side=left"),
        ("calibation_start", "calibration_start"),
        ("side left", "side=left"),
        ("heavy one", ""),
        ("here", ""),
        ("", ""),
        ("set_end", ""),
        ("set_end" * 100, ""),
    ],
)
def test_a_marker_that_is_written_wrong_is_told(text, meant):
    """It stays a mark, as people's own words do; what it was meant to be is said."""
    assert misspelt(text) == meant
    if meant:
        assert marker_command(text)[0] is CommandName.MARK
