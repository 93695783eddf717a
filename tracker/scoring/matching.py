"""Which moment of one list is which of another, one to one, in order.

Two moments can be the same when they lie no further apart than the tolerance. Of all ways to pair them in order, the
one with the most pairs, and among those the one with the least sum of distances (an alignment, by dynamic programming).
Moments further apart than the tolerance from all others cut the lists into groups that are aligned alone, so a long
session costs little more than its length.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

TOLERANCE_S = 1.5  # a key is pressed up to half a second late, also at double speed; two tops are hardly ever closer


def matched(first: Sequence[float], second: Sequence[float], tolerance: float) -> list[tuple[int, int]]:
    """Index pairs (of `first`, of `second`), in order; both ascending, in one unit with `tolerance`."""
    pairs: list[tuple[int, int]] = []
    for start_first, stop_first, start_second, stop_second in _groups(first, second, tolerance):
        aligned = _aligned(first[start_first:stop_first], second[start_second:stop_second], tolerance)
        pairs += [(start_first + one, start_second + other) for one, other in aligned]
    return pairs


def _groups(first: Sequence[float], second: Sequence[float], tolerance: float) -> Iterator[tuple[int, int, int, int]]:
    """Half-open index ranges of both lists between which nothing can be a pair."""
    moments = sorted([(moment, 0) for moment in first] + [(moment, 1) for moment in second])
    starts = counts = (0, 0)
    last = None
    for moment, which in moments:
        if last is not None and moment - last > tolerance:
            yield starts[0], counts[0], starts[1], counts[1]
            starts = counts
        counts = (counts[0] + (which == 0), counts[1] + (which == 1))
        last = moment
    yield starts[0], counts[0], starts[1], counts[1]


def _aligned(first: Sequence[float], second: Sequence[float], tolerance: float) -> list[tuple[int, int]]:
    # best[i][j]: (unpaired moments, sum of distances) of the first i and j; smaller is better
    best = [[(i + j, 0.0) for j in range(len(second) + 1)] for i in range(len(first) + 1)]
    for i, one in enumerate(first, 1):
        for j, other in enumerate(second, 1):
            left, over = best[i - 1][j], best[i][j - 1]
            choices = [(left[0] + 1, left[1]), (over[0] + 1, over[1])]
            if abs(one - other) <= tolerance:
                unpaired, distance = best[i - 1][j - 1]
                choices.append((unpaired, distance + abs(one - other)))
            best[i][j] = min(choices)
    pairs: list[tuple[int, int]] = []
    i, j = len(first), len(second)
    while i and j:
        unpaired, distance = best[i - 1][j - 1]
        apart = abs(first[i - 1] - second[j - 1])
        if apart <= tolerance and best[i][j] == (unpaired, distance + apart):
            i, j = i - 1, j - 1
            pairs.append((i, j))
        elif best[i][j] == (best[i - 1][j][0] + 1, best[i - 1][j][1]):
            i -= 1
        else:
            j -= 1
    return pairs[::-1]
