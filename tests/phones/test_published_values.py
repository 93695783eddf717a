"""Every expected value of every published message and row of the phone apps, walked through file by file.

A frame or a value that nothing here decodes fails; what the program leaves out on purpose is named, with the reason.
"""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from tests.phones.phyphox_phone import served
from tests.phones.test_exports import samples, write
from tracker.core.model import Packet
from tracker.decoders import browser, phyphox, sensor_logger, sensorserver
from tracker.decoders.objects import ABOUT, OBJECTS
from tracker.decoders.registry import profile
from tracker.decoders.tables import Role
from tracker.sources.phone_phyphox import Phone, _Progress
from tracker.sources.replay import open_source

LATER_NS = 10_000_000  # between the copies of a message that stands alone
COPIES = 300  # enough for two streams to be found and joined
TOLERANCES = {"rate_hz": 0.1, "t_ns": 256, "gyro_t_ns": 256, "norm_ms2": 1e-4}  # stamps: a float's step since 1970
TOLERANCE = 1e-6  # what the values are written to

# The reason stands for a check below that the value indeed changes nothing.
LEFT_OUT = {
    ("web_devicemotion", "interval_s"): "Browsers write it in three ways; the event's own time is used instead.",
    ("sensor_logger", "quat_wxyz"): "The engine has an orientation of its own, the phone's is not read.",
    ("sensor_logger", "quat_norm"): "The engine has an orientation of its own, the phone's is not read.",
}


@pytest.mark.parametrize("app", ["phyphox", "sensor_logger", "sensorserver", "web_devicemotion"])
def test_every_published_value(phone_frames, tmp_path, app):
    """Each frame has a reading, each of its expected values is in it, and is the same."""
    frames = phone_frames(app)
    assert set(READINGS[app]) == set(frames)
    for name, frame in frames.items():
        folder = tmp_path / name
        folder.mkdir()
        found = READINGS[app][name](frame, frames, folder)
        left_out = {key for key in frame["expected"] if (app, key) in LEFT_OUT}
        assert set(found) | left_out == set(frame["expected"]), name
        for key, value in found.items():
            tolerance = TOLERANCES.get(key, TOLERANCE)
            wanted = frame["expected"][key]
            assert is_near(value, wanted, tolerance), f"{name} {key}: {value} instead of {wanted}"


def is_near(found, wanted, tolerance):
    if isinstance(wanted, list):
        return len(found) == len(wanted) and all(map(is_near, found, wanted, [tolerance] * len(wanted)))
    if isinstance(wanted, bool | str | None):
        return found is wanted or found == wanted
    return bool(abs(found - wanted) <= tolerance)


# phyphox ---------------------------------------------------------------------------------------------------------


def told_to_start(frame, _frames, _folder):
    app = Starlette(routes=[Route("/control", lambda _request: PlainTextResponse(frame["text"]))])
    with served(app) as address:
        phone = Phone("127.0.0.1", address.port)
        answer = asyncio.run(phone.asked("/control?cmd=start"))
        phone.close()
    return {"ok": answer["result"]}


def single_value(frame, _frames, _folder):
    item = json.loads(frame["text"])
    assert phyphox.read_answer(item).rows == {}  # one axis alone is no sample
    values = phyphox._values(item["buffer"]["accX"])
    return {"accX_last": values[-1], "samples": len(values)}


def polled(frame, _frames, _folder):
    answer = phyphox.read_answer(json.loads(frame["text"]))

    class Taking:
        def put_packet(self, *_what, **_how):
            pass

    progress = _Progress(Taking(), print)
    progress.take(b"", answer, 0.1)
    rows = answer.rows[Role.ACC]
    return {
        "t_s": list(rows.times_s),
        "acc_ms2": [list(row) for row in rows.values],
        "next_threshold": progress.latest_s[Role.ACC],
        "session": answer.session,
    }


def nothing_new(frame, _frames, _folder):
    answer = phyphox.read_answer(json.loads(frame["text"]))
    return {"samples": len(answer.rows[Role.ACC].times_s), "measuring": answer.is_measuring}


def another_session(frame, frames, _folder):
    reader = phyphox.AnswersReader()
    list(reader.rows(json.loads(frames["d03"]["text"])))
    found = list(reader.rows(json.loads(frame["text"])))
    return {"samples": len(found), "session_changed": reader.has_restarted}


def exported(frame, _frames, folder):
    write(folder, {"any.txt": frame["text"]})
    found = samples(folder / "any.txt")
    times_s = found["device_s"]
    return {"t_s": times_s, "acc_ms2": found["acc_mps2"], "rate_hz": (len(times_s) - 1) / (times_s[-1] - times_s[0])}


# Sensor Logger ---------------------------------------------------------------------------------------------------


def pushed(platform):
    def reading(frame, _frames, _folder):
        item = json.loads(frame["text"])
        reader = sensor_logger.ReadingsReader()
        stamps_s = {row.role: row.times_s[0] for row in reader.rows(item)}
        force, rates = joined(item, platform)
        found = {"messageId": reader._next - 1, "specific_force_ms2": force, "gyro_rads": rates}
        if "t_ns" in frame["expected"]:
            found["t_ns"] = round(stamps_s[Role.LINEAR] * 1e9)
        if "gyro_t_ns" in frame["expected"]:
            found["gyro_t_ns"] = round(stamps_s[Role.GYR] * 1e9)
        if "ignored" in frame["expected"]:
            names = [one["name"] for one in item["payload"]]
            found["ignored"] = [name for name in names if joined(item, platform, changed=name) == (force, rates)]
        return found

    return reading


def joined(item, platform, changed=""):
    """Specific force and rate of this message as the decoder joins them, with the values of one sensor changed."""
    packets = [Packet(0.0, ABOUT, json.dumps({"platform": platform, "standardisation": "false"}).encode())]
    for copy in range(COPIES):
        payload = [
            {
                **one,
                "time": one["time"] + copy * LATER_NS,
                "values": dict.fromkeys(one["values"], 7.5) if one["name"] == changed else one["values"],
            }
            for one in item["payload"]
        ]
        later = {**item, "messageId": item["messageId"] + copy, "payload": payload}
        packets.append(Packet(0.01 * copy, OBJECTS, json.dumps(later).encode()))
    readings = profile("sensor_logger").new_decoder().decode(packets).readings
    assert len(readings) > COPIES // 2
    assert np.ptp(readings.acc_mps2, axis=0).max() < 1e-9
    return readings.acc_mps2[1].tolist(), readings.gyr_radps[1].tolist()


def pushed_without_motion(frame, _frames, _folder):
    reader = sensor_logger.ReadingsReader()
    found = list(reader.rows(json.loads(frame["text"])))
    return {"messageId": reader._next - 1, "imu_samples": len(found)}


def exported_objects(frame, _frames, _folder):
    reader = sensor_logger.ReadingsReader()
    reader.about({"platform": "android"})
    items = json.loads(frame["text"])
    rows = [row for item in items for row in reader.rows(item)]
    assert {row.role for row in rows} == {Role.LINEAR}  # what the app calls Accelerometer has no gravity
    return {
        "sensor": items[0]["sensor"],
        "n": len(rows),
        "dt_s": rows[1].times_s[0] - rows[0].times_s[0],
        "xyz_no_gravity_ms2": [row.values[0] for row in rows],
    }


def exported_rates(frame, _frames, folder):
    """Beside a made acceleration of the same moments, because a rate alone is no export."""
    header, row = frame["text"].splitlines()
    first_ns, first_s, *values = row.split(",")
    later = ",".join([str(int(first_ns) + LATER_NS), str(float(first_s) + 0.01), *values])
    still = "\n".join([header, f"{first_ns},{first_s},9.8,0,0", f"{later.rsplit(',', 3)[0]},9.8,0,0", ""])
    write(folder, {"Gyroscope.csv": "\n".join([header, row, later, ""]), "TotalAcceleration.csv": still})
    found = samples(folder)
    since_1970 = open_source(folder).header.started_at - datetime(1970, 1, 1, tzinfo=UTC)
    micros = round(since_1970.total_seconds() * 1e6)
    assert abs(micros * 1000 - frame["expected"]["t_ns"]) <= 1000  # a moment is kept in microseconds
    reader = sensor_logger.ReadingsReader()
    (one,) = reader.rows({"sensor": "Gyroscope", "time": first_ns, "x": "0", "y": "0", "z": "0"})
    return {
        "t_ns": round(one.times_s[0] * 1e9),
        "t_s": found["device_s"][0],
        "gyro_rads": found["gyr_radps"][0].tolist(),
    }


def exported_sum(frame, _frames, folder):
    write(folder, {"TotalAcceleration.csv": frame["text"]})
    found = samples(folder)
    force = found["acc_mps2"][0].tolist()
    return {"t_s": found["device_s"][0], "specific_force_ms2": force, "norm_ms2": float(np.linalg.norm(force))}


def exported_orientation(frame, frames, folder):
    """Its file changes nothing of what is read."""
    write(folder, {"TotalAcceleration.csv": frames["d07"]["text"]})
    before = samples(folder)
    write(folder, {"Orientation.csv": frame["text"]})
    after = samples(folder)
    assert {name: values.tolist() for name, values in after.items()} == {
        name: values.tolist() for name, values in before.items()
    }
    return {}


# SensorServer ----------------------------------------------------------------------------------------------------


def one_message(frame, _frames, _folder):
    (row,) = sensorserver.MessageReader().rows(json.loads(frame["text"]))
    assert row.role is Role.ACC
    return {"t_ns": round(row.times_s[0] * 1e9), "acc_ms2": list(row.values[0])}


def one_sensor(frame, _frames, _folder):
    reader = sensorserver.MessageReader()
    rows = [row for text in frame["text_parts"] for row in reader.rows(json.loads(text))]
    assert {row.role for row in rows} == {Role.ACC}
    times_s = [row.times_s[0] for row in rows]
    return {
        "n": len(rows),
        "acc_ms2": [row.values[0] for row in rows],
        "rate_hz": (len(rows) - 1) / (times_s[-1] - times_s[0]),
    }


def two_sensors(frame, _frames, _folder):
    reader = sensorserver.MessageReader()
    rows = [row for text in frame["text_parts"] for row in reader.rows(json.loads(text))]
    return {
        name: [[row.times_s[0], *row.values[0]] for row in rows if row.role is role]
        for name, role in (("acc", Role.ACC), ("gyro", Role.GYR))
    }


# the browser -----------------------------------------------------------------------------------------------------


def motion_event(platform):
    def reading(frame, _frames, _folder):
        event = json.loads(frame["text"])
        force, rates = browser.event_row(event, platform)
        assert browser.event_row({**event, "interval": 1234}, platform) == (force, rates)
        return {"specific_force_ms2": force, "gyro_rads": rates}

    return reading


def rounded_event(frame, _frames, _folder):
    force, rates = browser.event_row(json.loads(frame["text"]), "android")
    steps = {"step_ms2": step_of(force), "step_dps": step_of(np.degrees(rates))}
    return {"quantised": all(steps.values()), **steps}


def step_of(values):
    """The coarsest power of ten of which all are multiples, to the digits of a float."""
    return next(
        step
        for step in (1.0, 0.1, 0.01, 1e-3)
        if np.allclose(np.round(np.divide(values, step)), np.divide(values, step))
    )


READINGS = {
    "phyphox": {
        "d01": told_to_start, "d02": single_value, "d03": polled,
        "d04": nothing_new, "d05": another_session, "d06": exported,
    },
    "sensor_logger": {
        "d01": pushed("ios"), "d02": pushed("android"), "d03": pushed("android"), "d04": pushed_without_motion,
        "d05": exported_objects, "d06": exported_rates, "d07": exported_sum, "d08": exported_orientation,
    },
    "sensorserver": {"d01": one_message, "d02": one_sensor, "d03": two_sensors},
    "web_devicemotion": {
        "d01": motion_event("android"), "d02": motion_event("ios"),
        "d03": motion_event("android"), "d04": rounded_event,
    },
}  # fmt: skip
