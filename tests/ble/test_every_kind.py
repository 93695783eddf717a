"""A set of 12 reps streamed through the real bleak in the format of every sensor that the program knows."""

from __future__ import annotations

import pytest

from tests.ble.boards import BOARDS
from tests.ble.boards.board import movement
from tests.ble.judging import assert_sound, is_count
from tests.ble.trial import tried
from tracker.core.events import CalibrationRefused, StreamStarted
from tracker.decoders import PROFILES

REPS = 12
BLUETOOTH = [key for key, profile in PROFILES.items() if profile.is_bluetooth]


@pytest.mark.parametrize("key", BLUETOOTH)
def test_twelve_reps_count_twelve(key, accelerated, record_property):
    """Calibration, then a set: twelve, recorded whole, replayed the same, the sensor left quiet."""
    felt = movement(BOARDS[key].rate_hz, reps=REPS)
    trial = tried(BOARDS[key](felt), accelerated)
    score = assert_sound(trial)
    assert score == f"{REPS}/{REPS}"
    assert trial.said == []
    [started] = trial.named(StreamStarted)
    assert started.has_gyroscope is BOARDS[key].has_gyroscope is PROFILES[key].has_gyroscope
    assert started.rate_hz == pytest.approx(BOARDS[key].rate_hz, rel=0.005)
    assert not trial.named(CalibrationRefused)
    said_s = [at_s for at_s, event in zip(trial.said_at_s, trial.events, strict=True) if is_count(event)]
    delays_s = sorted(at_s - rep.top_s for at_s, rep in zip(said_s, felt.truth.reps, strict=True))
    record_property(
        "kind", (key, f"{started.rate_hz:.0f} Hz", len(trial.inputs), score, f"{delays_s[REPS // 2]:.2f} s")
    )
