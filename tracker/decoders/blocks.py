"""Blocks of readings of one decoder put together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tracker.core.model import Readings


def joined(blocks: Sequence[Readings]) -> Readings | None:
    """All rows in order; None if there are no blocks. A column must be there in all blocks or in none."""
    if len(blocks) < 2:
        return blocks[0] if blocks else None
    gyr = [block.gyr_radps for block in blocks if block.gyr_radps is not None]
    counter = [block.counter for block in blocks if block.counter is not None]
    device_s = [block.device_s for block in blocks if block.device_s is not None]
    offsets = np.cumsum([0] + [len(block) for block in blocks]).tolist()
    return Readings(
        received_s=np.concatenate([block.received_s for block in blocks]),
        acc_mps2=np.concatenate([block.acc_mps2 for block in blocks]),
        gyr_radps=np.concatenate(gyr) if gyr else None,
        counter=np.concatenate(counter) if counter else None,
        device_s=np.concatenate(device_s) if device_s else None,
        saturated_samples=sum(block.saturated_samples for block in blocks),
        duplicate_samples=sum(block.duplicate_samples for block in blocks),
        late_samples=sum(block.late_samples for block in blocks),
        restarted=tuple(
            row + offset for block, offset in zip(blocks, offsets, strict=False) for row in block.restarted
        ),
    )
