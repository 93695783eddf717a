"""`tracker scan`: which sensors are in range."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tracker.commands.live import adapter_option
from tracker.commands.options import NumberRange

if TYPE_CHECKING:
    from tracker.sources.ble_scan import Sensor

_NOT_KNOWN = "-"
_SCAN_S = 6.0  # sensors advertise every 0.02-1 s, and an adapter listens about half of the time


@click.command()
@click.option("--all", "shows_all", is_flag=True, help="Also devices that this program does not know.")
@click.option("--battery", "asks_battery", is_flag=True, help="Connect to each sensor to read its battery.")
@click.option(
    "--time",
    "duration_s",
    metavar="SECONDS",
    type=NumberRange(0.5, 60.0),
    default=_SCAN_S,
    show_default=True,
    help="How long to listen.",
)
@adapter_option
@click.option("--json", "as_json", is_flag=True, help="One object a line.")
def scan(shows_all: bool, asks_battery: bool, duration_s: float, adapter: str | None, as_json: bool) -> None:
    """List supported sensors in range: name, kind, signal, battery, address. The strongest comes first.

    Some sensors advertise their battery; --battery asks the others by connecting to them.
    """
    import json

    from tracker.run import run_until_stopped

    if not as_json:
        click.echo(f"Listening for {duration_s:g} s ...", err=True)
    sensors = run_until_stopped(_found(adapter, duration_s, shows_all=shows_all, asks_battery=asks_battery))
    rows = [("NAME", "KIND", "SIGNAL", "BATTERY", "ADDRESS"), *(_row(sensor) for sensor in sensors)]
    if as_json:
        for sensor in sensors:
            click.echo(json.dumps(_plain(sensor), ensure_ascii=False))
    elif sensors:
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    else:
        click.echo("No supported sensor is in range. Wake it up and close its app on the phone.", err=True)


async def _found(adapter: str | None, duration_s: float, *, shows_all: bool, asks_battery: bool) -> list[Sensor]:
    from tracker.sources.ble_battery import with_battery
    from tracker.sources.ble_scan import listen

    sensors = [item for item in await listen(adapter, duration_s=duration_s) if shows_all or item.profiles]
    if asks_battery:
        return [await with_battery(item, adapter) if item.profiles else item for item in sensors]
    return sensors


def _row(sensor: Sensor) -> tuple[str, str, str, str, str]:
    return (
        sensor.name or _NOT_KNOWN,
        sensor.kind or "unknown",
        "connected" if sensor.signal_dbm is None else f"{sensor.signal_dbm} dBm",
        _NOT_KNOWN if sensor.battery_pct is None else f"{sensor.battery_pct} %",
        sensor.address,
    )


def _plain(sensor: Sensor) -> dict[str, object]:
    return {
        "name": sensor.name,
        "kind": sensor.kind,
        "signal_dbm": sensor.signal_dbm,
        "battery_pct": sensor.battery_pct,
        "address": sensor.address,
    }
