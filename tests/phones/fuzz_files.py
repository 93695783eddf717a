"""`python -m tests.phones.fuzz_files [libFuzzer options]`: the importers under coverage-guided fuzzing with Atheris.

Each input is a format's sound file with libFuzzer's changes; whatever is raised besides the program's own error, or is
no finite number, stops the run and leaves the input behind. `-max_total_time=300` ends it after five minutes.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["tracker.decoders", "tracker.sources"]):
    from tests.phones.test_fuzzed_files import SOUND, outcome

NAMES = sorted(SOUND)


def one_input(data: bytes) -> None:
    """The first byte chooses the format, the rest is the file."""
    if data:
        outcome(NAMES[data[0] % len(NAMES)], data[1:])


def main() -> None:
    """Seed the corpus with the sound files and run."""
    with tempfile.TemporaryDirectory() as corpus:
        for number, name in enumerate(NAMES):
            Path(corpus, name).write_bytes(bytes([number]) + SOUND[name])
        atheris.Setup([*sys.argv, corpus], one_input)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
