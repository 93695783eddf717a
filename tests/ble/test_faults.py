"""Device x fault: each cell is a session with a calibration and a set, and what must hold of every session holds."""

from __future__ import annotations

import asyncio

import pytest

from tests.ble import virtual_time
from tests.ble.boards import BOARDS, Board
from tests.ble.boards.board import movement
from tests.ble.faults import AIRS, INTERRUPTIONS, NOT_SUPPORTED, falls_silent
from tests.ble.judging import (
    LATE_SENSORS,
    assert_complete,
    assert_counts,
    assert_quiet,
    assert_replays,
    assert_sound,
)
from tests.ble.trial import Scene, tried
from tracker.core.events import StreamEnded
from tracker.core.model import CommandName, Packet
from tracker.decoders import PROFILES
from tracker.errors import DeviceError, DeviceLost

REPS = 6
PAUSE_S, SHORT_PAUSE_S = 62.0, 15.0  # who is told that the sensor is away waits for it
DEVICES = ("imu_stream", "witmotion", "movesense", "metawear", "thingy52", "polar")
# Whose messages are longer than what the smallest link carries: told, and no rep is invented.
TOO_LONG_FOR_MTU_23 = ("movesense", "polar")
pytestmark = pytest.mark.parametrize("key", DEVICES)


class Cell:
    """What one cell of the table shows; while nothing was shown, or when the test fails, it says so."""

    def __init__(self, request: pytest.FixtureRequest, device: str) -> None:
        self._properties = request.node.user_properties
        self._device = device

    def show(self, fault: str, text: str = "") -> None:
        self._properties[:] = [("cell", (fault, self._device, text))]


@pytest.fixture
def cell(request, key):
    return Cell(request, key)


def board_of(key: str, *, pause_s: float = 0.0, **how) -> Board:
    return BOARDS[key](movement(BOARDS[key].rate_hz, reps=REPS, pause_s=pause_s), **how)


def middle_s(board: Board) -> float:
    """On the way up in the third rep."""
    return board.felt.truth.reps[2].top_s - 0.5


def test_nothing_happens(key, accelerated, cell):
    """Every rep counts and nobody is told anything."""
    cell.show("none")
    trial = tried(board_of(key), accelerated)
    score = assert_sound(trial)
    assert score == f"{REPS}/{REPS}"
    assert trial.said == []
    cell.show("none", score)


@pytest.mark.parametrize("fault", INTERRUPTIONS)
def test_lost_and_found(key, fault, accelerated, cell):
    """Something breaks in the third rep and mends itself: the link is lost once and back once, set and count go on."""
    cell.show(fault)
    board = board_of(key, pause_s=PAUSE_S if "60" in fault else SHORT_PAUSE_S if key in LATE_SENSORS else 0.0)
    trial = tried(board, accelerated, script=lambda scene: INTERRUPTIONS[fault](scene, middle_s(board)))
    score = assert_sound(trial)
    lost_and_back = [CommandName.LINK_LOST, CommandName.LINK_BACK]
    assert trial.link_commands == (lost_and_back[:1] if fault == "never back" else lost_and_back)
    cell.show(fault, score)


def test_silence_is_noticed(key, accelerated):
    """The link stays up and nothing comes: within 2 s of the last message, or of the next that was due from Polar."""
    board = board_of(key)
    trial = tried(board, accelerated, script=lambda scene: falls_silent(scene, middle_s(board)))
    place = next(i for i, item in enumerate(trial.inputs) if item[1] is CommandName.LINK_LOST)
    last_s = max(item.received_s for item in trial.inputs[:place] if isinstance(item, Packet))
    assert trial.inputs[place].received_s - last_s < 2.1 + PROFILES[key].fill_s


@pytest.mark.parametrize("fault", AIRS)
def test_bad_air(key, fault, accelerated, cell):
    """Messages are lost, doubled or late; the link never counts as lost."""
    cell.show(fault)
    trial = tried(board_of(key), accelerated, air=AIRS[fault]())
    score = assert_sound(trial)
    assert trial.link_commands == []
    [account] = trial.named(StreamEnded)
    said_twice = account.duplicate_samples + account.late_samples + account.rejected_packets
    assert said_twice > 0 or "doubled" not in fault
    cell.show(fault, score)


def test_a_narrow_link(key, accelerated, cell):
    """20 bytes a message: who lives with that counts; the others are said to be cut, and no rep is invented."""
    cell.show("MTU 23")
    board = board_of(key, mtu=23)
    trial = tried(board, accelerated)
    if key in TOO_LONG_FOR_MTU_23:
        assert any("bytes too narrow" in sentence for sentence in trial.said)
        cell.show("MTU 23", "said")
        if trial.error is not None:  # a sensor that does not even begin
            assert isinstance(trial.error, DeviceError)
            return
        assert_counts(trial, misses=False, is_calibrated=False)
        assert_complete(trial)
        assert_replays(trial)
        assert_quiet(trial)
        return
    score = assert_sound(trial)
    assert (score, trial.said) == (f"{REPS}/{REPS}", [])
    cell.show("MTU 23", score)


def test_notifications_fail_to_start(key, accelerated, cell):
    """Twice refused, then not: the session begins as if nothing had been."""
    cell.show("notify fails twice")
    board = board_of(key)
    board.notified[0].notify_errors.extend([NOT_SUPPORTED] * 2)
    score = assert_sound(tried(board, accelerated))
    assert score == f"{REPS}/{REPS}"
    cell.show("notify fails twice", score)


def test_notifications_never_start(key, accelerated, cell):
    """One sentence after four attempts, and the sensor is let go."""
    cell.show("notify never starts")
    board = board_of(key)
    for item in board.notified:
        item.notify_errors.extend([NOT_SUPPORTED] * 99)
    trial = tried(board, accelerated)
    assert isinstance(trial.error, DeviceLost)
    assert not board.peripheral.is_connected
    cell.show("notify never starts", "said")


def test_the_setup_is_refused(key, accelerated, cell):
    """The sensor answers every write with an error: one sentence, and it is let go. Who needs no setup counts."""
    cell.show("setup refused")
    board = board_of(key)
    board.refuses_setup = True
    trial = tried(board, accelerated)
    assert isinstance(trial.error, DeviceLost)
    assert board.name in trial.error.message
    assert not board.peripheral.is_connected
    cell.show("setup refused", "said")


def test_two_of_one_name(key, accelerated, cell):
    """The stronger one is taken and found again after a loss, though only the other one is in range for a while."""
    cell.show("two of one name")
    board = board_of(key)
    twin = BOARDS[key](board.felt, address="AA:BB:CC:00:00:02")
    twin.peripheral.rssi = board.peripheral.rssi - 20

    async def script(scene: Scene) -> None:
        await scene.at(middle_s(board))
        await scene.leave(5.0)

    trial = tried(board, accelerated, script=script, others=[twin], wanted=board.name)
    score = assert_sound(trial)
    assert trial.link_commands == [CommandName.LINK_LOST, CommandName.LINK_BACK]
    assert (twin.peripheral.connect_count, twin.peripheral.calls) == (0, [])
    cell.show("two of one name", score)


def test_killed_and_started_again(key, accelerated, cell):
    """kill -9 in the first rep: the link stays up and the sensor streams on; the next run finds it and counts the rest.

    Nothing is counted twice for having been started twice, and the sensor is left quiet in the end.
    """
    cell.show("killed, started again")
    board = board_of(key, pause_s=12.0)
    killed_s = board.felt.truth.reps[2].end_s + 1.0

    async def play():
        async with Scene(board, accelerated) as scene:
            first = asyncio.create_task(scene.session(key, name="killed"))
            await scene.at(killed_s)
            await scene.kill(first)
            assert board.peripheral.is_connected
            for item in board.peripheral.characteristics:
                item.given.clear()
            board.hush()
            return await scene.session(key)

    trial = virtual_time.run(play())
    score = assert_sound(trial, from_s=killed_s, is_calibrated=False)
    assert board.peripheral.connect_count == 1
    assert score == f"{REPS - 3}/{REPS - 3}"
    cell.show("killed, started again", score)
