"""Saved sessions for the history: real recordings of one short simulated session, with other headers."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from tests.core.simulated import calm
from tracker.core.engine import Engine
from tracker.core.model import Input, Side
from tracker.decoders.registry import profile
from tracker.header import Header
from tracker.recording import RecordingWriter
from tracker.reports import Gathering, write_tables
from tracker.run import Pipeline, run_batch
from tracker.sources.simulator import Fault, SetPlan, simulate

START = datetime(2025, 6, 2, 17, 30, tzinfo=UTC)
TILTED = (Fault.TILTED,)


@cache
def inputs() -> tuple[Input, ...]:
    """Three reps on the left, one of them tilted; three good ones on the right."""
    return tuple(simulate(calm(SetPlan(Side.LEFT, ((), TILTED, ())), SetPlan(Side.RIGHT, ((),) * 3))).inputs)


def save(root: Path, number: int = 0, *, is_reported: bool = True, days: float = 1.0, **header: Any) -> Path:
    """One more session, `number * days` after the first; its folder."""
    kind = profile("imu_stream")
    moment = START + timedelta(days=number * days)
    plain = Header(
        f"{moment:%Y%m%dT%H%M%SZ}-{number:04x}", "simulated sensor", kind.key, kind.nominal_rate_hz, started_at=moment
    )
    plain = replace(plain, **header)
    gathering = Gathering(plain.load_kg)
    writer = RecordingWriter(root / plain.session_id, plain)
    pipeline = Pipeline(Engine(plain.config, kind.new_decoder()), [gathering], writer=writer)
    run_batch(pipeline, inputs())
    if is_reported:
        write_tables(root / plain.session_id, gathering.session(plain, pipeline.first_packet_s))
    return root / plain.session_id


def rows_in(folder: Path, name: str = "history.csv") -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
