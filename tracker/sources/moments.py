"""When an export began and on whose clock, from what it tells of itself."""

from __future__ import annotations

import contextlib
import zoneinfo
from datetime import UTC, datetime, timedelta, timezone

from tracker.decoders.tables import About

_EPOCH_FROM_S, _EPOCH_TO_S = 1e8, 1e11  # Unix time of a moment somebody recorded: 1973 to 5138


def beginning(about: About, first_s: float) -> datetime | None:
    """The moment of the first sample, at `first_s` on the export's clock; None if nothing tells.

    A local time without a zone is one of this computer's zone: most people import where they train.
    """
    if about.first_local is not None:
        zone = None if about.utc_offset_s is None else timezone(timedelta(seconds=about.utc_offset_s))
        with contextlib.suppress(ValueError, OverflowError, OSError):
            return about.first_local.replace(tzinfo=zone).astimezone(UTC)
        return None
    if not _EPOCH_FROM_S < about.zero_unix_s + first_s < _EPOCH_TO_S:  # NaN is not
        return None
    return datetime.fromtimestamp(about.zero_unix_s + first_s, UTC)


def utc_offset_s(about: About, began: datetime | None) -> int | None:
    """Offset of the person's clock from UTC, if the export tells it or names a zone that is known."""
    if about.utc_offset_s is not None or not about.zone or began is None:
        return about.utc_offset_s
    try:
        offset = began.astimezone(zoneinfo.ZoneInfo(about.zone)).utcoffset()
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None
    return None if offset is None else round(offset.total_seconds())
