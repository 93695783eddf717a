"""`tracker import`: sample files to recordings."""

from __future__ import annotations

from dataclasses import dataclass, field
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
    from datetime import datetime

    from tracker.core.config import Config
    from tracker.sources.replay import Source


@click.command(name="import")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@output_option("a new session in the data folder for each file")
@declared_options
@judging_options
@started_at_option
@format_option
@click.option("--again", "is_again", is_flag=True, help="Import also what was imported before.")
def import_(
    files: tuple[Path, ...],
    folder: Path | None,
    declared: Declared,
    judging: Judging,
    started_at: str | None,
    kind: str | None,
    is_again: bool,
) -> None:
    """Turn exports of apps and vendors, and generic CSV, into recordings.

    FILE is a file, a zip or the folder of an unpacked one; a gyroscope's file beside the accelerometer's is found. What
    can not be used, or was imported before, is refused in one sentence, and nothing is written for it; the other files
    are imported too.
    """
    from tracker.core.config import Config
    from tracker.errors import TrackerError

    with wrong_usage_for_settings():
        config = judging.applied_to(Config())
    importing = _Importing(folder, declared, config, moment_of(started_at), kind, is_again)
    refused: list[Path] = []
    for path in files:
        try:
            importing.take(path)
        except TrackerError as error:
            if len(files) == 1:
                raise
            click.echo(f"Error: {error}", err=True)
            refused.append(path)
    if refused:
        names = ", ".join(map(str, refused))
        raise TrackerError(f"{len(refused)} of {len(files)} files were not imported: {names}.")


@dataclass
class _Importing:
    """How all files of one call are taken.

    done: what was read already, also as a companion of another; earlier: sessions by what they were imported from.
    """

    folder: Path | None
    declared: Declared
    config: Config
    moment: datetime | None
    kind: str | None
    is_again: bool
    done: set[Path] = field(default_factory=set)
    earlier: dict[str, Path] | None = None

    def take(self, path: Path) -> None:
        """Import one file. Raises TrackerError, with nothing written."""
        import shutil
        import sys
        from dataclasses import replace
        from datetime import UTC, datetime

        from tracker.commands.playing import play, say_note
        from tracker.commands.screens import Screens
        from tracker.errors import TrackerError
        from tracker.header import begun_at, in_local_zone
        from tracker.recording import RecordingWriter
        from tracker.sessions import imported_sessions, new_session_id, session_root
        from tracker.sinks.plain_lines import Complaints
        from tracker.sources.replay import open_source

        if path in self.done:
            return
        source = open_source(path, kind=self.kind, in_small_pieces=True)
        self.done.update(source.files)
        if source.recording is not None:
            raise TrackerError(
                f"{path} is a recording already.", hint="`tracker report` and `replay` read it as it is."
            )
        root, digest = self.folder or session_root(), source.sha256
        if self.earlier is None:
            self.earlier = {} if self.is_again else imported_sessions(root)
        if digest in self.earlier and not self.is_again:
            raise TrackerError(
                f"{path} was imported before, as {self.earlier[digest]}.",
                hint="`tracker report` of that says athlete, load or leg afterwards; `tracker import --again` makes a"
                " second session.",
            )
        say_note(source)
        _check(open_source(path, kind=self.kind))
        header = in_local_zone(begun_at(self.declared.applied_to(source.header), self.moment))
        session_id = new_session_id(header.started_at or datetime.now(UTC))
        header = replace(header, config=self.config, session_id=session_id, source_sha256=digest)
        target = root / session_id
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
        reps, sets = sum(rep.is_counted for rep in played.session.summary.reps), len(played.session.summary.sets)
        if digest:
            self.earlier[digest] = target
        click.echo(str(writer.path))
        click.echo(f"{path}: {reps} rep{'s' * (reps != 1)} in {sets} set{'s' * (sets != 1)}.", err=True)


def _check(source: Source) -> None:
    """Read everything once, so that nothing is written of a file that can not be used. Raises ImportFormatError."""
    from tracker.core.model import Packet
    from tracker.run import blocks

    decoder = source.new_decoder()
    for block in blocks(source.inputs()):
        decoder.decode([item for item in block if isinstance(item, Packet)])
