"""`tracker hold`: the single-leg bridge hold test of a recording."""

from __future__ import annotations

from pathlib import Path

import click

from tracker.commands.options import Declared, declared_options


@click.command()
@click.argument("file", metavar="FILE|last")
@declared_options
@click.option(
    "-o", "--output", metavar="PATH", type=click.Path(path_type=Path, dir_okay=False), help="Also write this table."
)
def hold(file: str, declared: Declared, output: Path | None) -> None:
    """Say how long the hips stayed up and level: the single-leg bridge hold test.

    Record it with `tracker live`: calibrate, lie still, lift on one leg and hold. A hold ends when the hips sink or tip
    by more than 10 degrees.
    """
    from dataclasses import replace

    from tracker.commands.playing import as_reported_since, play_source, say_damage, say_note, say_written
    from tracker.core.model import CalibrationKind
    from tracker.reports.files import written_whole
    from tracker.reports.holds import holds_text, write_holds
    from tracker.sessions import find_recording
    from tracker.sources.replay import open_source

    source = as_reported_since(open_source(find_recording(file)))
    say_note(source)
    source = replace(source, header=declared.applied_to(source.header))
    session = play_source(source, source.header.config).session
    say_damage(source)
    calibration = session.summary.calibration
    is_calibrated = calibration is not None and calibration.kind is CalibrationKind.HOLD
    click.echo(holds_text(session.holds, is_calibrated=is_calibrated))
    if output is not None:
        with written_whole(output) as target:
            write_holds(target, session.header, session.holds)
        say_written([output])
