"""Whatever happens to the portable C firmware, its bytes are those of an independent model of it."""

from __future__ import annotations

import struct

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.firmware.model import Model
from tracker.core.model import Packet
from tracker.decoders.imu_stream import DATA, STATUS, ImuStreamDecoder, read_status

GARBAGE = st.binary(max_size=40) | st.tuples(
    st.sampled_from([0, 1, 1, 1, 2]), st.integers(0, 4), st.binary(min_size=6, max_size=6)
).map(lambda parts: bytes([parts[0], parts[1]]) + parts[2])


@settings(max_examples=60, deadline=None)
@given(configs=st.lists(GARBAGE, max_size=20))
def test_any_bytes_written_to_config_are_safe(firmware, configs):
    """Any length, any content: refused or obeyed as the model says, and the status stays one the decoder reads."""
    model = Model()
    commands = [f"config {config.hex() or '-'}" for config in configs] + ["status 0"]
    got = firmware([model.init(), *commands])
    assert got == [model.answer(command) for command in commands]
    read_status(bytes.fromhex(got[-1]))


COUNT = st.integers(-32768, 32767)
STEP_US = st.sampled_from([0, 1, 4000, 5000, 9615, 9616, 16800, 16900, 20000, 100_000]) | st.integers(0, 3_000_000)
COMMAND = st.one_of(
    st.tuples(st.just("push"), STEP_US, st.tuples(*[COUNT] * 6)),
    st.tuples(st.just("burst"), st.integers(1, 700), st.sampled_from([5000, 9615, 40000])),
    st.tuples(st.just("drain"), st.integers(1, 60), st.booleans()),
    st.tuples(st.just("start"), st.sampled_from([25, 50, 104, 200]), st.integers(0, 30)),
    st.sampled_from(["mtu 23", "mtu 185", "mtu 247", "mtu 517"]).map(lambda text: ("as", text, None)),
    st.sampled_from(["sent", "mark", "battery 1", "battery 0", "disconnected"]).map(lambda text: ("as", text, None)),
)


def script(drawn, t_us):
    """Commands of the driver, with a clock that only moves forward, modulo 2^32."""
    for kind, first, second in drawn:
        match kind:
            case "push":
                t_us += first
                yield f"push {t_us % 2**32} {' '.join(map(str, second))}"
            case "burst":
                for number in range(first):
                    t_us += second
                    yield f"push {t_us % 2**32} {number} 2 3 4 5 6"
            case "drain":
                for _ in range(first):
                    yield f"packet {t_us % 2**32}"
                    if second:
                        yield "sent"
            case "start":
                yield f"config {struct.pack('<BBHBBH', 1, 1, first, 8, second, 1000).hex()}"
            case _:
                yield first
    yield f"status {t_us % 2**32}"


@settings(max_examples=60, deadline=None)
@given(drawn=st.lists(COMMAND, max_size=25), t_us=st.integers(0, 2**32 - 1))
def test_any_course_of_events_gives_the_bytes_of_the_model(firmware, drawn, t_us):
    """Pushes, stalls, restarts, lost links: every packet and status equals the model's, and the decoder takes all."""
    model = Model()
    ahead = [("start", 104, 0), ("as", "mtu 247", None)]
    commands = list(script([*ahead, *drawn], t_us))
    got = firmware([model.init(), *commands])
    assert got == [answer for command in commands if (answer := model.answer(command))]
    packets = [Packet(0.0, DATA, bytes.fromhex(text)) for text in got if text[0] == "1"]
    packets.append(Packet(0.0, STATUS, bytes.fromhex(got[-1])))
    assert not ImuStreamDecoder().decode(packets).rejected
