"""Frames shared by the decoder tests, and feeding a decoder in several ways."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tracker.core.model import Decoded, Decoder, Packet

CHECKOUT = Path(__file__).parents[2]
FRAMES = CHECKOUT.parent / "shared" / "frames"


@pytest.fixture(scope="session")
def published_frames() -> Callable[[str], dict[str, dict[str, Any]]]:
    """Frames of a device by id, from captures, vendor documents and vendor tests; skips where the folder is absent."""

    def load(device: str) -> dict[str, dict[str, Any]]:
        path = FRAMES / f"{device}.json"
        if not path.exists():
            pytest.skip(f"NOT TESTED: {path} is absent, the published frames of {device} were not decoded")
        return {frame["id"]: frame for frame in json.loads(path.read_text("utf-8"))["frames"]}

    return load


@pytest.fixture(scope="session")
def commands_of() -> Callable[[str], dict[str, bytes]]:
    """The vendor's commands of a device by what they do."""

    def load(device: str) -> dict[str, bytes]:
        path = FRAMES / f"{device}.json"
        if not path.exists():
            pytest.skip(f"NOT TESTED: {path} is absent, the commands of {device} were not compared")
        return {
            command["what"]: bytes.fromhex(command["hex"])
            for command in json.loads(path.read_text("utf-8")).get("commands", ())
        }

    return load


def outcome(parts: Iterable[Decoded]) -> dict[str, Any]:
    """Everything a decoder said over several calls, as comparable bytes and lists."""
    columns: dict[str, list[Any]] = {
        name: [] for name in ("received_s", "acc_mps2", "gyr_radps", "counter", "device_s")
    }
    restarted: list[int] = []
    rejected: list[tuple[str, bytes, int | None]] = []
    messages: list[str] = []
    saturated = duplicates = late = rows = 0
    clock = None
    for part in parts:
        rejected += [(error.reason, error.payload, error.row) for error in part.rejected]
        messages += part.messages
        clock = part.clock
        if part.readings is None:
            continue
        for name, column in columns.items():
            values = getattr(part.readings, name)
            rows_of_it = (
                [None] * len(part.readings) if values is None else [row.tobytes() for row in np.asarray(values)]
            )
            column.extend(rows_of_it)
        restarted += [rows + row for row in part.readings.restarted]
        saturated += part.readings.saturated_samples
        duplicates += part.readings.duplicate_samples
        late += part.readings.late_samples
        rows += len(part.readings)
    return {
        **columns,
        "restarted": restarted,
        "rejected": rejected,
        "messages": messages,
        "saturated": saturated,
        "duplicates": duplicates,
        "late": late,
        "clock": clock,
    }


@pytest.fixture(scope="session")
def assert_same_bits() -> Callable[[Callable[[], Decoder], Sequence[Packet], Sequence[int]], None]:
    """Whole == one by one == cut at the given places, to the bit."""

    def check(new_decoder: Callable[[], Decoder], packets: Sequence[Packet], cuts: Sequence[int]) -> None:
        whole = outcome([new_decoder().decode(packets)])
        decoder = new_decoder()
        assert outcome([decoder.decode([packet]) for packet in packets] or [decoder.decode([])]) == whole
        decoder = new_decoder()
        places = [0, *sorted(cut for cut in cuts if cut <= len(packets)), len(packets)]
        parts = [decoder.decode(packets[a:b]) for a, b in itertools.pairwise(places)]
        assert outcome(parts) == whole

    return check
