"""Our own experiment for phyphox, and the place where a phone fetches it.

The file format is that of phyphox 1.14 (sensors with a rate strategy); the app opens it from a URL of its own scheme.
"""

from __future__ import annotations

from tracker.decoders import phyphox
from tracker.decoders.tables import Role
from tracker.serving.address import Address
from tracker.sources.phone_receiver import File, Receiver

EXPERIMENT_PATH = "hip.phyphox"
# values; eight buffers full of numbers with the 17 digits of iPhones stay below the largest answer
BUFFER_VALUES = 4000

EXPERIMENT = """<phyphox version="1.14" locale="en">
  <title>Hip thrusts</title>
  <category>hip-thrust-tracker</category>
  <description>Accelerometer (with gravity) and gyroscope for the rep tracker. Switch on "Allow remote access" in the
    menu, put the phone at the back of the waistband with the screen outwards, and leave the screen on.</description>
  <data-containers>
{containers}
  </data-containers>
  <input>
{sensors}
  </input>
  <views>
    <view label="Sensors">
      <info label="Menu: Allow remote access. Screen on, phone at the back of the waistband." />
      <graph label="Acceleration z" labelX="t (s)" labelY="a (m/s^2)" partialUpdate="true">
        <input axis="x">acc_time</input>
        <input axis="y">accZ</input>
      </graph>
    </view>
  </views>
  <export>
{sets}
  </export>
</phyphox>
"""
_SENSORS = {
    Role.ACC: ("accelerometer", "Accelerometer", "Acceleration", "m/s^2"),
    Role.GYR: ("gyroscope", "Gyroscope", "Gyroscope", "rad/s"),
}


def experiment() -> str:
    """Our experiment file: both sensors with gravity, true event times, about 100 a second."""
    containers, sensors, sets = [], [], []
    for role, (kind, set_name, quantity, unit) in _SENSORS.items():
        time, *axes = phyphox.BUFFERS[role]
        containers += [
            f'    <container size="{BUFFER_VALUES}" static="false">{name}</container>' for name in (time, *axes)
        ]
        outputs = [f'      <output component="{axis}">{name}</output>' for axis, name in zip("xyz", axes, strict=True)]
        outputs.append(f'      <output component="t">{time}</output>')
        # a phone without gyroscope opens the experiment all the same, and is told of what that costs
        is_optional = ' ignoreUnavailable="true"' if role is Role.GYR else ""
        sensors += [f'    <sensor type="{kind}" rate="100" rateStrategy="request"{is_optional}>', *outputs]
        sensors.append("    </sensor>")
        data = [
            f'      <data name="{quantity} {axis} ({unit})">{name}</data>'
            for axis, name in zip("xyz", axes, strict=True)
        ]
        sets += [f'    <set name="{set_name}">', f'      <data name="Time (s)">{time}</data>', *data, "    </set>"]
    parts = {"containers": containers, "sensors": sensors, "sets": sets}
    return EXPERIMENT.format(**{name: "\n".join(lines) for name, lines in parts.items()})


class ServedExperiment:
    """Our experiment where the phone can fetch it. host: the phone that did, once one has."""

    def __init__(self, address: Address) -> None:
        self.host = ""
        self._address = address
        content = File(experiment().encode(), "application/xml")
        self.receiver = Receiver(
            address, lambda _message: "Nothing is sent here.", files={EXPERIMENT_PATH: content}, fetched=self._fetched
        )

    @property
    def url(self) -> str:
        """What the QR code says: the app's own scheme, so that phones open it there."""
        return f"phyphox://{self._address.host}:{self._address.port}/{self._address.key}/{EXPERIMENT_PATH}"

    def _fetched(self, _path: str, host: str) -> None:
        self.host = host
