from itertools import combinations, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.scoring.matching import matched

MOMENTS = st.lists(st.integers(0, 24).map(lambda n: n / 2), max_size=5, unique=True).map(sorted)


@pytest.mark.parametrize(
    ("first", "second", "pairs"),
    [
        ([], [], []),
        ([1.0], [], []),
        ([1.0, 5.0, 9.0], [1.2, 5.1, 9.4], [(0, 0), (1, 1), (2, 2)]),
        ([1.0, 5.0, 9.0], [1.2, 9.4], [(0, 0), (2, 1)]),
        ([1.0, 9.0], [1.2, 5.0, 9.4], [(0, 0), (1, 2)]),
        ([1.0], [2.5], [(0, 0)]),
        ([1.0], [2.6], []),
        ([1.0, 2.0], [2.1], [(1, 0)]),  # the nearer one
        ([1.0, 2.0], [2.0, 3.0], [(0, 0), (1, 1)]),  # two pairs beat one perfect pair
        ([1.0, 1.0], [1.0], [(1, 0)]),
    ],
)
def test_pairs(first, second, pairs):
    """One to one, in order, within the tolerance; most pairs first, then least distance."""
    found = matched(first, second, 1.5)
    assert found == pairs or (first == [1.0, 1.0] and len(found) == 1)


def best_by_trying(first, second, tolerance):
    """(pairs, -distance) of the best pairing, by trying all of them."""
    best = (0, 0.0)
    for count in range(1, min(len(first), len(second)) + 1):
        for ones in combinations(first, count):
            for others in permutations(second, count):
                apart = [abs(one - other) for one, other in zip(ones, others, strict=True)]
                if max(apart) <= tolerance:
                    best = max(best, (count, -sum(apart)))
    return best


@given(first=MOMENTS, second=MOMENTS, tolerance=st.sampled_from((0.5, 1.5, 4.0)))
def test_no_pairing_is_better(first, second, tolerance):
    """Beside all pairings there are, crossing ones too: as many pairs, as little distance, each moment once."""
    pairs = matched(first, second, tolerance)
    ones, others = [one for one, _ in pairs], [other for _, other in pairs]
    assert ones == sorted(set(ones))
    assert others == sorted(set(others))
    apart = [abs(first[one] - second[other]) for one, other in pairs]
    assert all(distance <= tolerance for distance in apart)
    assert (len(pairs), -sum(apart)) == pytest.approx(best_by_trying(first, second, tolerance))


def test_turned_round_it_is_the_same():
    """Which list comes first does not matter."""
    first, second = [1.0, 2.0, 7.5, 8.0], [0.5, 7.9, 9.0]
    assert matched(second, first, 1.5) == [(other, one) for one, other in matched(first, second, 1.5)]
