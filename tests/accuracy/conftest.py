"""Sessions that several tests judge; each is simulated and run once. Other seeds than the benchmarks', on purpose."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))  # the benchmarks' code, however pytest was started

from tests.benchmarks import scenarios
from tests.benchmarks.sessions import Outcome, play_all

SEEDS = range(5000, 5012)
FAULT_SEEDS = range(6000, 6005)


@pytest.fixture(scope="session")
def plain() -> list[scenarios.Scenario]:
    return scenarios.plain(SEEDS)


@pytest.fixture(scope="session")
def base(plain: list[scenarios.Scenario]) -> list[Outcome]:
    return play_all(plain, processes=1)


@pytest.fixture(scope="session")
def offset(plain: list[scenarios.Scenario]) -> list[Outcome]:
    return play_all(scenarios.with_gyroscope_offset(plain), processes=1)


@pytest.fixture(scope="session")
def single_losses(plain: list[scenarios.Scenario]) -> list[Outcome]:
    return play_all(scenarios.lossy(plain, burst=1.0), processes=1)


@pytest.fixture(scope="session")
def faults() -> list[Outcome]:
    return play_all(scenarios.arched_short_good(FAULT_SEEDS), processes=1)
