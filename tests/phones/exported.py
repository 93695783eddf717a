"""A session's motion written as the apps write it; layouts as documented, numbers with the digits they use."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from tests.phones.motion import Motion
from tracker.core.model import GRAVITY_MPS2, Floats
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


def metabase(motion: Motion) -> dict[str, str]:
    """Two files whose `elapsed (s)` begin at different moments; local times of a zone 7 h behind UTC."""
    name = "MetaWear_2024-06-10T07.45.36.872_D59A9C32ECB4_{}_100.000Hz_1.5.0.csv"

    def one(unit: str, times_s: Floats, values: Floats) -> str:
        def row(time_s: float, value: Sequence[float]) -> str:
            epoch_ms = START_UNIX_NS // 1_000_000 + round(time_s * 1e3)
            moment = datetime.fromtimestamp(epoch_ms / 1e3 - 7 * 3600, UTC)
            local = f"{moment:%Y-%m-%dT%H.%M.%S}.{epoch_ms % 1000:03d}"
            return ",".join(
                [str(epoch_ms), local, f"{time_s - times_s[0]:.3f}", *(f"{number:.4f}" for number in value)]
            )

        axes = ",".join(f"{axis}-axis ({unit})" for axis in "xyz")
        return table(f"epoch (ms),time (-07:00),elapsed (s),{axes}", times_s, values, row)

    return {
        name.format("Accelerometer"): one("g", motion.acc_s, motion.acc_mps2 / GRAVITY_MPS2),
        name.format("Gyroscope"): one("deg/s", motion.gyr_s, np.degrees(motion.gyr_radps)),
    }


def both_at_once(motion: Motion) -> tuple[Floats, Floats]:
    """Times (n,) and acceleration [m/s^2] with rate [rad/s] (n, 6) of the same moment, as one chip samples them."""
    times_s = motion.acc_s
    rates = [np.interp(times_s, motion.gyr_s, motion.gyr_radps[:, axis]) for axis in range(3)]
    return times_s, np.column_stack([motion.acc_mps2, *rates])


def movella_dot(motion: Motion) -> str:
    """One file; the microsecond counter wraps on the way."""
    times_s, values = both_at_once(motion)
    first_us = 2**32 - 30_000_000
    head = [
        "sep=,",
        "DeviceTag:,hip",
        "FirmwareVersion:,2.0.0",
        "OutputRate:,60Hz",
        "Measurement Mode:,Rate quantities",
        "StartTime: ,2024-06-10_15:45:36_872 WEST",
        "\u00a9 Movella Technologies B. V. 2005-2024",
        "",
        "PacketCounter,SampleTimeFine,Acc_X,Acc_Y,Acc_Z,Gyr_X,Gyr_Y,Gyr_Z",
    ]

    def row(time_s: float, value: Sequence[float]) -> str:
        counter_us = (first_us + round(time_s * 1e6)) % 2**32
        numbers = (*value[:3], *np.degrees(value[3:]))
        return ",".join(["1", str(counter_us), *(f"{number:.6f}" for number in numbers)])

    return table("\n".join(head), times_s, values, row)


def witmotion(motion: Motion, *, separator: str = ",", chip_runs: bool = True) -> str:
    """One file; past midnight on the way; the sensor's own clock runs or is empty."""
    times_s, values = both_at_once(motion)
    names = ["Time", "Device name", "Chip Time()"]
    names += [f"Acceleration {axis}(g)" for axis in "XYZ"] + [f"Angular velocity {axis}(\u00b0/s)" for axis in "XYZ"]
    start = datetime(2024, 3, 19, 23, 59, 30, tzinfo=UTC)

    def row(time_s: float, value: Sequence[float]) -> str:
        moment = start + timedelta(seconds=time_s)
        milli = moment.microsecond // 1000
        date = f"{moment.year}-{moment.month}-{moment.day}"
        chip = f"{date} {moment:%H:%M:%S}.{milli:03d}" if chip_runs else ""
        numbers = (*(item / GRAVITY_MPS2 for item in value[:3]), *np.degrees(value[3:]))
        cells = [f" {moment:%H:%M:%S}.{milli:03d}", "WT901BLE67(d6-a8)", chip, *(f"{number:.4f}" for number in numbers)]
        return separator.join(cells)

    return table(separator.join(names), times_s, values, row, end="\r\n")


def polar(motion: Motion) -> dict[str, str]:
    """Two text files of one sensor's clock, in nanoseconds since 2000."""
    start = datetime(2024, 6, 10, 14, 45, 36, tzinfo=UTC)

    def one(unit: str, times_s: Floats, values: Floats) -> str:
        def row(time_s: float, value: Sequence[float]) -> str:
            phone = (start + timedelta(seconds=time_s)).isoformat(timespec="milliseconds").removesuffix("+00:00")
            sensor_ns = 771_345_936_000_000_000 + round(time_s * 1e9)
            return ";".join([phone, str(sensor_ns), *(f"{number:.3f}" for number in value)])

        axes = ";".join(f"{axis} [{unit}]" for axis in "XYZ")
        return table(f"Phone timestamp;sensor timestamp [ns];{axes} ", times_s, values, row)

    return {
        "Polar_Sense_B1234567_20240610_144536_ACC.txt": one("mg", motion.acc_s, motion.acc_mps2 / GRAVITY_MPS2 * 1e3),
        "Polar_Sense_B1234567_20240610_144536_GYRO.txt": one("dps", motion.gyr_s, np.degrees(motion.gyr_radps)),
    }


def movesense(motion: Motion) -> dict[str, str]:
    """Two files of the converter of logged data, without a unit anywhere."""
    header = "Timestamp_ms,X,Y,Z,RelativeTime,10.5,UTC,2024-06-10 14:45:36.872"

    def row(time_s: float, value: Sequence[float]) -> str:
        return ",".join([str(round(time_s * 1e3)), *(f"{number:.6f}" for number in value)])

    return {
        "220330000001_5_MeasIMU6_Acc.csv": table(header, motion.acc_s, motion.acc_mps2, row),
        "220330000001_5_MeasIMU6_Gyro.csv": table(header, motion.gyr_s, np.degrees(motion.gyr_radps), row),
    }


def sensor_logger_json(motion: Motion, *, is_ios: bool, by_sensor: bool) -> str:
    """The JSON export: every number as text; in order of time, or one sensor after the other."""
    sign = -1.0 if is_ios else 1.0
    gravity = motion.acc_mps2 * 0.75
    streams = {"Gyroscope": (motion.gyr_s, motion.gyr_radps)}
    if is_ios:
        streams["Accelerometer"] = motion.acc_s, sign * (motion.acc_mps2 - gravity)
        streams["Gravity"] = motion.acc_s, sign * gravity
    else:
        streams["Accelerometer"] = motion.acc_s, motion.acc_mps2 - gravity
        streams["TotalAcceleration"] = motion.acc_s, motion.acc_mps2
    found: list[tuple[float, dict[str, str]]] = []
    for name, (times_s, values) in streams.items():
        for time_s, (x, y, z) in zip(times_s.tolist(), values.tolist(), strict=True):
            stamp = str(START_UNIX_NS + round(time_s * 1e9))
            numbers = {"seconds_elapsed": str(time_s), "z": str(z), "y": str(y), "x": str(x)}
            found.append((time_s, {"sensor": name, "time": stamp, **numbers}))
    items = [item for _, item in (found if by_sensor else sorted(found, key=lambda pair: pair[0]))]
    platform = "ios" if is_ios else "android"
    metadata = {"sensor": "Metadata", "platform": platform, "standardisation": "false"}
    return json.dumps([*items, {**metadata, "recording timezone": "Europe/London", "device name": "phone"}])


def sensorserver_log(motion: Motion) -> str:
    """A log of messages, one a line, keys in either order."""
    lines = []
    for kind, times_s, values in (
        ("accelerometer", motion.acc_s, motion.acc_mps2),
        ("gyroscope", motion.gyr_s, motion.gyr_radps),
    ):
        for time_s, value in zip(times_s.tolist(), values.tolist(), strict=True):
            message = {"values": value, "timestamp": round(time_s * 1e9) + 10**15, "accuracy": 3}
            lines.append((time_s, json.dumps({**message, "type": f"android.sensor.{kind}"})))
    return "\n".join(line for _, line in sorted(lines))


def movesense_log(motion: Motion, *, apart: bool) -> str:
    """The JSON of logged data at 52 samples a second, four to an array; both sensors together or apart."""
    times_s, values = both_at_once(motion)
    samples: list[dict[str, object]] = [{"TimeDetailed": {"relativeTime": 10500, "utcTime": 1718030736872000}}]

    def array(rows: Floats) -> list[dict[str, float]]:
        return [dict(zip("xyz", row, strict=True)) for row in rows.tolist()]

    for start in range(0, len(times_s) - 4, 4):
        acc, gyr = values[start : start + 4, :3], np.degrees(values[start : start + 4, 3:])
        stamp = {"Timestamp": round(times_s[start] * 1e3)}
        if apart:
            samples.append({"MeasAcc": {**stamp, "ArrayAcc": array(acc)}})
            samples.append({"MeasGyro": {**stamp, "ArrayGyro": array(gyr)}})
        else:
            samples.append({"MeasIMU6": {**stamp, "ArrayAcc": array(acc), "ArrayGyro": array(gyr)}})
    return json.dumps({"Samples": samples}, indent=1)


def sensor_logger_combined(motion: Motion, *, is_ios: bool) -> str:
    """The export in which all sensors share one table, each column prefixed by its sensor."""
    times_s, values = both_at_once(motion)
    sign = -1.0 if is_ios else 1.0
    gravity = 0.75 * values[:, :3]
    names = [f"{sensor}_{axis}" for sensor in ("accelerometer", "gravity", "gyroscope") for axis in "zyx"]
    if not is_ios:
        names += [f"totalacceleration_{axis}" for axis in "zyx"]

    def row(time_s: float, value: Sequence[float]) -> str:
        return ",".join(map(str, (START_UNIX_NS + round(time_s * 1e9), time_s, *value)))

    columns = [sign * (values[:, :3] - gravity), sign * gravity, values[:, 3:]] + ([] if is_ios else [values[:, :3]])
    numbers = np.column_stack([column[:, ::-1] for column in columns])
    return table(",".join(["time", "seconds_elapsed", *names]), times_s, numbers, row)
