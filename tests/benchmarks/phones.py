"""Phones: sessions as each app sends them, at its rates, late, incomplete, overtaken, begun anew; and under attack.

The messages are those of the stand-ins of `tests/phones`, written from the apps' documented interfaces, laid on a
virtual clock as the links receive them, so that whole sessions take a second; that the links do receive them so is
tested there. The attack is on the installed command, in real time. No phone took part.
"""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

import numpy as np

from tests.benchmarks import phones_attacked, scores
from tests.benchmarks.sessions import PROCESSES, Outcome, compared
from tests.benchmarks.simulated import COUNTED_SHARE, EXACT_SHARE, LOSSY_SHARE, rep_note, set_note
from tests.benchmarks.tables import Line, Table
from tests.phones.motion import Motion, motion_of
from tests.phones.push_phone import batches_of
from tracker.core.config import Config
from tracker.core.engine import Engine
from tracker.core.model import Input, Packet
from tracker.decoders.objects import ABOUT, OBJECTS
from tracker.decoders.phyphox import BUFFERS
from tracker.decoders.registry import profile
from tracker.sources.simulator import Scenario, Truth, random_scenario

FIRST_SEED = 5000
JITTER_S = 0.0008  # of the ticks of a phone's sensors
LATE_S = 0.03  # of a home network
SINGLE_LOSS = 0.02
LATE_MS = 50.0
MEMORY_MB = 15.0


@dataclass(frozen=True, slots=True)
class Amount:
    """How many sessions each line has, and how long the attack lasts [s]."""

    sessions: int
    attack_s: float


FULL = Amount(sessions=2, attack_s=8.0)
QUICK = Amount(sessions=1, attack_s=0.0)


@dataclass(frozen=True, slots=True)
class Way:
    """One app on one phone. packets: what its link receives of a motion."""

    name: str
    decoder: str
    acc_hz: float
    gyr_hz: float
    packets: Callable[[Motion, Hardship], list[Packet]]


@dataclass(frozen=True, slots=True)
class Hardship:
    """What goes wrong. burst_s: nothing comes for so long, then everything; lost: share of single readings.

    lost_batches: share of whole batches; overtaken: every so many batches; restarts: the app is begun anew between the
    first sets, at restart_s.
    """

    name: str = ""
    burst_s: float = 0.0
    lost: float = 0.0
    lost_batches: float = 0.0
    overtaken: int = 0
    restarts: bool = False
    restart_s: float = float("inf")


PLAIN = Hardship()
BURSTS = Hardship("in bursts of 1 s", burst_s=1.0)
LOSSY = Hardship("2 % of the readings missing", lost=SINGLE_LOSS)
OVERTAKEN = Hardship("every fifth batch overtaken", overtaken=5)
RESTARTED = Hardship("the app begun anew between the sets", restarts=True)
GONE = Hardship("1 % of the batches (of 1 s) never come", lost_batches=0.01)


# what the links receive -------------------------------------------------------------------------------------------


def polled(motion: Motion, hard: Hardship) -> list[Packet]:
    """phyphox: an answer every 0.1 s with 8 digits; begun anew its session is another and its time begins at 0."""
    packets = []
    streams = {"acc": (motion.acc_s, motion.acc_mps2), "gyr": (motion.gyr_s, motion.gyr_radps)}
    for start_s, end_s in pairwise(np.arange(0.0, motion.acc_s[-1], hard.burst_s or 0.1)):
        zero_s = hard.restart_s if start_s >= hard.restart_s else 0.0
        buffers = {}
        for names in BUFFERS.values():
            times_s, values = streams[names[0][:3]]
            piece = slice(*np.searchsorted(times_s, [start_s, end_s]))
            columns = (times_s[piece] - zero_s, *values[piece].T)
            for name, column in zip(names, columns, strict=True):
                buffers[name] = {"size": 0, "buffer": [float(f"{value:.8g}") for value in column]}
        status = {"session": f"s{zero_s}", "measuring": True}
        text = json.dumps({"buffer": buffers, "status": status})
        packets.append(Packet(float(end_s) + LATE_S, OBJECTS, text.encode()))
    return packets


def pushed(motion: Motion, hard: Hardship, *, is_ios: bool) -> list[Packet]:
    """Sensor Logger: a batch a second, numbered; begun anew it counts from 0 in another session."""
    rng = np.random.default_rng(len(motion.acc_s))
    batches = batches_of(motion, is_ios=is_ios, batch_s=1.0)
    first_anew = int(min(hard.restart_s, 1e9)) + 1
    for batch in batches:
        if batch["messageId"] >= first_anew:
            batch.update(messageId=batch["messageId"] - first_anew, sessionId="S2")
    due_s = [number + 1.0 + LATE_S for number in range(len(batches))]
    kept = [place for place in range(len(batches)) if place == 0 or rng.random() >= hard.lost_batches]
    for place in range(hard.overtaken, len(kept), hard.overtaken) if hard.overtaken else ():
        kept[place - 1], kept[place] = kept[place], kept[place - 1]
    arrivals_s = sorted(due_s[place] for place in kept)
    return [
        Packet(at_s, OBJECTS, json.dumps(batches[place]).encode()) for at_s, place in zip(arrivals_s, kept, strict=True)
    ]


def streamed(motion: Motion, hard: Hardship) -> list[Packet]:
    """SensorServer: a message a reading, those of 0.03 s together; a phone switched on anew counts from 0."""
    lines: list[tuple[float, str]] = []
    for kind, times_s, values in (
        ("accelerometer", motion.acc_s, motion.acc_mps2),
        ("gyroscope", motion.gyr_s, motion.gyr_radps),
    ):
        for time_s, value in zip(times_s.tolist(), values.tolist(), strict=True):
            since_s = 1e6 + time_s if time_s < hard.restart_s else time_s - hard.restart_s
            message = {"values": value, "timestamp": round(since_s * 1e9), "type": f"android.sensor.{kind}"}
            lines.append((time_s, json.dumps(message)))
    lines.sort()
    every_s = hard.burst_s or 0.03
    together: dict[int, list[str]] = {}
    for time_s, line in lines:
        together.setdefault(int(time_s / every_s), []).append(line)
    return [
        Packet((place + 1) * every_s + LATE_S, OBJECTS, "\n".join(some).encode()) for place, some in together.items()
    ]


def browsed(motion: Motion, hard: Hardship, *, platform: str) -> list[Packet]:
    """The page: both sensors of one moment, ten messages a second; opened anew it is another one with its own time."""
    sign = -1.0 if platform == "ios" else 1.0
    rates = np.stack([np.interp(motion.acc_s, motion.gyr_s, motion.gyr_radps[:, axis]) for axis in range(3)], axis=1)
    force, rates_dps = sign * motion.acc_mps2, np.degrees(rates)
    if platform == "android":  # the steps of Chromium
        force, rates_dps = np.round(force, 1), np.round(rates_dps, 1)
    packets = [Packet(0.0, ABOUT, json.dumps({"platform": platform, "page": "a"}).encode())]
    seq = 0
    for start_s, end_s in pairwise(np.arange(0.0, motion.acc_s[-1], hard.burst_s or 0.1)):
        if start_s <= hard.restart_s < end_s:
            packets.append(Packet(float(end_s), ABOUT, json.dumps({"platform": platform, "page": "b"}).encode()))
            seq = 0
        zero_s = hard.restart_s if end_s > hard.restart_s else -3.0
        piece = range(*np.searchsorted(motion.acc_s, [max(start_s, zero_s), end_s]))
        events = [
            {
                "t": 1e3 * (motion.acc_s[place] - zero_s),
                "accelerationIncludingGravity": dict(zip("xyz", force[place].tolist(), strict=True)),
                "rotationRate": dict(zip(("alpha", "beta", "gamma"), rates_dps[place].tolist(), strict=True)),
            }
            for place in piece
        ]
        packets.append(Packet(float(end_s) + LATE_S, OBJECTS, json.dumps({"seq": seq, "events": events}).encode()))
        seq += 1
    return packets


WAYS = (
    Way("phyphox, 60 Hz", "phyphox", 60, 60, polled),
    Way("phyphox, 100 Hz", "phyphox", 100, 100, polled),
    Way("phyphox, 200 and 420 Hz", "phyphox", 200, 420, polled),
    Way("Sensor Logger, iPhone, 100 Hz", "sensor_logger", 100, 100, partial(pushed, is_ios=True)),
    Way("Sensor Logger, Android, 200 and 420 Hz", "sensor_logger", 200, 420, partial(pushed, is_ios=False)),
    Way("SensorServer, 200 and 420 Hz", "sensorserver", 200, 420, streamed),
    Way("browser, iPhone, 60 Hz", "browser", 60, 60, partial(browsed, platform="ios")),
    Way("browser, Android, 60 Hz in steps of 0.1", "browser", 60, 60, partial(browsed, platform="android")),
)
PHYPHOX, PUSHED, STREAMED, PAGE = WAYS[1], WAYS[3], WAYS[5], WAYS[6]
HARD = (
    (PHYPHOX, BURSTS), (STREAMED, BURSTS), (PAGE, BURSTS),
    (PHYPHOX, LOSSY), (PUSHED, LOSSY), (STREAMED, LOSSY), (PAGE, LOSSY),
    (PUSHED, OVERTAKEN), (PUSHED, GONE),
    (PHYPHOX, RESTARTED), (PUSHED, RESTARTED), (STREAMED, RESTARTED), (PAGE, RESTARTED),
)  # fmt: skip


# what is counted --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _PhoneClock:
    """Stream time of a true moment: the stream begins with the first sample, and the phone's clock runs right."""

    truth: Truth
    first_s: float

    def at(self, true_s: float) -> float:
        return true_s - self.first_s


def play(job: tuple[Way, Hardship, int]) -> Outcome:
    """One session of one way, laid beside its truth."""
    way, hard, seed = job
    scenario = scenario_of(seed, sets=2 if hard.restarts else 1)
    motion = motion_of(scenario, acc_hz=way.acc_hz, gyr_hz=way.gyr_hz, jitter_s=JITTER_S)
    if hard.restarts:
        hard = replace(hard, restart_s=between_sets_s(motion.truth))
    inputs: list[Input] = [*way.packets(thinned(motion, hard.lost, seed), hard), *motion.commands]
    inputs.sort(key=lambda item: item.received_s)
    engine = Engine(Config(), profile(way.decoder).new_decoder())
    happened = [*engine.feed(inputs), *engine.finish()]
    return compared(motion, happened, _PhoneClock(motion.truth, float(motion.acc_s[0])))


def scenario_of(seed: int, *, sets: int) -> Scenario:
    """Any person, mounting, tempo and faults, with few sets: what differs between phones shows in each."""
    scenario = random_scenario(seed, loss=0.0)
    return replace(scenario, sets=scenario.sets[:sets])


def thinned(motion: Motion, lost: float, seed: int) -> Motion:
    """The motion without a share of its readings, each on its own."""
    rng = np.random.default_rng(seed)
    acc, gyr = rng.random(len(motion.acc_s)) >= lost, rng.random(len(motion.gyr_s)) >= lost
    return replace(
        motion,
        acc_s=motion.acc_s[acc],
        acc_mps2=motion.acc_mps2[acc],
        gyr_s=motion.gyr_s[gyr],
        gyr_radps=motion.gyr_radps[gyr],
    )


def between_sets_s(truth: Truth) -> float:
    """A moment after the last rep of the first set: the person stands up and looks at the phone."""
    last = max(truth.sets[0].rep_indices)
    return truth.reps[last].end_s + 6.0


def phones(amount: Amount) -> list[Table]:
    """Two tables."""
    jobs = [(way, PLAIN) for way in WAYS] + list(HARD)
    work = [(way, hard, FIRST_SEED + number) for way, hard in jobs for number in range(amount.sessions)]
    if amount.sessions <= QUICK.sessions:
        outcomes = [play(one) for one in work]
    else:
        with multiprocessing.get_context("fork").Pool(PROCESSES) as pool:
            outcomes = pool.map(play, work, chunksize=1)
    lines: list[Line] = []
    for place, (way, hard) in enumerate(jobs):
        lines += lines_of(way, hard, outcomes[place * amount.sessions :][: amount.sessions])
    lines.append(
        Line("all of these: counted reps that are true", scores.precision(outcomes), "", ">=", COUNTED_SHARE, 4)
    )
    about = (
        f"Each line {amount.sessions} sessions (seeds {FIRST_SEED}-{FIRST_SEED + amount.sessions - 1}) of any person, "
        "one set each (two where the app is begun anew), as the app sends them; the bars are those of a Bluetooth "
        "sensor. A virtual clock; no phone took part."
    )
    tables = [Table("Phones, simulated", about, tuple(lines))]
    if amount.attack_s:
        tables.append(phones_attacked.attacked(amount.attack_s, late_ms=LATE_MS, memory_mb=MEMORY_MB))
    return tables


def lines_of(way: Way, hard: Hardship, outcomes: Sequence[Outcome]) -> list[Line]:
    """Reps and sets of one way."""
    name = f"{way.name}, {hard.name}" if hard.name else way.name
    if hard is GONE:  # a rep that lost a second is voided, as it must be
        return [Line(f"{name}: reps counted", scores.recall(outcomes), decimals=4, note=rep_note(outcomes))]
    counted, exact = (LOSSY_SHARE, LOSSY_SHARE) if hard is LOSSY else (COUNTED_SHARE, EXACT_SHARE)
    return [
        Line(f"{name}: reps counted", scores.recall(outcomes), "", ">=", counted, 4, rep_note(outcomes)),
        Line(f"{name}: sets exact", scores.exact_sets(outcomes), "", ">=", exact, 4, set_note(outcomes)),
    ]
