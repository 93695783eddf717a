import pytest

from tracker.core.model import Side
from tracker.scoring.marking import Marking
from tracker.scoring.truth import TrueRep


def played(script, **start):
    """Numbers are seconds that go by, everything else is a key."""
    marking = Marking(60.0, **start)
    for item in script:
        if isinstance(item, str):
            marking.press(item)
        else:
            marking.advance(item)
    return marking


def tops(marking):
    return [(rep.top_s, rep.side.value, rep.is_faulty) for rep in marking.reps]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ([3, " ", 4, " "], [(3, "", False), (7, "", False)]),
        (["l", 3, " ", "r", 4, " "], [(3, "left", False), (7, "right", False)]),
        ([3, " ", 1, "f"], [(3, "", True)]),
        ([3, " ", "f", "f"], [(3, "", False)]),
        ([3, " ", 4, " ", "left", "f"], [(3, "", False), (7, "", False)]),  # at 2 s: no rep before
        ([3, " ", 4, " ", "u"], [(3, "", False)]),
        ([3, " ", "f", "u", "u", "u"], []),
        (["l", "r", "u", 3, " "], [(3, "left", False)]),
        ([3, " ", 0.2, " "], [(3, "", False)]),  # a key that bounced
        ([10, " ", "left", " "], [(5, "", False), (10, "", False)]),
        ([3, " ", 4, " ", "left", "x"], [(7, "", False)]),
        ([3, "p", 10, " ", "p", 1, " "], [(3, "", False), (4, "", False)]),
        (["+", 3, " "], [(6, "", False)]),
        (["-", "-", "-", 8, " "], [(2, "", False)]),
        (["+", "+", "+", 2, " "], [(8, "", False)]),
        ([100, " "], [(60, "", False)]),
        ([3, "left", " "], [(0, "", False)]),
        (["f", "x", "u", "?", "tab"], []),
    ],
)
def test_keys(script, expected):
    """What each key does, on the clock of the session."""
    assert tops(played(script)) == expected


def test_undo_of_a_mended_file():
    """Marks that were there already can be taken away, and undo brings them back."""
    known = (TrueRep(5.0, Side.LEFT), TrueRep(9.0, Side.LEFT))
    assert tops(played([6, "x"], reps=known)) == [(9.0, "left", False)]
    assert played([6, "x", "u"], reps=known).reps == known
    assert played(["u"], reps=known).reps == known


def test_every_key_that_acts_says_what_it_did():
    """The person sees what happened."""
    marking = Marking(60.0)
    for key, words in (("l", "Left leg."), (" ", "Rep 1, left."), ("f", "done badly"), ("u", "Undone."), ("+", "2")):
        marking.press(key)
        assert words in marking.message
