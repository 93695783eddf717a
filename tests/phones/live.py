"""A phone's session from its link to the events: the source as `tracker live` runs it, in this process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.phones.motion import Motion
from tracker.core import events
from tracker.core.config import Config
from tracker.core.engine import Engine
from tracker.header import Header
from tracker.recording import RecordingWriter
from tracker.run import Pipeline, StopFlag, run_stream
from tracker.sources.phone_stream import PhoneLink, PhoneStream
from tracker.sources.replay import open_recording

LONGEST_S = 120.0  # far more than any of these sessions takes


@dataclass
class Ran:
    """What a session said: its events, its sentences before and after the stream, and where it was recorded."""

    said: list[str]
    path: Path
    happened: list[events.Event] = field(default_factory=list)

    @property
    def noted(self) -> list[str]:
        """Its sentences during the stream."""
        return [event.text for event in self.happened if isinstance(event, events.Noted)]

    def of(self, kind: type[events.Event]) -> list[events.Event]:
        return [event for event in self.happened if isinstance(event, kind)]


class _Listener:
    def __init__(self, happened: list[events.Event]) -> None:
        self.happened = happened

    def handle(self, found: list[events.Event]) -> None:
        self.happened += found

    def close(self) -> None:
        """Nothing is open."""


def run_session(
    link: PhoneLink,
    folder: Path,
    *,
    now_s: Callable[[], float],
    motion: Motion,
    is_over: Callable[[], bool],
) -> Ran:
    """Stream until `is_over`; the motion's commands are told when the phone's time `now_s` has passed them."""
    return asyncio.run(_run(link, folder, now_s, motion, is_over))


async def _run(
    link: PhoneLink, folder: Path, now_s: Callable[[], float], motion: Motion, is_over: Callable[[], bool]
) -> Ran:
    ran = Ran([], folder / "recording.jsonl.gz")
    start_s = time.monotonic()
    header = Header("phone", link.title, link.profile.key, link.profile.nominal_rate_hz, has_text_payloads=True)
    engine = Engine(Config(), link.profile.new_decoder())
    with StopFlag() as stop:
        async with PhoneStream(link, clock=lambda: time.monotonic() - start_s, say=ran.said.append) as stream:
            writer = RecordingWriter(folder, header)
            pipeline = Pipeline(engine, [_Listener(ran.happened)], writer=writer)
            running = asyncio.create_task(run_stream(pipeline, stream.batches(), stop=stop))
            commands = list(motion.commands)
            while not running.done() and not is_over():
                assert time.monotonic() - start_s < LONGEST_S
                while commands and commands[0].received_s <= now_s():
                    stream.tell(*commands.pop(0)[1:])
                await asyncio.sleep(0.002)
            stop.stop()
            await running
    return ran


def replayed(ran: Ran) -> list[events.Event]:
    """The events of the recording, computed again."""
    source = open_recording(ran.path)
    engine = Engine(source.header.config, source.new_decoder())
    return engine.feed(list(source.inputs())) + engine.finish()
