"""What verbs that play inputs have in common: one way to build the loop, one way to end it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tracker.commands.options import MAX_SPEED, pace_of
from tracker.commands.screens import Screens
from tracker.errors import TrackerError
from tracker.page import CURVE_RATE_HZ
from tracker.reports import Gathering, Session
from tracker.run import Pipeline, StopFlag, engine_for, run_batch, run_stream
from tracker.sources.paced import PacedStream

if TYPE_CHECKING:
    from tracker.core.config import Config
    from tracker.core.model import Decoder, Input
    from tracker.header import Header
    from tracker.recording import RecordingWriter
    from tracker.sources.replay import Source


class Played:
    """A session as it was played: the numbers, the digest, and whether it was stopped on the way."""

    def __init__(self, session: Session, digest: str, *, input_count: int, was_stopped: bool) -> None:
        self.session = session
        self.digest = digest
        self.input_count = input_count
        self.was_stopped = was_stopped


def play(
    header: Header,
    inputs: Iterable[Input],
    decoder: Decoder,
    *,
    speed: str = MAX_SPEED,
    screens: Screens | None = None,
    writer: RecordingWriter | None = None,
    keeps_digest: bool = False,
) -> Played:
    """Run the inputs through recorder, engine and sinks, to the end or to Ctrl-C."""
    screens = screens or Screens()
    gathering = Gathering(header.load_kg)
    engine = engine_for(header, decoder, pose_rate_hz=screens.pose_rate_hz, curve_rate_hz=CURVE_RATE_HZ)
    pipeline = Pipeline(
        engine, [gathering, *screens.sinks], writer=writer, keeps_digest=keeps_digest, taps=screens.taps
    )
    with StopFlag() as stop:
        if speed == MAX_SPEED:
            run_batch(pipeline, inputs, stop=stop)
        else:
            stream = PacedStream(inputs, speed=pace_of(speed), clock=time.monotonic)
            asyncio.run(_watched(pipeline, stream, screens, stop))
    if pipeline.output_error is not None and writer is None:  # with a recording nothing is lost: go on to the report
        reason = pipeline.output_error.strerror or str(pipeline.output_error)
        raise TrackerError(f"The output could not be written: {reason}.", hint="Make room, or write elsewhere.")
    session = gathering.session(header, pipeline.first_packet_s)
    return Played(
        session,
        pipeline.digest.hexdigest() if pipeline.digest else "",
        input_count=pipeline.input_count,
        was_stopped=stop.is_set,
    )


async def _watched(pipeline: Pipeline, stream: PacedStream, screens: Screens, stop: StopFlag) -> None:
    """The stream through the pipeline, and what keys and screens say into the stream."""
    with screens.listening(stream.tell):
        await run_stream(pipeline, stream.batches(), stop=stop)


def as_reported_since(source: Source) -> Source:
    """The source; a recording as of the athlete, load and leg that its report names since."""
    from tracker.reports.earlier import reported_since

    if source.recording is None:
        return source
    return replace(source, header=reported_since(source.header, source.path))


def play_source(source: Source, config: Config, **how: object) -> Played:
    """A file, judged by `config`."""
    header = replace(source.header, config=config)
    played = play(header, source.inputs(), source.new_decoder(), **how)  # type: ignore[arg-type]
    if not played.was_stopped:
        played.session = replace(played.session, damage=source.damage)
    return played


def print_session(session: Session, *, to_stderr: bool = False) -> None:
    """The report in a few lines."""
    from tracker.reports.text import session_text

    click.echo(session_text(session), err=to_stderr)


def say_note(source: Source) -> None:
    """Tell how a file was read, where a person should know."""
    if source.note:
        click.echo(source.note, err=True)


def say_damage(source: Source) -> None:
    """Tell what could not be read of a file that was read to its end, where no report tells it."""
    for sentence in source.damage.sentences:
        click.echo(f"{source.path}: {sentence}", err=True)


def say_written(paths: Iterable[Path]) -> None:
    """Tell which files were written, on stderr: stdout is for results."""
    for path in paths:
        click.echo(f"Wrote {path}", err=True)
