"""The verbs with exports: import, report, replay and batch take them as they come."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from tests.core.simulated import calm
from tests.phones.exported import metabase, phyphox, sensor_logger, sensorserver_log, zipped
from tests.phones.motion import motion_of
from tests.phones.test_exports import write
from tracker.cli import main
from tracker.commands import live_opening, phone
from tracker.core.model import Side
from tracker.errors import TrackerError
from tracker.serving import address
from tracker.sources import phone_push
from tracker.sources.simulator import SetPlan


@pytest.fixture(scope="module")
def motion():
    return motion_of(calm(SetPlan(Side.LEFT, ((),) * 4)), acc_hz=100, gyr_hz=100)


@pytest.fixture
def tracker(tmp_path, monkeypatch):
    monkeypatch.setenv("TRACKER_HOME", str(tmp_path / "home"))
    return lambda *words: CliRunner().invoke(main, [str(word) for word in words])


def rows_of(path):
    return list(csv.DictReader(path.read_text("utf-8").splitlines()))


def test_an_import_is_a_recording_that_verifies(tracker, motion, tmp_path):
    """The raw lines are kept: it replays to the same events, counts the true reps and keeps moment and zone."""
    result = tracker("import", zipped(tmp_path / "a.zip", sensor_logger(motion, is_ios=True)))
    assert result.exit_code == 0, result.output
    path = result.stdout.strip()
    assert f"{motion.true_reps[0]} reps in 1 set.\n" in result.stderr
    assert tracker("verify", path).exit_code == 0
    report = tracker("report", "last")
    assert report.exit_code == 0
    (session,) = (tmp_path / "home").glob("*/session.json")
    facts = json.loads(session.read_text("utf-8"))
    assert facts["started_at"].startswith("2024-06-10T14:45:36.8")
    assert facts["time_zone"] == "Europe/London"
    assert "iPhone 12" in facts["device"]


def test_files_that_belong_together_are_one_session(tracker, motion, tmp_path):
    """Both files of a pair named: one recording, and the program says so."""
    folder = write(tmp_path / "files", metabase(motion))
    result = tracker("import", *sorted(folder.iterdir()))
    assert result.exit_code == 0, result.output
    assert len(list((tmp_path / "home").iterdir())) == 1
    assert "what belongs to it beside it" in result.stderr
    for path in folder.iterdir():  # whichever of them is named later
        assert "was imported before, as " in tracker("import", path).stderr


def test_report_and_replay_read_exports(tracker, motion, tmp_path):
    """A folder and a zip, directly."""
    folder = write(tmp_path / "unpacked", sensor_logger(motion, is_ios=False))
    result = tracker("report", folder, "-o", tmp_path / "out")
    assert result.exit_code == 0, result.output
    rows = rows_of(tmp_path / "out" / "reps.csv")
    assert [row["side"] for row in rows] == ["left"] * motion.true_reps[0]
    result = tracker("replay", zipped(tmp_path / "b.zip", phyphox(motion)))
    assert result.exit_code == 0
    assert "Set 1" in result.stdout


def test_batch_takes_folders_of_exports(tracker, motion, tmp_path):
    """Zips, unpacked folders and pairs below a folder: one row a rep, each session once, nothing broken."""
    data = tmp_path / "data"
    data.mkdir()
    zipped(data / "a.zip", sensor_logger(motion, is_ios=True))
    write(data / "b", sensor_logger(motion, is_ios=False))
    write(data, metabase(motion))
    (data / "c.log").write_text(sensorserver_log(replace(motion, acc_mps2=motion.acc_mps2 / 9.8)), encoding="utf-8")
    (data / "notes.txt").write_text("three sessions", encoding="utf-8")
    result = tracker("batch", data, "-o", tmp_path / "reps.csv", "--files", tmp_path / "files.csv", "--jobs", "1")
    assert result.exit_code == 0, result.output
    files = rows_of(tmp_path / "files.csv")
    assert len(files) == 4
    (odd,) = [row for row in files if row["notice"]]
    assert odd["file"].endswith("c.log")
    assert "it sends g where m/s2 is expected" in odd["notice"]
    assert "Something was amiss with 1 file" in result.stderr


@pytest.mark.parametrize("app", phone.PHONES)
@pytest.mark.parametrize("place", phone.PLACES)
def test_what_to_do_fits_a_terminal(app, place, monkeypatch):
    """The instructions: no line but an address is wider than 80 columns, and they name the place that was given."""
    said, bound = [], []
    monkeypatch.setattr(
        address, "bind", lambda *a, bind=address.bind, **how: bound.append(bind(*a, **how)) or bound[-1]
    )
    phoning = phone.Phoning(app, "192.168.1.2", 0, None, place)
    phone.phone_link(phoning, said.append)
    for one in bound:
        one.listener.close()
    lines = [line for text in said for line in text.split("\n")]
    assert max(len(line) for line in lines if "://" not in line) <= 80
    assert any(("pocket" if place == "pocket" else "waistband") in line for line in lines)
    assert len(phone.place_sentence(phoning)) <= 80


@pytest.mark.parametrize("app", ["phyphox", "sensorlogger", "browser"])
def test_the_code_stays_in_sight(app, monkeypatch):
    """While the phone is waited for, all of its code is on a terminal of 24 lines, and how to give up."""
    said, bound = [], []

    class Away(live_opening.PhoneStream):
        async def __aenter__(self):
            raise TrackerError("That is enough.")

    async def opened():
        async with contextlib.AsyncExitStack() as stack:
            wanted = live_opening.WantedSensors(None, None, "", None, 1.0, "", None)
            phoning = phone.Phoning(app, None, 0, None, "waistband")
            await live_opening.open_phone(phoning, wanted, clock=float, say=said.append, stack=stack)

    monkeypatch.setattr(live_opening, "PhoneStream", Away)
    monkeypatch.setattr(address, "own_address", lambda: "255.255.255.255")
    monkeypatch.setattr(
        address, "bind", lambda *a, bind=address.bind, **how: bound.append(bind(*a, **how)) or bound[-1]
    )
    with pytest.raises(TrackerError, match="enough"):
        asyncio.run(opened())
    for one in bound:
        one.listener.close()
    lines = "\n".join(said).split("\n")
    seen = lines[-23:]  # and the line of the cursor
    assert sum("█" in line for line in seen) == sum("█" in line for line in lines) > 14
    assert "Ctrl-C ends" in seen[-1]


def test_phones_on_the_command_line(tracker):
    """The words offered are those there are; a phone takes the place of a sensor; what is missing is said."""
    assert set(phone.SYSTEMS) == set(phone_push.SYSTEMS)
    assert "--phone-address" in tracker("live", "--phone", "sensorserver").stderr
    assert tracker("live", "--phone", "sensorserver").exit_code == 2
    assert tracker("live", "--phone", "phyphox", "--sensor", "WT901").exit_code == 2
    assert tracker("live", "--phone", "toaster").exit_code == 2
    assert "no address of a phone" in tracker("live", "--phone", "sensorserver", "--phone-address", "x:y").stderr


def test_what_can_not_be_used_is_one_sentence(tracker, motion, tmp_path):
    """Exit code 1, a sentence with a mend, nothing written."""
    texts = {"Accelerometer.csv": phyphox(motion)["Accelerometer.csv"].replace("Acceleration", "Linear Acceleration")}
    result = tracker("import", zipped(tmp_path / "a.zip", texts))
    assert result.exit_code == 1
    assert "with g" in result.stderr
    assert not (tmp_path / "home").exists()
    assert tracker("import", tmp_path / "a.zip", "--format", "toaster").exit_code == 2
