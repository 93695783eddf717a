"""A file as a source: a recording of this program, or anything `import` reads, told apart by content."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tracker.core.model import Decoder, Input
from tracker.decoders.registry import profile
from tracker.errors import RecordingError
from tracker.header import Header
from tracker.recording import Recording
from tracker.sources.samples_csv import BULK_BYTES, PACED_BYTES, LineKeeper, open_samples_csv

_RECORDING_STARTS = (b"\x1f\x8b", b"[", b"{")  # gzip, JSON
_CSV_DECODER = "generic_csv"


@dataclass(frozen=True, slots=True)
class Source:
    """Inputs from a file. header: what the file tells of itself; recording: None for a sample file.

    inputs and new_decoder start anew with every call.
    """

    path: Path
    header: Header
    inputs: Callable[[], Iterator[Input]]
    new_decoder: Callable[[], Decoder]
    recording: Recording | None = None


def open_source(path: Path, *, in_small_pieces: bool = False) -> Source:
    """The file as a source. in_small_pieces: a sample file for watching or recording, not only for computing.

    Raises RecordingError, ImportFormatError.
    """
    try:
        with path.open("rb") as file:
            start = file.read(2)
    except OSError as error:
        raise RecordingError(
            f"The file can not be read: {error.strerror or error}.", path=path, hint="Check the path."
        ) from error
    if start.startswith(_RECORDING_STARTS):
        return open_recording(path)
    samples = open_samples_csv(path, piece_bytes=PACED_BYTES if in_small_pieces else BULK_BYTES)
    device = profile(_CSV_DECODER)
    header = Header(
        session_id=path.stem,
        device=device.key,
        decoder=_CSV_DECODER,
        nominal_rate_hz=device.nominal_rate_hz,
        started_at=samples.started_at,
        has_text_payloads=True,
    )
    return Source(path, header, samples.inputs, lambda: LineKeeper(device.new_decoder(), samples))


def open_recording(path: Path) -> Source:
    """A recording of this program as a source. Raises RecordingError."""
    recording = Recording(path)
    device = profile(recording.header.decoder)
    return Source(path, recording.header, recording.inputs, device.new_decoder, recording)
