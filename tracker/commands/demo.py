"""`tracker demo`: a simulated sensor through the very same path as a real one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from tracker.commands.options import (
    MAX_SPEED,
    Declared,
    Judging,
    Planned,
    declared_options,
    json_option,
    judging_options,
    lsl_option,
    pace_of,
    planned_options,
    speed_option,
    wrong_usage_for_settings,
)
from tracker.commands.watching import Watching, watching_options

if TYPE_CHECKING:
    from tracker.core.config import Config
    from tracker.decoders import DeviceProfile
    from tracker.header import Header


# Not the person at the keyboard: the history keeps athletes apart, so what was only played stays out of their own.
_ATHLETE = "simulated lifter"


@click.command()
@speed_option("4")
@planned_options
@declared_options
@judging_options
@click.option("--record/--no-record", "is_recorded", default=True, help="Keep the session in the data folder.")
@watching_options
@lsl_option
@json_option
@click.pass_context
def demo(  # noqa: PLR0913, PLR0917 - one argument an option
    ctx: click.Context,
    speed: str,
    planned: Planned,
    declared: Declared,
    judging: Judging,
    is_recorded: bool,
    watching: Watching,
    is_lsl: bool,
    as_json: bool,
) -> None:
    """Play a built-in simulated session: live count, then the report. No hardware needed.

    Two sets of five reps, one on each leg as with --side alternate, with a few mistakes in them.
    """
    from tracker.commands.playing import play, print_session, say_written
    from tracker.commands.screens import screens_for
    from tracker.core.config import Config
    from tracker.core.model import Command, CommandName
    from tracker.decoders.registry import profile
    from tracker.interrupt import STOPPED
    from tracker.recording import RecordingWriter
    from tracker.reports import write_reports
    from tracker.sessions import session_root
    from tracker.sources.simulator import DEMO, simulate

    speed = watching.speed_for(speed, is_default=False)
    if is_lsl and speed == MAX_SPEED:
        raise click.UsageError("--lsl streams a session as it runs: use it with --speed 1 or 4.")
    if is_lsl:
        from tracker.sinks.lsl import library

        library()  # what is missing is said before anything is recorded
    with wrong_usage_for_settings():
        config = planned.applied_to(judging.applied_to(Config()))
    device = profile("imu_stream")
    header = _header(device, declared, config)
    # nobody presses a key for the other leg: it changes with the set, as in a first real session
    simulated = simulate(DEMO).inputs
    inputs = [item for item in simulated if not (isinstance(item, Command) and item.name is CommandName.SIDE)]
    screens = screens_for(
        header, watching, title="Demo", as_json=as_json, is_paced=speed != MAX_SPEED, pace=pace_of(speed)
    )
    if is_lsl:
        from tracker.sinks.lsl import LslOutlets

        screens = screens.with_outlets(LslOutlets(header, device.new_decoder(), pace=pace_of(speed)))
    folder = session_root() / header.session_id
    writer = RecordingWriter(folder, header) if is_recorded else None
    played = play(header, inputs, device.new_decoder(), speed=speed, screens=screens, writer=writer)
    written = [] if writer is None else [writer.path, *write_reports(folder, played.session)]
    print_session(played.session, to_stderr=as_json)
    say_written(written)
    if played.was_stopped:
        click.echo("Stopped.", err=True)
        ctx.exit(STOPPED)


def _header(device: DeviceProfile, declared: Declared, config: Config) -> Header:
    """A session that begins now, of nobody real; the leg changes with the set where nothing else is said."""
    from datetime import UTC, datetime

    from tracker.header import Header, local_zone
    from tracker.sessions import new_session_id

    now = datetime.now(UTC)
    now = now.replace(microsecond=now.microsecond // 1000 * 1000)  # what the header keeps
    zone, offset_s = local_zone(now)
    header = Header(
        session_id=new_session_id(now),
        device="simulated sensor",
        decoder=device.key,
        nominal_rate_hz=device.nominal_rate_hz,
        started_at=now,
        time_zone=zone,
        utc_offset_s=offset_s,
        config=config,
    )
    return replace(
        declared, side=declared.side or "alternate", athlete=_ATHLETE if declared.athlete is None else declared.athlete
    ).applied_to(header)
