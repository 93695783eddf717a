"""Two sensors on one body, an hour long: their rows of the same moment have the same time in both files."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tracker.core.config import Config
from tracker.core.second import as_second
from tracker.decoders import PROFILES
from tracker.reports.export_csv import write_samples
from tracker.reports.export_second import first_worn, second_worn, write_second
from tracker.sources.simulator import NAMED, Radio, Site, long_scenario, simulate

NEW_DECODER = PROFILES["imu_stream"].new_decoder
HOUR_S = 4150.0  # what the planner makes of it is a little less
# Clocks 50 ppm apart drift by 180 ms in the hour; 0.5 % is so much that the counted stream's own time is mended.
CLOCKS = [(0.0, 50e-6), (0.005, -0.003)]
OTHER_RADIO = Radio(
    interval_s=0.0485,
    latency_s=0.018,
    jitter_s=0.012,
    stall_share=0.01,
    loss=0.01,
    duplicates=0.01,
    link_losses=((1200.0, 1260.0),),
)


def worn(seed, clock_error, site, radio):
    scenario = long_scenario(HOUR_S, 3, rate_hz=52)
    sensor = replace(scenario.sensor, clock_error=clock_error)
    return simulate(replace(scenario, seed=seed, sensor=sensor, radio=radio, wear=replace(scenario.wear, site=site)))


def exported(first, second):
    """Both files, read back; the inputs are those of one session with both."""
    inputs = sorted([*first.inputs, *map(as_second, second.inputs)], key=lambda item: item.received_s)
    files = io.StringIO(), io.StringIO()
    counts = (
        write_samples(files[0], iter(inputs), NEW_DECODER(), Config()),
        write_second(
            files[1],
            first_worn(lambda: iter(inputs), NEW_DECODER),
            second_worn(lambda: iter(inputs), NEW_DECODER),
            Config().timeline,
        ),
    )
    tables = [pd.read_csv(io.StringIO(file.getvalue())) for file in files]
    assert counts == tuple(len(table) for table in tables)
    return tables


@pytest.mark.parametrize(("first_error", "second_error"), CLOCKS)
def test_an_hour_of_two_sensors_is_aligned_to_ten_milliseconds(first_error, second_error, record_property):
    """Through other intervals, delays, jitter, stalls, losses, repetitions and a lost link of the second."""
    first = worn(3, first_error, Site.SACRUM, Radio())
    second = worn(4, second_error, Site.RIGHT_SIDE, OTHER_RADIO)
    tables = exported(first, second)
    true_s = [one.truth.t_s[~one.truth.delivery.missing] for one in (first, second)]
    assert [len(table) for table in tables] == [len(times_s) for times_s in true_s]
    moments_s = np.arange(1.0, min(times_s[-1] for times_s in true_s), 1.0)
    assert moments_s[-1] > 3600
    said_s = [np.interp(moments_s, times_s, table.time_s) for times_s, table in zip(true_s, tables, strict=True)]
    apart_ms = 1000 * np.abs(said_s[1] - said_s[0])
    record_property("alignment", f"{apart_ms.max():.1f} ms")
    assert apart_ms.max() < 10.0


def test_rows_are_the_samples_themselves_in_order():
    """Nothing is averaged, bridged or sent twice; what came before the counted sensor has a negative time."""
    scenario = replace(NAMED["clean_pair"], seed=5, radio=Radio(reordered=0.05, duplicates=0.05, stall_share=0.0))
    first, second = simulate(NAMED["clean_pair"]), simulate(scenario)
    late = [item._replace(received_s=item.received_s + 3.0) for item in first.inputs]
    _, beside = exported(replace(first, inputs=late), second)
    sent = second.truth.samples.acc_mps2
    np.testing.assert_allclose(beside[["acc_x_mps2", "acc_y_mps2", "acc_z_mps2"]], sent, atol=1e-6)
    assert beside.time_s[0] == pytest.approx(-3.0, abs=0.02)
    assert (np.diff(beside.time_s) > 0).all()
    assert beside.marker.isna().all()


def test_a_second_sensor_that_never_sent_leaves_an_empty_file():
    """And one of which the counted sensor never sent is on its own host time."""
    first = simulate(NAMED["clean_pair"])
    file = io.StringIO()
    silent = second_worn(lambda: iter(first.inputs), NEW_DECODER)
    assert write_second(file, first_worn(lambda: iter(first.inputs), NEW_DECODER), silent, Config().timeline) == 0
    assert not file.getvalue()
    alone = [as_second(item) for item in first.inputs]
    count = write_second(
        file,
        first_worn(lambda: iter(alone), NEW_DECODER),
        second_worn(lambda: iter(alone), NEW_DECODER),
        Config().timeline,
    )
    assert count == len(first.truth.t_s)
