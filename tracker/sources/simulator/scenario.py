"""What is simulated: the person, the wearing, what they do and how, the sensor and the radio. Pure data."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from tracker.core.model import Side
from tracker.sources.simulator.body import Body, Site, Wear


class Fault(StrEnum):
    """What the lifter does wrong on purpose in one rep; amounts lie well clear of the default limits."""

    SHORT = "short"  # stops 12-18 deg below full extension, hips low
    ARCHED = "arched"  # full height, pelvis left tipped by 13-18 deg
    TILTED = "tilted"  # the free hip hangs 12-15 deg at the top
    KICKED = "kicked"  # swings the free leg early in the rise
    BOUNCED = "bounced"  # rebounds from the floor instead of pausing
    FAST_LOWERING = "fast_lowering"  # drops in 0.4-0.6 s (from 90 % to 5 % of the lift)
    NO_PAUSE = "no_pause"  # turns round at the top
    PARTIAL = "partial"  # 30-42 % of the lift, then back: not a rep


@dataclass(frozen=True, slots=True)
class Tempo:
    """Whole movements from rest to rest [s]; from 5 % to 90 % of the lift takes about 0.58 of a movement.

    rise_ramps, fall_ramps: shares of the movement spent speeding up and slowing down.
    """

    up_s: float
    hold_s: float
    down_s: float
    bottom_s: float
    rise_ramps: tuple[float, float] = (0.40, 0.35)  # close to the bell-shaped speed of a free movement
    fall_ramps: tuple[float, float] = (0.30, 0.35)  # lowering is steadier


TEMPOS: dict[str, Tempo] = {
    # hold and lowering as measured: about 1.6 and 2.0 s, inside the default profile's good limits
    "strict": Tempo(1.30, 0.50, 3.50, 0.7),
    "no_pause": Tempo(0.60, 0.0, 0.70, 0.10),
    "fast": Tempo(0.50, 0.10, 0.50, 0.10, (0.45, 0.45), (0.45, 0.45)),
    "slow": Tempo(2.50, 2.0, 4.00, 1.0),
    "explosive": Tempo(0.65, 0.70, 3.30, 0.8, (0.30, 0.45)),
}


@dataclass(frozen=True, slots=True)
class SetPlan:
    """One set: the working leg and, for each rep, its faults (none = as good as the person can)."""

    side: Side
    reps: tuple[tuple[Fault, ...], ...]
    rest_before_s: float = 12.0  # more than the 8 s that end a set
    sits_up_before: bool = False


@dataclass(frozen=True, slots=True)
class Sensor:
    """The chip: rate, ranges, errors, and how it hangs on the skin. Defaults: a calm, mid-class chip (LSM6DSO)."""

    rate_hz: int = 104
    acc_range_g: int = 8
    gyr_range_dps: int = 1000
    acc_bias_mg: tuple[float, float, float] = (15.0, -20.0, 10.0)  # data sheet: +-20 mg
    acc_scale: tuple[float, float, float] = (0.004, -0.003, 0.005)  # +-1 %
    acc_noise_mps2: float = 0.015  # rms a sample
    gyr_bias_dps: tuple[float, float, float] = (0.6, -0.8, 0.4)  # data sheet: +-1 deg/s
    gyr_scale: tuple[float, float, float] = (0.005, -0.006, 0.004)  # +-1-2 %
    gyr_noise_dps: float = 0.08  # rms a sample
    clock_error: float = 0.002  # the device's second is this much shorter than a second
    tissue_hz: float = 9.0  # a small box on a waistband resonates at 7-12 Hz
    tissue_damping: float = 0.25  # belt and clothes damp well
    tissue_tilt_deg_per_mm: float = 0.5  # the box rocks as it is shaken: under 1 deg in a thrust
    tissue_shift_deg: float = 1.0  # the skin turns the box as the hip bends; 0 = screwed to the bone


@dataclass(frozen=True, slots=True)
class Radio:
    """The way of the packets. Times in s, shares of packets."""

    interval_s: float = 0.030  # a usual connection interval
    latency_s: float = 0.015  # radio and operating system
    jitter_s: float = 0.008  # mean of an exponential delay on top
    stall_share: float = 0.003  # packets that meet a busy host; it then delivers a burst
    stall_s: float = 0.25  # longest stall
    loss: float = 0.0  # share of packets lost
    loss_burst: float = 2.0  # mean packets lost in a row
    duplicates: float = 0.0
    reordered: float = 0.0
    link_losses: tuple[tuple[float, float], ...] = ()  # (lost at, back at) in true seconds
    first_index: int = 0  # running index of the first sample
    first_clock_us: int = 250_000  # device clock at the first sample


@dataclass(frozen=True, slots=True)
class Scenario:
    """One session."""

    seed: int
    sets: tuple[SetPlan, ...]
    name: str = ""
    body: Body = field(default_factory=Body)
    wear: Wear = field(default_factory=Wear)
    tempo: Tempo = TEMPOS["strict"]
    hip_drop_deg: float = 0.0  # the free side hangs this much at every single-leg top
    fatigue: float = 0.3  # 0 = fresh; 1 = tempo, level and lift drift clearly across a set
    unsteadiness: float = 1.0  # times the usual sway
    is_calibrated: bool = True
    warms_up: bool = True  # walks about first
    ties_shoe: bool = True  # a deep forward bend before the first set
    shuffles: bool = True  # finds the place at the bench with small moves and half lifts
    declares_side: bool = True
    stands_first_s: float = 4.0  # looking at the screen after pressing start
    walks_away: bool = True
    idle_rounds: int = 0  # gets up, walks about, sits down and shuffles so often before the first set
    lateral_sign: int = 1  # -1 = seen in a mirror
    sensor: Sensor = field(default_factory=Sensor)
    radio: Radio = field(default_factory=Radio)


def mirrored(scenario: Scenario) -> Scenario:
    """The same session seen in a mirror: sides swapped, every sideways motion and the sensor's place reversed."""
    swap = {Side.LEFT: Side.RIGHT, Side.RIGHT: Side.LEFT, Side.UNKNOWN: Side.UNKNOWN}
    sites = {Site.LEFT_SIDE: Site.RIGHT_SIDE, Site.RIGHT_SIDE: Site.LEFT_SIDE}
    return replace(
        scenario,
        sets=tuple(replace(plan, side=swap[plan.side]) for plan in scenario.sets),
        wear=replace(scenario.wear, site=sites.get(scenario.wear.site, scenario.wear.site)),
        lateral_sign=-scenario.lateral_sign,
    )
