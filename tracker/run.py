"""The one loop: source -> recorder -> engine -> sinks. Live, replay, import and demo all run through it.

`Pipeline` is the loop's body: it records inputs before the engine sees them, keeps the digest of the events and hands
them to the sinks. `run_batch` drives it as fast as it goes, `run_stream` as inputs arrive, until the source ends or
the person says that they are done. A stop (Ctrl-C, SIGTERM) lands between two inputs, so a recording is always closed
properly.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterable, Iterator, Sequence
from types import FrameType
from typing import Any, Protocol, TypeVar

from tracker.core.engine import Engine
from tracker.core.events import Event
from tracker.core.model import Command, CommandName, Decoder, Input, Packet
from tracker.core.second import of_first
from tracker.errors import TrackerError
from tracker.header import Header
from tracker.interrupt import Interrupted, is_meant
from tracker.recording import EventDigest, RecordingWriter
from tracker.sinks import Sink

# One call of the engine gets up to so much: an hour of notifications is some 20 calls, and memory stays flat.
_BLOCK_INPUTS = 2048
_BLOCK_BYTES = 1 << 20

_log = logging.getLogger(__name__)

Tap = Callable[[Sequence[Input]], object]
Answer = TypeVar("Answer")


class EngineLike(Protocol):
    """What the loop needs of `tracker.core.engine.Engine`."""

    def feed(self, inputs: Sequence[Input]) -> list[Event]:
        """What these inputs make known."""

    def finish(self) -> list[Event]:
        """What was held back, at the end of the stream."""


def engine_for(header: Header, decoder: Decoder, *, pose_rate_hz: float = 0.0, curve_rate_hz: float = 0.0) -> Engine:
    """The engine of a session: everything that its header says goes in, so that a replay is the same."""
    return Engine(
        header.config,
        decoder,
        side_plan=header.side_plan,
        given=header.calibration,
        pose_rate_hz=pose_rate_hz,
        curve_rate_hz=curve_rate_hz,
    )


class Pipeline:
    """Recorder, engine and sinks in a row. Feed it with `take`, end it with `close` (or `abandon` after an error).

    taps: get the inputs themselves, after the recorder; like sinks they can not end a set.
    digest: of the events so far, where one is kept; a recording always keeps one.
    """

    def __init__(
        self,
        engine: EngineLike,
        sinks: Iterable[Sink] = (),
        *,
        writer: RecordingWriter | None = None,
        keeps_digest: bool = False,
        taps: Iterable[Tap] = (),
    ) -> None:
        # An hour's events cost 0.1 s to spell out, so only those who need the digest pay for it.
        self.digest = EventDigest() if keeps_digest or writer is not None else None
        self.input_count = 0
        self.output_error: OSError | None = None  # why a sink was dropped, where the system refused its output
        self.first_packet_s = 0.0  # host time of the first packet, where stream time begins
        self._has_packets = False
        self._engine = engine
        self._sinks = list(sinks)
        self._taps = list(taps)
        self._writer = writer

    def take(self, inputs: Sequence[Input]) -> None:
        """Record these inputs, then let the engine and the sinks have them."""
        if self._writer is not None:
            for item in inputs:
                self._writer.append(item)
        self.input_count += len(inputs)
        if not self._has_packets:
            first = next((item for item in of_first(inputs) if isinstance(item, Packet)), None)
            self.first_packet_s = 0.0 if first is None else first.received_s
            self._has_packets = first is not None
        for tap in tuple(self._taps):
            try:
                tap(inputs)
            except Exception:  # noqa: BLE001 - whatever goes wrong outside, the set goes on
                self._taps.remove(tap)
                _log.warning("%s failed and is dropped; the set goes on.", tap, exc_info=True)
        self._publish(self._engine.feed(inputs))

    def close(self) -> None:
        """End the stream: last events, footer, packed file, sinks closed."""
        try:
            self._publish(self._engine.finish())
            if self._writer is not None and self.digest is not None:
                self._writer.close(self.digest.hexdigest())
        finally:
            self._close_sinks()

    def abandon(self) -> None:
        """Leave everything as after a crash, but with the files closed."""
        if self._writer is not None:
            self._writer.abandon()
        self._close_sinks()

    def _publish(self, events: list[Event]) -> None:
        if not events:
            return
        if self.digest is not None:
            self.digest.add(events)
        for sink in tuple(self._sinks):
            try:
                sink.handle(events)
            except BrokenPipeError:  # whoever read it has seen enough: nothing to report
                self._sinks.remove(sink)
            except OSError as error:  # the set goes on, and whoever runs the loop says so at its end
                self._sinks.remove(sink)
                self.output_error = error
            except Exception:  # noqa: BLE001 - whatever a sink does wrong, the set goes on
                self._sinks.remove(sink)
                _log.warning("%s failed and is dropped; the set goes on.", type(sink).__name__, exc_info=True)

    def _close_sinks(self) -> None:
        for sink in self._sinks:
            try:
                sink.close()
            except Exception:  # noqa: BLE001 - whatever a sink does wrong, the set goes on
                _log.warning("%s failed while closing.", type(sink).__name__, exc_info=True)
        self._sinks = []


class StopFlag:
    """Set by Ctrl-C, SIGTERM or a closed terminal; a second Ctrl-C, a second later, gets through as an exception.

    A context manager.
    """

    def __init__(self) -> None:
        self.is_set = False
        self.on_stop: Callable[[], object] | None = None
        self._previous: dict[int, Any] = {}

    def __enter__(self) -> StopFlag:
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)  # Windows has no SIGHUP
            if number is None or (name == "SIGHUP" and signal.getsignal(number) is signal.SIG_IGN):  # nohup
                continue
            with contextlib.suppress(ValueError):  # outside the main thread there are no signals to catch
                self._previous[number] = signal.signal(number, self._caught)
        return self

    def __exit__(self, *_exception: object) -> None:
        self._restore()

    def stop(self) -> None:
        """Ask the loop to end after the input at hand."""
        self.is_set = True
        if self.on_stop is not None:
            self.on_stop()

    def _caught(self, _number: int, _frame: FrameType | None) -> None:
        is_meant()
        self._restore()
        self.stop()

    def _restore(self) -> None:
        while self._previous:
            signal.signal(*self._previous.popitem())


def run_until_stopped(work: Coroutine[Any, Any, Answer]) -> Answer:
    """What this answers, in a loop of its own. Ctrl-C cancels it, rather than break into whatever it does just then.

    Raises Interrupted.
    """

    async def cancellable() -> Answer:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None
        stop.on_stop = lambda: loop.call_soon_threadsafe(task.cancel)
        if stop.is_set:
            task.cancel()
        try:
            return await work
        finally:
            stop.on_stop = None

    with StopFlag() as stop:
        try:
            return asyncio.run(cancellable())
        except asyncio.CancelledError:
            if stop.is_set:
                raise Interrupted from None
            raise


def run_batch(pipeline: Pipeline, inputs: Iterable[Input], *, stop: StopFlag | None = None) -> None:
    """Everything as fast as it goes, to the end or to a stop; the pipeline is closed afterwards."""
    try:
        for block in blocks(inputs):
            if stop is not None and stop.is_set:
                break
            pipeline.take(block)
    except BaseException:
        pipeline.abandon()
        raise
    pipeline.close()


async def run_stream(pipeline: Pipeline, batches: AsyncIterator[Sequence[Input]], *, stop: StopFlag) -> None:
    """Inputs as they arrive, to the end of the source, to FINISH or to a stop; the pipeline is closed afterwards."""
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(_pump(pipeline, batches))
    stop.on_stop = lambda: loop.call_soon_threadsafe(task.cancel)
    if stop.is_set:
        task.cancel()
    lost: TrackerError | None = None
    try:
        lost = await task
    except asyncio.CancelledError:
        if not stop.is_set:
            pipeline.abandon()
            raise
    except BaseException:
        pipeline.abandon()
        raise
    finally:
        stop.on_stop = None
        if isinstance(batches, AsyncGenerator):
            await batches.aclose()
    pipeline.close()
    if lost is not None:
        raise lost


async def _pump(pipeline: Pipeline, batches: AsyncIterator[Sequence[Input]]) -> TrackerError | None:
    """Feed the pipeline. A source that fails is returned, not raised: what came is closed properly first."""
    while True:
        try:
            batch = await anext(batches, None)
        except TrackerError as error:
            return error
        if batch is None:
            return None
        end = next((place for place, item in enumerate(batch) if _is_finish(item)), len(batch)) + 1
        pipeline.take(batch[:end])
        if end <= len(batch):
            return None


def _is_finish(item: Input) -> bool:
    return isinstance(item, Command) and item.name is CommandName.FINISH


def blocks(inputs: Iterable[Input]) -> Iterator[list[Input]]:
    """Inputs in lists that are neither long nor heavy."""
    block: list[Input] = []
    size = 0
    for item in inputs:
        block.append(item)
        size += 0 if isinstance(item, Command) else len(item.payload)
        if size >= _BLOCK_BYTES or len(block) >= _BLOCK_INPUTS:
            yield block
            block, size = [], 0
    if block:
        yield block
