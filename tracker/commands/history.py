"""`tracker history`: all saved sessions over time."""

from __future__ import annotations

from pathlib import Path

import click

from tracker.commands.options import Judging, judging_options, output_option, wrong_usage_for_settings


@click.command()
@click.option("--athlete", metavar="NAME", help="Only this athlete (default: everybody).")
@click.option(
    "--by",
    type=click.Choice(["session", "week", "load"]),
    default="session",
    show_default=True,
    help="What a row is.",
)
@judging_options
@output_option("the data folder")
def history(athlete: str | None, by: str, judging: Judging, folder: Path | None) -> None:
    """Show all saved sessions over time, by session, week or load.

    They are judged by today's settings, beside what was said then. Writes history.html and history.csv as well; of one
    athlete alone history-NAME.html and history-NAME.csv. What was worked out once is kept, so only new sessions take
    time.
    """
    from tracker.commands.history_reading import read_history
    from tracker.core.config import Config
    from tracker.history.athletes import By, athletes, file_stem, name_key
    from tracker.history.csv import write_history
    from tracker.history.page import history_html
    from tracker.history.text import athlete_text, overview_text
    from tracker.reports.files import written_whole
    from tracker.sessions import session_root

    with wrong_usage_for_settings():
        config = judging.applied_to(Config())
    root = session_root()
    entries = read_history(root, config)
    people = athletes(entries)
    if athlete is not None:
        known = ", ".join(person.name for person in people)
        people = [person for person in people if name_key(person.name) == name_key(athlete)]
        if not people:
            raise click.BadParameter(f"There is no session of '{athlete}'. Known: {known}.", param_hint="--athlete")
    click.echo(athlete_text(people[0], By(by)) if len(people) == 1 else overview_text(people))
    target = folder or root
    stem = "history" if athlete is None else f"history-{file_stem(athlete)}"
    paths = [target / f"{stem}.csv", target / f"{stem}.html"]
    with written_whole(paths[0]) as file:
        write_history(file, people)
    page = history_html(people, config)
    with written_whole(paths[1]) as file:
        file.write(page)
    for path in paths:
        click.echo(f"Wrote {path}", err=True)
