"""Files of apps and vendors become recordings: recognised, joined, dated, counted; or refused in one sentence."""

from __future__ import annotations

import math
import zipfile
from datetime import UTC, datetime

import numpy as np
import pytest

from tests.core.simulated import calm
from tests.phones.exported import annotations, phyphox, sensor_logger, sensor_logger_combined, zipped
from tests.phones.motion import Motion, counted, motion_of, played
from tracker.commands.options import FORMATS as OFFERED
from tracker.core import events
from tracker.core.model import Packet, Side
from tracker.decoders.exports import FORMATS
from tracker.errors import ImportFormatError
from tracker.sources.exports import open_export
from tracker.sources.replay import open_source
from tracker.sources.simulator import SetPlan

SCENARIO = calm(SetPlan(Side.LEFT, ((),) * 4), SetPlan(Side.RIGHT, ((),) * 3))


@pytest.fixture(scope="module")
def motion() -> Motion:
    return motion_of(SCENARIO, acc_hz=100, gyr_hz=100)


@pytest.fixture(scope="module")
def android() -> Motion:
    return motion_of(SCENARIO, acc_hz=200, gyr_hz=420, jitter_s=0.0004)


def happened(path, **how):
    source = open_source(path, **how)
    return played(list(source.inputs()), source.new_decoder())


def samples(path, **how):
    """Everything that the decoder makes of a file."""
    source = open_source(path, **how)
    decoder = source.new_decoder()
    blocks = [decoder.decode([item]).readings for item in source.inputs() if isinstance(item, Packet)]
    blocks = [block for block in blocks if block is not None]
    return {
        name: np.concatenate([getattr(block, name) for block in blocks])
        for name in ("acc_mps2", "gyr_radps", "device_s")
        if getattr(blocks[0], name) is not None
    }


def write(folder, texts):
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    return folder


def test_the_formats_on_the_command_line_are_those_there_are():
    """--format offers every format and no other."""
    assert set(OFFERED) == set(FORMATS)


# what real exports hold ------------------------------------------------------------------------------------------


def test_published_rows_of_phyphox(phone_frames, tmp_path):
    """Captured rows of an accelerometer export: numbers, times and rate as published."""
    frame = phone_frames("phyphox")["d06"]
    path = tmp_path / "whatever.txt"
    path.write_text(frame["text"], encoding="utf-8")
    found = samples(path)
    np.testing.assert_allclose(found["acc_mps2"], frame["expected"]["acc_ms2"], rtol=1e-9)
    np.testing.assert_allclose(found["device_s"], frame["expected"]["t_s"], atol=1e-9)
    assert 2 / (found["device_s"][-1] - found["device_s"][0]) == pytest.approx(frame["expected"]["rate_hz"], abs=0.1)


def test_published_rows_of_sensor_logger(phone_frames, tmp_path):
    """Captured rows: columns are found by name, z first; the moment is that of the nanoseconds in the row."""
    frames = phone_frames("sensor_logger")
    write(tmp_path, {"TotalAcceleration.csv": frames["d07"]["text"], "Orientation.csv": frames["d08"]["text"]})
    found = samples(tmp_path)
    np.testing.assert_allclose(found["acc_mps2"], [frames["d07"]["expected"]["specific_force_ms2"]], rtol=1e-12)
    assert found["device_s"].tolist() == [frames["d07"]["expected"]["t_s"]]
    rate = frames["d06"]
    (tmp_path / "Gyroscope.csv").write_text(rate["text"], encoding="utf-8")
    export = open_export(tmp_path)
    assert [part.member.name for part in export.parts] == ["TotalAcceleration.csv", "Gyroscope.csv"]
    assert open_source(tmp_path).header.started_at == datetime.fromtimestamp(1716979893.8749832, UTC)
    table = export.parts[1].table
    cells = rate["text"].splitlines()[1].split(",")
    assert [float(cells[column.place]) for column in table.values] == rate["expected"]["gyro_rads"]


# counted like a sensor -------------------------------------------------------------------------------------------

FORMS = {"comma": (",", "."), "semicolon": (";", ","), "tab": ("\t", "."), "tab, decimal comma": ("\t", ",")}


@pytest.mark.parametrize("form", FORMS)
def test_phyphox_in_every_form(motion, tmp_path, form):
    """Every separator and decimal sign that the app offers: the same counts, and the moment with its zone."""
    separator, decimal = FORMS[form]
    path = zipped(tmp_path / "phyphox 2026-02-02.zip", phyphox(motion, separator=separator, decimal=decimal))
    assert counted(happened(path))[-1] == motion.true_reps[-1]  # nothing marks the calibration: it counts as reps too
    export = open_export(path)
    assert export.format.key == "phyphox"
    assert open_source(path).header.started_at == datetime.fromtimestamp(
        1770000000.5 + float(f"{motion.acc_s[0]:.9E}"), UTC
    )
    assert open_source(path).header.utc_offset_s == 19800
    assert "Pixel 6a" in open_source(path).header.device
    found = samples(path)
    inside = (motion.acc_s >= motion.gyr_s[0]) & (motion.acc_s <= motion.gyr_s[-1])
    np.testing.assert_allclose(found["acc_mps2"], motion.acc_mps2[inside], rtol=1e-8)


@pytest.mark.parametrize("is_ios", [True, False])
def test_sensor_logger_counts(motion, android, tmp_path, is_ios):
    """Zip of an iPhone and of an Android phone, marks as commands: exactly the true reps of each set and side."""
    truth = motion if is_ios else android
    path = zipped(tmp_path / "export.zip", sensor_logger(truth, is_ios=is_ios))
    found = happened(path)
    assert counted(found) == truth.true_reps
    assert [event.side for event in found if isinstance(event, events.SetStarted)] == [Side.LEFT, Side.RIGHT]
    header = open_source(path).header
    assert header.time_zone == "Europe/London"
    assert header.utc_offset_s == 3600
    ended = found[-1]
    assert ended.missing_samples == ended.duplicate_samples == 0


def test_signs_of_an_iphone(motion, tmp_path):
    """The sum of both parts, turned: specific force; without Metadata.csv the program says that it does not know."""
    texts = sensor_logger(motion, is_ios=True)
    found = samples(zipped(tmp_path / "a.zip", texts))
    np.testing.assert_allclose(found["acc_mps2"], motion.acc_mps2[: len(found["acc_mps2"])], atol=1e-9)
    del texts["Metadata.csv"]
    path = zipped(tmp_path / "b.zip", texts)
    np.testing.assert_allclose(samples(path)["acc_mps2"], -found["acc_mps2"], atol=1e-9)
    warnings = [event.message for event in happened(path) if isinstance(event, events.StreamWarning)]
    assert any("sensor_logger_ios" in message for message in warnings)
    forced = samples(path, kind="sensor_logger_ios")
    np.testing.assert_array_equal(forced["acc_mps2"], found["acc_mps2"])


@pytest.mark.parametrize("is_ios", [True, False])
def test_sensor_logger_with_all_sensors_in_one_table(motion, tmp_path, is_ios):
    """The combined CSV: the sum of both parts, or total acceleration; left alone it asks which phone it was."""
    path = tmp_path / "combined.csv"
    path.write_text(sensor_logger_combined(motion, is_ios=is_ios), encoding="utf-8")
    found = samples(path, kind="sensor_logger_ios" if is_ios else None)
    np.testing.assert_allclose(found["acc_mps2"], motion.acc_mps2, atol=1e-9)
    assert found["gyr_radps"].shape == found["acc_mps2"].shape
    messages = [event.message for event in happened(path) if isinstance(event, events.StreamWarning)]
    assert any("sensor_logger_ios" in message for message in messages) == is_ios


def test_one_file_finds_the_other(motion, tmp_path):
    """A loose accelerometer file is joined with the gyroscope's beside it; a folder is read as a zip is."""
    write(tmp_path, sensor_logger(motion, is_ios=True))
    alone = open_source(tmp_path / "Accelerometer.csv")
    assert {path.name for path in alone.files} == {"Accelerometer.csv", "Gravity.csv", "Gyroscope.csv"}
    assert "beside it" in alone.note
    assert counted(happened(tmp_path)) == motion.true_reps


def test_a_hole_is_flagged(motion, tmp_path):
    """A second without rows is a gap that is told of, and the rest counts."""
    texts = sensor_logger(motion, is_ios=False)
    for name in ("TotalAcceleration.csv", "Gyroscope.csv"):
        lines = texts[name].splitlines(keepends=True)
        texts[name] = "".join(lines[:500] + lines[600:])
    found = happened(zipped(tmp_path / "a.zip", texts))
    gaps = [event for event in found if isinstance(event, events.SignalGap) and not event.is_bridged]
    assert len(gaps) == 1
    assert gaps[0].missing_samples == pytest.approx(100, abs=3)
    assert sum(counted(found)) >= sum(motion.true_reps) - 1


def test_repeated_rows_are_counted(motion, tmp_path):
    """Rows that stand twice are left out and counted."""
    texts = phyphox(motion)
    lines = texts["Accelerometer.csv"].splitlines(keepends=True)
    texts["Accelerometer.csv"] = "".join(lines[:300] + lines[200:])
    ended = happened(zipped(tmp_path / "a.zip", texts))[-1]
    assert ended.duplicate_samples + ended.late_samples == 100
    assert ended.missing_samples == 0


# refused or degraded ---------------------------------------------------------------------------------------------


def refused(path, **how):
    with pytest.raises(ImportFormatError) as caught:
        happened(path, **how)
    return str(caught.value)


def test_linear_acceleration_is_refused(motion, tmp_path):
    """Without gravity nothing can be judged: the sentence says what to export instead."""
    texts = phyphox(motion)
    texts["Accelerometer.csv"] = texts["Accelerometer.csv"].replace("Acceleration", "Linear Acceleration")
    assert "with g" in refused(zipped(tmp_path / "a.zip", texts))
    texts = sensor_logger(motion, is_ios=False)
    del texts["TotalAcceleration.csv"]
    assert "Total Acceleration (Android) or Gravity (iPhone)" in refused(zipped(tmp_path / "b.zip", texts))


def test_no_acceleration_is_refused(motion, tmp_path):
    """The gyroscope alone is of no use."""
    texts = {"Gyroscope.csv": phyphox(motion)["Gyroscope.csv"]}
    assert "no acceleration" in refused(zipped(tmp_path / "a.zip", texts))


def test_without_gyroscope_it_says_what_is_left(motion, tmp_path):
    """Accelerometer only: degraded, and said."""
    texts = {"Accelerometer.csv": phyphox(motion)["Accelerometer.csv"]}
    path = zipped(tmp_path / "a.zip", texts)
    assert "no gyroscope" in open_source(path).note
    codes = {event.code for event in happened(path) if isinstance(event, events.StreamWarning)}
    assert "no_gyroscope" in codes


@pytest.mark.parametrize("ruin", ["1.234.567", "12.Mrz", "03-Jan", "2024-03-01 00:00:00", "########"])
def test_spreadsheets_that_ruined_numbers(motion, tmp_path, ruin):
    """Thousands, dates and hashes where numbers were: the line, and to import the file as the app wrote it."""
    texts = phyphox(motion, separator=";", decimal=",")
    lines = texts["Gyroscope.csv"].split("\n")
    cells = lines[123].split(";")
    lines[123] = ";".join([*cells[:2], ruin, *cells[3:]])
    texts["Gyroscope.csv"] = "\n".join(lines)
    said = refused(zipped(tmp_path / "a.zip", texts))
    assert "line 124: Gyroscope.csv" in said
    assert "spreadsheet" in said


@pytest.mark.parametrize("name", ["Accelerometer.csv", "Gyroscope.csv"])
def test_times_that_no_sensor_has_are_refused(motion, tmp_path, name):
    """A spreadsheet that took the points out of all numbers leaves a file of holes: said, not counted as nothing."""
    texts = phyphox(motion)
    head, _, rows = texts[name].partition("\n")
    texts[name] = head + "\n" + rows.replace(".", "")
    said = refused(zipped(tmp_path / "a.zip", texts))
    assert f"The rows of {name} are" in said
    assert "spreadsheet" in said


def test_a_cut_last_line_is_let_go(motion, tmp_path):
    """A phone that died inside a line costs that line; a line that is cut in the middle is told of."""
    texts = phyphox(motion)
    text = texts["Accelerometer.csv"].removesuffix("\n")
    texts["Accelerometer.csv"] = text[:-40]
    assert happened(zipped(tmp_path / "a.zip", texts))[-1].sample_count > 1000
    lines = text.split("\n")
    lines[50] = lines[50][:20]
    texts["Accelerometer.csv"] = "\n".join(lines)
    assert "line 51" in refused(zipped(tmp_path / "b.zip", texts))


@pytest.mark.parametrize("sheet", ["xls", "xlsx"])
def test_spreadsheets_are_read(motion, tmp_path, sheet):
    """The Excel export of phyphox, and a workbook somebody saved: the samples of the CSV."""
    texts = phyphox(motion, separator="\t")
    path = tmp_path / f"a.{sheet}"
    names = {"Accelerometer": "Accelerometer.csv", "Gyroscope": "Gyroscope.csv"}
    rows = {
        name: [[cell.strip('"') for cell in line.split("\t")] for line in texts[key].splitlines()[:1500]]
        for name, key in names.items()
    }
    if sheet == "xls":
        xlwt = pytest.importorskip("xlwt", reason="NOT TESTED: xlwt writes the .xls file of this test")
        book = xlwt.Workbook()
        for name, lines in rows.items():
            page = book.add_sheet(name)
            for number, cells in enumerate(lines):
                for place, cell in enumerate(cells):
                    page.write(number, place, float(cell) if number else cell)
        book.save(str(path))
    else:
        openpyxl = pytest.importorskip("openpyxl", reason="NOT TESTED: openpyxl is not installed")
        book = openpyxl.Workbook()
        for name, lines in rows.items():
            page = book.create_sheet(name)
            for number, cells in enumerate(lines):
                page.append([float(cell) if number else cell for cell in cells])
        book.save(path)
    found = samples(path)
    np.testing.assert_allclose(found["acc_mps2"], motion.acc_mps2[: len(found["acc_mps2"])], rtol=1e-8)
    assert len(found["acc_mps2"]) > 1490


# containers from strangers ---------------------------------------------------------------------------------------


def test_zip_bombs_are_refused(tmp_path):
    """A member that would unpack to gigabytes is refused by its size, before a byte of it is unpacked."""
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Accelerometer.csv", "0" * (64 << 20))
    assert "would unpack" in refused(path)


def test_zips_of_other_things(tmp_path):
    """A packed sample file is told as such, and a zip of thousands of files is not looked through."""
    assert "unpack that first" in refused(zipped(tmp_path / "a.zip", {"session.csv": "time_s,acc_x_mps2\n0,1\n"}))
    assert "5000 files" in refused(zipped(tmp_path / "b.zip", {f"{number}.csv": "" for number in range(5000)}))


@pytest.mark.parametrize("keep", [10, 200, 5000, -30])
def test_damaged_zips(motion, tmp_path, keep):
    """A zip that was cut anywhere is one sentence."""
    path = zipped(tmp_path / "a.zip", phyphox(motion))
    path.write_bytes(path.read_bytes()[:keep])
    assert "damaged or cut" in refused(path)


def test_damage_inside_a_zip(motion, tmp_path):
    """Bytes changed inside a member are found by its check sum."""
    path = zipped(tmp_path / "a.zip", phyphox(motion))
    data = bytearray(path.read_bytes())
    data[3000:3010] = bytes(10)
    path.write_bytes(bytes(data))
    assert "a.zip" in refused(path)


def test_an_endless_line(tmp_path):
    """A table with a line of megabytes is refused at that line, and not read to its end."""
    path = tmp_path / "Accelerometer.csv"
    head = '"Time (s)","Acceleration x (m/s^2)","Acceleration y (m/s^2)","Acceleration z (m/s^2)"\n0,0,0,9.8\n'
    path.write_text(head + "1" * 3_000_000, encoding="utf-8")
    assert "characters" in refused(path)


def test_unknown_and_wrongly_named_formats(motion, tmp_path):
    """--format of another app, a folder of nothing, JSON of nobody: one sentence that lists what is known."""
    path = zipped(tmp_path / "a.zip", phyphox(motion))
    assert "no Sensor Logger export" in refused(path, kind="sensor_logger")
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.txt").write_text("hello", encoding="utf-8")
    assert "no known export" in refused(tmp_path / "empty")


def test_marks_are_commands(motion, tmp_path):
    """Annotations in our own words are commands at their time; others are marks."""
    texts = sensor_logger(motion, is_ios=True)
    texts["Annotation.csv"] = annotations(motion) + "1718030736872695300,2.5,felt good,35\n"
    found = happened(zipped(tmp_path / "a.zip", texts))
    marks = [event for event in found if isinstance(event, events.Marked)]
    assert [mark.text for mark in marks] == ["felt good"]
    assert marks[0].t_s == pytest.approx(2.5 - motion.acc_s[0], abs=0.4)
    assert math.isfinite(found[-1].duration_s)
