"""Sensors that offer other settings than most, or refuse what they are asked for: counted all the same, or told why."""

from __future__ import annotations

from typing import ClassVar

import pytest

from tests.ble.boards.board import movement
from tests.ble.boards.framed import Movesense, PolarH10, PolarVeritySense
from tests.ble.boards.two_streams import MetaMotionR, MetaMotionS
from tests.ble.boards.whole_samples import MovellaDot
from tests.ble.judging import assert_sound
from tests.ble.trial import tried
from tracker.core.events import StreamStarted
from tracker.core.model import Packet
from tracker.decoders import WRITTEN, polar
from tracker.errors import DeviceUnsupported
from tracker.recording import Recording

REPS = 12


class FastPolar(PolarVeritySense):
    """Only faster than most, with narrower ranges, and counts worth less accordingly."""

    rate_hz = 104.0
    types: ClassVar = {2: 4 / 32768, 5: 1000 / 32768}
    offered: ClassVar = {2: ([26, 104, 208], [2, 4, 16]), 5: ([104], [250, 1000])}


class OldPolar(PolarVeritySense):
    """Firmware that has no lists: the documented settings are tried."""

    lists = False


class FlatteringPolar(PolarVeritySense):
    """Offers 104 Hz and refuses it: 52 Hz is tried then."""

    offered: ClassVar = {2: ([52, 104], [8]), 5: ([104], [2000])}

    def agrees(self, _kind, settings):
        return settings[0] == 52


class FastMovesense(Movesense):
    """Firmware without 52 Hz."""

    rate_hz, samples_per_message, mtu = 104.0, 8, 247
    offered_hz: ClassVar = (104, 208)


class SlowDot(MovellaDot):
    """Set to 30 Hz by its owner's app."""

    set_hz = 30


BOARDS = [FastPolar, OldPolar, FlatteringPolar, PolarH10, FastMovesense, SlowDot]


@pytest.mark.parametrize("board", BOARDS)
def test_twelve_reps_count_twelve_whatever_was_agreed_on(board, accelerated):
    """The settings that the sensor agreed to are those that its samples are read with, live and in the replay."""
    trial = tried(board(movement(board.rate_hz, reps=REPS)), accelerated)
    assert assert_sound(trial) == f"{REPS}/{REPS}"
    assert trial.said == []
    [started] = trial.named(StreamStarted)
    assert started.rate_hz == pytest.approx(board.rate_hz, rel=0.005)


@pytest.mark.parametrize(("board", "taken_for"), [(MetaMotionR, "metawear_s"), (MetaMotionS, "metawear")])
def test_a_metamotion_that_was_taken_for_the_other_kind_is_read_as_what_it_is(board, taken_for, accelerated):
    """Both are called MetaWear; the chip tells them apart before anything is set."""
    trial = tried(board(movement(board.rate_hz, reps=REPS)), accelerated, wanted=taken_for)
    assert assert_sound(trial) == f"{REPS}/{REPS}"
    assert Recording(trial.path).header.decoder == board.key


def test_the_setup_is_part_of_the_recording(accelerated):
    """What was asked for stands before the answer that confirms it."""
    trial = tried(FastPolar(movement(FastPolar.rate_hz, reps=REPS)), accelerated)
    setup = [item for item in trial.inputs if isinstance(item, Packet) and item.channel != polar.DATA]
    told = [(item.channel, item.payload[0]) for item in setup]
    lists, asked, confirmed = (polar.CONTROL, 0xF0), (WRITTEN + polar.CONTROL, 2), (polar.CONTROL, 0xF0)
    assert told[:6] == [lists, asked, confirmed] * 2


def test_a_polar_that_refuses_everything_is_told_in_a_sentence(accelerated):
    """In its charger, say: what it refused and the mend; nothing is recorded."""

    class Charging(PolarVeritySense):
        def told(self, characteristic, payload):
            super().told(characteristic, payload)
            if payload[0] == 2:
                self._begun.clear()
                self.is_streaming = False
                answer = self.answers.pop()
                self.answers.append(answer._replace(payload=answer.payload[:3] + b"\x0d"))

    trial = tried(Charging(movement(52.0, reps=REPS)), accelerated)
    assert isinstance(trial.error, DeviceUnsupported)
    assert trial.error.message == "Polar Sense 8A1B2C3D does not start its accelerometer: it is in its charger."
    assert trial.error.hint.startswith("Take it out of the charger")
    assert not trial.path.exists()
