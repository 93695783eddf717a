"""Sessions of the installed command on the real stack, with the scripts and the air of tests/ble."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.ble.bluez import Characteristic
from tests.ble.boards import Board
from tests.ble.boards.board import Message
from tests.ble.trial import Air, Heard, Scene, Trial, calm
from tests.real_stack.stack import Stack
from tracker.core.engine import Engine
from tracker.core.events import to_json_line
from tracker.recording import Recording
from tracker.run import Pipeline, run_batch
from tracker.sources.replay import open_recording

COMMAND_S = 120.0  # emulated, the report after a session takes 15 s
LATE_S = 1.0  # what was sent last is still on its way through the machine, for less than counts as silence
LONGEST_SESSION_S = 420.0  # the movement lasts 85-120 s


@dataclass
class RealTrial(Trial):
    """What a session left. lines: its stdout, each come at lines_at_s (true time); code: how it ended; talk: stderr.

    replay: what the recording says when it is replayed; verified: what `tracker verify` says.
    """

    lines: list[str] = field(default_factory=list)
    lines_at_s: list[float] = field(default_factory=list)
    code: int = 0
    talk: str = ""
    replay: list[str] = field(default_factory=list)
    verified: str = ""


class RealScene(Scene):
    """As a scene of tests/ble, in real time, with the installed command. others: boards that nobody should start."""

    def __init__(self, board: Board, folder: Path, air: Air = calm, others: Sequence[Board] = ()) -> None:
        super().__init__(board, folder, self._noting(air), others)
        self.bluez = Stack([board.peripheral, *(other.peripheral for other in others)], folder / "bluetoothd.txt")
        self._sent: dict[tuple[Characteristic, bytes], Message] = {}

    def _noting(self, air: Air) -> Air:
        """The same air, and what leaves it is kept."""

        def through(messages: list[Message], now_s: float) -> list[Message]:
            sent = list(air(messages, now_s))
            self._sent |= {(item.characteristic, item.payload): item for item in sent}
            return sent

        return through

    async def lose_bus(self, away_s: float) -> None:
        """The message bus ends, and with it bluetoothd; both are started again."""
        self.bluez.kill_bus()
        self.board.forget_host()
        await asyncio.sleep(away_s)
        await self.bluez.start_bus()

    def forget_given(self) -> None:
        """What was given so far was given to another session."""
        for item in self.board.peripheral.characteristics:
            item.given.clear()

    async def command(self, *arguments: str) -> tuple[int, str, str]:
        """Run the installed command to its end: exit code, stdout, stderr."""
        process = await self._begun_command(*arguments)
        async with asyncio.timeout(COMMAND_S):
            out, err = await process.communicate()
        return process.returncode, out.decode(), err.decode()

    async def live(self, *arguments: str, name: str = "session", kill_at_s: float | None = None) -> RealTrial:
        """`tracker live` until the movement is over, or killed with -9 at that moment of it, or ended by itself."""
        home = self._folder / name
        trial = RealTrial(self.board, home / "none")
        process = await self._begun_command("live", "--json", *arguments, home=home)
        reading = [
            asyncio.create_task(self._read_lines(process.stdout, trial)),
            asyncio.create_task(self._read_talk(process.stderr, trial)),
        ]
        ended = [asyncio.create_task(process.wait())]
        ended.append(asyncio.create_task(self._is_over() if kill_at_s is None else self.at(kill_at_s)))
        try:
            async with asyncio.timeout(LONGEST_SESSION_S):
                await asyncio.wait(ended, return_when=asyncio.FIRST_COMPLETED)
                if process.returncode is None:
                    process.send_signal(signal.SIGINT if kill_at_s is None else signal.SIGKILL)
                trial.code = await process.wait()
                await asyncio.wait(reading)
        finally:
            for task in (*ended, *reading):
                task.cancel()
            if process.returncode is None:
                process.kill()
        trial.said = trial.talk.splitlines()
        await self._examine(trial, home)
        return trial

    async def _is_over(self) -> None:
        await self._over.wait()
        await asyncio.sleep(LATE_S)

    async def _begun_command(self, *arguments: str, home: Path | None = None) -> asyncio.subprocess.Process:
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}  # installed, not here
        return await asyncio.create_subprocess_exec(
            os.environ["TRACKER"],
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment | {"TRACKER_HOME": str(home or self._folder / "home")},
            cwd="/run",
        )

    async def _read_lines(self, stream: asyncio.StreamReader, trial: RealTrial) -> None:
        while line := await stream.readline():
            trial.lines.append(line.decode().rstrip("\n"))
            trial.lines_at_s.append(self.now_s)

    async def _read_talk(self, stream: asyncio.StreamReader, trial: RealTrial) -> None:
        while piece := await stream.read(4096):
            trial.talk += piece.decode("utf-8", "replace")

    async def _examine(self, trial: RealTrial, home: Path) -> None:
        """The recording: what is in it, what it says replayed, what `tracker verify` thinks of it."""
        paths = sorted(home.glob("*/recording.jsonl*"))
        if not paths:
            return
        self._believe_what_was_given()
        [trial.path] = paths
        trial.inputs = list(Recording(trial.path).inputs())
        source = open_recording(trial.path)
        heard = Heard(lambda: 0.0)
        engine = Engine(source.header.config, source.new_decoder(), side_plan=source.header.side_plan)
        run_batch(Pipeline(engine, [heard]), source.inputs())
        trial.events = heard.events
        trial.replay = [to_json_line(event) for event in heard.events]
        trial.said_at_s = trial.lines_at_s + [self.now_s] * (len(heard.events) - len(trial.lines))
        _, out, err = await self.command("verify", str(trial.path))
        trial.verified = (out or err).strip()
        shutil.copy(trial.path, self._folder / f"{home.name}.{trial.path.name}")

    def _believe_what_was_given(self) -> None:
        """What left the board without anybody behind the kernel who took it was not heard."""
        self.board.hush()
        for item in self.board.peripheral.characteristics:
            for payload in item.given:
                if (item, payload) in self._sent:
                    self.board.was_heard(self._sent[item, payload])
