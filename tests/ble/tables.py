"""The end of a test run: what was proved of which sensor, from what the tests recorded of themselves."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

FAILED = "FAILED"


def print_tables(reporter: pytest.TerminalReporter) -> None:
    """Each kind of sensor, and device x fault; a cell whose test failed says so."""
    kinds, cells = _recorded(reporter, "kind"), _recorded(reporter, "cell")
    if kinds:
        reporter.section("a set through the Bluetooth client, every kind of sensor")
        _print(reporter, [("kind", "rate", "notifications", "reps", "top to number"), *kinds])
    if cells:
        reporter.section("device x fault: reps counted / true reps, the rest lay in a gap")
        devices = list(dict.fromkeys(device for _, device, _ in cells))
        faults = list(dict.fromkeys(fault for fault, _, _ in cells))
        shown = {(fault, device): text for fault, device, text in cells}
        rows = [(fault, *(shown.get((fault, device), "-") for device in devices)) for fault in faults]
        _print(reporter, [("fault", *devices), *rows])


def _recorded(reporter: pytest.TerminalReporter, name: str) -> list[tuple]:
    reports = [*reporter.stats.get("passed", ()), *reporter.stats.get("failed", ())]
    return [
        (*value[:-1], FAILED) if report.failed else tuple(value)
        for report in reports
        for key, value in report.user_properties
        if key == name
    ]


def _print(reporter: pytest.TerminalReporter, rows: Iterable[tuple]) -> None:
    texts = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    for row in texts:
        reporter.line("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
