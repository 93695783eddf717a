"""Run the benchmarks, print Markdown tables, exit 1 if a bar of accuracy is missed."""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks import batch, bluetooth, looking_back, phones, real, simulated, slipping, speed, web
from tests.benchmarks.tables import Table, as_json, markdown

README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- benchmark -->", "<!-- end -->"


def sections(*, is_quick: bool) -> dict[str, Callable[[], list[Table]]]:
    """Every part by its name."""
    amount = simulated.QUICK if is_quick else simulated.FULL
    length = speed.QUICK if is_quick else speed.FULL
    return {
        "simulated": lambda: simulated.simulated(amount),
        "slipping": lambda: [slipping.slipping(slipping.QUICK if is_quick else slipping.FULL)],
        "real": real.real,
        "speed": lambda: [*speed.speed(length), looking_back.looking_back()],
        "web": lambda: web.web(web.QUICK if is_quick else web.FULL),
        "bluetooth": lambda: bluetooth.bluetooth(bluetooth.QUICK if is_quick else bluetooth.FULL),
        "phones": lambda: phones.phones(phones.QUICK if is_quick else phones.FULL),
        "batch": lambda: batch.batch(batch.QUICK if is_quick else batch.FULL),
    }


def main() -> int:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer sessions, shorter speed runs")
    parser.add_argument("--only", metavar="NAME", choices=sorted(sections(is_quick=True)), help="one part alone")
    parser.add_argument("--json", metavar="FILE", type=Path, help="every row as JSON as well")
    parser.add_argument("--readme", action="store_true", help="write the tables into the README as well")
    options = parser.parse_args()
    tables: list[Table] = []
    took_s: dict[str, float] = {}
    for name, run in sections(is_quick=options.quick).items():
        if options.only in (None, name):
            started = time.perf_counter()
            for table in run():
                say(markdown(table))
                tables.append(table)
            took_s[name] = time.perf_counter() - started
    missed = [(table, line) for table in tables for line in table.missed]
    rows, parts = sum(len(table.lines) for table in tables), ", ".join(f"{name} {s:.0f}" for name, s in took_s.items())
    say(f"{rows} rows in {sum(took_s.values()):.0f} s ({parts}), Python {platform.python_version()}.")
    for table, line in missed:
        say(f"- MISSED: {table.title}: {line.fact}{'' if table.fails else ' (speed: told, but no failure)'}")
    if options.readme:
        write_readme(tables)
    if options.json:
        options.json.write_text(json.dumps(as_json(tables), indent=2, allow_nan=False) + "\n", encoding="utf-8")
    return 1 if any(table.fails for table, _ in missed) else 0


def write_readme(tables: list[Table]) -> None:
    """Put the tables where the README shows them."""
    text = README.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    shown = "\n".join(markdown(table) for table in tables)
    README.write_text(f"{before}{BEGIN}\n{shown}{rest[rest.index(END) :]}", encoding="utf-8")


def say(text: str) -> None:
    """Results go to stdout, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
