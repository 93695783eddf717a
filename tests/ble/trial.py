"""Sessions of the real client with one board, in virtual time: what was streamed, recorded, said live and replayed.

Everything between the board and the events is the product: choosing, the source, recorder, engine. The service and
its D-Bus are the stand-in's, bleak in between is the real one.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tests.ble import virtual_time
from tests.ble.bluez import Bluez
from tests.ble.boards import Board
from tests.ble.boards.board import Message
from tracker.core.engine import Engine
from tracker.core.events import Event, Noted, to_json_line
from tracker.core.model import Command, CommandName, Input, Packet
from tracker.errors import TrackerError
from tracker.header import Header
from tracker.recording import Recording, RecordingWriter
from tracker.run import Pipeline, StopFlag, run_batch, run_stream
from tracker.sources.ble_choice import choose_sensor
from tracker.sources.ble_stream import BleStream
from tracker.sources.replay import open_recording

CONNECT_S, DISCONNECT_S = 0.4, 2.1  # what the real service takes
SUPERVISION_S = 0.42  # so long after the last sign the service calls a link lost
QUIET_S = 0.3  # what is under way arrives within this
SEARCH_S = 12.0
NEVER_S = math.inf

Air = Callable[[list[Message], float], Iterable[Message]]


def calm(messages: list[Message], _now_s: float) -> Iterable[Message]:
    """Air in which nothing happens to messages."""
    return messages


class Heard:
    """The sink of a trial: every event, and the moment on the loop's clock at which it was said."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.events: list[Event] = []
        self.said_at_s: list[float] = []
        self._clock = clock

    def handle(self, events: Sequence[Event]) -> None:
        self.events += events
        self.said_at_s += [self._clock()] * len(events)

    def close(self) -> None:
        """Nothing is open."""


@dataclass
class Trial:
    """What a session left. events: as they were said, each at said_at_s (true time of the movement).

    inputs: what the recording at `path` holds; said: sentences to the person; error: what ended it.
    """

    board: Board
    path: Path
    events: list[Event] = field(default_factory=list)
    said_at_s: list[float] = field(default_factory=list)
    inputs: list[Input] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    error: TrackerError | None = None

    def named(self, kind: type) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def link_commands(self) -> list[CommandName]:
        names = (CommandName.LINK_LOST, CommandName.LINK_BACK)
        return [item.name for item in self.inputs if isinstance(item, Command) and item.name in names]

    def recorded(self, channel: str) -> list[bytes]:
        return [item.payload for item in self.inputs if isinstance(item, Packet) and item.channel == channel]


class Scene:
    """Bluetooth and one board inside a virtual-time loop, as a context manager; sessions are held in it.

    others: boards that are merely in range. The movement begins when the board is first started, and then goes on.
    Scripts do things to the scene meanwhile.
    """

    def __init__(self, board: Board, folder: Path, air: Air = calm, others: Sequence[Board] = ()) -> None:
        self.board = board
        self.bluez = Bluez([item.peripheral for item in (*others, board)])
        self._socket = folder / "bus"
        self._folder = folder
        self._air = air
        self._is_present = True
        self._begun_at_s = 0.0
        self._begun = asyncio.Event()
        self._over = asyncio.Event()
        board.peripheral.connect_s, board.peripheral.disconnect_s = CONNECT_S, DISCONNECT_S

    async def __aenter__(self) -> Scene:
        self._loop = asyncio.get_running_loop()
        await self.bluez.start(str(self._socket))
        self._flying = asyncio.create_task(self._fly())
        return self

    async def __aexit__(self, *exception) -> None:
        await cancelled(self._flying)
        await self.bluez.stop()

    # what scripts do -------------------------------------------------------------------------------------------------

    @property
    def now_s(self) -> float:
        """True time of the movement."""
        return self._loop.time() - self._begun_at_s

    async def at(self, true_s: float) -> None:
        """Wait for this moment of the movement."""
        await self._begun.wait()
        await asyncio.sleep(max(0.0, true_s - self.now_s))

    async def leave(self, away_s: float) -> None:
        """Out of reach; the service notices after the supervision timeout. It is back after so long, if ever."""
        peripheral = self.board.peripheral
        self._is_present = peripheral.is_advertising = peripheral.is_answering = False
        await asyncio.sleep(SUPERVISION_S)
        if peripheral.is_connected:
            self.bluez.drop_link(peripheral)
        self.board.forget_host()
        if away_s != NEVER_S:
            await asyncio.sleep(away_s - SUPERVISION_S)
            self._is_present = peripheral.is_advertising = peripheral.is_answering = True

    async def power_cycle(self, off_s: float) -> None:
        """The adapter is turned off and on again."""
        self.bluez.power(is_on=False)
        self.board.forget_host()
        await asyncio.sleep(off_s)
        self.bluez.power(is_on=True)

    async def lose_service(self, away_s: float) -> None:
        """The service dies and is started again."""
        self.bluez.kill_service()
        self.board.forget_host()
        await asyncio.sleep(away_s)
        self.bluez.start_service()

    async def lose_bus(self, away_s: float) -> None:
        """Message bus and service end and are started again."""
        await self.bluez.stop()
        self._socket.unlink()
        self.board.forget_host()
        await asyncio.sleep(away_s)
        self.bluez.bus.has_service = True
        await self.bluez.start(str(self._socket))

    async def kill(self, session: asyncio.Task) -> None:
        """What kill -9 of the client does: its connections to the bus close, the link stays up.

        The session's own good-bye must not reach the sensor: the bus lets nobody in until it has ended.
        """
        await self.bluez.bus.stop()
        self._socket.unlink()
        await cancelled(session)
        await self.bluez.bus.start(str(self._socket))

    # a session -------------------------------------------------------------------------------------------------------

    async def session(
        self,
        wanted: str,
        *,
        name: str = "session",
        new_sink: Callable[[Callable[[], float]], Heard] = Heard,
        reads_back: bool = True,
    ) -> Trial:
        """From choosing the sensor to the sensor left alone, which is when the movement is over.

        new_sink: who hears the events; reads_back: the recording into `inputs`.
        """
        trial = Trial(self.board, self._folder / name / "recording.jsonl.gz")
        try:
            await self._session(trial, wanted, new_sink)
        except TrackerError as error:
            trial.error = error
        if reads_back and trial.path.exists():
            trial.inputs = list(Recording(trial.path).inputs())
        return trial

    async def _session(self, trial: Trial, wanted: str, new_sink: Callable[[Callable[[], float]], Heard]) -> None:
        start_s = self._loop.time()
        choice = await choose_sensor(wanted, None, search_s=SEARCH_S)
        stream = BleStream(choice.sensor, clock=lambda: self._loop.time() - start_s, say=trial.said.append)
        async with stream:
            header = Header("trial", choice.sensor.title, stream.profile.key, stream.profile.nominal_rate_hz)
            heard = new_sink(self._loop.time)
            engine = Engine(header.config, stream.profile.new_decoder())
            pipeline = Pipeline(engine, [heard], writer=RecordingWriter(trial.path.parent, header))
            stop = StopFlag()
            running = asyncio.create_task(run_stream(pipeline, stream.batches(), stop=stop))
            talking = asyncio.create_task(self._talk(stream))
            ended = asyncio.create_task(self._over.wait())
            try:
                await asyncio.wait([running, ended], return_when=asyncio.FIRST_COMPLETED)
                stop.stop()
                await running
            finally:
                await cancelled(running, talking, ended)
        trial.events = heard.events
        trial.said += [event.text for event in heard.events if isinstance(event, Noted)]
        trial.said_at_s = [at_s - self._begun_at_s for at_s in heard.said_at_s]

    async def _talk(self, stream: BleStream) -> None:
        """What the person presses, when they press it."""
        for true_s, name, value in self.board.felt.said:
            if true_s >= self.now_s or not self._begun.is_set():
                await self.at(true_s)
                stream.tell(name, value)

    async def _fly(self) -> None:
        """At each connection event what is ready goes out."""
        board = self.board
        while not (board.is_streaming and any(item.subscribers for item in board.peripheral.characteristics)):
            await asyncio.sleep(board.event_s)
            for message in board.measured(0):  # answers to what it is asked before it is started
                await self.bluez.notify(board.peripheral, message.characteristic, message.payload)
        self._begun_at_s = self._loop.time()
        self._begun.set()
        while self.now_s < board.felt.t_s[-1]:
            await asyncio.sleep(board.event_s)
            stop = int(np.searchsorted(board.felt.t_s, self.now_s))
            if not self._is_present:
                board.lose(stop)
                continue
            for message in self._air(board.measured(stop), self.now_s):
                if board.peripheral.is_connected and message.characteristic.subscribers:
                    board.was_heard(message)
                await self.bluez.notify(board.peripheral, message.characteristic, message.payload)
        await asyncio.sleep(QUIET_S)
        self._over.set()


async def cancelled(*tasks: asyncio.Task) -> None:
    """End these; an error that one of them ended with is raised."""
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    for task in tasks:
        if not task.cancelled():
            task.result()


def tried(
    board: Board,
    folder: Path,
    *,
    script: Callable[[Scene], Awaitable[object]] | None = None,
    air: Air = calm,
    others: Sequence[Board] = (),
    wanted: str = "",
) -> Trial:
    """A whole session with this board. script: what happens meanwhile; air: what becomes of its messages."""

    async def play() -> Trial:
        async with Scene(board, folder, air, others) as scene:
            acting = asyncio.create_task(script(scene)) if script else None
            try:
                return await scene.session(wanted or board.key)
            finally:
                if acting is not None:
                    await cancelled(acting)

    return virtual_time.run(play())


def replayed(path: Path) -> tuple[list[str], str]:
    """Every event of the recording replayed as `tracker verify` does, and their digest."""
    source = open_recording(path)
    heard = Heard(lambda: 0.0)
    engine = Engine(source.header.config, source.new_decoder(), side_plan=source.header.side_plan)
    pipeline = Pipeline(engine, [heard], keeps_digest=True)
    run_batch(pipeline, source.inputs())
    return [to_json_line(event) for event in heard.events], pipeline.digest.hexdigest()
