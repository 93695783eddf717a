"""Files of JSON objects: Sensor Logger, SensorServer, Movesense; in any order, cut, or no JSON at all."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.core.simulated import calm
from tests.phones.exported import movesense_log, sensor_logger_json, sensorserver_log
from tests.phones.motion import Motion, counted, motion_of
from tests.phones.test_exports import happened, refused, samples
from tracker.core.model import Packet, Side
from tracker.decoders.objects import OBJECTS
from tracker.decoders.registry import profile
from tracker.decoders.sensor_logger import ReadingsReader
from tracker.decoders.tables import Role
from tracker.errors import RecordingError
from tracker.sources.replay import open_source
from tracker.sources.simulator import SetPlan


@pytest.fixture(scope="module")
def motion() -> Motion:
    return motion_of(calm(SetPlan(Side.LEFT, ((),) * 4)), acc_hz=52, gyr_hz=52)


def file(folder, text, name="a.json"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


# published messages ----------------------------------------------------------------------------------------------


def rows_of(text, **about):
    reader = ReadingsReader()
    if about:
        reader.about(about)
    found = list(reader.rows(json.loads(text)))
    return {role: [one for one in found if one.role is role] for role in {one.role for one in found}}


@pytest.mark.parametrize(("name", "platform"), [("d01", "ios"), ("d02", "android")])
def test_published_pushes_of_sensor_logger(phone_frames, name, platform):
    """Acceleration and gravity are summed, and turned for an iPhone; the gyroscope is as sent."""
    frame = phone_frames("sensor_logger")[name]
    found = rows_of(frame["text"], platform=platform)
    total = np.add(found[Role.LINEAR][0].values[0], found[Role.GRAVITY][0].values[0])
    np.testing.assert_allclose(total, frame["expected"]["specific_force_ms2"], atol=1e-6)
    assert found[Role.GYR][0].values == [frame["expected"]["gyro_rads"]]
    assert round(found[Role.LINEAR][0].times_s[0] * 1e9) == pytest.approx(frame["expected"]["t_ns"], abs=256)
    if platform == "ios":  # without a word on the phone, this is what only an iPhone sends
        assert rows_of(frame["text"]) == found


def test_published_json_export(phone_frames, tmp_path):
    """Numbers as text, z first; without gravity it is refused with what to switch on."""
    frame = phone_frames("sensor_logger")["d05"]
    found = [rows_of(json.dumps(item), platform="android")[Role.LINEAR][0] for item in json.loads(frame["text"])]
    np.testing.assert_allclose([one.values[0] for one in found], frame["expected"]["xyz_no_gravity_ms2"])
    assert found[1].times_s[0] - found[0].times_s[0] == pytest.approx(frame["expected"]["dt_s"], abs=1e-6)
    assert "Gravity (iPhone)" in refused(file(tmp_path, frame["text"]))


def test_published_messages_of_sensorserver(phone_frames, tmp_path):
    """Captured messages: values as sent, the real rate from the stamps; the gyroscope on the accelerometer's ticks."""
    frames = phone_frames("sensorserver")
    path = file(tmp_path, "\n".join(frames["d02"]["text_parts"]))
    expected = frames["d02"]["expected"]
    times_s = [json.loads(text)["timestamp"] * 1e-9 for text in frames["d02"]["text_parts"]]
    assert (len(times_s) - 1) / (times_s[-1] - times_s[0]) == pytest.approx(expected["rate_hz"], abs=0.02)
    source = open_source(path)
    assert source.header.decoder == "sensorserver"
    assert "no gyroscope" in source.note
    decoder = profile("sensorserver").new_decoder()
    parts = frames["d03"]["text_parts"]
    early = parts[1].replace("1002000000", "1000000000").replace("0.01", "0.00")
    late = parts[1].replace("1002000000", "1010000000").replace("0.01", "0.05")
    texts = [parts[0], early, parts[1], parts[2], late]
    readings = decoder.decode([Packet(0.0, OBJECTS, text.encode()) for text in texts]).readings
    np.testing.assert_allclose(readings.device_s, [row[0] for row in frames["d03"]["expected"]["acc"]])
    np.testing.assert_allclose(readings.acc_mps2, [row[1:] for row in frames["d03"]["expected"]["acc"]])
    np.testing.assert_allclose(readings.gyr_radps[:, 0], [0.0, 0.05])


# whole files -----------------------------------------------------------------------------------------------------

WRITTEN = {
    "Sensor Logger, iPhone": lambda motion: sensor_logger_json(motion, is_ios=True, by_sensor=False),
    "Sensor Logger, Android": lambda motion: sensor_logger_json(motion, is_ios=False, by_sensor=False),
    "Sensor Logger, sensor by sensor": lambda motion: sensor_logger_json(motion, is_ios=True, by_sensor=True),
    "SensorServer": sensorserver_log,
    "Movesense": lambda motion: movesense_log(motion, apart=False),
    "Movesense, apart": lambda motion: movesense_log(motion, apart=True),
}


@pytest.mark.parametrize("kind", WRITTEN)
def test_files_of_objects(motion, tmp_path, kind):
    """Whatever the order of the objects: the samples as they were, all reps counted, nothing lost."""
    path = file(tmp_path, WRITTEN[kind](motion))
    found = samples(path)
    first = int(np.abs(motion.acc_mps2 - found["acc_mps2"][0]).sum(axis=1).argmin())
    count = len(found["acc_mps2"])
    assert count > 0.99 * len(motion.acc_s)
    np.testing.assert_allclose(found["acc_mps2"], motion.acc_mps2[first : first + count], atol=1e-6)
    times_s = found["device_s"] - found["device_s"][0]
    np.testing.assert_allclose(times_s, motion.acc_s[first : first + count] - motion.acc_s[first], atol=0.002)
    happening = happened(path)
    assert counted(happening)[-1] >= motion.true_reps[-1]
    assert happening[-1].missing_samples == 0


def test_moments_of_json_files(motion, tmp_path):
    """Sensor Logger's nanoseconds and Movesense's pair of times date the first sample."""
    header = open_source(file(tmp_path, WRITTEN["Sensor Logger, iPhone"](motion))).header
    assert header.started_at.timestamp() == pytest.approx(1718030736.8726953 + motion.gyr_s[0], abs=1e-3)
    assert header.time_zone == "Europe/London"
    header = open_source(file(tmp_path, WRITTEN["Movesense"](motion))).header
    assert header.started_at.timestamp() == pytest.approx(1718030736.872 - 10.5 + motion.acc_s[0], abs=2e-3)


def test_a_cut_file_is_read_to_its_end(motion, tmp_path):
    """A phone that died costs the object it was writing."""
    text = sensorserver_log(motion)
    assert happened(file(tmp_path, text[:-20]))[-1].sample_count > 1000
    array = WRITTEN["Sensor Logger, Android"](motion)
    assert happened(file(tmp_path, array[: len(array) // 2]))[-1].sample_count > 500


def test_damage_inside_is_told(motion, tmp_path):
    """Garbage between objects, and objects with garbage inside, name the place."""
    lines = sensorserver_log(motion).split("\n")
    assert "object 101" in refused(file(tmp_path, "\n".join([*lines[:100], "#garbage", *lines[100:]])))
    bad = lines[500].replace('"values": [', '"values": ["x", ')
    assert "no message of this app" in refused(file(tmp_path, "\n".join([*lines[:500], bad, *lines[500:]])))


@pytest.mark.parametrize(
    "text", ["{}", "[]", '{"a": 1}', "[[1, 2], [3, 4]]", '{"Samples": []}', "[" * 5000, "{" * 5000]
)
def test_json_of_nobody(tmp_path, text):
    """Other JSON is refused in one sentence, however deep it nests."""
    with pytest.raises(RecordingError):
        open_source(file(tmp_path, text))
