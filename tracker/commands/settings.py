"""`tracker settings`: every setting, its value, and why."""

from __future__ import annotations

import json

import click

from tracker.commands.options import Judging, judging_options, wrong_usage_for_settings


@click.command()
@judging_options
@click.option("--json", "as_json", is_flag=True, help="One object a line: key, value, why.")
def settings(judging: Judging, as_json: bool) -> None:
    """List every setting with its value and the reason for its default."""
    from tracker.core import config as configuration

    with wrong_usage_for_settings():
        config = judging.applied_to(configuration.Config())
    items = list(configuration.settings(config))
    width = max(len(item.key) for item in items)
    for item in items:
        if as_json:
            click.echo(json.dumps(item._asdict(), ensure_ascii=False))
        else:
            value = str(item.value).lower() if isinstance(item.value, bool) else f"{item.value}"
            click.echo(f"{item.key:<{width}}  {value:>6}  {item.why}")
