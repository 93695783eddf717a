"""`tracker mark`: a person says when each true rep was at its top."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tracker.commands.options import NumberRange

if TYPE_CHECKING:
    from collections.abc import Callable

    from tracker.commands.mark_screen import Curve
    from tracker.scoring.marking import Marking
    from tracker.scoring.truth import TrueRep
    from tracker.sources.replay import Source

_SCREEN_RATE_HZ = 15.0  # the curve moves half a column a picture: smooth


@click.command()
@click.argument("file", metavar="FILE|last")
@click.option(
    "-o",
    "--output",
    metavar="PATH",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The truth file (default: truth.csv in the session's folder, else NAME.truth.csv beside the file).",
)
@click.option("--from", "from_s", metavar="SECONDS", type=NumberRange(min=0), default=0.0, help="Begin here.")
@click.option("--new", "is_new", is_flag=True, help="Begin without the marks that are there already.")
def mark(file: str, output: Path | None, from_s: float, is_new: bool) -> None:
    """Mark the true reps of a recording while its curve runs past, into a truth file for `tracker score`.

    Space marks a top, l and r say the leg, f a rep that was done badly, u undoes. The program's own count is not shown,
    so that it can not talk you into anything. Every mark is saved at once; marks that are there already can be mended.
    """
    import shlex
    import sys

    from tracker.commands.playing import say_damage, say_written
    from tracker.errors import FileError, TrackerError
    from tracker.reports.files import written_whole
    from tracker.run import run_until_stopped
    from tracker.scoring.marking import Marking
    from tracker.scoring.truth import in_sets, read_truth, truth_path, write_truth
    from tracker.sessions import find_recording
    from tracker.sources.replay import open_source

    source = open_source(find_recording(file))
    path = output or truth_path(source.path)
    if path.exists() and path.samefile(source.path):
        raise FileError("The truth would replace the recording.", path=path, hint="Name another file with -o.")
    rest_s = source.header.config.sets.rest_s
    known = read_truth(path, rest_s=rest_s) if path.exists() and not is_new else []
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise TrackerError(
            "`tracker mark` needs a terminal: it shows a curve and waits for keys.",
            hint="A truth file can also be written by hand: a CSV with a column top_s.",
        )
    curve, duration_s = _curve(source)
    say_damage(source)
    marking = Marking(duration_s, tuple(known), now_s=min(from_s, duration_s))

    def save(reps: tuple[TrueRep, ...]) -> None:
        with written_whole(path) as target:
            write_truth(target, in_sets(reps, rest_s))

    try:
        run_until_stopped(_watch(marking, curve, save))
    finally:
        if path.exists():
            say_written([path])
            count = len(marking.reps)
            score = shlex.join(["tracker", "score", file, *([] if output is None else ["--truth", str(output)])])
            click.echo(f"{count} rep{'s' * (count != 1)}. Now: {score}", err=True)


def _curve(source: Source) -> tuple[Curve, float]:
    """The curve of the whole session and how long it is [s]."""
    from tracker.commands.mark_screen import Curve
    from tracker.core.model import Samples
    from tracker.core.summary import Ledger
    from tracker.page.curves import CURVE_RATE_HZ, Curves
    from tracker.reports.export_csv import samples_and_commands
    from tracker.run import Pipeline, engine_for, run_batch
    from tracker.scoring.tilt import tilt_pct

    header, curves, ledger = source.header, Curves(), Ledger()
    engine = engine_for(header, source.new_decoder(), curve_rate_hz=CURVE_RATE_HZ)
    run_batch(Pipeline(engine, [ledger, curves]), source.inputs())
    ended = ledger.summary().ended
    duration_s = ended.duration_s if ended else 0.0
    traced = curves.between(0.0, duration_s)
    if len(traced.t_s):
        return Curve(traced.t_s, traced.height_pct), duration_s
    items = samples_and_commands(source.inputs(), source.new_decoder(), header.config)
    t_s, share_pct = tilt_pct([item for item in items if isinstance(item, Samples)])
    return Curve(t_s, share_pct, "tilt of the sensor (no rep was recognised, so there is no height)"), duration_s


async def _watch(marking: Marking, curve: Curve, save: Callable[[tuple[TrueRep, ...]], None]) -> None:
    """Until the person is done."""
    import asyncio
    import time

    from tracker.commands.mark_screen import Screen, key_names
    from tracker.sources.terminal_keys import terminal_keys

    typed: asyncio.Queue[tuple[float, str]] = asyncio.Queue()
    with Screen(marking, curve) as screen:
        keys = terminal_keys(lambda text: typed.put_nowait((time.monotonic(), text)), screen)
        keys.begin()
        try:
            last_s = time.monotonic()
            while not marking.is_done:
                screen.draw()
                try:
                    now_s, text = await asyncio.wait_for(typed.get(), 1 / _SCREEN_RATE_HZ)
                except TimeoutError:
                    now_s, text = time.monotonic(), ""
                if not screen.is_paused:
                    marking.advance(max(0.0, now_s - last_s))
                last_s = max(now_s, last_s)
                before = marking.reps
                for key in key_names(text):
                    marking.press(key)
                if marking.reps != before:
                    save(marking.reps)
        finally:
            keys.end()
