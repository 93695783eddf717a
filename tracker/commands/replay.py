"""`tracker replay`: the recording again through the same engine, as it was or judged otherwise."""

from __future__ import annotations

import click

from tracker.commands.options import (
    MAX_SPEED,
    Declared,
    Judging,
    declared_options,
    json_option,
    judging_options,
    speed_option,
    wrong_usage_for_settings,
)


@click.command()
@click.argument("file", metavar="FILE|last")
@speed_option(MAX_SPEED)
@declared_options
@judging_options
@json_option
@click.pass_context
def replay(ctx: click.Context, file: str, speed: str, declared: Declared, judging: Judging, as_json: bool) -> None:
    """Run a recording through the engine again, at any speed or with other settings.

    With --profile or --set it shows what changes against the stored settings. Writes nothing; see `report`.
    """
    from dataclasses import replace

    from tracker.cli import STOPPED
    from tracker.commands.playing import play_source, print_session, sinks_for_output
    from tracker.reports.comparison import comparison_text
    from tracker.sessions import find_recording
    from tracker.sources.replay import open_source

    source = open_source(find_recording(file), in_small_pieces=speed != MAX_SPEED)
    with wrong_usage_for_settings():
        config = judging.applied_to(source.header.config)
    source = replace(source, header=declared.applied_to(source.header))
    sinks, is_view = sinks_for_output(as_json=as_json, is_live=speed != MAX_SPEED)
    played = play_source(source, config, speed=speed, sinks=sinks, for_screen=is_view)
    print_session(played.session, to_stderr=as_json)
    if played.was_stopped:
        click.echo("Stopped.", err=True)
        ctx.exit(STOPPED)
    if judging.is_given:
        stored = play_source(source, source.header.config)
        click.echo(comparison_text(stored.session, played.session), err=as_json)
