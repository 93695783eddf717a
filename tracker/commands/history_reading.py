"""From the data folder to the entries of the history: what is kept is taken, the rest is judged and kept."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from tracker.core.config import Config
from tracker.errors import RecordingError, TrackerError
from tracker.history.cache import Cache, settings_digest
from tracker.history.entries import Entry, entry_of
from tracker.history.saved import Saved, saved_sessions

# Starting processes takes a second; less than this is judged sooner without them [bytes of recordings].
_WORTH_PROCESSES = 8_000_000
_MOST_ERRORS_SAID = 20


def read_history(root: Path, config: Config) -> list[Entry]:
    """Every session that can be read; of the others is told why. Raises RecordingError where there is none."""
    sessions = saved_sessions(root)
    if not sessions:
        raise RecordingError(
            "There is no session yet.", path=root, hint="`tracker demo` makes one; TRACKER_HOME names another folder."
        )
    said = {saved.name: saved.said_then() for saved in sessions}
    settings = {name: settings_digest(config, one) for name, one in said.items()}
    cache = Cache(root)
    cache.forget_others(set(said))
    results = {saved.name: cache.result(saved, settings[saved.name]) for saved in sessions}
    new = [saved for saved in sessions if results[saved.name] is None]
    try:
        for saved, result in _judged(new, config, [said[saved.name] for saved in new]):
            results[saved.name] = result
            if "error" not in result:
                cache.keep(saved, settings[saved.name], result)
    finally:
        cache.save()  # also after Ctrl-C: what was worked out stays
    return _entries(sessions, results, said)


def _entries(
    sessions: list[Saved], results: Mapping[str, Mapping[str, Any] | None], said: Mapping[str, Mapping[str, Any]]
) -> list[Entry]:
    entries: list[Entry] = []
    errors: list[str] = []
    for saved in sessions:
        result = results[saved.name] or {}
        if "error" in result:
            errors.append(str(result["error"]))
            continue
        try:
            going_on = saved.is_being_recorded
            entries.append(entry_of(saved.name, result, said[saved.name], is_being_recorded=going_on))
        except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
            errors.append(f"{saved.path}: What is kept of it makes no sense ({error}); delete history-cache.json.")
    for sentence in errors[:_MOST_ERRORS_SAID]:
        click.echo(f"Left out: {sentence}", err=True)
    if len(errors) > _MOST_ERRORS_SAID:
        click.echo(f"Left out: {len(errors) - _MOST_ERRORS_SAID} more.", err=True)
    if not entries:
        raise RecordingError("No session could be read.", path=sessions[0].path.parent.parent)
    return entries


def _judged(
    new: list[Saved], config: Config, said: list[Mapping[str, Any]]
) -> Iterator[tuple[Saved, Mapping[str, Any]]]:
    """Each judged, with a bar where there is somebody to see it."""
    if not new:
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task(f"Judging {len(new)} session{'s' * (len(new) > 1)}", total=len(new))
        for pair in zip(new, _results(new, config, said), strict=True):
            progress.advance(task)
            yield pair


def _results(new: list[Saved], config: Config, said: list[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    from tracker.history.judging import judged

    paths = [saved.path for saved in new]
    if sum(saved.stamp[0] for saved in new) < _WORTH_PROCESSES or len(new) == 1:
        yield from map(judged, paths, [config] * len(paths), said)
        return
    from concurrent.futures import BrokenExecutor

    from tracker.batch.workers import core_count, local

    try:
        with local(min(len(new), core_count())) as workers:
            yield from workers.executor.map(judged, paths, [config] * len(paths), said)
    except BrokenExecutor as error:
        raise TrackerError(
            "A process that judged sessions was ended.", hint="Close other programs and try again: what is done stays."
        ) from error
