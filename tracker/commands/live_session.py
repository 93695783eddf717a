"""A live session from choosing the sensor to the closed recording. The verb around it is `live.py`."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from tracker.commands.kept_calibration import CalibrationKeeper
from tracker.commands.live_opening import Opened, WantedSensors, open_phone, open_sensors
from tracker.commands.options import Declared
from tracker.commands.phone import Phoning
from tracker.commands.screens import Screens, bell_of, screens_for
from tracker.commands.watching import Watching
from tracker.core.config import Config
from tracker.core.model import CommandName
from tracker.header import Header, local_zone
from tracker.page import CURVE_RATE_HZ
from tracker.recording import RecordingWriter
from tracker.reports import Gathering, Session
from tracker.run import Pipeline, StopFlag, engine_for, run_stream
from tracker.sessions import new_session_id, session_root
from tracker.sinks import Sink
from tracker.sinks.plain_lines import Guidance
from tracker.sources.keyboard import keyboard


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the person asked for."""

    sensors: WantedSensors
    phoning: Phoning
    is_only_recorded: bool
    as_json: bool
    watching: Watching
    is_lsl: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """A session that is over, and where it was recorded. was_stopped: by Ctrl-C rather than by the key for it."""

    session: Session
    path: Path
    was_stopped: bool


def run_live(wanted: Wanted, declared: Declared, config: Config) -> Ended | None:
    """Until Ctrl-C or its key; None when it came before the sensor was there. Raises DeviceError, RecordingError."""
    with StopFlag() as stop:
        return asyncio.run(_until_stopped(wanted, declared, config, stop))


async def _until_stopped(wanted: Wanted, declared: Declared, config: Config, stop: StopFlag) -> Ended | None:
    async with contextlib.AsyncExitStack() as stack:
        started_at, start_s = datetime.now(UTC), time.monotonic()
        opening = asyncio.ensure_future(_opened(wanted, lambda: time.monotonic() - start_s, stack))
        loop = asyncio.get_running_loop()
        stop.on_stop = lambda: loop.call_soon_threadsafe(opening.cancel)
        if stop.is_set:
            opening.cancel()
        try:
            with keyboard(lambda name, _value: stop.stop() if name is CommandName.FINISH else None):
                opened = await opening
        except asyncio.CancelledError:
            if stop.is_set:
                return None
            raise
        finally:
            stop.on_stop = None
        header = declared.applied_to(_header(opened, started_at, config))
        return await _record(header, opened, wanted, stop)


async def _opened(wanted: Wanted, clock: Callable[[], float], stack: contextlib.AsyncExitStack) -> Opened:
    if wanted.phoning.phone is None:
        return await open_sensors(wanted.sensors, clock=clock, say=_say, stack=stack)
    return await open_phone(wanted.phoning, wanted.sensors, clock=clock, say=_say, stack=stack)


async def _record(header: Header, opened: Opened, wanted: Wanted, stop: StopFlag) -> Ended:
    """The loop, until Ctrl-C; the recording is closed before the sensor is let go, which may take seconds."""
    stream = opened.stream
    screens = Screens([Guidance(sys.stderr), bell_of(header.config)])
    if not wanted.is_only_recorded:
        screens = screens_for(header, wanted.watching, title=header.device, as_json=wanted.as_json, say=_say)
    if wanted.is_lsl:
        from tracker.sinks.lsl import LslOutlets

        screens = screens.with_outlets(LslOutlets(header, stream.profile.new_decoder()))
    gathering = Gathering(header.load_kg)
    engine = engine_for(
        header, stream.profile.new_decoder(), pose_rate_hz=screens.pose_rate_hz, curve_rate_hz=CURVE_RATE_HZ
    )
    writer = RecordingWriter(session_root() / header.session_id, header)
    _say(f"Recording to {writer.path}")
    sinks: list[Sink] = [gathering, CalibrationKeeper(opened.wearing), *screens.sinks]
    pipeline = Pipeline(engine, sinks, writer=writer, taps=screens.taps)
    with screens.listening(stream.tell):
        await run_stream(pipeline, stream.batches(), stop=stop)
    return Ended(gathering.session(header, pipeline.first_packet_s), writer.path, stop.is_set)


def _header(opened: Opened, started_at: datetime, config: Config) -> Header:
    zone, offset_s = local_zone(started_at)
    profile = opened.stream.profile
    return Header(
        session_id=new_session_id(started_at),
        device=opened.device,
        decoder=profile.key,
        nominal_rate_hz=profile.nominal_rate_hz,
        started_at=started_at,
        time_zone=zone,
        utc_offset_s=offset_s,
        config=config,
        second=opened.second,
        calibration=None if opened.given is None else opened.given.calibration,
        calibration_made_at=None if opened.given is None else opened.given.made_at,
        has_text_payloads=opened.has_text_payloads,
    )


def _say(sentence: str) -> None:
    """For people, on stderr; while a session runs, its sentences are notes in its stream."""
    click.echo(sentence, err=True)
