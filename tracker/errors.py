"""One tree of errors: attributes for programs, one sentence for people, a hint what to do next.

Raised where the fact is known; foreign errors are translated once, at the edge, with `from`;
printed once, by the command line. Bad data inside a stream is an event, not an error: the set goes on.
"""

from __future__ import annotations

from pathlib import Path


class TrackerError(Exception):
    """What went wrong in one sentence (`message`) and what to do about it (`hint`)."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


class ExtraMissing(TrackerError):
    """Something needs a package that is only installed when asked for: the extra `extra`."""

    def __init__(self, what: str, *, package: str, extra: str) -> None:
        super().__init__(
            f"{what} needs the package '{package}'.",
            hint=f"Install it: uv sync --extra {extra}, or pip install '.[{extra}]'.",
        )


class ConfigError(TrackerError):
    """A setting that does not exist or a value that makes no sense."""


class FileError(TrackerError):
    """A file that can not be used; `path` and, where one is to blame, `line` (1-based) say where."""

    def __init__(self, message: str, *, path: Path | str, line: int | None = None, hint: str = "") -> None:
        place = f"{path}, line {line}: " if line is not None else f"{path}: "
        super().__init__(place + message, hint=hint)
        self.path = path
        self.line = line


class RecordingError(FileError):
    """A recording that can not be read or written."""


class ImportFormatError(FileError):
    """A sample file in a format, unit or state that can not be used."""


class DecodeError(TrackerError):
    """Bytes that are no valid message of this decoder."""

    def __init__(
        self,
        reason: str,
        *,
        decoder: str,
        payload: bytes = b"",
        row: int | None = None,
        hint: str = "Check the sensor's firmware and the chosen decoder.",
    ) -> None:
        super().__init__(f"{decoder}: {reason}", hint=hint)
        self.decoder = decoder
        self.reason = reason
        self.payload = payload
        self.row = row


class DeviceError(TrackerError):
    """A sensor that can not be used."""


class DeviceNotFound(DeviceError):
    """No such sensor is in range."""


class DeviceLost(DeviceError):
    """The sensor was connected and is gone."""


class DeviceUnsupported(DeviceError):
    """The sensor is there but speaks nothing this program knows."""


class BluetoothUnavailable(DeviceError):
    """This computer's Bluetooth can not be used; `reason` names the cause for programs."""

    def __init__(self, message: str, *, reason: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.reason = reason
