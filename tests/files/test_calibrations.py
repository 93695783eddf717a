"""Calibrations of today beside the sessions: kept bit by bit, for the same sensor, person and day only."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from tests.core.synthetic import calibration_of
from tracker.calibrations import Kept, Wearing, forget_calibration, store_calibration, stored_calibration
from tracker.core.model import NAN
from tracker.header import Header, calibration_from_dict, calibration_to_dict, from_json_dict, to_json_dict

TODAY = date(2026, 3, 1)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINE = Wearing("AA:BB", "Ada", TODAY)
CALIBRATION = replace(calibration_of(), acc_bias_mps2=(0.1, 1 / 3, -0.2), acc_scale=0.1 + 0.2)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("TRACKER_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_what_is_stored_comes_back_to_the_bit():
    """Also after another sensor was calibrated."""
    assert stored_calibration(MINE) is None
    store_calibration(MINE, CALIBRATION, made_at=NOON)
    store_calibration(replace(MINE, sensor="CC:DD"), calibration_of(), made_at=NOON)
    assert stored_calibration(MINE) == Kept(CALIBRATION, NOON)


@pytest.mark.parametrize(
    "other",
    [
        replace(MINE, sensor="CC:DD"),
        replace(MINE, athlete=""),
        replace(MINE, day=date(2026, 3, 2)),
    ],
    ids=["sensor", "athlete", "day"],
)
def test_it_is_only_for_the_same_wearing(other):
    """Another sensor, person or day has to calibrate."""
    store_calibration(MINE, CALIBRATION, made_at=NOON)
    assert stored_calibration(other) is None


def test_the_newest_counts_and_yesterday_goes(home):
    """One entry a wearing; entries of other days are not kept."""
    store_calibration(replace(MINE, day=date(2026, 2, 28)), calibration_of(), made_at=NOON)
    store_calibration(MINE, calibration_of(), made_at=NOON)
    store_calibration(MINE, CALIBRATION, made_at=NOON)
    assert stored_calibration(MINE) == Kept(CALIBRATION, NOON)
    assert len(json.loads((home / "calibrations.json").read_text("utf-8"))) == 1


def test_what_slipped_is_forgotten():
    """And only that."""
    other = replace(MINE, athlete="Bob")
    store_calibration(MINE, CALIBRATION, made_at=NOON)
    store_calibration(other, CALIBRATION, made_at=NOON)
    forget_calibration(MINE)
    assert stored_calibration(MINE) is None
    assert stored_calibration(other) == Kept(CALIBRATION, NOON)


def test_one_of_an_older_version_has_no_moment(home):
    """It is used all the same."""
    store_calibration(MINE, CALIBRATION, made_at=NOON)
    path = home / "calibrations.json"
    [entry] = json.loads(path.read_text("utf-8"))
    del entry["made_at"]
    path.write_text(json.dumps([entry]), "utf-8")
    assert stored_calibration(MINE) == Kept(CALIBRATION, None)


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[1, null]", "[[", "\x00", '[{"sensor": 3}]', "[" * 5000, '[{"calibration": []}]'],
)
def test_a_file_that_is_none_is_as_good_as_not_there(home, text):
    """Cut, empty, of something else: no calibration, no error, and the next one is stored."""
    home.mkdir()
    (home / "calibrations.json").write_text(text, "utf-8")
    assert stored_calibration(MINE) is None
    store_calibration(MINE, CALIBRATION, made_at=NOON)
    assert stored_calibration(MINE) == Kept(CALIBRATION, NOON)


def test_a_folder_that_refuses_costs_a_calibration_and_no_more(home):
    """The disk is no reason to end a session."""
    home.write_text("a file where the folder should be")
    store_calibration(MINE, CALIBRATION, made_at=NOON)
    assert stored_calibration(MINE) is None


def header_of(calibration):
    return Header("s", "d", "imu_stream", 104.0, calibration=calibration, calibration_made_at=NOON)


@pytest.mark.parametrize(
    "calibration",
    [
        None,
        CALIBRATION,
        replace(CALIBRATION, full_lift_cm=NAN, period_s=NAN, lift_curve_cm=(), inclination_curve_deg=()),
    ],
    ids=["none", "full", "without gyroscope"],
)
def test_it_travels_in_the_header(calibration):
    """Through JSON and back, to the bit; what is not known stays unknown."""
    written = json.loads(json.dumps(to_json_dict(header_of(calibration)), allow_nan=False))
    read = from_json_dict(written).calibration
    assert from_json_dict(written).calibration_made_at == NOON
    assert repr(read) == repr(calibration)
    if calibration is not None and math.isnan(calibration.full_lift_cm):
        assert written["calibration"]["full_lift_cm"] is None


def damaged(**changes):
    return {**calibration_to_dict(CALIBRATION), **changes}


@pytest.mark.parametrize(
    "values",
    [
        damaged(kind="auto"),
        damaged(kind="best"),
        damaged(right=[1.0, 1.0, 0.0]),
        damaged(anterior=[1.0, 0.0]),
        damaged(cranial=[math.inf, 0.0, 0.0]),
        damaged(bottom_deg="40"),
        damaged(bottom_deg=None),
        damaged(lift_curve_cm=[0.0, 1.0]),
        damaged(lift_curve_cm=[2.0, 1.0], inclination_curve_deg=[1.0, 2.0]),
        damaged(acc_bias_mps2=[0.0]),
        damaged(acc_scale=True),
        {},
    ],
)
def test_a_calibration_that_is_none_is_refused(values):
    """As one of the three errors that readers of headers expect; what came from the reps themselves belongs to them."""
    with pytest.raises((ValueError, TypeError, LookupError)):
        calibration_from_dict(values)
