"""The installed command through faults of the computer, with a sensor that stamps its samples, faster than life."""

from __future__ import annotations

import asyncio

import pytest

from tests.ble.bluez import ADDRESS
from tests.ble.boards.board import movement
from tests.ble.boards.framed import Movesense
from tests.ble.world import World
from tracker.recording import Recording

REPS = 6
AWAY_S = 0.5  # real time; the movement goes on for longer
MISSED_S = 4.0  # of the movement, in the third rep
SAMPLES_AT_ONCE = 52
TICK_S = 0.002


class Flight:
    """A board in the world's thread: the samples before `limit` go out as fast as they are taken."""

    def __init__(self, world: World, board: Movesense) -> None:
        self.limit = 0
        self._world = world
        self._board = board
        self._task = world.submit(self._fly())

    async def _fly(self) -> None:
        sent = 0
        while True:
            await asyncio.sleep(TICK_S)
            if self._board.is_streaming and self._board.data.subscribers:
                sent = min(self.limit, max(sent, self._board.first_unsent) + SAMPLES_AT_ONCE)
            for message in self._board.measured(sent if self._board.is_streaming else 0):
                await self._world.bluez.notify(self._board.peripheral, message.characteristic, message.payload)

    async def landed(self) -> None:
        """Wait until all that it may send was taken."""
        while self._board.first_unsent + self._board.size <= self.limit:
            await asyncio.sleep(TICK_S)

    def end(self) -> None:
        self._task.cancel()


async def switch_off_and_on(world):
    world.bluez.power(is_on=False)
    await asyncio.sleep(AWAY_S)
    world.bluez.power(is_on=True)


async def restart_service(world):
    world.bluez.kill_service()
    await asyncio.sleep(AWAY_S)
    world.bluez.start_service()


async def go_away(world):
    board = world.bluez.peripherals[0]
    board.is_advertising = board.is_answering = False
    world.bluez.drop_link(board)
    await asyncio.sleep(AWAY_S)
    board.is_advertising = board.is_answering = True


@pytest.mark.parametrize("fault", [switch_off_and_on, restart_service, go_away])
def test_the_set_goes_on(world, start, looked_at, fault):
    """Two reps, the fault in the third, three more: one set of five; the loss rings; the recording says the same."""
    board = Movesense(movement(Movesense.rate_hz, reps=REPS))
    world.add_peripheral(board.peripheral)
    lost_s = board.felt.truth.reps[2].top_s - 0.5
    flight = Flight(world, board)
    try:
        live = start("live", "--sensor", ADDRESS, "--side", "left", "--calibrate", "--json")
        flight.limit = int(lost_s * board.rate_hz)
        live.wait_for("rep_counted", 2)

        async def happen():
            await flight.landed()
            board.forget_host()
            await fault(world)
            board.lose(int((lost_s + MISSED_S) * board.rate_hz))

        world.run(happen())
        flight.limit = len(board.felt)
        live.wait_for("set_ended")
        assert live.end() == 130, live.talk
    finally:
        flight.end()
    assert live.reps() == [(1, number, "left") for number in range(1, REPS)]
    assert [item["is_up"] for item in live.named("link_changed")][:2] == [False, True]
    assert "\a" in live.talk
    assert "Traceback" not in live.talk
    assert not board.is_streaming
    replay = looked_at("replay", str(live.recording()), "--json")
    assert replay.exit_code == 0
    assert replay.stdout.splitlines(keepends=True) == live.lines
    assert Recording(live.recording()).header.decoder == "movesense"
