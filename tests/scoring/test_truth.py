import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.core.model import Side
from tracker.errors import ImportFormatError
from tracker.scoring.truth import COLUMNS, TrueRep, in_sets, read_truth, truth_path, write_truth


def test_columns_are_frozen():
    """The truth file is a public contract."""
    assert ",".join(COLUMNS) == "schema_version,set,side,rep,top_s,fault"


def test_where_it_lies():
    """In the session's folder; of a loose file beside it, under its name."""
    assert truth_path(Path("s/recording.jsonl.gz")) == Path("s/truth.csv")
    assert truth_path(Path("s/recording.jsonl")) == Path("s/truth.csv")
    assert truth_path(Path("s/mine.jsonl.gz")) == Path("s/mine.truth.csv")
    assert truth_path(Path("samples.csv")) == Path("samples.truth.csv")


@given(
    st.lists(
        st.tuples(st.integers(0, 10**7), st.sampled_from(Side), st.booleans()),
        max_size=30,
        unique_by=lambda one: one[0],
    )
)
def test_written_and_read(tmp_path_factory, values):
    """What is written is read again, in order of time, with its sets and sides."""
    reps = in_sets((TrueRep(ms / 1000, side, is_faulty) for ms, side, is_faulty in values), 8.0)
    path = tmp_path_factory.mktemp("truth") / "truth.csv"
    with path.open("w", newline="") as file:
        write_truth(file, reps)
    assert read_truth(path, rest_s=8.0) == reps
    assert [rep.top_s for rep in reps] == sorted(rep.top_s for rep in reps)


def test_sets_by_rest_and_leg():
    """A new set after a rest or on the other leg; reps are numbered within it."""
    left, right = Side.LEFT, Side.RIGHT
    reps = in_sets([TrueRep(30.0, right), TrueRep(1.0, left), TrueRep(5.0, left), TrueRep(13.1, left)], 8.0)
    assert [(rep.top_s, rep.set_number) for rep in reps] == [(1.0, 1), (5.0, 1), (13.1, 2), (30.0, 3)]
    target = io.StringIO()
    write_truth(target, reps)
    assert target.getvalue().splitlines()[1:3] == ["1,1,left,1,1.000,false", "1,1,left,2,5.000,false"]


@pytest.mark.parametrize(
    "text",
    ["top_s\n5.5\n1.25\n", "\ufefftop_s,note\n1.25,x\n5.5,\n", "side,top_s,fault\n,1.25,\n, 5.5 ,False\n"],
)
def test_by_hand(tmp_path, text):
    """A column top_s is enough, in any order, as spreadsheets write it."""
    path = tmp_path / "truth.csv"
    path.write_text(text, encoding="utf-8")
    assert read_truth(path, rest_s=8.0) == [TrueRep(1.25, set_number=1), TrueRep(5.5, set_number=1)]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "line 1: The column top_s is missing."),
        (b"time\n1\n", "line 1: The column top_s is missing."),
        (b"top_s\n1\nx\n", "line 3: This is no row"),
        (b"top_s\nnan\n", "line 2: This is no row"),
        (b"top_s\n1e300\n", "line 2: This is no row"),
        (b"top_s,side\n1,up\n", "line 2: This is no row"),
        (b"top_s,fault\n1,maybe\n", "line 2: This is no row"),
        (b"top_s,set\n1,-1\n", "line 2: This is no row"),
        (b"top_s,set\n1,one\n", "line 2: This is no row"),
        (b"side,top_s\nleft\n", "line 2: This is no row"),
        (b'top_s\n"1\n', "This is no CSV."),
        (b"top_s\n\xff\xfe\n", "no UTF-8 text"),
        (b"top_s\n\0\n", "line 2: This is no"),
    ],
)
def test_what_can_not_be_read(tmp_path, data, words):
    """One sentence with the line and what the file needs."""
    path = tmp_path / "truth.csv"
    path.write_bytes(data)
    with pytest.raises(ImportFormatError) as refused:
        read_truth(path, rest_s=8.0)
    assert words in str(refused.value)


def test_more_than_anybody_marks(tmp_path):
    """A huge file is refused, not swallowed."""
    path = tmp_path / "truth.csv"
    path.write_text("top_s\n" + "1\n" * 100_002)
    with pytest.raises(ImportFormatError, match="more than 100000 reps"):
        read_truth(path, rest_s=8.0)
    with pytest.raises(ImportFormatError, match="can not be read: No such file"):
        read_truth(tmp_path / "none.csv", rest_s=8.0)
