"""Files of the vendors' own apps: recognised by content, dated, joined, counted."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from tests.core.simulated import calm
from tests.phones.exported import metabase, movella_dot, movesense, polar, witmotion
from tests.phones.motion import Motion, counted, motion_of
from tests.phones.test_exports import happened, refused, samples, write
from tracker.core import events
from tracker.core.model import Side
from tracker.sources.exports import open_export
from tracker.sources.replay import open_source
from tracker.sources.simulator import SetPlan


@pytest.fixture(scope="module")
def motion() -> Motion:
    return motion_of(calm(SetPlan(Side.LEFT, ((),) * 4)), acc_hz=60, gyr_hz=60)


WRITTEN = {
    "metabase": metabase,
    "polar_sensor_logger": polar,
    "movesense": movesense,
    "movella_dot": lambda motion: {"a.csv": movella_dot(motion)},
    "witmotion": lambda motion: {"a.txt": witmotion(motion, separator="\t")},
}


@pytest.mark.parametrize("kind", WRITTEN)
def test_what_the_vendors_apps_write(motion, tmp_path, kind):
    """Named by one of its files, whatever that is called: format, samples, and the true reps of the set."""
    texts = WRITTEN[kind](motion)
    write(tmp_path, texts)
    path = tmp_path / next(iter(texts))
    assert open_export(path).format.key == kind
    found = samples(path)
    first = np.searchsorted(motion.acc_s, motion.gyr_s[0])
    count = len(found["acc_mps2"])
    assert count > 0.99 * len(motion.acc_s)
    np.testing.assert_allclose(found["acc_mps2"], motion.acc_mps2[first : first + count], atol=0.006)
    times_s = found["device_s"] - found["device_s"][0]
    np.testing.assert_allclose(times_s, motion.acc_s[first : first + count] - motion.acc_s[first], atol=0.0011)
    happening = happened(path)
    assert counted(happening)[-1] >= motion.true_reps[-1]
    assert happening[-1].missing_samples == 0
    assert happening[-1].clock_resets == 0


def test_moments_and_zones(motion, tmp_path):
    """Each file tells when it began; a zone that it names is kept, one that nobody wrote is this computer's."""
    moments = {}
    for kind, written in WRITTEN.items():
        folder = write(tmp_path / kind, written(motion))
        moments[kind] = open_source(sorted(folder.iterdir())[0]).header
    first_s = motion.acc_s[0]
    assert moments["metabase"].utc_offset_s == -7 * 3600
    assert abs(moments["metabase"].started_at.timestamp() - (1718030736.872 + first_s)) < 0.002
    local = {"polar_sensor_logger": (2024, 6, 10, 14, 45, 36), "movella_dot": (2024, 6, 10, 15, 45, 36, 872000)}
    for kind, numbers in local.items():
        began = moments[kind].started_at.astimezone().replace(tzinfo=None)
        assert abs((began - datetime(*numbers)).total_seconds()) < 0.01
        assert moments[kind].utc_offset_s is None
    assert moments["movella_dot"].time_zone == "WEST"
    wanted = datetime(2024, 6, 10, 14, 45, 36, 872000, tzinfo=UTC).timestamp() - 10.5 + first_s
    assert abs(moments["movesense"].started_at.timestamp() - wanted) < 0.002


def test_the_clock_of_a_witmotion_sensor(motion, tmp_path):
    """Where the sensor's clock is empty or stands, the computer's is taken; both go on past midnight."""
    runs = samples(*_files(tmp_path, "a.csv", witmotion(motion)))
    empty = samples(*_files(tmp_path, "b.csv", witmotion(motion, chip_runs=False)))
    standing = witmotion(motion, chip_runs=False).replace(
        ",WT901BLE67(d6-a8),,", ",WT901BLE67(d6-a8),2015-1-1 0:0:0.000,"
    )
    stands = samples(*_files(tmp_path, "c.csv", standing))
    for found in (runs, empty, stands):
        assert np.diff(found["device_s"]).min() >= 0
        assert found["device_s"][-1] - found["device_s"][0] == pytest.approx(
            motion.acc_s[-1] - motion.acc_s[0], abs=0.01
        )
    assert runs["device_s"][0] > 7e8
    assert stands["device_s"][0] < 86400


def test_degree_signs_in_any_encoding(motion, tmp_path):
    """The header of a Chinese Windows is no UTF-8; the columns are found all the same."""
    path = tmp_path / "a.csv"
    path.write_bytes(witmotion(motion).encode("gbk"))
    assert len(samples(path)["gyr_radps"]) > 100


def _files(folder, name, text):
    (folder / name).write_text(text, encoding="utf-8", newline="")
    return [folder / name]


def test_movesense_files_without_names(motion, tmp_path):
    """Renamed files are told apart by their size at rest."""
    texts = list(movesense(motion).values())
    write(tmp_path, {"one.csv": texts[1], "two.csv": texts[0]})
    export = open_export(tmp_path)
    assert {part.table.role: part.member.name for part in export.parts} == {
        "acceleration": "two.csv",
        "rate": "one.csv",
    }


def test_modes_without_gravity_are_refused(motion, tmp_path):
    """What holds no specific force is refused with the mode to choose instead."""
    text = movella_dot(motion).replace("Acc_", "FreeAcc_")
    assert "Rate quantities" in refused(*_files(tmp_path, "a.csv", text))
    texts = metabase(motion)
    (name,) = [name for name in texts if "Accelerometer" in name]
    assert "not the sensor fusion" in refused(
        *_files(tmp_path, name.replace("Accelerometer", "Linear Acceleration"), texts[name])
    )


def test_saturation_is_counted(motion, tmp_path):
    """Readings at the end of the range are counted and reported."""
    text = witmotion(motion)
    lines = text.split("\r\n")
    for place in (500, 501, 502):
        cells = lines[place].split(",")
        cells[3] = "16.0000"
        lines[place] = ",".join(cells)
    ended = happened(*_files(tmp_path, "a.csv", "\r\n".join(lines)))[-1]
    assert isinstance(ended, events.StreamEnded)
    assert ended.saturated_samples == 3
