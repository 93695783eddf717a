"""A recording judged by settings, as the totals of a `session.json`: what a worker does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tracker.core.config import Config
from tracker.core.summary import Ledger
from tracker.errors import TrackerError
from tracker.reports.earlier import as_reported
from tracker.reports.session import Session
from tracker.reports.session_json import session_dict
from tracker.run import Pipeline, engine_for, run_batch
from tracker.sources.replay import open_source

# The settings are the key under which the totals are kept.
_LEFT_OUT = ("configuration", "thresholds")


def judged(path: Path, config: Config, said: Mapping[str, Any]) -> dict[str, Any]:
    """The totals, of the person and with the load that its own report says, if any did since.

    `{"error": sentence}` where the recording can not be used. Never raises for a broken one.
    """
    try:
        source = open_source(path)
        header = replace(as_reported(source.header, said), config=config)
        ledger = Ledger(header.load_kg)
        pipeline = Pipeline(engine_for(header, source.new_decoder()), [ledger])
        run_batch(pipeline, source.inputs())
    except TrackerError as error:
        return {"error": str(error)}
    except Exception as error:  # noqa: BLE001 - one odd recording must not hide the others
        return {"error": f"{path}: It can not be analysed ({type(error).__name__}: {error})."}
    plain = session_dict(Session(header, ledger.summary(), pipeline.first_packet_s, damage=source.damage))
    return {key: value for key, value in plain.items() if key not in _LEFT_OUT}
