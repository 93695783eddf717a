"""`tracker replay`: the recording again through the same engine, as it was or judged otherwise."""

from __future__ import annotations

from pathlib import Path

import click
from click.core import ParameterSource

from tracker.commands.options import (
    MAX_SPEED,
    Declared,
    Judging,
    declared_options,
    format_option,
    json_option,
    judging_options,
    pace_of,
    speed_option,
    sweep_option,
    wrong_usage_for_settings,
)
from tracker.commands.watching import Watching, watching_options
from tracker.core.sweep import Sweep


@click.command()
@click.argument("file", metavar="FILE|last")
@speed_option(MAX_SPEED)
@declared_options
@judging_options
@watching_options
@json_option
@sweep_option
@click.option(
    "-o", "--output", metavar="PATH", type=click.Path(path_type=Path, dir_okay=False), help="The curve of --sweep, CSV."
)
@format_option
@click.pass_context
def replay(  # noqa: PLR0913, PLR0917 - one argument an option
    ctx: click.Context,
    file: str,
    speed: str,
    declared: Declared,
    judging: Judging,
    watching: Watching,
    as_json: bool,
    sweep: Sweep | None,
    output: Path | None,
    kind: str | None,
) -> None:
    """Run a recording through the engine again, at any speed or with other settings.

    With --profile or --set it shows what changes against the stored settings: the counts before and after, and which
    rep gains or loses which check. With --sweep it shows the counts at each value of one setting. See also `report`.
    """
    if sweep is not None and as_json:
        raise click.UsageError("--sweep tells counts, not events: leave --json away, or write the curve with -o.")
    if sweep is not None:
        _sweep(file, kind, sweep, declared, judging, output)
        return
    if output is not None:
        raise click.UsageError("-o is for the curve of --sweep; `tracker report` writes the tables of a session.")
    from dataclasses import replace

    from tracker.commands.playing import as_reported_since, play_source, print_session, say_note
    from tracker.commands.screens import screens_for
    from tracker.interrupt import STOPPED
    from tracker.reports.comparison import comparison_text
    from tracker.sessions import find_recording
    from tracker.sources.replay import open_source

    speed = watching.speed_for(speed, is_default=ctx.get_parameter_source("speed") is ParameterSource.DEFAULT)
    source = as_reported_since(open_source(find_recording(file), kind=kind, in_small_pieces=speed != MAX_SPEED))
    say_note(source)
    with wrong_usage_for_settings():
        config = judging.applied_to(source.header.config)
    source = replace(source, header=declared.applied_to(source.header))
    screens = screens_for(
        replace(source.header, config=config),
        watching,
        title=f"Replay of {source.path.name}",
        as_json=as_json,
        is_paced=speed != MAX_SPEED,
        pace=pace_of(speed),
    )
    played = play_source(source, config, speed=speed, screens=screens)
    print_session(played.session, to_stderr=as_json)
    if played.was_stopped:
        click.echo("Stopped.", err=True)
        ctx.exit(STOPPED)
    if judging.is_given:
        stored = play_source(source, source.header.config)
        click.echo(comparison_text(stored.session, played.session), err=as_json)


def _sweep(
    file: str, kind: str | None, sweep: Sweep, declared: Declared, judging: Judging, output: Path | None
) -> None:
    from tracker.batch.work import COLUMNS, Task, analysed, text
    from tracker.commands.playing import say_written
    from tracker.errors import FileError
    from tracker.reports.files import written_whole
    from tracker.reports.sweep import sweep_text
    from tracker.sessions import find_recording

    path = find_recording(file)
    if output is not None and output.exists() and path.exists() and output.samefile(path):
        raise FileError("The curve would replace the file it is made from.", path=path, hint="Name another with -o.")
    with wrong_usage_for_settings():
        outcome = analysed(Task(str(path), path, judging.applied_to, declared.applied_to, sweep, kind))
    click.echo(sweep_text(sweep, outcome.counts))
    if output is not None:
        with written_whole(output) as target:
            target.write(text([COLUMNS["sweep"]]) + outcome.rows["sweep"])
        say_written([output])
