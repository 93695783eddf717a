"""`tracker import`: sample files to recordings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tracker.commands.options import (
    Declared,
    Judging,
    declared_options,
    format_option,
    judging_options,
    moment_of,
    output_option,
    started_at_option,
    wrong_usage_for_settings,
)

if TYPE_CHECKING:
    from tracker.sources.replay import Source


@click.command(name="import")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@output_option("a new session in the data folder for each file")
@declared_options
@judging_options
@started_at_option
@format_option
def import_(
    files: tuple[Path, ...],
    folder: Path | None,
    declared: Declared,
    judging: Judging,
    started_at: str | None,
    kind: str | None,
) -> None:
    """Turn exports of apps and vendors, and generic CSV, into recordings.

    FILE is a file, a zip or the folder of an unpacked one; a gyroscope's file beside the accelerometer's is found. What
    can not be used is refused in one sentence, and nothing is written for it.
    """
    import shutil
    import sys
    from dataclasses import replace
    from datetime import UTC, datetime

    from tracker.commands.playing import play, say_note
    from tracker.commands.screens import Screens
    from tracker.core.config import Config
    from tracker.errors import TrackerError
    from tracker.header import begun_at, in_local_zone
    from tracker.recording import RecordingWriter
    from tracker.sessions import new_session_id, session_root
    from tracker.sinks.plain_lines import Complaints
    from tracker.sources.replay import open_source

    moment = moment_of(started_at)
    with wrong_usage_for_settings():
        config = judging.applied_to(Config())
    done: set[Path] = set()
    for path in files:
        if path in done:
            continue
        source = open_source(path, kind=kind, in_small_pieces=True)
        done.update(source.files)
        if source.recording is not None:
            raise TrackerError(
                f"{path} is a recording already.", hint="`tracker report` and `replay` read it as it is."
            )
        say_note(source)
        _check(open_source(path, kind=kind))
        header = in_local_zone(begun_at(declared.applied_to(source.header), moment))
        session_id = new_session_id(header.started_at or datetime.now(UTC))
        header = replace(header, config=config, session_id=session_id)
        target = (folder or session_root()) / session_id
        writer = RecordingWriter(target, header)
        try:
            played = play(
                header, source.inputs(), source.new_decoder(), screens=Screens([Complaints(sys.stderr)]), writer=writer
            )
        except BaseException:
            shutil.rmtree(target, ignore_errors=True)  # the sample file is still there: nothing is lost
            raise
        if played.was_stopped:
            shutil.rmtree(target, ignore_errors=True)
            raise KeyboardInterrupt
        reps = sum(rep.is_counted for rep in played.session.summary.reps)
        click.echo(str(writer.path))
        click.echo(f"{path}: {reps} reps in {len(played.session.summary.sets)} sets.", err=True)


def _check(source: Source) -> None:
    """Read everything once, so that nothing is written of a file that can not be used. Raises ImportFormatError."""
    from tracker.core.model import Packet
    from tracker.run import blocks

    decoder = source.new_decoder()
    for block in blocks(source.inputs()):
        decoder.decode([item for item in block if isinstance(item, Packet)])
