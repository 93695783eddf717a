"""The generic samples CSV: units, bad rows, time, rate, and the same bits however it is fed."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tracker.core.model import Packet
from tracker.decoders.generic_csv import HEADER, ROWS, GenericCsvDecoder

SI = "time_s,acc_x_mps2,acc_y_mps2,acc_z_mps2,gyr_x_radps,gyr_y_radps,gyr_z_radps"


def fed(header, *payloads):
    packets = [Packet(0.0, HEADER, header.encode())]
    packets += [Packet(1.0 + place, ROWS, payload.encode()) for place, payload in enumerate(payloads)]
    return GenericCsvDecoder().decode(packets)


def test_si_columns_come_through_unchanged():
    """m/s^2 and rad/s are what the program works in; time_s is the device clock; arrival is the packet's."""
    decoded = fed(SI, "0,1,2,3,4,5,6\n0.01,1.5,2,3,4,5,6", "0.02,7,8,9,-1,-2,-3")
    assert decoded.rejected == ()
    assert decoded.readings.acc_mps2.tolist() == [[1, 2, 3], [1.5, 2, 3], [7, 8, 9]]
    assert decoded.readings.gyr_radps.tolist() == [[4, 5, 6], [4, 5, 6], [-1, -2, -3]]
    assert decoded.readings.device_s.tolist() == [0, 0.01, 0.02]
    assert decoded.readings.received_s.tolist() == [1, 1, 2]
    assert decoded.readings.counter is None


def test_units_order_and_extra_columns():
    """g and deg/s are converted; columns may stand in any order among others."""
    header = "marker,gyr_z_dps,gyr_y_dps,gyr_x_dps,acc_z_g,acc_y_g,acc_x_g,temp_c,time_s"
    decoded = fed(header, '"note a, b",180,90,0,1,0.5,0,21,5\n,0,0,0,1,0,0,21,5.01', "set_end,0,0,0,1,0,0,21,5.02")
    assert decoded.rejected == ()
    assert decoded.readings.acc_mps2[0].tolist() == [0, 0.5 * 9.80665, 9.80665]
    assert decoded.readings.gyr_radps[0].tolist() == pytest.approx([0, math.pi / 2, math.pi])


def test_without_rates_the_source_is_accelerometer_only():
    """No gyr_ column at all means no angular rate, not zero."""
    assert fed("time_s,acc_x_g,acc_y_g,acc_z_g", "0,0,0,1").readings.gyr_radps is None


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("acc_x_g,acc_y_g,acc_z_g", "time_s is missing"),
        ("time_ms,acc_x_g,acc_y_g,acc_z_g", "time_ms has an unknown unit; right would be time_s"),
        ("time_s,acc_x_g,acc_z_g", "acc_y is missing: acc_y_mps2 or acc_y_g"),
        ("time_s,acc_x_ftps2,acc_y_g,acc_z_g", "acc_x_ftps2 has an unknown unit; right would be acc_x_mps2 or acc_x_g"),
        ("time_s,acc_x_g,acc_x_mps2,acc_y_g,acc_z_g", "several columns for acc_x"),
        ("time_s,acc_x_g,acc_y_g,acc_z_g,gyr_x_dps,gyr_y_dps", "gyr_z is missing"),
        ("", "time_s is missing"),
    ],
)
def test_a_header_that_will_not_do_says_what_would(header, words):
    """Missing columns, unknown units and ambiguity are named, and rows under such a header are refused."""
    decoded = fed(header, "0,0,0,1")
    assert words in decoded.rejected[0].reason
    assert "before the header" in decoded.rejected[1].reason
    assert decoded.readings is None


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("0.01,x,0,9.8,0,0,0", "'x' is not a usable number"),
        ("0.01,nan,0,9.8,0,0,0", "'nan' is not"),
        ("0.01,inf,0,9.8,0,0,0", "'inf' is not"),
        ("0.01,1e999,0,9.8,0,0,0", "'1e999' is not"),
        ("0.01,,0,9.8,0,0,0", "'' is not"),
        ("0.01,1_0,0,9.8,0,0,0", "'1_0' is not"),
        ("0.01,0,0", "3 columns, 7 are needed"),
        ("", "1 columns, 7 are needed"),
        ("-0.01,0,0,9.8,0,0,0", "time runs backwards"),
    ],
)
@pytest.mark.parametrize("neighbours", [True, False])
def test_a_bad_row_is_rejected_alone(row, words, neighbours):
    """The error carries the row's place inside its packet; the rest is decoded."""
    payloads = ["0,0,0,9.8,0,0,0", f"0.005,0,0,9.8,0,0,0\n{row}\n0.02,0,0,9.8,0,0,0" if neighbours else row]
    decoded = fed(SI, *payloads)
    assert [(words in error.reason, error.row) for error in decoded.rejected] == [(True, int(neighbours))]
    assert decoded.rejected[0].payload == row.encode()
    assert len(decoded.readings) == (3 if neighbours else 1)


def test_one_bad_row_in_an_hour_spoils_only_itself():
    """Far inside a long file the slow reading of one piece finds the row, and the rest equals the fast reading."""
    rows = [f"{k / 100},{k % 7},0,9.81,0.1,0,{k / 3}" for k in range(10_000)]
    good = fed(SI, "\n".join(rows)).readings
    rows[7000] += "x"
    decoded = fed(SI, "\n".join(rows[:4000]), "\n".join(rows[4000:]))
    assert [error.row for error in decoded.rejected] == [3000]
    assert decoded.readings.gyr_radps.tobytes() == np.delete(good.gyr_radps, 7000, axis=0).tobytes()


def test_an_equal_time_is_passed_on():
    """Duplicates are the timeline's to count."""
    assert fed(SI, "0,0,0,9.8,0,0,0\n0,0,0,9.8,0,0,0").readings.device_s.tolist() == [0, 0]


def test_the_rate_comes_from_the_first_stamps():
    """Median step of the first stamps, once there are two; the clock never wraps and is not regular."""
    assert fed(SI, "0,0,0,9.8,0,0,0").clock is None
    clock = fed(SI, "\n".join(f"{t},0,0,9.8,0,0,0" for t in (0, 0.02, 0.04, 0.5, 0.52))).clock
    assert clock.nominal_rate_hz == pytest.approx(50)
    assert (clock.clock_wrap_s, clock.is_regular, clock.counter_modulus) == (math.inf, False, None)


CELLS = st.one_of(
    st.floats(-1e3, 1e3).map(repr),
    st.floats(allow_nan=True, allow_infinity=True).map(repr),
    st.integers(-1000, 1000).map(str),
    st.decimals(-100, 100, places=6).map(str),
    st.sampled_from(
        ["", " 1", "1 ", "+1", "1e3", "1E+3", "0x10", "1_0", ".5", "5.", "nan", "NA", '"1"', '"', "1\r", "-", "1d3"]
    ),
)
ROW = st.lists(CELLS, min_size=3, max_size=6).map(",".join)
GROWING = st.tuples(st.integers(0, 10**6), CELLS).map(lambda pair: f"{pair[0] / 100},{pair[1]},0.1,9.81")
CHUNKS = st.lists(st.one_of(ROW, GROWING, st.text(alphabet='0123456789.,-+eE"\r\t naif#;', max_size=20)), min_size=1)


@given(
    chunks=st.lists(CHUNKS.map("\n".join), max_size=8),
    cuts=st.lists(st.integers(0, 9), max_size=3),
    header=st.sampled_from(["time_s,acc_x_g,acc_y_g,acc_z_g", "time_s,marker,acc_x_g,acc_y_g,acc_z_g", "time_s"]),
)
@example(chunks=["0,1,2,3\n0.01,1,2,3\r", "0.02,1,2,3"], cuts=[], header="time_s,acc_x_g,acc_y_g,acc_z_g")
@settings(max_examples=200, deadline=None)
def test_any_feeding_gives_the_same_bits(assert_same_bits, chunks, cuts, header):
    """pandas in bulk and the slow way accept the same rows with the same values."""
    packets = [Packet(0.0, HEADER, header.encode())]
    packets += [Packet(1.0 + place, ROWS, chunk.encode()) for place, chunk in enumerate(chunks)]
    assert_same_bits(GenericCsvDecoder, packets, cuts)


@given(values=st.lists(st.floats(-1e12, 1e12), min_size=3, max_size=60))
@settings(max_examples=100, deadline=None)
def test_bulk_and_single_rows_round_alike(values):
    """Every float64 written with repr comes back exactly, alone and among others."""
    rows = [f"{place},{value!r},0,0" for place, value in enumerate(values)]
    header = "time_s,acc_x_mps2,acc_y_mps2,acc_z_mps2"
    assert fed(header, "\n".join(rows)).readings.acc_mps2[:, 0].tolist() == values
    assert fed(header, *rows[:1]).readings.acc_mps2[:, 0].tolist() == values[:1]


def test_a_second_header_may_reorder_but_not_add_or_take_quantities():
    """Angular rates do not come and go within one stream."""
    first, reordered = "time_s,acc_x_g,acc_y_g,acc_z_g", "acc_x_g,acc_y_g,acc_z_g,time_s"
    packets = [Packet(0.0, HEADER, first.encode()), Packet(0.0, HEADER, SI.encode())]
    packets += [Packet(0.0, HEADER, reordered.encode()), Packet(0.0, ROWS, b"0,0,1,7")]
    decoded = GenericCsvDecoder().decode(packets)
    assert [error.reason for error in decoded.rejected] == ["this header has other quantities than the first one."]
    assert decoded.readings.device_s.tolist() == [7]
