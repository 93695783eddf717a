"""A session's motion written as the apps write it; layouts as documented, numbers with the digits they use."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.phones.motion import Motion
from tracker.core.model import Floats
from tracker.reports.export_csv import marker_texts

START_UNIX_NS = 1_718_030_736_872_695_300  # 2024-06-10T14:45:36.872695300Z
METADATA = (
    "version,device name,recording epoch time,recording time,recording timezone,platform,appVersion,device id,sensors,"
    "sampleRateMs,standardisation,platform version\n"
    "3,{device},1718030736872,2024-06-10_14-45-36,Europe/London,{platform},1.30,x,Accelerometer|Gyroscope,10|10,{standard},17\n"
)

Row = Callable[[float, Sequence[float]], str]


def table(header: str, times_s: Floats, values: Floats, row: Row, *, end: str = "\n") -> str:
    rows = (row(time_s, value) for time_s, value in zip(times_s.tolist(), values.tolist(), strict=True))
    return end.join([header, *rows, ""])


def zipped(path: Path, texts: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            archive.writestr(name, text)
    return path


def phyphox(motion: Motion, *, separator: str = ",", decimal: str = ".") -> dict[str, str]:
    """The texts of a phyphox zip, in one of the forms that the app offers."""

    def row(time_s: float, value: Sequence[float]) -> str:
        return separator.join(f"{number:.9E}".replace(".", decimal) for number in (time_s, *value))

    def header(name: str, unit: str) -> str:
        return separator.join(['"Time (s)"', *(f'"{name} {axis} ({unit})"' for axis in "xyz")])

    return {
        "Accelerometer.csv": table(header("Acceleration", "m/s^2"), motion.acc_s, motion.acc_mps2, row),
        "Gyroscope.csv": table(header("Gyroscope", "rad/s"), motion.gyr_s, motion.gyr_radps, row),
        "meta/device.csv": '"property","value"\n"version","1.2.0"\n"deviceModel","Pixel 6a"\n',
        "meta/time.csv": '"event","experiment time","system time","system time text"\n'
        '"START",0.0,1770000000.5,"2026-02-02 08:10:00.500 UTC+05:30"\n'
        '"PAUSE",99.0,1770000099.5,"2026-02-02 08:11:39.500 UTC+05:30"\n',
    }


def sensor_logger(motion: Motion, *, is_ios: bool, marks: bool = True) -> dict[str, str]:
    """The texts of a Sensor Logger zip: columns z, y, x; on iPhones the opposite sign and gravity apart."""

    def row(time_s: float, value: Sequence[float]) -> str:
        unix_ns = START_UNIX_NS + round(time_s * 1e9)
        return ",".join(map(str, (unix_ns, time_s, value[2], value[1], value[0])))

    header = "time,seconds_elapsed,z,y,x"
    gyroscope = table(header, motion.gyr_s, motion.gyr_radps, row)
    texts = {
        "Gyroscope.csv": gyroscope,
        "GyroscopeUncalibrated.csv": gyroscope,
        "Orientation.csv": "time,seconds_elapsed,qz,qy,qx,qw,roll,pitch,yaw\n",
    }
    gravity = motion.acc_mps2 * 0.75
    linear = motion.acc_mps2 - gravity
    if is_ios:
        texts["Accelerometer.csv"] = table(header, motion.acc_s, -linear, row)
        texts["Gravity.csv"] = table(header, motion.acc_s, -gravity, row)
    else:
        texts["Accelerometer.csv"] = table(header, motion.acc_s, linear, row)
        texts["TotalAcceleration.csv"] = table(header, motion.acc_s, motion.acc_mps2, row)
    platform, device = ("ios", "iPhone 12") if is_ios else ("android", "Pixel 8")
    texts["Metadata.csv"] = METADATA.format(device=device, platform=platform, standard="false")
    if marks:
        texts["Annotation.csv"] = annotations(motion)
    return texts


def annotations(motion: Motion) -> str:
    """The session's commands as a person would have typed them."""
    rows = ["time,seconds_elapsed,text,millisecond_press_duration"]
    rows += [
        f"{START_UNIX_NS + round(command.received_s * 1e9)},{command.received_s},{text},0"
        for command in motion.commands
        for text in marker_texts(command)
    ]
    return "\n".join([*rows, ""])
