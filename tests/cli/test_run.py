import asyncio
import gc
import logging
import os
import signal

import pytest

from tracker.core.events import Marked
from tracker.core.model import Command, CommandName, Packet
from tracker.errors import RecordingError
from tracker.header import Header
from tracker.interrupt import Interrupted
from tracker.recording import Recording, RecordingWriter
from tracker.run import Pipeline, StopFlag, blocks, run_batch, run_stream, run_until_stopped
from tracker.sources.paced import PacedStream

HEADER = Header(session_id="s", device="d", decoder="imu_stream", nominal_rate_hz=100.0)
INPUTS = [Packet(float(i), "data", bytes([i])) for i in range(6)]


class EchoEngine:
    """Says one event for each input, one more at the end."""

    def __init__(self, on_feed=None):
        self.seen = []
        self.on_feed = on_feed

    def feed(self, inputs):
        self.seen += inputs
        if self.on_feed:
            self.on_feed(inputs)
        return [Marked(item.received_s, item.received_s, "in") for item in inputs]

    def finish(self):
        return [Marked(99.0, 99.0, "end")]


class ListSink:
    def __init__(self, fails_at=None, fails_closing=False):
        self.texts = []
        self.fails_at = fails_at
        self.fails_closing = fails_closing
        self.is_closed = False

    def handle(self, events):
        self.texts += [event.text for event in events]
        if self.fails_at is not None and len(self.texts) >= self.fails_at:
            raise ValueError("broken screen")

    def close(self):
        self.is_closed = True
        if self.fails_closing:
            raise ValueError("still broken")


class Watch:
    """A clock that goes on only while somebody sleeps by it."""

    def __init__(self):
        self.now_s = 100.0

    def clock(self):
        return self.now_s

    async def sleep(self, wait_s):
        self.now_s += wait_s
        await asyncio.sleep(0)


def at_once():
    watch = Watch()
    return PacedStream(INPUTS, speed=1, clock=watch.clock, sleep=watch.sleep).batches()


def test_recorded_before_the_engine_sees_it(tmp_path):
    """When the engine gets an input it is on disk already."""
    writer = RecordingWriter(tmp_path, HEADER)
    on_disk = []
    engine = EchoEngine(lambda _inputs: on_disk.append(len(list(Recording(writer.path).inputs()))))
    pipeline = Pipeline(engine, writer=writer)
    for item in INPUTS:
        pipeline.take([item])
    pipeline.close()
    assert on_disk == [1, 2, 3, 4, 5, 6]


def test_batch_and_stream_are_one(tmp_path):
    """As fast as it goes or paced: same inputs, same events, same digest in the footer."""
    digests = []
    for name in ("batch", "stream"):
        writer = RecordingWriter(tmp_path / name, HEADER)
        pipeline = Pipeline(EchoEngine(), [ListSink()], writer=writer)
        if name == "batch":
            run_batch(pipeline, INPUTS)
        else:
            asyncio.run(run_stream(pipeline, at_once(), stop=StopFlag()))
        recording = Recording(writer.path)
        assert list(recording.inputs()) == INPUTS
        digests.append(recording.footer)
    assert digests[0] == digests[1]


def test_failing_sink_is_dropped(caplog):
    """A sink that raises is logged and dropped; the others go on, and the set with them."""
    broken, whole = ListSink(fails_at=2), ListSink()
    engine = EchoEngine()
    pipeline = Pipeline(engine, [broken, whole])
    with caplog.at_level(logging.WARNING):
        for item in INPUTS:
            pipeline.take([item])
        pipeline.close()
    assert len(engine.seen) == 6
    assert len(broken.texts) == 2
    assert len(whole.texts) == 7
    assert whole.is_closed
    assert "ListSink failed and is dropped" in caplog.text


def test_sink_that_fails_while_closing(caplog):
    """A sink that can not close does not keep the others from closing."""
    first, second = ListSink(fails_closing=True), ListSink()
    with caplog.at_level(logging.WARNING):
        Pipeline(EchoEngine(), [first, second]).close()
    assert second.is_closed
    assert "failed while closing" in caplog.text


def test_stop_between_two_inputs(tmp_path):
    """A stop lands between inputs: what came is recorded, the footer is there, the rest is left."""
    stop = StopFlag()
    writer = RecordingWriter(tmp_path, HEADER)
    engine = EchoEngine(lambda inputs: stop.stop() if inputs[0].received_s == 2.0 else None)
    pipeline = Pipeline(engine, writer=writer)
    asyncio.run(run_stream(pipeline, at_once(), stop=stop))
    recording = Recording(writer.path)
    assert list(recording.inputs()) == INPUTS[:3]
    assert recording.footer is not None


def test_finish_ends_the_stream_behind_it(tmp_path):
    """What the person ended is closed like what came to its end; what came with it, but later, is left."""
    writer = RecordingWriter(tmp_path, HEADER)
    finish = Command(2.5, CommandName.FINISH)

    async def source():
        yield INPUTS[:2]
        yield [INPUTS[2], finish, INPUTS[3]]
        yield INPUTS[4:]

    engine = EchoEngine()
    asyncio.run(run_stream(Pipeline(engine, writer=writer), source(), stop=StopFlag()))
    recording = Recording(tmp_path / "recording.jsonl.gz")
    assert list(recording.inputs()) == [*INPUTS[:3], finish] == engine.seen
    assert recording.footer is not None


def test_stop_before_the_start():
    """A stop that came first ends the stream at once."""
    stop = StopFlag()
    stop.stop()
    engine = EchoEngine()
    asyncio.run(run_stream(Pipeline(engine), at_once(), stop=stop))
    assert engine.seen == []
    run_batch(Pipeline(engine), INPUTS, stop=stop)
    assert engine.seen == []


def test_signals_set_the_flag_and_come_back():
    """The first signal sets the flag; afterwards the old handlers are in place again."""
    before = signal.getsignal(signal.SIGINT)
    with StopFlag() as stop:
        signal.raise_signal(signal.SIGINT)
        assert stop.is_set
        assert signal.getsignal(signal.SIGINT) is before
    with StopFlag():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


def test_lost_source_closes_the_recording(tmp_path):
    """When the source fails, the recording is closed with a footer and the error is told."""
    writer = RecordingWriter(tmp_path, HEADER)

    async def source():
        yield INPUTS[:2]
        raise RecordingError("gone", path="x")

    with pytest.raises(RecordingError, match="gone"):
        asyncio.run(run_stream(Pipeline(EchoEngine(), writer=writer), source(), stop=StopFlag()))
    recording = Recording(tmp_path / "recording.jsonl.gz")
    assert list(recording.inputs()) == INPUTS[:2]
    assert recording.footer is not None


def test_failing_engine_leaves_a_readable_recording(tmp_path):
    """When the engine itself fails, what was recorded stays, without a footer."""
    writer = RecordingWriter(tmp_path, HEADER)

    def fail(_inputs):
        raise ZeroDivisionError

    sink = ListSink()
    with pytest.raises(ZeroDivisionError):
        run_batch(Pipeline(EchoEngine(fail), [sink], writer=writer), INPUTS)
    assert sink.is_closed
    assert list(Recording(writer.path).inputs()) == INPUTS


def test_first_packet():
    """Stream time begins with the first packet, not with a command before it."""
    pipeline = Pipeline(EchoEngine())
    pipeline.take([Command(0.5, CommandName.SIDE, "left")])
    pipeline.take([Packet(2.5, "data", b""), Packet(3.5, "data", b"")])
    pipeline.take([Packet(4.5, "data", b"")])
    assert pipeline.first_packet_s == 2.5
    assert pipeline.input_count == 4


def test_blocks_are_bounded():
    """Blocks keep the order, and are neither long nor heavy."""
    heavy = [Packet(0.0, "rows", bytes(1 << 20))] * 9
    many = [Command(0.0, CommandName.MARK)] * 5000
    found = list(blocks([*heavy, *many]))
    assert [item for block in found for item in block] == [*heavy, *many]
    assert all(sum(len(item.payload) for item in block if isinstance(item, Packet)) <= 5 << 20 for block in found)
    assert all(len(block) <= 2048 for block in found)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_cancels_what_runs(number, capfd):
    """It lands in no inner task, whose failure nobody would fetch; what was begun is ended in order."""
    ended = []

    async def inner():
        os.kill(os.getpid(), number)  # as if it was pressed just here
        await asyncio.sleep(60)

    async def work():
        try:
            await asyncio.wait_for(inner(), 60)
        finally:
            ended.append("work")

    with pytest.raises(Interrupted):
        run_until_stopped(work())
    gc.collect()
    assert ended == ["work"]
    assert capfd.readouterr().err == ""


def test_what_runs_answers():
    """Without Ctrl-C it is asyncio.run."""

    async def work():
        return 7

    assert run_until_stopped(work()) == 7
