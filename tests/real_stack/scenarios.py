"""How each planned scenario is carried out, inside the machine."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path

from tests.ble.boards import BOARDS, Board
from tests.ble.boards.board import movement
from tests.ble.faults import AIRS, INTERRUPTIONS
from tests.ble.trial import calm, cancelled
from tests.real_stack.plan import PLAN, Planned
from tests.real_stack.scene import RealScene
from tests.real_stack.table import QUIET, REPS, Row
from tests.real_stack.verdicts import judge, judge_killed, judge_later, quiet

ADDRESS, OTHER_ADDRESS = "F0:0D:00:00:00:01", "F0:0D:00:00:00:02"
# other kinds have other addresses: bluetoothd remembers an address by the name that it first heard of it
ADDRESSES = {"witmotion": "F0:0D:00:00:01:01", "movesense": "F0:0D:00:00:02:01"}
NAMES = {"witmotion": "WT901BLE"}  # so that it fits beside the service: Bumble has no scan response
COUNTING = ("--side", "left", "--calibrate")
STOPPED = 130


async def run(name: str, folder: Path) -> Row:
    """One of the plan. folder: takes what it leaves."""
    planned, row = PLAN[name], Row(name)
    await HOW[planned.how](row, planned, folder)
    return row


async def counted(row: Row, planned: Planned, folder: Path) -> None:
    """A session in which something may happen, in the third rep or in the air."""
    board = board_of(planned)
    air = AIRS[planned.fault]() if planned.fault in AIRS else calm
    async with RealScene(board, folder, air) as scene, happening(scene, planned):
        trial = await scene.live("--sensor", board.key, *COUNTING)
        judge(row, trial)
    is_broken = planned.fault in INTERRUPTIONS
    row.expect(f"the link was called {trial.link_commands}", is_so=bool(trial.link_commands) == is_broken)
    if not planned.fault:
        row.expect("not every rep was counted", is_so=row.cells.get(REPS) == f"{planned.reps}/{planned.reps}")
    row.expect(f"exit code {trial.code}: {trial.talk[-300:]!r}", is_so=trial.code == STOPPED)


async def killed(row: Row, planned: Planned, folder: Path) -> None:
    """kill -9 after the third rep; the link stays up, so the second session finds a sensor that is not heard any more.

    The lifter lies still meanwhile.
    """
    board = board_of(planned)
    killed_s = board.felt.truth.reps[2].end_s + 1.0
    async with RealScene(board, folder) as scene:
        first = await scene.live(*COUNTING, name="killed", kill_at_s=killed_s)
        judge_killed(row, first)
        before = dict(row.cells)
        row.expect("the link went down with the session", is_so=board.peripheral.is_connected)
        scene.forget_given()
        second = await scene.live("--side", "left")
        row.expect(f"it was found in another way: {second.talk!r}", is_so="connected already" in second.talk)
        judge_later(row, second, killed_s)
    for column, cell in before.items():
        if cell != row.cells.get(column):
            row.cells[column] = f"{cell}, then {row.cells.get(column)}"


async def twins(row: Row, planned: Planned, folder: Path) -> None:
    """Two of the same name: the one chosen by its address counts, also after a loss; the other is left alone."""
    board, other = board_of(planned), board_of(planned, address=OTHER_ADDRESS)
    async with RealScene(board, folder, others=[other]) as scene, happening(scene, planned):
        _, out, err = await scene.command("scan", "--json")
        found = sorted((item["name"], item["address"]) for item in map(json.loads, out.splitlines()))
        names = [(board.name, ADDRESS), (board.name, OTHER_ADDRESS)]
        row.expect(f"scan found {found} {err!r}", is_so=found == names)
        judge(row, await scene.live("--sensor", ADDRESS, *COUNTING))
    row.expect("the other one was connected to", is_so=other.peripheral.connect_count == 0)


async def refused(row: Row, planned: Planned, folder: Path) -> None:
    """The sensor answers its setup with an error: one sentence, no recording, nobody connected."""
    board = board_of(planned)
    board.refuses_setup = True
    async with RealScene(board, folder) as scene:
        trial = await scene.live(*COUNTING)
        row.put(QUIET, lambda: quiet(trial))
    row.note = trial.said[-1] if trial.said else "nothing"
    row.expect(f"no sentence: {trial.talk!r}", is_so=row.note.startswith("Error: ") and "Traceback" not in trial.talk)
    row.expect(f"exit code {trial.code}", is_so=trial.code == 1)
    row.expect("something was recorded", is_so=not trial.inputs)


async def looked(row: Row, planned: Planned, folder: Path) -> None:
    """`doctor` and `scan --battery`, then `doctor` and `live` without an adapter."""
    board = board_of(planned)
    async with RealScene(board, folder) as scene:
        code, out, _ = await scene.command("doctor")
        row.expect(f"doctor: {out!r}", is_so=code == 0)
        code, out, err = await scene.command("scan", "--battery")
        row.expect(f"scan: {out!r} {err!r}", is_so=all(word in out for word in (board.name, "80 %", ADDRESS)))
        scene.bluez.power(is_on=False)
        await scene.bluez.is_off()
        code, out, _ = await scene.command("doctor")
        row.expect(f"doctor, adapter off: {out!r}", is_so=code == 1 and "bluetoothctl power on" in out)
        trial = await scene.live(*COUNTING)
        row.put(QUIET, lambda: quiet(trial))
    row.expect(f"live, adapter off: {trial.talk!r}", is_so=trial.code == 1 and "Traceback" not in trial.talk)
    row.note = trial.said[-1] if trial.said else "nothing"


HOW: dict[str, Callable[[Row, Planned, Path], Awaitable[None]]] = {
    "counted": counted,
    "killed": killed,
    "twins": twins,
    "refused": refused,
    "looked": looked,
}


def board_of(planned: Planned, *, address: str = "") -> Board:
    """A board that can be on the air."""
    kind = BOARDS[planned.device]
    address = address or ADDRESSES.get(planned.device, ADDRESS)
    name = NAMES.get(planned.device, kind.name)
    felt = movement(kind.rate_hz, reps=planned.reps, pause_s=planned.pause_s)
    return kind(felt, name=name, address=address, mtu=planned.mtu)


def middle_s(board: Board) -> float:
    """On the way up in the third rep."""
    return board.felt.truth.reps[2].top_s - 0.5


@contextlib.asynccontextmanager
async def happening(scene: RealScene, planned: Planned) -> AsyncGenerator[None]:
    """Inside of this the planned interruption happens, if one is planned."""
    acting = [
        asyncio.create_task(happens(scene, middle_s(scene.board)))
        for fault, happens in INTERRUPTIONS.items()
        if fault == planned.fault
    ]
    try:
        yield
    finally:
        for task in acting:
            await cancelled(task)
