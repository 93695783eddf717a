"""`tracker export`: a recording in other people's formats."""

from __future__ import annotations

import re
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
    started_at_option,
    wrong_usage_for_settings,
)

if TYPE_CHECKING:
    from tracker.header import Second
    from tracker.reports import Session
    from tracker.sources.replay import Source

# Format -> where it goes without -o.
TARGETS = {"csv": "samples.csv", "strong": "strong.csv", "hevy": "hevy.csv", "fit": "workout.fit", "bids": "bids"}
_SUBJECT = re.compile("[0-9A-Za-z]{1,64}")


@click.command()
@click.argument("file", metavar="FILE|last")
@click.option(
    "--to",
    "target",
    type=click.Choice(list(TARGETS)),
    required=True,
    help="csv: samples and pose; strong, hevy: training diaries; fit: watches; bids: studies (a folder).",
)
@click.option(
    "-o",
    "--output",
    metavar="PATH",
    type=click.Path(path_type=Path, allow_dash=True),
    help="File to write, - for stdout; of bids the data set's folder (default: beside the recording).",
)
@click.option("--subject", metavar="LABEL", default="01", show_default=True, help="Participant's label of bids.")
@declared_options
@judging_options
@started_at_option
@format_option
def export(
    file: str,
    target: str,
    output: Path | None,
    subject: str,
    declared: Declared,
    judging: Judging,
    started_at: str | None,
    kind: str | None,
) -> None:
    """Write a recording in other people's formats.

    csv can be read again with `tracker import`, marks and sides included. Its rows stand on the program's even time
    grid: those of a sensor that counts are as sent, those of an uneven source are interpolated. Beside them stand
    height, level and inclination of the pelvis as they were found. Where a second sensor was recorded its samples, as
    they were sent, go into a second file (samples_second.csv, NAME_second.csv) on the same time axis.
    """
    from dataclasses import replace

    from tracker.commands.playing import as_reported_since, play_source, say_damage, say_note, say_written
    from tracker.errors import FileError
    from tracker.header import begun_at, in_local_zone
    from tracker.sessions import find_recording
    from tracker.sources.replay import open_source

    if not _SUBJECT.fullmatch(subject):
        raise click.BadParameter("It must be letters and digits.", param_hint="--subject")
    source = as_reported_since(open_source(find_recording(file), kind=kind))
    say_note(source)
    with wrong_usage_for_settings():
        config = judging.applied_to(source.header.config)
    header = begun_at(declared.applied_to(source.header), moment_of(started_at))
    source = replace(source, header=in_local_zone(header))
    path = output or source.path.with_name(TARGETS[target])
    if path.exists() and path.samefile(source.path):
        raise FileError("This would overwrite the file it is made from.", path=path, hint="Name another one with -o.")
    if path.is_dir() != (target == "bids") and path.exists():
        what = "a folder" if target == "bids" else "a file"
        raise click.BadParameter(f"{path} must be {what} for {target}.", param_hint="-o")
    played = play_source(source, config)
    if played.was_stopped:
        raise KeyboardInterrupt
    say_damage(source)
    if target == "bids":
        from tracker.reports.export_bids import write_bids

        say_written(write_bids(path, played.session, source.inputs(), source.new_decoder(), subject=subject))
    elif target == "csv":
        _write_csv(path, source, played.session)
    else:
        _write_workout(target, path, played.session)


def _write_csv(path: Path, source: Source, session: Session) -> None:
    import sys

    from tracker.commands.playing import say_written
    from tracker.errors import TrackerError
    from tracker.header import ALTERNATE
    from tracker.reports.export_csv import write_samples
    from tracker.reports.files import written_whole

    curve = session.curves.between(float("-inf"), float("inf"))
    plan = session.header.side_plan
    side = "" if plan == ALTERNATE else plan
    what = (source.inputs(), source.new_decoder(), session.header.config, curve, side)
    if plan == ALTERNATE:
        click.echo("The leg changed every set: say --side alternate when this is imported.", err=True)
    if str(path) == "-":
        if not write_samples(sys.stdout, *what):
            raise TrackerError("There is not one sample to export.")
        if source.header.second is not None:
            click.echo("Only the counted sensor: name a file with -o to get the second's samples too.", err=True)
        return
    with written_whole(path) as file:
        row_count = write_samples(file, *what)
        if not row_count:
            raise TrackerError("There is not one sample to export.")
    say_written([path])
    click.echo(f"{row_count} samples.", err=True)
    if source.header.second is not None:
        _write_second(path.with_name(f"{path.stem}_second{path.suffix}"), source, source.header.second)


def _write_second(path: Path, source: Source, second: Second) -> None:
    from tracker.commands.playing import say_written
    from tracker.decoders.registry import profile
    from tracker.reports.export_second import first_worn, second_worn, write_second
    from tracker.reports.files import written_whole

    first = first_worn(source.inputs, source.new_decoder)
    beside = second_worn(source.inputs, profile(second.decoder).new_decoder)
    with written_whole(path) as file:
        row_count = write_second(file, first, beside, source.header.config.timeline)
    say_written([path])
    click.echo(f"{row_count} samples of the second sensor, on the same time axis.", err=True)


def _write_workout(target: str, path: Path, session: Session) -> None:
    import io
    import sys

    from tracker.commands.playing import say_written
    from tracker.reports.files import bytes_written_whole
    from tracker.reports.workout import workout_of

    workout = workout_of(session)
    if target == "fit":
        from tracker.reports.export_fit import fit_bytes

        data = fit_bytes(workout)
    else:
        from tracker.reports.export_hevy import write_hevy
        from tracker.reports.export_strong import write_strong

        text = io.StringIO()
        if target == "hevy":
            write_hevy(text, workout)
        else:
            write_strong(text, workout)
        data = text.getvalue().encode()
    if str(path) == "-":
        sys.stdout.buffer.write(data)
        return
    bytes_written_whole(path, data)
    say_written([path])
