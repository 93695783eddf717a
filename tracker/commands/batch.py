"""`tracker batch`: many recordings at once."""

from __future__ import annotations

from pathlib import Path

import click

from tracker.commands.options import (
    Declared,
    Judging,
    declared_options,
    format_option,
    judging_options,
    sweep_option,
    wrong_usage_for_settings,
)
from tracker.core.sweep import Sweep

_MOST_JOBS = 512  # more processes than that on one machine only wait for its disk


_TABLE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("files", metavar="FILE|FOLDER...", nargs=-1, required=True)
@click.option(
    "-o", "--output", metavar="PATH", required=True, type=_TABLE, help="Table of reps, or with --sweep of the curve."
)
@click.option("--sets", "sets_path", metavar="PATH", type=_TABLE, help="Also a table with a row a set.")
@click.option("--files", "files_path", metavar="PATH", type=_TABLE, help="Also a table with a row a file.")
@click.option("--jobs", metavar="N", type=click.IntRange(1, _MOST_JOBS), help="Processes (default: one a processor).")
@click.option("--dask", "address", metavar="ADDRESS", help="Use the workers of this Dask scheduler instead.")
@sweep_option
@declared_options
@judging_options
@format_option
@click.option("--restart", is_flag=True, help="Begin anew instead of going on where a stopped run was.")
@click.pass_context
def batch(  # noqa: PLR0913, PLR0917 - one argument an option
    ctx: click.Context,
    files: tuple[str, ...],
    output: Path,
    sets_path: Path | None,
    files_path: Path | None,
    jobs: int | None,
    address: str | None,
    sweep: Sweep | None,
    declared: Declared,
    judging: Judging,
    kind: str | None,
    restart: bool,
) -> None:
    """Analyse many recordings and sample files into one table, on all processors.

    A FOLDER stands for every recording, export and sample file below it. Rows stand in the order of the files, with the
    file in the last column; a broken file is told, skipped, and makes the exit code 1. A run that was stopped or killed
    goes on when the same command is given again.
    """
    from tracker.batch.finding import found_files
    from tracker.batch.results import Results
    from tracker.commands.batch_run import Job, run
    from tracker.commands.playing import say_written

    wanted = {"sweep" if sweep else "reps": output, "sets": sets_path, "files": files_path}
    paths = {name: path for name, path in wanted.items() if path is not None}
    _refuse_contradictions(paths, sweep, judging)
    found = found_files(files)
    own = {path.resolve() for path in paths.values()}
    if clash := next((path for path in found if path.resolve() in own), None):
        raise click.UsageError(f"{clash} is one of the files to read and would be overwritten.")
    if jobs is not None and address is not None:
        raise click.UsageError("--jobs is for this machine, --dask for a cluster: give one of them.")
    job = Job(found, judging, declared, sweep, kind)
    results = Results(paths, job.fingerprint, job.stamps, restarts=restart)
    run(job, results, jobs=jobs, address=address)
    say_written(paths.values())
    tally = results.tally
    if sweep is not None and tally.counts:
        from tracker.reports.sweep import sweep_text

        click.echo(sweep_text(sweep, tally.counts))
    if tally.errors:
        ctx.exit(1)


def _refuse_contradictions(paths: dict[str, Path], sweep: Sweep | None, judging: Judging) -> None:
    """What can not be is told before the first file is read."""
    from tracker.core.config import Config

    if sweep is not None and len(paths) > 1:
        raise click.UsageError("With --sweep there is one table, the curve: leave --sets and --files away.")
    if len({path.resolve() for path in paths.values()}) < len(paths):
        raise click.UsageError("Each table needs a file of its own.")
    with wrong_usage_for_settings():
        config = judging.applied_to(Config())
        if sweep is not None:
            list(sweep.configs(config))
