"""The sessions in recordings/ replay to what was said when they were made, and to their truth."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tracker.core.engine import Engine
from tracker.core.summary import Ledger
from tracker.decoders.registry import profile
from tracker.recording import EventDigest, Recording
from tracker.scoring.score import scored
from tracker.scoring.truth import read_truth, truth_path

FOLDER = Path(__file__).parents[2] / "recordings"
ROW = re.compile(r"^\| `(\w+)\.jsonl\.gz` \| .* \| (\d+) / (\d+) \| (\d+) \|", re.MULTILINE)
SAME_TOP_S = 0.5  # a person's key comes so late
TRUTH = {name: tuple(map(int, counts)) for name, *counts in ROW.findall((FOLDER / "README.md").read_text())}


def test_every_recording_is_in_the_table() -> None:
    """The table names the files of the folder, no more and no less."""
    assert set(TRUTH) == {path.name.removesuffix(".jsonl.gz") for path in FOLDER.glob("*.gz")}
    assert len(TRUTH) >= 4


@pytest.mark.parametrize("name", TRUTH)
def test_replay_says_the_same_and_counts_right(name: str) -> None:
    """Events equal the stored digest; reps of each side and partials are those of the truth table."""
    recording = Recording(FOLDER / f"{name}.jsonl.gz")
    header = recording.header
    engine = Engine(header.config, profile(header.decoder).new_decoder(), side_plan=header.side_plan)
    events = engine.feed(list(recording.inputs())) + engine.finish()
    digest = EventDigest()
    digest.add(events)
    assert recording.footer is not None
    assert digest.hexdigest() == recording.footer.events_sha256
    ledger = Ledger(header.load_kg)
    ledger.handle(events)
    summary = ledger.summary()
    counted = [final.judged.side for final in summary.reps if final.is_counted]
    partials = sum(item.partial_count for item in summary.sets)
    assert (counted.count("left"), counted.count("right"), partials) == TRUTH[name]


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.glob("*.truth.csv")))
def test_counts_what_is_marked_as_true(name: str) -> None:
    """Every recording with a truth file beside it counts exactly its reps, each on its leg and at its time."""
    path = FOLDER / name.replace(".truth.csv", ".jsonl.gz")
    assert truth_path(path).name == name
    recording = Recording(path)
    header = recording.header
    engine = Engine(header.config, profile(header.decoder).new_decoder(), side_plan=header.side_plan)
    ledger = Ledger(header.load_kg)
    ledger.handle(engine.feed(list(recording.inputs())) + engine.finish())
    truth = read_truth(truth_path(path), rest_s=header.config.sets.rest_s)
    score = scored(truth, ledger.summary().reps)
    assert (score.missed, score.ghosts) == ((), ())
    assert not any(match.is_on_other_side for match in score.matches)
    assert score.largest_error_s <= SAME_TOP_S
    assert len(truth) >= 1
