"""Every kind of export file the program reads, in the order in which they are tried."""

from __future__ import annotations

from tracker.decoders import phyphox_export, sensor_logger_export
from tracker.decoders.tables import ExportFormat

# The most telling headers first; where two would fit, the one that says more.
EXPORTS: tuple[ExportFormat, ...] = (
    sensor_logger_export.FORMAT,
    sensor_logger_export.FORMAT_IOS,
    phyphox_export.FORMAT,
)
# What --format takes, and what each is called.
FORMATS: dict[str, str] = {**{item.key: item.title for item in EXPORTS}, "generic_csv": "generic CSV"}
