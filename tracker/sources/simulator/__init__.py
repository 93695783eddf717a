"""A simulated lifter with a simulated sensor: sessions of which the truth is known."""

from tracker.sources.simulator.body import Body, Site, Wear
from tracker.sources.simulator.catalogue import DEMO, NAMED, long_scenario, random_scenario
from tracker.sources.simulator.radio import DATA_CHANNEL, STATUS_CHANNEL
from tracker.sources.simulator.scenario import TEMPOS, Fault, Radio, Scenario, Sensor, SetPlan, Tempo, mirrored
from tracker.sources.simulator.simulate import Simulation, simulate
from tracker.sources.simulator.truth import TrueRep, Truth

__all__ = [
    "DATA_CHANNEL",
    "DEMO",
    "NAMED",
    "STATUS_CHANNEL",
    "TEMPOS",
    "Body",
    "Fault",
    "Radio",
    "Scenario",
    "Sensor",
    "SetPlan",
    "Simulation",
    "Site",
    "Tempo",
    "TrueRep",
    "Truth",
    "Wear",
    "long_scenario",
    "mirrored",
    "random_scenario",
    "simulate",
]
