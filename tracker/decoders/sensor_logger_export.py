"""Exports of Sensor Logger as CSV: a table each for a sensor, columns z, y, x, with stamps of one clock.

`TotalAcceleration` (Android) is specific force; `Accelerometer` is without gravity and needs `Gravity`. On iPhones
both have the opposite sign, unless the app's option to standardise units and frames was on; `Metadata.csv` tells.
Note: firmware_notes/sensor_logger.md.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import replace

from tracker.decoders.profile import DeviceProfile
from tracker.decoders.table_streams import TablesDecoder
from tracker.decoders.tables import About, Column, ExportFormat, Header, Role, Table, header_of

KIND = "sensor_logger_export"
METADATA = "metadata.csv"
ROLES = {
    "totalacceleration": Role.ACC,
    "accelerometer": Role.LINEAR,
    "gravity": Role.GRAVITY,
    "gyroscope": Role.GYR,
}
UNKNOWN_PHONE = (
    "Nothing tells whether this was an iPhone or an Android phone, so it is taken for an Android phone; of an iPhone "
    "left and right would be swapped. Export the whole zip with Metadata.csv, or say --format sensor_logger_ios."
)


def table_of(name: str, text: str) -> Table | None:
    """What a text holds, by the sensor's name; a renamed one by its size: gravity is in it or not."""
    header = header_of(text, lambda header: "seconds_elapsed" in header.lower)
    if header is None:
        return None
    gravity: tuple[Column, ...] | None = None
    role, values = _role(name), header.columns(("x", "y", "z"), 1.0)
    if values is None:
        role, values, gravity = _combined(header)
    if role is None or values is None:
        return None
    elapsed, unix = header.place("seconds_elapsed"), header.place("time")
    assert elapsed is not None
    return Table(
        role,
        header.separator,
        Column(elapsed, 1.0, "seconds_elapsed"),
        values,
        header.line,
        gravity or (),
        unix=None if unix is None else Column(unix, 1e-9, "time"),
    )


def _combined(header: Header) -> tuple[Role | None, tuple[Column, ...] | None, tuple[Column, ...] | None]:
    """Role, columns and gravity of the export in which all sensors share one table, prefixed by their names."""

    def of(sensor: str) -> tuple[Column, ...] | None:
        return header.columns([f"{sensor}_{axis}" for axis in "xyz"], 1.0)

    gravity = None
    acc, gyr = of("totalacceleration"), of("gyroscope")
    if acc is None:
        acc, gravity = of("accelerometer"), of("gravity")
        if acc is not None and gravity is None:
            return Role.LINEAR, acc, None
    if acc is None:
        return None, None, None
    return (Role.ACC if gyr is None else Role.SAMPLES), (*acc, *(gyr or ())), gravity


def _role(name: str) -> Role | None:
    """The role of a file's base name, with what systems add to copies; of a role's own name itself."""
    stem = name.lower().rpartition(".csv")[0] or name.lower()
    stem = stem.partition("(")[0].rstrip(" _-0123456789")
    return ROLES.get(stem) or next((role for role in Role if role.value == name), None)


def about(texts: Mapping[str, str]) -> About:
    """Zone and phone, by `Metadata.csv`; the moment stands in the tables."""
    facts = _metadata(texts)
    return About(zone=facts.get("recording timezone", ""), device=facts.get("device name", ""))


def sign_of(texts: Mapping[str, str], tables: Mapping[Role, Table]) -> tuple[float, str]:
    """-1 for an iPhone that wrote its own signs; and what to say where nothing tells."""
    facts = _metadata(texts)
    platform = facts.get("platform", "").lower()
    if platform:
        return (-1.0 if platform == "ios" and facts.get("standardisation", "").lower() != "true" else 1.0), ""
    is_summed_here = Role.LINEAR in tables or any(table.gravity for table in tables.values())
    return 1.0, UNKNOWN_PHONE if is_summed_here else ""  # only Android phones have the sum


def _metadata(texts: Mapping[str, str]) -> dict[str, str]:
    rows = list(csv.reader(texts.get(METADATA, "").splitlines()))
    return dict(zip((name.strip().lower() for name in rows[0]), rows[1], strict=False)) if len(rows) > 1 else {}


FORMAT = ExportFormat(
    "sensor_logger",
    "Sensor Logger export",
    KIND,
    table_of=table_of,
    about=about,
    side_files=(METADATA,),
    marks="annotation.csv",
)
FORMAT_IOS = replace(FORMAT, key="sensor_logger_ios", told={METADATA: "platform,standardisation\nios,false\n"})
PROFILE = DeviceProfile(
    key=KIND,
    title="Sensor Logger export",
    new_decoder=lambda: TablesDecoder(KIND, table_of, side_files=(METADATA,), sign_of=sign_of),
    nominal_rate_hz=100.0,
    wear="As it was worn. The screen of the phone reads +g when it points up.",
    note="sensor_logger.md",
)
