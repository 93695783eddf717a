"""kill -9 at fifty random moments of a live session: what bleak handed over is on disk, all but at most the last."""

from __future__ import annotations

import asyncio
import json
import mmap
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ble.bluez import ADDRESS
from tests.ble.conftest import packets_of
from tests.ble.nursery import COUNT_BYTES
from tests.ble.trial import replayed
from tests.ble.world import LONGEST_WAIT_S
from tracker.core.model import Packet
from tracker.decoders.imu_stream import DATA
from tracker.recording import OPEN_NAME, Recording

KILLS = 50
LONGEST = 300  # notifications; each session is killed after a random number of them
STILL_S = 4.0  # before the first rep, so that it counts
HANDLED_S = 0.002  # a notification is handed over, recorded and counted within this on a quiet computer
ARGUMENTS = ["live", "--sensor", ADDRESS, "--side", "left", "--json"]


@pytest.fixture
def nursery(environment, tmp_path):
    """The command, started in milliseconds."""
    process = subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "tests.ble.nursery", str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env=os.environ | environment,
    )
    yield process
    process.stdin.close()
    process.wait(LONGEST_WAIT_S)
    process.stdout.close()


def test_a_killed_session_misses_at_most_the_last_notification(world, sensor, clean_pair, nursery, tmp_path):
    """Each recording is a prefix of what was sent, complete but for the last; its replay begins with what was said."""
    rng = random.Random(50)
    data = [packet for packet in packets_of(clean_pair) if packet.channel == DATA]
    begin = round(len(data) * (clean_pair.truth.reps[0].start_s - STILL_S) / clean_pair.truth.t_s[-1])
    missing, recorded, said = [], [], []
    for number in range(KILLS):
        nursery.stdin.write(json.dumps(ARGUMENTS) + "\n")
        nursery.stdin.flush()
        child = int(nursery.stdout.readline())
        sent = data[begin : begin + rng.randint(2, LONGEST)]
        folder = tmp_path / str(number)
        world.run(killed(world, sensor, sent, child, folder, after_s=rng.uniform(0.0, HANDLED_S)))
        heard, kept, lines = left_in(folder, [packet.payload for packet in sent])
        missing.append(heard - kept)
        recorded.append(kept)
        said += lines
    assert set(missing) <= {0, 1}, missing
    assert min(recorded) < LONGEST / 4 < LONGEST / 2 < max(recorded)  # sessions of all lengths
    assert sum("rep_counted" in line for line in said) > KILLS / 2  # and of what they are for


async def killed(world, sensor, packets, child, folder, *, after_s):
    """Once it records, send one notification after the other as they are taken; end it a moment after the last."""
    await sensor.started.wait()
    await sensor.send(world.bluez, packets[:1])
    while not any(folder.glob(f"*/{OPEN_NAME}")):
        await asyncio.sleep(0.001)
    with (folder / "heard").open("rb") as file, mmap.mmap(file.fileno(), COUNT_BYTES, access=mmap.ACCESS_READ) as heard:
        for place, packet in enumerate(packets[1:], 1):
            while int.from_bytes(heard[:], "little") < place:
                await asyncio.sleep(0)
            await sensor.send(world.bluez, [packet])
    await asyncio.sleep(after_s)
    os.kill(child, signal.SIGKILL)
    sensor.forget_host()
    while not is_gone(child):
        await asyncio.sleep(0.001)


def is_gone(child: int) -> bool:
    try:
        os.kill(child, 0)
    except ProcessLookupError:
        return True
    return False


def left_in(folder: Path, sent: list[bytes]) -> tuple[int, int, list[str]]:
    """How many notifications it heard, how many it recorded, the first ones that were sent; and what it said."""
    [path] = folder.glob(f"*/{OPEN_NAME}")
    recorded = [item.payload for item in Recording(path).inputs() if isinstance(item, Packet) and item.channel == DATA]
    assert recorded == sent[: len(recorded)]
    said = (folder / "out").read_text("utf-8").splitlines(keepends=True)
    whole = [line.rstrip("\n") for line in said if line.endswith("\n")]
    lines, _ = replayed(path)
    assert lines[: len(whole)] == whole
    return int.from_bytes((folder / "heard").read_bytes(), "little"), len(recorded), whole
