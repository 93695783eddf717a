"""`tracker export`: samples in other people's formats."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("file", metavar="FILE|last")
@click.option("--to", "kind", type=click.Choice(["csv"]), required=True, help="csv: generic samples CSV.")
@click.option(
    "-o",
    "--output",
    metavar="PATH",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="File to write, - for stdout (default: samples.csv beside the recording).",
)
def export(file: str, kind: str, output: Path | None) -> None:  # noqa: ARG001 - there is one kind so far
    """Write the samples of a recording in other people's formats.

    The generic CSV can be read again with `tracker import`, marks and sides included. Its rows stand on the program's
    even time grid: those of a sensor that counts are as sent, those of an uneven source are interpolated.
    """
    import sys

    from tracker.commands.playing import say_written
    from tracker.errors import FileError
    from tracker.reports.export_csv import write_samples
    from tracker.reports.files import written_whole
    from tracker.sessions import find_recording
    from tracker.sources.replay import open_source

    source = open_source(find_recording(file))
    path = output or source.path.with_name("samples.csv")
    if str(path) == "-":
        write_samples(sys.stdout, source.inputs(), source.new_decoder(), source.header.config)
        return
    if path.exists() and path.samefile(source.path):
        raise FileError("This would overwrite the file it is made from.", path=path, hint="Name another one with -o.")
    with written_whole(path) as target:
        row_count = write_samples(target, source.inputs(), source.new_decoder(), source.header.config)
    say_written([path])
    click.echo(f"{row_count} samples.", err=True)
