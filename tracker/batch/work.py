"""What a worker does: one file in, its rows of every table out as text.

The text is made where the file is analysed, so a table is the same whoever made its rows, and little travels. A worker
gets everything it must know with the task and keeps nothing.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from tracker import __version__
from tracker.core.config import Config
from tracker.core.model import CalibrationKind
from tracker.core.summary import Ledger
from tracker.core.sweep import Sweep
from tracker.errors import TrackerError
from tracker.header import Header, utc_text
from tracker.reports.counts import COUNT_COLUMNS, Counts, counts_of
from tracker.reports.csv import REP_COLUMNS, SCHEMA_VERSION, SET_COLUMNS, number, rep_rows, set_rows, word
from tracker.reports.earlier import reported_since
from tracker.reports.session import Session
from tracker.reports.signal import Signal
from tracker.run import Pipeline, engine_for, run_batch
from tracker.sources.replay import Source, open_source

COLUMNS = {
    "reps": (*REP_COLUMNS, "file"),
    "sets": (*SET_COLUMNS, "file"),
    "files": (
        *("schema_version", "file", "session_id", "started_at", "athlete", "device", "duration_s", "sampling_rate_hz"),
        *("missing_samples", "gyroscope", "calibration", *COUNT_COLUMNS, "error", "notice"),
    ),
    "sweep": ("schema_version", "file", "session_id", "key", "value", *COUNT_COLUMNS),
}


@dataclass(frozen=True, slots=True)
class Task:
    """One file and how to judge it.

    name: the file as the person named it, for tables and sentences; path: where the worker finds it.
    settings, declared: from what is stored to what is asked for. sweep: count at each of its values instead.
    kind: the format of the file as the person said it.
    """

    name: str
    path: Path
    settings: Callable[[Config], Config]
    declared: Callable[[Header], Header]
    sweep: Sweep | None = None
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a file. rows: CSV text by table; counts: one, or one a swept value; error: why there are none.

    notice: what could not be read of a recording whose rows are there, and what is amiss with its signal.
    """

    name: str
    rows: dict[str, str] = field(default_factory=dict)
    counts: tuple[Counts, ...] = ()
    duration_s: float = 0.0
    error: str = ""
    notice: str = ""
    software_version: str = __version__


def analyse(task: Task) -> Outcome:
    """Analyse one file. Never raises: one broken file must not end the others."""
    try:
        return analysed(task)
    except TrackerError as error:
        return failed(task.name, str(error).replace(str(task.path), task.name))
    except MemoryError:
        return failed(task.name, f"{task.name}: There is not enough memory for this file.")
    except Exception as error:  # noqa: BLE001 - a mistake of ours in one file must not cost the other thousand
        return failed(task.name, f"{task.name}: It can not be analysed ({type(error).__name__}: {error}).")


def analysed(task: Task) -> Outcome:
    """Analyse one file. Raises TrackerError."""
    source = open_source(task.path, kind=task.kind)
    config = task.settings(source.header.config)
    header = source.header if source.recording is None else reported_since(source.header, task.path)
    source = replace(source, header=task.declared(header))
    if task.sweep is not None:
        return _swept(task, source, config, task.sweep)
    session = _session(source, config)
    header, has_gyroscope = session.header, session.has_gyroscope
    reps = rep_rows(header, session.summary.reps, zero=session.zero, has_gyroscope=has_gyroscope)
    sets = set_rows(header, session.summary.sets, has_gyroscope=has_gyroscope)
    counts = counts_of(session.summary)
    notice = _notice(task, source, session)
    return Outcome(
        task.name,
        {
            "reps": text([*row, task.name] for row in reps),
            "sets": text([*row, task.name] for row in sets),
            "files": text([_file_row(task.name, session, counts, notice)]),
        },
        (counts,),
        _duration_s(session),
        notice=notice,
    )


def failed(name: str, sentence: str) -> Outcome:
    """A file without a result, and why."""
    row = [SCHEMA_VERSION, name, *[""] * (len(COLUMNS["files"]) - 4), sentence, ""]
    return Outcome(name, {"files": text([row])}, error=sentence)


def text(rows: Iterable[Iterable[object]]) -> str:
    """The rows as CSV."""
    target = io.StringIO()
    csv.writer(target, lineterminator="\n").writerows(rows)
    return target.getvalue()


def _swept(task: Task, source: Source, config: Config, sweep: Sweep) -> Outcome:
    found, rows = [], []
    duration_s, notice = 0.0, ""
    for value, changed in sweep.configs(config):
        session = _session(source, changed)
        counts = counts_of(session.summary)
        found.append(counts)
        rows.append([SCHEMA_VERSION, task.name, session.header.session_id, sweep.key, value, *counts.row])
        duration_s, notice = _duration_s(session), _notice(task, source, session)
    return Outcome(task.name, {"sweep": text(rows)}, tuple(found), duration_s, notice=notice)


def _session(source: Source, config: Config) -> Session:
    header = replace(source.header, config=config)
    ledger, signal = Ledger(header.load_kg), Signal()
    pipeline = Pipeline(engine_for(header, source.new_decoder()), [ledger, signal])
    run_batch(pipeline, source.inputs())
    return Session(header, ledger.summary(), pipeline.first_packet_s, signal=signal)


def _notice(task: Task, source: Source, session: Session) -> str:
    sentences = [*source.damage.sentences, *session.signal.warnings]
    return f"{task.name}: {' '.join(sentences)}" if sentences else ""


def _duration_s(session: Session) -> float:
    ended = session.summary.ended
    return ended.duration_s if ended else 0.0


def _file_row(name: str, session: Session, counts: Counts, notice: str) -> list[object]:
    header, summary = session.header, session.summary
    started, ended, calibration = summary.started, summary.ended, summary.calibration
    return [
        *(SCHEMA_VERSION, name, header.session_id, utc_text(header.started_at) if header.started_at else ""),
        *(header.athlete, header.device, number("duration_s", _duration_s(session))),
        number("sampling_rate_hz", started.rate_hz) if started else "",
        ended.missing_samples if ended else "",
        word(session.has_gyroscope) if started else "",
        (calibration.kind if calibration else CalibrationKind.NONE).value,
        *counts.row,
        "",
        notice,
    ]
