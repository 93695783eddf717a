"""Every kind of export file the program reads, in the order in which they are tried."""

from __future__ import annotations

from tracker.decoders import (
    metabase,
    movella_dot_export,
    movesense_export,
    phyphox_export,
    polar_sensor_logger,
    sensor_logger_export,
    witmotion_export,
)
from tracker.decoders.object_formats import OBJECT_FORMATS
from tracker.decoders.tables import ExportFormat

# The most telling headers first; where two would fit, the one that says more.
EXPORTS: tuple[ExportFormat, ...] = (
    sensor_logger_export.FORMAT,
    sensor_logger_export.FORMAT_IOS,
    metabase.FORMAT,
    movella_dot_export.FORMAT,
    polar_sensor_logger.FORMAT,
    witmotion_export.FORMAT,
    movesense_export.FORMAT,
    phyphox_export.FORMAT,
)
# What --format takes, and what each is called.
FORMATS: dict[str, str] = {
    **{item.key: item.title for item in OBJECT_FORMATS},
    **{item.key: item.title for item in EXPORTS},
    "generic_csv": "generic CSV",
}
