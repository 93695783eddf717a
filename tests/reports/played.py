"""Sessions played through the whole program, as `report` does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from tests.benchmarks.sessions import without_gyroscope
from tests.core.simulated import calm
from tracker.commands.playing import play
from tracker.commands.screens import Screens
from tracker.core.config import Config, with_settings
from tracker.core.model import Command, CommandName, Side
from tracker.decoders.registry import profile
from tracker.header import Header
from tracker.reports import Session
from tracker.sinks import Sink
from tracker.sources.simulator import NAMED, Scenario, SetPlan, simulate
from tracker.sources.simulator.scenario import Fault

SHORT = (Fault.SHORT,)
GOOD: tuple[Fault, ...] = ()


def played(scenario: Scenario, *, more: tuple[Command, ...] = (), **header: Any) -> Session:
    """A simulated session; `more` commands come after its last packet."""
    kind = profile("imu_stream")
    known = {"session_id": "20250102T030405Z-abcd", "device": "simulated sensor", "config": Config(), **header}
    plain = Header(decoder=kind.key, nominal_rate_hz=kind.nominal_rate_hz, **known)
    return play(plain, [*simulate(scenario).inputs, *more], kind.new_decoder()).session


def heard(scenario: Scenario, sink: Sink, *, has_gyroscope: bool = True, **header: Any) -> Session:
    """The same while `sink` listens, with a start."""
    simulation = simulate(scenario)
    kind = profile("imu_stream" if has_gyroscope else "generic_csv")
    inputs = simulation.inputs if has_gyroscope else without_gyroscope(simulation)
    moment = datetime(2025, 1, 2, 3, 4, 5, 600000, tzinfo=UTC)
    plain = Header(
        "20250102T030405Z-abcd", "simulated sensor", kind.key, kind.nominal_rate_hz, started_at=moment, **header
    )
    return play(plain, inputs, kind.new_decoder(), screens=Screens([sink])).session


@cache
def faulty() -> Session:
    """Two sets, one on each side, with faults, a partial and a rep that can not be judged; one rep is struck."""
    session = played(NAMED["faults"], more=(Command(999.0, CommandName.STRIKE, ""),), athlete="Zoë", load_kg=20.0)
    return replace(session, header=replace(session.header, load_type="dumbbell"))


@cache
def six_each() -> Session:
    """Seven reps on each side, so that there is a drift."""
    return played(calm(SetPlan(Side.LEFT, (GOOD,) * 7), SetPlan(Side.RIGHT, (GOOD, SHORT, *(GOOD,) * 5))))


@cache
def one_side() -> Session:
    return played(calm(SetPlan(Side.LEFT, (GOOD,) * 4)))


@cache
def uncalibrated() -> Session:
    return played(calm(SetPlan(Side.LEFT, (GOOD,) * 4), SetPlan(Side.RIGHT, (GOOD,) * 4), is_calibrated=False))


def settings(**changed: str) -> Config:
    return with_settings(Config(), {key.replace("__", "."): value for key, value in changed.items()})
