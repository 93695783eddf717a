"""Lab Streaming Layer: the sensor's samples as one stream, what the engine says as another.

`hip-thrust-tracker` (type MoCap): specific force [m/s2] and, where there is a gyroscope, angular rate [rad/s], at the
sensor's own rate; it appears when the rate is known, two seconds after the first packet. Chunks are stamped with the
moment they arrive, as receivers expect who take the jitter out. `hip-thrust-tracker-events` (type Markers): one JSON
object an event, as with `--json`, stamped with the moment it happened.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tracker.core.events import NOT_RECORDED, Event, to_json_line
from tracker.core.model import Decoder, Input, Samples
from tracker.core.raw_samples import RawSamples, measured_rows
from tracker.errors import ExtraMissing, TrackerError
from tracker.header import Header

NAME = "hip-thrust-tracker"
EVENTS_NAME = f"{NAME}-events"
_CHANNELS = (
    *((f"acc_{axis}", "Acceleration", "m/s^2") for axis in "xyz"),
    *((f"gyr_{axis}", "AngularRate", "rad/s") for axis in "xyz"),
)
_QUIET = "[log]\nlevel = -3\n"  # the library's own chatter would stand in the live view; errors come as exceptions


class LslOutlets:
    """Both streams. A tap for the inputs (`see`) and a sink for the events.

    pace: how many times as fast as it was the session is played. Raises ExtraMissing, TrackerError.
    """

    def __init__(self, header: Header, decoder: Decoder, *, pace: float = 1.0) -> None:
        self._lsl = library()
        self._raw = RawSamples(decoder, header.config)
        self._header = header
        self._pace = pace
        self._samples: Any = None
        info = self._info(EVENTS_NAME, "Markers", 1, 0.0, self._lsl.cf_string)
        self._events: Any = self._lsl.StreamOutlet(info)

    def see(self, inputs: Sequence[Input]) -> None:
        """Push what was measured."""
        for item in self._raw.feed(inputs):
            if isinstance(item, Samples):
                self._push(item)

    def handle(self, events: Sequence[Event]) -> None:
        """Push what was said, at the moment it is about."""
        for event in events:
            if not isinstance(event, NOT_RECORDED):
                late_s = (event.known_s - event.t_s) / self._pace
                self._events.push_sample([to_json_line(event)], self._lsl.local_clock() - late_s)

    def close(self) -> None:
        """The streams vanish."""
        if self._events is not None:
            for item in self._raw.finish():
                self._push(item)
        self._samples = self._events = None

    def _push(self, samples: Samples) -> None:
        rows = measured_rows(samples)[:, 1:]
        if self._samples is None:
            self._samples = self._opened(rows.shape[1])
        if len(rows):
            self._samples.push_chunk(rows.astype("float32").tolist(), self._lsl.local_clock())

    def _opened(self, channel_count: int) -> Any:
        started = self._raw.started
        rate_hz = started.rate_hz if started is not None else self._header.nominal_rate_hz
        info = self._info(NAME, "MoCap", channel_count, rate_hz * self._pace, self._lsl.cf_float32)
        channels = info.desc().append_child("channels")
        for label, kind, unit in _CHANNELS[:channel_count]:
            channel = channels.append_child("channel")
            for key, value in (("label", label), ("type", kind), ("unit", unit), ("object", "pelvis")):
                channel.append_child_value(key, value)
        return self._lsl.StreamOutlet(info)

    def _info(self, name: str, kind: str, channel_count: int, rate_hz: float, channel_format: int) -> Any:
        source_id = f"{name}-{self._header.session_id}"
        info = self._lsl.StreamInfo(name, kind, channel_count, rate_hz, channel_format, source_id)
        about = info.desc().append_child("acquisition")
        about.append_child_value("model", self._header.device)
        about.append_child_value("session_id", self._header.session_id)
        return info


def library() -> Any:
    """The package, with the library it drives. Raises ExtraMissing, TrackerError."""
    try:
        import pylsl
    except ImportError as error:
        raise ExtraMissing("--lsl", package="pylsl", extra="lsl") from error
    except (RuntimeError, OSError) as error:  # the package is there, the library it drives is not
        raise TrackerError(
            "--lsl needs the library liblsl, which is not on this computer.",
            hint="Install it: github.com/sccn/liblsl/releases, or conda install -c conda-forge liblsl.",
        ) from error
    if hasattr(pylsl, "set_config_content") and not _has_own_settings():  # liblsl 1.17
        pylsl.set_config_content(_QUIET)
    return pylsl


def _has_own_settings() -> bool:
    """True where the laboratory configures the library itself (peers, session): its file must not be passed over."""
    places = (Path("lsl_api.cfg"), Path.home() / "lsl_api" / "lsl_api.cfg", Path("/etc/lsl_api/lsl_api.cfg"))
    return "LSLAPICFG" in os.environ or any(place.is_file() for place in places)
