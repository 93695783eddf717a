"""`tracker report`: the tables of a session."""

from __future__ import annotations

from pathlib import Path

import click

from tracker.commands.options import (
    Declared,
    Judging,
    declared_options,
    judging_options,
    moment_of,
    output_option,
    started_at_option,
    wrong_usage_for_settings,
)


@click.command()
@click.argument("file", metavar="FILE|last")
@output_option("beside the file")
@declared_options
@judging_options
@started_at_option
def report(file: str, folder: Path | None, declared: Declared, judging: Judging, started_at: str | None) -> None:
    """Write reps.csv, sets.csv and session.json of a recording or a sample file.

    FILE is a recording, a session folder, or anything `tracker import` reads; `last` is the newest session.
    """
    from dataclasses import replace

    from tracker.commands.playing import play_source, print_session, say_written
    from tracker.header import local_zone
    from tracker.reports import write_reports
    from tracker.sessions import find_recording
    from tracker.sources.replay import open_source

    source = open_source(find_recording(file))
    with wrong_usage_for_settings():
        config = judging.applied_to(source.header.config)
    header = declared.applied_to(source.header)
    moment = moment_of(started_at)
    if moment is not None and header.started_at is None:
        zone, offset_s = local_zone(moment)
        header = replace(header, started_at=moment, time_zone=zone, utc_offset_s=offset_s)
    source = replace(source, header=header)
    played = play_source(source, config)
    paths = write_reports(folder or source.path.parent, played.session)
    print_session(played.session)
    say_written(paths)
