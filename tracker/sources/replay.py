"""A file as a source: a recording of this program, or anything `import` reads, told apart by content."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tracker.core.model import Decoder, Input
from tracker.damage import WHOLE, Damage
from tracker.decoders.exports import FORMATS
from tracker.decoders.registry import profile
from tracker.errors import ImportFormatError, RecordingError
from tracker.header import Header
from tracker.recording import Recording
from tracker.sources.containers import ZIP_STARTS
from tracker.sources.exports import Export, open_export
from tracker.sources.moments import beginning, utc_offset_s
from tracker.sources.samples_csv import BULK_BYTES, PACED_BYTES, LineKeeper, open_samples_csv

_RECORDING_STARTS = (b"\x1f\x8b", b'["header"')  # gzip; our first line
_JSON_STARTS = (b"[", b"{")
_CSV_DECODER = "generic_csv"


@dataclass(frozen=True, slots=True)
class Source:
    """Inputs from a file. header: what the file tells of itself; recording: None for a sample file.

    inputs and new_decoder start anew with every call. files: all that were read; note: what a person should know.
    """

    path: Path
    header: Header
    inputs: Callable[[], Iterator[Input]]
    new_decoder: Callable[[], Decoder]
    recording: Recording | None = None
    files: tuple[Path, ...] = ()
    note: str = ""

    @property
    def damage(self) -> Damage:
        """What could not be read, known when `inputs` ended; a sample file with anything amiss is refused instead."""
        return WHOLE if self.recording is None else self.recording.damage

    @property
    def sha256(self) -> str:
        """Of the file's bytes; of several files that of their digests; "" where there is none to read again."""
        found = sorted(map(_sha256, filter(Path.is_file, self.files or (self.path,))))
        if len(found) > 1:
            return hashlib.sha256("".join(found).encode()).hexdigest()
        return found[0] if found else ""


def open_source(path: Path, *, kind: str | None = None, in_small_pieces: bool = False) -> Source:
    """The file, or the folder of an export, as a source. kind: the format as the person says, else it is found out.

    in_small_pieces: a sample file for watching or recording, not only for computing.
    Raises RecordingError, ImportFormatError.
    """
    start = b"" if path.is_dir() else _start(path)
    if start.startswith(_RECORDING_STARTS):
        return open_recording(path)
    if kind != _CSV_DECODER:
        if (export := open_export(path, only=kind)) is not None:
            return _export_source(export)
        if kind is None and start.startswith(ZIP_STARTS):
            raise ImportFormatError(
                "Nothing in this zip file is a known export.",
                path=path,
                hint="If there is a CSV in it, unpack that first, and name it.",
            )
        if kind is not None or path.is_dir():
            raise ImportFormatError(
                f"This is no {'known export' if kind is None else FORMATS[kind]}.",
                path=path,
                hint=f"Known are: {', '.join(dict.fromkeys(FORMATS.values()))}."
                + (" A folder of many files is for `tracker batch`." if path.is_dir() else ""),
            )
        if start.startswith(_JSON_STARTS):
            return open_recording(path)
    return _csv_source(path, in_small_pieces=in_small_pieces)


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise _unreadable(path, error) from error


def _start(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(len(_RECORDING_STARTS[-1]))
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> RecordingError:
    return RecordingError(f"The file can not be read: {error.strerror or error}.", path=path, hint="Check the path.")


def _export_source(export: Export) -> Source:
    device = profile(export.format.decoder)
    about = export.about
    began = beginning(about, export.first_s)
    header = Header(
        session_id=export.path.name.split(".")[0],
        device=f"{export.format.title} ({', '.join(filter(None, (about.device, export.names)))})",
        decoder=device.key,
        nominal_rate_hz=device.nominal_rate_hz,
        started_at=began,
        time_zone=about.zone,
        utc_offset_s=utc_offset_s(about, began),
        has_text_payloads=True,
    )
    return Source(
        export.path,
        header,
        export.inputs,
        lambda: export.keeper(device.new_decoder()),
        None,
        export.files,
        export.note,
    )


def _csv_source(path: Path, *, in_small_pieces: bool) -> Source:
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
