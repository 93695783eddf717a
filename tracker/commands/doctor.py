"""`tracker doctor`: is everything there that a live session needs?"""

from __future__ import annotations

from typing import NamedTuple

import click

from tracker.commands.live import adapter_option

_SCAN_S = 1.0  # long enough for the system to refuse


class _Finding(NamedTuple):
    """What was looked at, whether it is well, what was found, and the mend."""

    what: str
    is_well: bool
    found: str
    mend: str = ""


@click.command()
@adapter_option
@click.pass_context
def doctor(ctx: click.Context, adapter: str | None) -> None:
    """Check Bluetooth, permission, data folder and sound: one line each, with the mend.

    Exit code 1 when something is amiss.
    """
    import asyncio

    findings = [*asyncio.run(_bluetooth(adapter)), _data_folder(), _sound()]
    width = max(len(finding.what) for finding in findings)
    for what, is_well, found, mend in findings:
        mark = "ok  " if is_well else "FAIL"
        click.echo(f"{mark}  {what:<{width}}  {found} {mend}".rstrip())
    if not all(finding.is_well for finding in findings):
        ctx.exit(1)


async def _bluetooth(adapter: str | None) -> list[_Finding]:
    """Adapter and permission, by starting a scan as a session would: nothing else tells all."""
    from tracker.errors import BluetoothUnavailable
    from tracker.sources.ble_scan import listen

    try:
        await listen(adapter, duration_s=_SCAN_S)
    except BluetoothUnavailable as error:
        if error.reason == "denied":
            return [_Finding("permission", False, error.message, error.hint)]
        return [_Finding("Bluetooth adapter", False, error.message, error.hint)]
    return [
        _Finding("Bluetooth adapter", True, f"{adapter or 'the default one'} is on and can scan."),
        _Finding("permission", True, "this program may use Bluetooth."),
    ]


def _data_folder() -> _Finding:
    import tempfile

    from tracker.sessions import session_root

    root = session_root()
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=root):
            pass
    except OSError as error:
        mend = "Make it writable, or name another folder in the environment variable TRACKER_HOME."
        return _Finding("data folder", False, f"{root} can not be written: {error.strerror or error}.", mend)
    return _Finding("data folder", True, f"{root} is writable.")


def _sound() -> _Finding:
    import sys

    if not sys.stderr.isatty():
        return _Finding("sound", True, "no terminal here, so no bell is rung.")
    sys.stderr.write("\a")
    sys.stderr.flush()
    return _Finding("sound", True, "the bell was rung;", "if you heard nothing, turn it on in the terminal's settings.")
