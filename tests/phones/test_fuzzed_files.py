"""Any bytes in: samples that are finite, or the one error. Nothing else, and never for long."""

from __future__ import annotations

import io
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.core.simulated import calm
from tests.phones import exported
from tests.phones.motion import motion_of
from tracker.core.model import Packet, Side
from tracker.errors import TrackerError
from tracker.sources.replay import open_source
from tracker.sources.simulator import SetPlan

ROWS = 100


def short(motion):
    """The first rows of a motion."""
    return replace(
        motion,
        acc_s=motion.acc_s[:ROWS],
        acc_mps2=motion.acc_mps2[:ROWS],
        gyr_s=motion.gyr_s[:ROWS],
        gyr_radps=motion.gyr_radps[:ROWS],
        commands=motion.commands[:3],
    )


def zip_bytes(texts):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            archive.writestr(name, text)
    return packed.getvalue()


def sound_files():
    """A small sound file of each format, by name."""
    motion = short(motion_of(calm(SetPlan(Side.LEFT, ((),))), acc_hz=52, gyr_hz=52))
    phyphox = exported.phyphox(motion)
    polar = next(iter(exported.polar(motion).values()))
    return {
        "phyphox.zip": zip_bytes(phyphox),
        "phyphox.csv": phyphox["Accelerometer.csv"].encode(),
        "sensor_logger.zip": zip_bytes(exported.sensor_logger(motion, is_ios=True)),
        "TotalAcceleration.csv": exported.sensor_logger(motion, is_ios=False)["TotalAcceleration.csv"].encode(),
        "sensor_logger.json": exported.sensor_logger_json(motion, is_ios=True, by_sensor=False).encode(),
        "sensorserver.txt": exported.sensorserver_log(motion).encode(),
        "metabase.csv": next(iter(exported.metabase(motion).values())).encode(),
        "dot.csv": exported.movella_dot(motion).encode(),
        "witmotion.txt": exported.witmotion(motion, separator="\t").encode(),
        "polar.txt": polar.encode(),
        "movesense_Acc.csv": next(iter(exported.movesense(motion).values())).encode(),
        "movesense.json": exported.movesense_log(motion, apart=False).encode(),
    }


SOUND = sound_files()


def read(name, data):
    """Everything a file gives; raises TrackerError or nothing."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(data)
        source = open_source(path)
        decoder = source.new_decoder()
        rows = 0
        for item in source.inputs():
            assert np.isfinite(item.received_s)
            if not isinstance(item, Packet):
                continue
            readings = decoder.decode([item]).readings
            if readings is not None:
                rows += len(readings)
                for values in (readings.acc_mps2, readings.gyr_radps, readings.device_s):
                    assert values is None or np.isfinite(values).all()
        return rows


def outcome(name, data):
    """What is said of a file: how many samples, or the sentence of the one error."""
    try:
        return f"{read(name, data)} samples"
    except TrackerError as error:
        return error.message


@pytest.mark.parametrize("name", SOUND)
def test_sound_files_are_sound(name):
    """The control: unchanged, each file gives its rows."""
    assert read(name, SOUND[name]) > 0.8 * ROWS


def changes():
    """A change of some bytes: cut, deleted, put in, overwritten, repeated."""
    place, length = st.floats(0, 1), st.integers(0, 400)
    junk = st.one_of(
        st.binary(max_size=40),
        st.sampled_from(
            [b"\n", b",", b";", b"\t", b'"', b"NaN", b"-inf", b"1e999", b"1.234.567", b"\x00" * 9, b"\xff\xfe", b"{",
             b"]", b"9" * 400, b"_1_", "٣".encode(), b"null", b'{"a":' * 200]
        ),
    )  # fmt: skip
    return st.lists(
        st.tuples(st.sampled_from(["cut", "delete", "insert", "write", "repeat"]), place, length, junk),
        min_size=1,
        max_size=4,
    )


def changed(data, steps):
    for kind, share, length, junk in steps:
        place = int(share * len(data))
        match kind:
            case "cut":
                data = data[:place]
            case "delete":
                data = data[:place] + data[place + length :]
            case "insert":
                data = data[:place] + junk + data[place:]
            case "write":
                data = data[:place] + junk + data[place + len(junk) :]
            case "repeat":
                data = data[:place] + data[place : place + length] * 3 + data[place + length :]
    return data


@pytest.mark.parametrize("name", SOUND)
@given(steps=changes())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_damaged_files_give_a_value_or_the_one_error(name, steps):
    """Damage anywhere, also inside of zips: finite samples, or one sentence."""
    assert "\n" not in outcome(name, changed(SOUND[name], steps))


@given(
    data=st.binary(max_size=300),
    start=st.sampled_from([b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"[", b"{", b"time,"]),
)
@settings(max_examples=200, deadline=None)
def test_any_bytes_give_a_value_or_the_one_error(data, start):
    """Garbage behind any beginning."""
    with pytest.raises(TrackerError):
        read("file.bin", start + data)


@pytest.mark.parametrize("name", ["phyphox.zip", "sensor_logger.zip"])
@given(steps=changes(), member=st.integers(0, 4))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_damage_packed_anew_gives_a_value_or_the_one_error(name, steps, member):
    """Damaged texts inside a sound zip, side files included."""
    with zipfile.ZipFile(io.BytesIO(SOUND[name])) as archive:
        texts = {item: archive.read(item) for item in archive.namelist()}
    one = sorted(texts)[member % len(texts)]
    texts[one] = changed(texts[one], steps)
    assert "\n" not in outcome(name, zip_bytes(texts))
