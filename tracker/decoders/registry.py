"""Every sensor the program knows, by key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from tracker.decoders import (
    bluest,
    browser,
    capture2go,
    generic_csv,
    imu_stream,
    metabase,
    metawear,
    movella_dot,
    movella_dot_export,
    movesense,
    movesense_export,
    movesense_json,
    nicla_sense_me,
    openearable2,
    phyphox,
    phyphox_export,
    polar,
    polar_sensor_logger,
    puckjs,
    sensor_logger,
    sensor_logger_export,
    sensorserver,
    sensortag_cc2650,
    thingy52,
    three_floats,
    witmotion,
    witmotion_export,
)
from tracker.decoders.profile import DeviceProfile
from tracker.errors import TrackerError

# The order is that of help and of ties: first what we would recommend.
_ALL = (
    imu_stream.PROFILE,
    witmotion.PROFILE,
    thingy52.PROFILE,
    metawear.PROFILE,
    metawear.PROFILE_S,
    movesense.PROFILE,
    puckjs.PROFILE,
    polar.PROFILE,
    polar.PROFILE_H10,
    movella_dot.PROFILE,
    bluest.PROFILE,
    nicla_sense_me.PROFILE,
    three_floats.ADAFRUIT,
    three_floats.SCIENCE_JOURNAL,
    three_floats.DASHBOARD,
    sensortag_cc2650.PROFILE,
    openearable2.PROFILE,
    capture2go.PROFILE,
    phyphox.PROFILE,
    browser.PROFILE,
    phyphox_export.PROFILE,
    sensor_logger.PROFILE,
    sensorserver.PROFILE,
    sensor_logger_export.PROFILE,
    metabase.PROFILE,
    movella_dot_export.PROFILE,
    polar_sensor_logger.PROFILE,
    witmotion_export.PROFILE,
    movesense_export.PROFILE,
    movesense_json.PROFILE,
    generic_csv.PROFILE,
)
PROFILES: Mapping[str, DeviceProfile] = MappingProxyType({item.key: item for item in _ALL})


def profile(key: str) -> DeviceProfile:
    """The profile called `key`. Raises TrackerError, listing the known keys, if there is none."""
    try:
        return PROFILES[key]
    except KeyError:
        raise TrackerError(f"There is no sensor kind '{key}'.", hint=f"Kinds: {', '.join(_sensors())}.") from None


def _sensors() -> list[str]:
    return sorted(key for key, device in PROFILES.items() if device.is_bluetooth)


def recognised(
    name: str, *, service_uuids: Iterable[str] = (), company_ids: Iterable[int] = ()
) -> tuple[DeviceProfile, ...]:
    """Profiles an advertisement may belong to, the likeliest first; empty = a stranger.

    A name or a service is needed: company ids alone are shared by thousands of products. Both are user-changeable or
    shared now and then, so a tie stays a tie and the characteristics found after connecting decide.
    """
    services = {uuid.lower() for uuid in service_uuids}
    companies = set(company_ids)
    scored: list[tuple[int, DeviceProfile]] = []
    for item in PROFILES.values():
        if any(name.startswith(prefix) for prefix in item.excluded_name_prefixes):
            continue
        by_name = any(name.startswith(prefix) for prefix in item.name_prefixes)
        by_service = not services.isdisjoint(item.service_uuids)
        if by_name or by_service:
            # A service counts more than a name, because names are edited and services are not.
            scored.append((4 * by_service + 2 * by_name + (not companies.isdisjoint(item.company_ids)), item))
    return tuple(item for _, item in sorted(scored, key=lambda pair: -pair[0]))
