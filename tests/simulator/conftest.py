"""Sessions that several tests look at; each is made once."""

from __future__ import annotations

import pytest

from tracker.sources.simulator import NAMED, Simulation, simulate


@pytest.fixture(scope="session")
def clean() -> Simulation:
    return simulate(NAMED["clean_pair"])


@pytest.fixture(scope="session")
def faulty() -> Simulation:
    return simulate(NAMED["faults"])


@pytest.fixture(scope="session")
def lossy() -> Simulation:
    return simulate(NAMED["lossy_link"])
