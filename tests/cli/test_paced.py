"""A list of inputs as a live source: pace, commands in between, and a recording that says the same."""

from __future__ import annotations

import asyncio
import random

import pytest

from tracker.core.engine import Engine
from tracker.core.model import Command, CommandName, Packet
from tracker.decoders.registry import profile
from tracker.header import Header
from tracker.recording import Recording, RecordingWriter
from tracker.run import Pipeline, StopFlag, run_batch, run_stream
from tracker.sources.paced import PacedStream
from tracker.sources.simulator import NAMED, simulate

INPUTS = [Packet(float(i), "data", bytes([i])) for i in range(6)]


class Watch:
    """A clock that goes on only while somebody sleeps by it, and then does what it was asked to do at that time."""

    def __init__(self):
        self.now_s = 100.0
        self.todo = []

    def clock(self):
        return self.now_s

    def at(self, time_s, deed):
        self.todo.append((100.0 + time_s, deed))

    async def sleep(self, wait_s):
        self.now_s += wait_s
        due = [item for item in self.todo if item[0] <= self.now_s + 1e-9]
        self.todo = [item for item in self.todo if item not in due]
        for _, deed in due:
            deed()
        await asyncio.sleep(0)


def stream_of(watch, speed=1.0, inputs=INPUTS):
    return PacedStream(inputs, speed=speed, clock=watch.clock, sleep=watch.sleep)


def came(stream, watch, each=lambda _batch: None):
    """Every input with the time it came [s]."""
    found = []

    async def play():
        async for batch in stream.batches():
            found.extend((watch.now_s - 100.0, item) for item in batch)
            each(batch)

    asyncio.run(play())
    return found


@pytest.mark.parametrize("speed", [1, 4])
def test_pacing(speed):
    """Inputs come at the times they once came, `speed` times as fast; a late one waits for nothing."""
    watch = Watch()

    def be_busy(batch):
        if batch == [INPUTS[2]]:
            watch.now_s += 1.5 / speed

    times = [time_s for time_s, _ in came(stream_of(watch, speed), watch, be_busy)]
    assert times == pytest.approx([time / speed for time in (0, 1, 2, 3.5, 4, 5)], abs=1e-6)


@pytest.mark.parametrize("speed", [1, 4])
def test_a_command_comes_at_once_with_the_time_of_the_session(speed):
    """Told in the silence between two inputs, it does not wait for the next; its stamp is session time."""
    watch = Watch()
    stream = stream_of(watch, speed)
    watch.at(2.4 / speed, lambda: stream.tell(CommandName.MARK, "here"))
    found = came(stream, watch)
    place = next(i for i, (_, item) in enumerate(found) if isinstance(item, Command))
    time_s, command = found[place]
    assert place == 3
    assert command.name is CommandName.MARK
    assert command.received_s == pytest.approx(2.4, abs=0.06 * speed)
    assert time_s == pytest.approx(2.4 / speed, abs=0.06)


def test_stamps_never_run_back():
    """Told while the loop is two seconds late: it stands before the inputs it came before, and is stamped so."""
    watch = Watch()
    stream = stream_of(watch)

    def be_busy(batch):
        if batch == [INPUTS[2]]:
            watch.now_s += 2.5
            stream.tell(CommandName.STRIKE)

    items = [item for _, item in came(stream, watch, be_busy)]
    assert [type(item).__name__ for item in items[2:5]] == ["Packet", "Command", "Packet"]
    assert [item.received_s for item in items] == sorted(item.received_s for item in items)


def test_no_command_is_lost():
    """Told before the first input, and with the last one: both are there, at the ends."""
    watch = Watch()
    stream = stream_of(watch)
    stream.tell(CommandName.SIDE, "left")

    def tell_last(batch):
        if batch == [INPUTS[-1]]:
            stream.tell(CommandName.SIDE, "right")

    items = [item for _, item in came(stream, watch, tell_last)]
    assert [items[0].value, items[-1].value] == ["left", "right"]
    assert [item for item in items if isinstance(item, Packet)] == INPUTS


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_recording_replays_to_the_bit(tmp_path, seed):
    """A session with keys pressed at random: its recording, fed whole, gives the digest of what was seen."""
    inputs = simulate(NAMED["faults"]).inputs
    rng = random.Random(seed)
    watch = Watch()
    stream = stream_of(watch, 4.0, inputs)
    keys = [
        (CommandName.SIDE, "swap"), (CommandName.STRIKE, ""), (CommandName.RESTORE, ""), (CommandName.MARK, "x"),
        (CommandName.SET_END, ""), (CommandName.STRIKE, "3"),
    ]  # fmt: skip
    for _ in range(60):
        name, value = rng.choice(keys)
        watch.at(rng.uniform(0, inputs[-1].received_s / 4), lambda name=name, value=value: stream.tell(name, value))
    watch.at(inputs[-1].received_s / 4 - 1.0, lambda: stream.tell(CommandName.FINISH))

    header = Header(session_id="s", device="d", decoder="imu_stream", nominal_rate_hz=104.0, side_plan="alternate")

    def engine():
        return Engine(header.config, profile("imu_stream").new_decoder(), side_plan="alternate")

    writer = RecordingWriter(tmp_path, header)
    asyncio.run(run_stream(Pipeline(engine(), writer=writer), stream.batches(), stop=StopFlag()))
    recording = Recording(writer.path)
    again = Pipeline(engine(), keeps_digest=True)
    run_batch(again, recording.inputs())
    assert recording.footer is not None
    assert again.digest is not None
    assert again.digest.hexdigest() == recording.footer.events_sha256
    commands = [item for item in recording.inputs() if isinstance(item, Command)]
    assert len(commands) >= 60
    assert commands[-1].name is CommandName.FINISH
