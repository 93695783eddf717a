"""`tracker report`: the tables and the page of a session."""

from __future__ import annotations

from pathlib import Path

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


@click.command()
@click.argument("file", metavar="FILE|last")
@output_option("the session's folder, else NAME-report beside the file")
@declared_options
@judging_options
@started_at_option
@format_option
@click.option(
    "--plots",
    type=click.Choice(["png", "svg", "pdf"]),
    help="Also draw figures for papers: every set, and all reps laid over each other (needs matplotlib).",
)
def report(
    file: str,
    folder: Path | None,
    declared: Declared,
    judging: Judging,
    started_at: str | None,
    kind: str | None,
    plots: str | None,
) -> None:
    """Write the tables and the page of a recording or a sample file: reps.csv, sets.csv, session.json, report.html.

    FILE is a recording, a session folder, or anything `tracker import` reads; `last` is the newest session. Athlete,
    load and leg that were forgotten when recording are said here, and kept for later reports, history and exports
    (not with -o: the report in the session's own folder keeps them).
    """
    import sys
    from dataclasses import replace

    from tracker.commands.playing import as_reported_since, play_source, print_session, say_note, say_written
    from tracker.commands.screens import Screens
    from tracker.errors import FileError
    from tracker.header import begun_at, in_local_zone
    from tracker.reports import write_reports
    from tracker.reports.plots import need_matplotlib, write_plots
    from tracker.sessions import find_recording, report_folder
    from tracker.sinks.plain_lines import Complaints
    from tracker.sources.replay import open_source

    if plots is not None:
        need_matplotlib()  # before the work, not after it
    source = as_reported_since(open_source(find_recording(file), kind=kind))
    say_note(source)
    with wrong_usage_for_settings():
        config = judging.applied_to(source.header.config)
    header = begun_at(declared.applied_to(source.header), moment_of(started_at))
    if source.recording is None:
        header = in_local_zone(header)
    source = replace(source, header=header)
    played = play_source(source, config, screens=Screens([Complaints(sys.stderr)]))
    target = folder or report_folder(source.path)
    if any(path.exists() and path.samefile(source.path) for path in (target / "reps.csv", target / "sets.csv")):
        raise FileError("The report would replace the file it is made from.", path=file, hint="Name a folder with -o.")
    paths = write_reports(target, played.session)
    if plots is not None:
        paths += write_plots(target, played.session, plots)
    print_session(played.session)
    say_written(paths)
    if declared.side in ("left", "right") and any(
        one.side.value != declared.side for one in played.session.summary.sets
    ):
        click.echo("Sets whose leg a marker or key names keep it: --side is for the others.", err=True)
    if played.session.damage.is_being_recorded and declared.is_given and target == source.path.parent:
        click.echo("What is said here is gone when the session ends and writes its own report: say it then.", err=True)
