"""What the lifter does: a scenario turned into moves of the pelvis, commands, and a plan of every rep.

The lifter keeps the time (`now_s`) and where every channel stands; each method is one thing a person does in a gym.
All randomness is drawn from one generator in a fixed order, so that a scenario always gives the same session.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from tracker.core.model import Command, CommandName, Side
from tracker.sources.simulator.body import Body
from tracker.sources.simulator.motion import Channel, Motion, Move, Pulse, Walk
from tracker.sources.simulator.repetition import about, manner_of
from tracker.sources.simulator.scenario import Fault, Scenario, SetPlan

LYING, SITTING, STANDING, TWO_LEGS, ONE_LEG = 0.2, 0.45, 0.5, 0.5, 1.0  # share of the full sway


@dataclass(frozen=True, slots=True)
class RepPlan:
    """One intended rep: where it belongs and when its rise and its lowering begin and end [true s]."""

    set_number: int
    side: Side
    faults: tuple[Fault, ...]
    rise_s: float
    top_s: float
    lower_s: float
    bottom_s: float


@dataclass(frozen=True, slots=True)
class Hold:
    """A still hold of the calibration [true s]."""

    start_s: float
    end_s: float
    is_top: bool


@dataclass(slots=True)
class Plan:
    """Everything that follows from the scenario before any physics."""

    motion: Motion = field(default_factory=Motion)
    commands: list[Command] = field(default_factory=list)
    activities: list[tuple[float, float, str]] = field(default_factory=list)
    reps: list[RepPlan] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    duration_s: float = 0.0


def plan_session(scenario: Scenario, rng: np.random.Generator) -> Plan:
    """The whole session of this scenario."""
    lifter = _Lifter(scenario, rng)
    lifter.arrive()
    if scenario.is_calibrated:
        lifter.calibrate()
    for _ in range(scenario.idle_rounds):
        lifter.leave()
        lifter.arrive()
    for number, plan in enumerate(scenario.sets, start=1):
        if number > 1:
            lifter.rest(plan)
        lifter.perform(number, plan)
    lifter.leave()
    return lifter.plan


class _Lifter:
    def __init__(self, scenario: Scenario, rng: np.random.Generator) -> None:
        self.scenario = scenario
        self.body: Body = scenario.body
        self.rng = rng
        self.now_s = 0.0
        self.bottom_deg = self.body.bottom_deg
        self.plan = Plan()
        self.at = dict.fromkeys(Channel, 0.0)
        trunk_deg = 90.0 + rng.normal(0, 2)
        self.at.update({Channel.TRUNK: trunk_deg, Channel.EFFORT: STANDING})
        self.at.update(self._place(trunk_deg, height_m=0.53 * self.body.height_m, forward_m=1.1))
        self.plan.motion.start = dict(self.at)

    # --- how a person moves ---------------------------------------------------------------------------------------

    def _place(self, trunk_deg: float, *, height_m: float, forward_m: float) -> dict[Channel, float]:
        """The channels that put the hip centre at this height and this far in front of the bench."""
        return {
            Channel.UPWARD: height_m - float(self.body.hip_height_m(trunk_deg)),
            Channel.FORWARD: forward_m - float(self.body.hip_forward_m(trunk_deg)),
        }

    def _go(
        self,
        targets: dict[Channel, float],
        duration_s: float,
        ramps: tuple[float, float] = (0.5, 0.5),
        *,
        waits: bool = True,
        after_s: float = 0.0,
    ) -> None:
        for channel, target in targets.items():
            delta = target - self.at[channel]
            if delta:
                self.plan.motion.moves.append(Move(channel, self.now_s + after_s, duration_s, delta, *ramps))
            self.at[channel] = target
        if waits:
            self.now_s += duration_s

    def _wait(self, duration_s: float) -> None:
        self.now_s += duration_s

    def _say(self, name: CommandName, value: str) -> None:
        self.plan.commands.append(Command(self.now_s, name, value))

    def _between(self, low: float, high: float) -> float:
        return float(self.rng.uniform(low, high))

    @contextmanager
    def _doing(self, label: str) -> Iterator[None]:
        start_s = self.now_s
        yield
        self.plan.activities.append((start_s, self.now_s, label))
        self.plan.duration_s = self.now_s

    # --- before and after ------------------------------------------------------------------------------------------

    def arrive(self) -> None:
        with self._doing("stand"):
            self._wait(self.scenario.stands_first_s)
        if self.scenario.warms_up:
            self._walk(legs=2)
        if self.scenario.ties_shoe:
            self._bend()
        self._sit_down()
        self._lie_back()
        if self.scenario.shuffles:
            self._shuffle()

    def leave(self) -> None:
        with self._doing("rest"):
            self._wait(self._between(2.5, 3.5))
        self._sit_up()
        with self._doing("stand_up"):
            knee = self._between(0.9, 1.2)
            trunk = self._between(108, 118)
            self._go({Channel.TRUNK: trunk, Channel.EFFORT: STANDING}, knee)
            stand = self._place(92.0, height_m=0.53 * self.body.height_m, forward_m=1.0)
            self._go({Channel.TRUNK: 92.0, **stand}, self._between(2.2, 2.8))
            self._wait(0.8)
        if self.scenario.walks_away:
            self._walk(legs=1)

    def _walk(self, legs: int) -> None:
        with self._doing("walk"):
            for leg in range(legs):
                if leg:  # turn round on the spot, in steps
                    self._go({Channel.YAW: self.at[Channel.YAW] + 180.0}, 2.2)
                seconds = self._between(4.5, 6.5)
                direction = 1.0 if round(self.at[Channel.YAW] / 180) % 2 == 0 else -1.0
                away = self.at[Channel.FORWARD] + direction * 1.15 * seconds  # 1.15 m/s: an easy walk
                self.plan.motion.walks.append(Walk(self.now_s, self.now_s + seconds, self._between(0.82, 0.98)))
                self._go({Channel.FORWARD: away}, seconds, (0.15, 0.15))
                self._wait(0.5)

    def _bend(self) -> None:
        with self._doing("bend"):
            self._go({Channel.TRUNK: 95.0}, 0.8)
            low = self._place(150.0, height_m=0.47 * self.body.height_m, forward_m=0.0)
            upward = {Channel.UPWARD: low[Channel.UPWARD]}
            back = {Channel.UPWARD: self.at[Channel.UPWARD], Channel.TRUNK: 91.0, Channel.LEVEL: 0.0}
            down_s = self._between(1.1, 1.6)
            self._go({Channel.TRUNK: self._between(140, 160), Channel.LEVEL: self._between(-6, 6), **upward}, down_s)
            for _ in range(3):  # pulling at the laces
                self._go({Channel.TRUNK: self.at[Channel.TRUNK] + self._between(-5, 5)}, self._between(0.4, 0.8))
            self._go(back, self._between(1.1, 1.6))
            self._wait(0.8)

    def _sit_down(self) -> None:
        with self._doing("sit_down"):
            yaw = 360.0 * round(self.at[Channel.YAW] / 360)
            self._go({Channel.YAW: yaw}, 2.2)  # back to the bench
            mid = self._place(122.0, height_m=0.30 * self.body.height_m, forward_m=0.75)
            self._go({Channel.TRUNK: 122.0, Channel.LEVEL: self._between(-5, 5), **mid}, self._between(1.3, 1.8))
            floor = self._place(96.0, height_m=0.075 * self.body.height_m, forward_m=0.42)
            self._go({Channel.TRUNK: 96.0, Channel.LEVEL: 0.0, Channel.EFFORT: SITTING, **floor}, 1.4, (0.5, 0.3))
            self.plan.motion.pulses.append(Pulse(Channel.UPWARD, self.now_s - 0.06, 0.14, -0.004))  # the seat gives
            self._wait(self._between(1.0, 2.0))

    def _lie_back(self) -> None:
        with self._doing("lie_back"):
            lying = {Channel.TRUNK: self.bottom_deg + 3, Channel.LEVEL: self.body.stance_level_deg}
            rest = {Channel.UPWARD: 0.0, Channel.FORWARD: 0.0, Channel.SIDEWAYS: 0.0, Channel.EFFORT: LYING}
            self._go({**lying, **rest}, self._between(1.6, 2.2))
            self._wait(0.6)

    def _sit_up(self) -> None:
        with self._doing("sit_up"):
            floor = self._place(95.0, height_m=0.075 * self.body.height_m, forward_m=0.42)
            self._go({Channel.TRUNK: 95.0, Channel.EFFORT: SITTING, Channel.LEVEL: 0.0, **floor}, 1.5)
            self._wait(0.8)

    def _shuffle(self) -> None:
        """Small irregular moves and two half lifts on both legs: under a fifth of the thrust, from no still pose."""
        with self._doing("shuffle"):
            for half_lift in (0.0, 0.14, 0.0, 0.19, 0.0):
                trunk = self.bottom_deg + self._between(-2.5, 4.5)
                if half_lift:
                    trunk = self.body.trunk_deg_at_lift(half_lift, self.scenario.wear.position_m(self.body))
                self._go(
                    {
                        Channel.TRUNK: trunk,
                        Channel.LEVEL: self.body.stance_level_deg + self._between(-4, 4),
                        Channel.YAW: 360.0 * round(self.at[Channel.YAW] / 360) + self._between(-4, 4),
                        Channel.SIDEWAYS: self._between(-0.03, 0.03),
                        Channel.UPWARD: self._between(-0.008, 0.012),
                    },
                    self._between(0.45, 0.8),
                )
                self._wait(self._between(0.0, 0.25))
            self._settle()

    def _settle(self) -> None:
        """Into the bottom pose: the seat just off the floor, both feet down."""
        pose = {Channel.TRUNK: self.bottom_deg, Channel.LEVEL: self.body.stance_level_deg}
        rest = {Channel.UPWARD: 0.0, Channel.ARCH: 0.0, Channel.TWIST: 0.0, Channel.EFFORT: LYING}
        self._go({**pose, **rest}, 0.9)

    def rest(self, plan: SetPlan) -> None:
        """The pause before a set: lying with a fidget or two, or sitting up, and back into the place."""
        with self._doing("rest"):
            lower = {Channel.TRUNK: self.bottom_deg + self._between(2, 4), Channel.UPWARD: -0.005}
            self._go({**lower, Channel.LEVEL: self.body.stance_level_deg, Channel.EFFORT: LYING}, 1.0)
            self._wait(max(0.3 * plan.rest_before_s - 1.0, 0.5))
        if plan.sits_up_before:
            self._sit_up()
            with self._doing("rest"):
                self._go({Channel.TRUNK: 118.0, Channel.LEVEL: self._between(-8, 8)}, 1.1)  # reaches for the bottle
                self._go({Channel.TRUNK: 93.0, Channel.LEVEL: 0.0}, 1.1)
                self._wait(max(0.4 * plan.rest_before_s, 1.0))
            self._lie_back()
            self.bottom_deg = about(self.rng, self.body.bottom_deg, 0.8, 1.5)
            self._shuffle()
        else:
            with self._doing("rest"):
                for _ in range(2):
                    fidget = {Channel.LEVEL: self.body.stance_level_deg + self._between(-3, 3)}
                    self._go({**fidget, Channel.TRUNK: self.bottom_deg + self._between(1, 5)}, self._between(0.6, 1.0))
                    self._wait(max(0.3 * plan.rest_before_s - 1.0, 0.5))
                self.bottom_deg = about(self.rng, self.body.bottom_deg, 0.6, 1.2)
                self._settle()

    # --- the exercise ------------------------------------------------------------------------------------------------

    def calibrate(self) -> None:
        """Two slow thrusts on both legs with still holds: bottom, top, bottom, top, bottom."""
        with self._doing("calibrate"):
            self._settle()
            self._wait(0.3)
            self._say(CommandName.CALIBRATE, "start")
            self._hold(is_top=False)
            for _ in range(2):
                top = {Channel.TRUNK: about(self.rng, self.body.top_deg, 0.4, 0.9), Channel.EFFORT: TWO_LEGS}
                self._go({**top, Channel.ARCH: about(self.rng, 0, 0.3, 0.6)}, self._between(1.7, 2.1), (0.4, 0.4))
                self._hold(is_top=True)
                bottom = {Channel.TRUNK: about(self.rng, self.bottom_deg, 0.4, 0.9), Channel.EFFORT: LYING}
                self._go({**bottom, Channel.ARCH: 0.0}, self._between(2.0, 2.5), (0.4, 0.4))
                self._hold(is_top=False)
            self._say(CommandName.CALIBRATE, "end")
            self._wait(0.4)

    def _hold(self, *, is_top: bool) -> None:
        still_s = self._between(2.3, 2.8)  # asked for 2 s; a tenth more on either side is still moving
        self.plan.holds.append(Hold(self.now_s + 0.1, self.now_s + still_s - 0.1, is_top))
        self._wait(still_s)

    def perform(self, number: int, plan: SetPlan) -> None:
        """Declare the side, lie still, do the reps."""
        with self._doing("ready"):
            if self.scenario.declares_side:
                self._say(CommandName.SIDE, str(plan.side))
            side_sign = (1.0 if plan.side is Side.RIGHT else -1.0) * self.scenario.lateral_sign
            self._go({Channel.LEVEL: self.body.stance_level_deg + 0.25 * side_sign * self.scenario.hip_drop_deg}, 0.8)
            self._wait(self._between(2.8, 3.6))
        with self._doing(f"set_{plan.side}" if plan.side else "set"):
            for index in range(len(plan.reps)):
                self._rep(plan, number, index, side_sign)
            self._wait(0.5)

    def _rep(self, plan: SetPlan, set_number: int, index: int, side_sign: float) -> None:
        scenario, body = self.scenario, self.body
        next_bounces = index + 1 < len(plan.reps) and Fault.BOUNCED in plan.reps[index + 1]
        manner = manner_of(
            plan.reps[index],
            scenario=scenario,
            bottom_deg=self.bottom_deg,
            tired=scenario.fatigue * index / max(len(plan.reps) - 1, 1),
            next_bounces=next_bounces,
            rng=self.rng,
        )
        rise_s = self.now_s
        self.plan.motion.pulses += [pulse._replace(start_s=rise_s + pulse.start_s) for pulse in manner.pulses]
        top = {
            Channel.TRUNK: manner.trunk_deg,
            Channel.LEVEL: body.stance_level_deg + side_sign * manner.drop_deg,
            Channel.ARCH: manner.arch_deg,
            # the working hip stays where it is, so a drop lowers the middle
            Channel.UPWARD: -body.half_hip_width_m * math.sin(math.radians(manner.drop_deg)),
            Channel.EFFORT: ONE_LEG,
        }
        self._go(top, manner.up_s, manner.rise_ramps)
        top_s = self.now_s
        self._wait(manner.hold_s)
        if manner.drops_off_top:
            self.now_s -= 0.12  # the way down begins before the way up ends: one even turn, no stop
        lower_s = self.now_s
        bottom = {
            Channel.TRUNK: about(self.rng, self.bottom_deg, 0.6, 1.5),
            Channel.LEVEL: body.stance_level_deg + side_sign * 0.25 * manner.drop_deg,
            Channel.ARCH: 0.0,
            Channel.UPWARD: about(self.rng, 0, 0.0015, 0.003),
            Channel.EFFORT: LYING,
        }
        if manner.drops_off_top:
            quick = {channel: self.at[channel] + 0.3 * (bottom[channel] - self.at[channel]) for channel in bottom}
            self._go(quick, 0.44, (0.55, 0.45), waits=False)
        self._go(bottom, manner.down_s, manner.fall_ramps)
        self.plan.reps.append(
            RepPlan(set_number, plan.side, plan.reps[index], rise_s, top_s, lower_s, bottom_s=self.now_s)
        )
        if not next_bounces:
            self._wait(scenario.tempo.bottom_s * about(self.rng, 1, 0.15, 0.3))
