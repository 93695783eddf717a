"""`tracker score`: what was counted beside what a person saw."""

from __future__ import annotations

from pathlib import Path

import click

from tracker.commands.options import (
    Declared,
    Judging,
    NumberRange,
    declared_options,
    judging_options,
    wrong_usage_for_settings,
)
from tracker.scoring.matching import TOLERANCE_S


@click.command()
@click.argument("file", metavar="FILE|last")
@click.option(
    "--truth",
    metavar="PATH",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The truth file (default: the one that `tracker mark` makes).",
)
@click.option(
    "--tolerance",
    "tolerance_s",
    metavar="SECONDS",
    type=NumberRange(0.05, 30.0),
    default=TOLERANCE_S,
    show_default=True,
    help="Two tops further apart are not the same rep.",
)
@click.option(
    "--offset",
    "offset_s",
    metavar="SECONDS",
    type=float,
    default=0.0,
    help="Added to the times of the truth, where they were taken from a video that began earlier or later.",
)
@declared_options
@judging_options
@click.option("--json", "as_json", is_flag=True, help="One object on stdout.")
def score(
    file: str,
    truth: Path | None,
    tolerance_s: float,
    offset_s: float,
    declared: Declared,
    judging: Judging,
    as_json: bool,
) -> None:
    """Compare what was counted with the reps that a person marked: precision, recall, F1, error of the tops.

    The truth is a CSV with a column top_s (seconds since the first sample); see `tracker mark`. With --set or --profile
    it says how other settings would have scored.
    """
    import json
    import math
    from dataclasses import replace

    from tracker.commands.playing import as_reported_since, play_source, say_damage
    from tracker.scoring.score import scored
    from tracker.scoring.score_text import score_dict, score_text
    from tracker.scoring.truth import read_truth, truth_path
    from tracker.sessions import find_recording
    from tracker.sources.replay import open_source

    if not math.isfinite(offset_s):
        raise click.BadParameter("It must be a number.", param_hint="--offset")
    source = as_reported_since(open_source(find_recording(file)))
    with wrong_usage_for_settings():
        config = judging.applied_to(source.header.config)
    source = replace(source, header=declared.applied_to(source.header))
    rest_s = config.sets.rest_s
    true_reps = read_truth(truth or truth_path(source.path), rest_s=rest_s)
    true_reps = [replace(rep, top_s=rep.top_s + offset_s) for rep in true_reps]
    played = play_source(source, config)
    if played.was_stopped:
        raise KeyboardInterrupt
    say_damage(source)
    found = scored(true_reps, played.session.summary.reps, tolerance_s=tolerance_s)
    click.echo(json.dumps(score_dict(found, rest_s=rest_s)) if as_json else score_text(found, rest_s=rest_s))
