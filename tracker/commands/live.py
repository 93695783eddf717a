"""`tracker live`: count from a sensor, now."""

from __future__ import annotations

import click

from tracker.commands.options import (
    Declared,
    Judging,
    NumberRange,
    Planned,
    declared_options,
    json_option,
    judging_options,
    lsl_option,
    planned_options,
    wrong_usage_for_settings,
)
from tracker.commands.phone import Phoning, phone_options
from tracker.commands.watching import Watching, watching_options

adapter_option = click.option(
    "--adapter", metavar="NAME", help="Which Bluetooth adapter, where there are several (Linux: hci0, hci1)."
)


@click.command()
@click.option(
    "--sensor",
    metavar="NAME|ADDRESS|KIND",
    help="Which sensor (default: the one used last, else the strongest supported one).",
)
@click.option(
    "--second",
    metavar="NAME|ADDRESS|KIND",
    help="A second sensor, recorded and exported beside the counted one, but not counted.",
)
@click.option(
    "--second-worn", metavar="TEXT", default="", help="Where the second sensor is worn, e.g. left thigh: a note."
)
@adapter_option
@phone_options
@click.option(
    "--wait",
    "search_s",
    metavar="SECONDS",
    type=NumberRange(0.1, 3600.0),
    default=12.0,
    show_default=True,
    help="How long to look for a Bluetooth sensor; a phone is waited for until Ctrl-C.",
)
@click.option(
    "--calibrate/--no-calibrate",
    default=None,
    help="Begin with two slow thrusts on both legs, or never ask (default: unless that of earlier today still holds).",
)
@planned_options
@declared_options
@judging_options
@click.option("--record-only", is_flag=True, help="Record without showing counts; `tracker report last` judges later.")
@watching_options
@lsl_option
@json_option
@click.pass_context
def live(  # noqa: PLR0917, PLR0913 - one argument an option
    ctx: click.Context,
    sensor: str | None,
    second: str | None,
    second_worn: str,
    adapter: str | None,
    phoning: Phoning,
    search_s: float,
    calibrate: bool | None,
    planned: Planned,
    declared: Declared,
    judging: Judging,
    record_only: bool,
    watching: Watching,
    is_lsl: bool,
    as_json: bool,
) -> None:
    """Count live from a sensor, or from a phone with --phone.

    The key q (or Ctrl-C) ends the session, stops the sensor and writes the report.

    Everything is recorded as it comes, in the data folder. A lost sensor is found again by itself; the count goes on.
    """
    from tracker.commands.live_opening import WantedSensors
    from tracker.commands.live_session import Wanted, run_live
    from tracker.commands.playing import print_session, say_written
    from tracker.core.config import Config
    from tracker.interrupt import STOPPED
    from tracker.reports import write_reports

    if phoning.phone is not None and (sensor or second):
        raise click.UsageError("--phone takes the place of a sensor: leave --sensor and --second away.")
    with wrong_usage_for_settings():
        config = phoning.applied_to(planned.applied_to(judging.applied_to(Config())))
    if is_lsl:
        from tracker.sinks.lsl import library

        library()  # what is missing is said before anybody lies down
    wanted = Wanted(
        sensors=WantedSensors(
            sensor=sensor,
            second=second,
            second_worn=second_worn,
            adapter=adapter,
            search_s=search_s,
            athlete=declared.athlete or "",
            calibrates=calibrate,
        ),
        phoning=phoning,
        is_only_recorded=record_only,
        as_json=as_json,
        watching=watching,
        is_lsl=is_lsl,
    )
    ended = run_live(wanted, declared, config)
    if ended is not None:
        if record_only:
            say_written([ended.path])
        else:
            written = write_reports(ended.path.parent, ended.session)  # first: the terminal may have been closed
            print_session(ended.session, to_stderr=as_json)
            say_written([ended.path, *written])
    if ended is None or ended.was_stopped:
        click.echo("Stopped.", err=True)
        ctx.exit(STOPPED)
