"""What verbs that play inputs have in common: one way to build the loop, one way to end it."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tracker.commands.options import MAX_SPEED
from tracker.core.engine import Engine
from tracker.errors import TrackerError
from tracker.page import CURVE_RATE_HZ
from tracker.reports import Gathering, Session
from tracker.run import Pipeline, StopFlag, run_batch, run_stream
from tracker.sinks import Sink
from tracker.sources.paced import PacedStream

if TYPE_CHECKING:
    from tracker.core.config import Config
    from tracker.core.model import Decoder, Input
    from tracker.header import Header
    from tracker.recording import RecordingWriter
    from tracker.sources.replay import Source

_SCREEN_RATE_HZ = 12.0  # smooth to the eye, and a terminal draws it in a tenth of the time


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
    sinks: Sequence[Sink] = (),
    writer: RecordingWriter | None = None,
    for_screen: bool = False,
    keeps_digest: bool = False,
) -> Played:
    """Run the inputs through recorder, engine and sinks, to the end or to Ctrl-C."""
    gathering = Gathering(header.load_kg)
    engine = Engine(
        header.config,
        decoder,
        side_plan=header.side_plan,
        pose_rate_hz=_SCREEN_RATE_HZ if for_screen else 0.0,
        curve_rate_hz=CURVE_RATE_HZ,
    )
    pipeline = Pipeline(engine, [gathering, *sinks], writer=writer, keeps_digest=keeps_digest)
    with StopFlag() as stop:
        if speed == MAX_SPEED:
            run_batch(pipeline, inputs, stop=stop)
        else:
            stream = PacedStream(inputs, speed=float(speed), clock=time.monotonic)
            asyncio.run(run_stream(pipeline, stream.batches(), stop=stop))
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


def play_source(source: Source, config: Config, **how: object) -> Played:
    """A file, judged by `config`."""
    header = replace(source.header, config=config)
    return play(header, source.inputs(), source.new_decoder(), **how)  # type: ignore[arg-type]


def sinks_for_output(config: Config, *, as_json: bool, is_live: bool) -> tuple[list[Sink], bool]:
    """Who shows the events: JSON lines, the big live view on a terminal, else plain lines; and whether it is a view.

    At full speed a view would only flicker, so it gets plain lines too.
    """
    if as_json:
        from tracker.sinks.json_lines import JsonLines

        return [JsonLines(sys.stdout)], False
    if is_live and sys.stdout.isatty():
        from tracker.sinks.board import Board
        from tracker.sinks.terminal import LiveView

        return [LiveView(Board.of(config))], True
    from tracker.sinks.plain_lines import PlainLines

    return [PlainLines(sys.stdout)], False


def print_session(session: Session, *, to_stderr: bool = False) -> None:
    """The report in a few lines."""
    from tracker.reports.text import session_text

    click.echo(session_text(session), err=to_stderr)


def say_note(source: Source) -> None:
    """Tell how a file was read, where a person should know."""
    if source.note:
        click.echo(source.note, err=True)


def say_written(paths: Iterable[Path]) -> None:
    """Tell which files were written, on stderr: stdout is for results."""
    for path in paths:
        click.echo(f"Wrote {path}", err=True)
