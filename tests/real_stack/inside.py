"""What runs in the emulated machine: one scenario after the other, each told as a line of JSON."""

from __future__ import annotations

import asyncio
import json
import sys
import traceback
from dataclasses import asdict
from pathlib import Path

from tests.real_stack.machine import RESULTS, WORD
from tests.real_stack.scenarios import run
from tests.real_stack.table import Row

SCENARIO_S = 540.0  # the longest, with two sessions, takes 250


def main() -> None:
    """The scenarios named on the command line."""
    for place, name in enumerate(sys.argv[1:], 1):
        say({"begun": name})
        folder = Path(RESULTS) / f"{place:02}"
        folder.mkdir()
        try:
            row = asyncio.run(_limited(name, folder))
        except Exception as error:  # noqa: BLE001 - whatever it is, the other scenarios are still worth running
            traceback.print_exc()
            row = Row(name, wrong=[f"{type(error).__name__}: {error}"])
        say({"row": asdict(row)})


def say(message: dict) -> None:
    """One line to whoever started the machine."""
    print(WORD, json.dumps(message), flush=True)  # noqa: T201


async def _limited(name: str, folder: Path) -> Row:
    async with asyncio.timeout(SCENARIO_S):
        return await run(name, folder)


if __name__ == "__main__":
    main()
