"""Files of JSON objects: how each is recognised, by any of its first objects that holds motion."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tracker.core.model import NAN
from tracker.decoders import movesense_json, sensor_logger, sensorserver
from tracker.decoders.objects import Reader
from tracker.decoders.tables import About


@dataclass(frozen=True, slots=True)
class ObjectFormat:
    """A kind of file. key: the word for --format; decoder: key of the decoder's profile; new_reader: as there.

    fits: true for an object that no other format has. is_about: true for one that tells of the phone or the moment;
    about: what it tells. told: such an object, where the person says it. has_unix_times: stamps count from 1970.
    """

    key: str
    title: str
    decoder: str
    new_reader: Callable[[], Reader]
    fits: Callable[[Mapping[str, Any]], bool]
    is_about: Callable[[Mapping[str, Any]], bool]
    about: Callable[[Mapping[str, Any]], About]
    told: Mapping[str, Any] | None = None
    has_unix_times: bool = False


def _is_reading(item: Mapping[str, Any]) -> bool:
    return ("sensor" in item and "time" in item) or ("payload" in item and "sessionId" in item)


def _is_metadata(item: Mapping[str, Any]) -> bool:
    return str(item.get("sensor", "")).lower() == "metadata" and "platform" in item


def _of_metadata(item: Mapping[str, Any]) -> About:
    return About(zone=str(item.get("recording timezone", "")), device=str(item.get("device name", "")))


def _is_message(item: Mapping[str, Any]) -> bool:
    return {"values", "timestamp"} <= item.keys() and isinstance(item["values"], list)


def _is_body(item: Mapping[str, Any]) -> bool:
    return movesense_json.body_of(item) is not None


def _is_time(item: Mapping[str, Any]) -> bool:
    inner = item.get("TimeDetailed")
    return isinstance(inner, Mapping) and {"relativeTime", "utcTime"} <= inner.keys()


def _of_time(item: Mapping[str, Any]) -> About:
    inner = item["TimeDetailed"]
    try:
        return About(zero_unix_s=float(inner["utcTime"]) * 1e-6 - float(inner["relativeTime"]) * 1e-3)
    except (ValueError, TypeError):
        return About(zero_unix_s=NAN)


_SENSOR_LOGGER = ObjectFormat(
    "sensor_logger",
    "Sensor Logger export (JSON)",
    sensor_logger.KIND,
    sensor_logger.ReadingsReader,
    fits=_is_reading,
    is_about=_is_metadata,
    about=_of_metadata,
    has_unix_times=True,
)
OBJECT_FORMATS: tuple[ObjectFormat, ...] = (
    _SENSOR_LOGGER,
    replace(_SENSOR_LOGGER, key="sensor_logger_ios", told={"platform": "ios", "standardisation": "false"}),
    ObjectFormat(
        "sensorserver",
        "SensorServer log",
        sensorserver.KIND,
        sensorserver.MessageReader,
        fits=_is_message,
        is_about=lambda _item: False,
        about=lambda _item: About(),
    ),
    ObjectFormat(
        "movesense",
        "Movesense recording (JSON)",
        movesense_json.KIND,
        movesense_json.ArraysReader,
        fits=_is_body,
        is_about=_is_time,
        about=_of_time,
    ),
)
