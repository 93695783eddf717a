"""Count with the installed command on the real Linux Bluetooth: kernel, bluetoothd and D-Bus in an emulated machine.

Opt-in: it fetches 90 MB of Debian packages and takes three quarters of an hour; it needs neither root nor a radio.
Prints a Markdown table. Exit code 1 when anything in it failed, 2 when something that it needs is missing.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.real_stack.machine import boot
from tests.real_stack.plan import PLAN
from tests.real_stack.supplies import CHECKOUT, Missing, check, gather
from tests.real_stack.table import Row, markdown, merged

NOTE = CHECKOUT / "firmware_notes" / "real_stack.md"
BEGIN, END = "<!-- made: real stack -->\n", "<!-- end -->"
SILENCE_S = 2400.0  # the machine allows itself 540 for a scenario, and its clock is slower than ours where this is busy


def main() -> int:
    """Check, gather, run, tell."""
    options = arguments()
    names = options.only or list(PLAN)
    if options.list:
        say("\n".join(PLAN))
        return 0
    try:
        rows = run(options.cache.resolve(), names)
    except Missing as missing:
        talk(f"Error: {missing}")
        return 2
    text = markdown(rows)
    say(text)
    for row in rows:
        for wrong in row.wrong:
            say(f"- FAILED: {row.scenario}: {wrong}")
    if options.note:
        before, _, rest = NOTE.read_text("utf-8").partition(BEGIN)
        old, _, after = rest.partition(END)
        NOTE.write_text(f"{before}{BEGIN}{merged(old, text, list(PLAN))}{END}{after}", encoding="utf-8")
    return 1 if any(row.wrong for row in rows) else 0


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.real_stack", description=__doc__)
    usual = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tracker-real-stack"
    where = "for packages, environments and what the last run left; 2 GB (default: %(default)s)"
    parser.add_argument("--cache", metavar="FOLDER", type=Path, default=usual, help=where)
    parser.add_argument("--only", metavar="NAME", action="append", choices=PLAN, help="this scenario; may be repeated")
    parser.add_argument("--list", action="store_true", help="name the scenarios, run nothing")
    parser.add_argument("--note", action="store_true", help=f"put these rows into {NOTE.name} as well")
    return parser.parse_args()


def run(cache: Path, names: Sequence[str]) -> list[Row]:
    """A row for each of these scenarios. Raises Missing."""
    check(cache)
    supplies = gather(cache, talk)
    results = cache / "results"
    shutil.rmtree(results, ignore_errors=True)
    results.mkdir()
    talk(f"Starting the machine; everything it leaves goes to {results}")
    rows: list[Row] = []
    begun_s = time.monotonic()
    lines = boot(supplies, results, list(names), silence_s=SILENCE_S)
    for row in _rows(lines):
        rows.append(row)
        talk(f"[{time.monotonic() - begun_s:5.0f} s] {row.scenario}: {'; '.join(row.wrong) or 'well'}")
    done = {row.scenario for row in rows}
    lost = f"the machine ended before that; qemu.txt, errors.txt and console.txt in {results} may say why"
    return rows + [Row(name, wrong=[lost]) for name in names if name not in done]


def _rows(lines: Iterator[str]) -> Iterator[Row]:
    try:
        for line in lines:
            message = json.loads(line)
            if "row" in message:
                yield Row(**message["row"])
            else:
                talk(f"        {message['begun']} ...")
    except TimeoutError as error:
        talk(f"Error: {error}")


def say(text: str) -> None:
    """The result."""
    sys.stdout.write(text + "\n")


def talk(text: str) -> None:
    """On the way there."""
    sys.stderr.write(text + "\n")


if __name__ == "__main__":
    raise SystemExit(main())
