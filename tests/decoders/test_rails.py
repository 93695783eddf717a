"""Readings at the end of a range that nobody tells."""

from __future__ import annotations

import numpy as np
import pytest

from tracker.core.model import GRAVITY_MPS2
from tracker.decoders.rails import ACC_ENDS_MPS2, GYR_ENDS_RADPS, RailWatch


def clipped(end, *, samples=400, amplitude=1.4):
    """A swing that a chip with this end cuts off, with its noise; and how many samples were cut off."""
    rng = np.random.default_rng(1)
    swing = amplitude * end * np.sin(np.linspace(0, 12, samples)) + rng.normal(0, 0.02, samples)
    rows = np.column_stack([np.clip(swing, -end, end), rng.normal(0, 1, samples), rng.normal(9.8, 1, samples)])
    return rows, int((np.abs(swing) >= end).sum())


@pytest.mark.parametrize("range_g", [2, 4, 8, 16])
@pytest.mark.parametrize("mistuned", [0.995, 1.0, 1.006])
def test_what_a_chip_cut_off_is_counted(range_g, mistuned):
    """Every sample at the end, also where the phone's own correction moves the end by half a percent."""
    rows, cut = clipped(range_g * GRAVITY_MPS2 * mistuned)
    assert cut > 100
    assert RailWatch(ACC_ENDS_MPS2).count(rows.tolist()) == cut


@pytest.mark.parametrize("pieces", [1, 3, 7, 100])
def test_packets_of_any_size_count_the_same(pieces):
    """The end of one packet and the begin of the next are neighbours."""
    rows, cut = clipped(np.radians(2000))
    watch = RailWatch(GYR_ENDS_RADPS)
    assert sum(watch.count(piece.tolist()) for piece in np.array_split(rows, pieces)) == cut


def test_a_swing_within_the_range_counts_nothing():
    """Past 2 g and back, noise and all; and a phone that repeats every reading elsewhere."""
    rows, _ = clipped(16 * GRAVITY_MPS2, amplitude=0.3)
    assert RailWatch(ACC_ENDS_MPS2).count(rows.tolist()) == 0
    held = np.repeat(rows[np.abs(np.abs(rows[:, 0]) - 2 * GRAVITY_MPS2) > 1], 2, axis=0)
    held = held[(np.abs(held) < 18).all(axis=1)]
    assert RailWatch(ACC_ENDS_MPS2).count(held.tolist()) == 0
