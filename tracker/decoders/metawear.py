"""Decoder of MbientLab MetaMotion boards over the MetaWear protocol (firmware_notes/metawear.md).

In: notifications `[module, register, payload]`; module 03 is the accelerometer, 13 the gyroscope; a message holds one
sample (6 bytes) or three packed ones (18 bytes), oldest first. The length tells which, so the register numbers, which
differ between the BMI160 of the R, RL and C and the BMI270 of the S, need not be known: `13 05` is unpacked on the one
and packed on the other. Out: readings with the rate interpolated; plain data carry no time.

Limits: the ranges set up here, +-8 g and +-2000 deg/s. The two chips take different bytes for the same settings (the
BMI160 would read the BMI270's range code as +-2 g), so there are two profiles; the board is asked which chip it has
(`03 80`) before anything is set, and becomes the kind that it says.
"""

from __future__ import annotations

import math
import struct
from dataclasses import replace

from tracker.core.model import GRAVITY_MPS2, Battery
from tracker.decoders.profile import Ask, Become, DeviceProfile, Pause, Refuse, Step, Write
from tracker.decoders.separate_streams import Part, SeparateStreamsDecoder, Streams

SERVICE = "326a9000-85cb-9195-d9dd-464cfbbae75a"
COMMAND = "326a9001-85cb-9195-d9dd-464cfbbae75a"
NOTIFY = "326a9006-85cb-9195-d9dd-464cfbbae75a"

_ACCELEROMETER, _GYROSCOPE, _SETTINGS = 0x03, 0x13, 0x11
_DATA_REGISTERS = {_ACCELEROMETER: (0x04, 0x05, 0x1C), _GYROSCOPE: (0x04, 0x05, 0x07)}
COUNTS_PER_G = {2: 16384, 4: 8192, 8: 4096, 16: 2048}
COUNTS_PER_DPS = {2000: 16.4, 1000: 32.8, 500: 65.6, 250: 131.2, 125: 262.4}

_BMI160, _BMI270 = 1, 4  # the reply to 03 80


def new_decoder(kind: str = "metawear", *, acc_range_g: int = 8, gyr_range_dps: int = 2000) -> SeparateStreamsDecoder:
    """A decoder for one session; other ranges than the profile sets up are for foreign recordings."""
    streams = Streams(
        decoder=kind,
        acc_mps2=GRAVITY_MPS2 / COUNTS_PER_G[acc_range_g],
        gyr_radps=math.radians(1) / COUNTS_PER_DPS[gyr_range_dps],
        nominal_rate_hz=100.0,
        repeat_samples=3,
    )

    def cut(channel: str, payload: bytes) -> Part:
        if channel != NOTIFY:
            raise streams.error(f"nothing is known of channel {channel}.", payload)
        if len(payload) < 2:
            raise streams.error("a message has a module and a register.", payload)
        module, register, body = payload[0], payload[1], payload[2:]
        if register in _DATA_REGISTERS.get(module, ()):
            if len(body) not in (6, 18):
                raise streams.error(f"{len(body)} bytes are neither one sample nor three.", payload)
            samples = [list(map(float, sample)) for sample in struct.iter_unpack("<3h", body)]
            return Part(acc=samples) if module == _ACCELEROMETER else Part(gyr=samples)
        if (module, register) == (_SETTINGS, 0x8C) and body:
            return Part(message=Battery(min(100, body[0])))
        if (module, register) == (_ACCELEROMETER, 0x80):  # which chip: asked and heeded during the setup
            return Part()
        if register & 0x80:
            return Part(message=f"module 0x{module:02x} register 0x{register & 0x3F:02x}: {body[:16].hex()}")
        raise streams.error(f"module 0x{module:02x} register 0x{register:02x} is not expected.", payload)

    return SeparateStreamsDecoder(streams, cut)


def _new_s_decoder() -> SeparateStreamsDecoder:
    return new_decoder("metawear_s")


def _command(text: str) -> Write:
    return Write(COMMAND, bytes.fromhex(text), with_response=False)


def _start(chip: int) -> tuple[Step, ...]:
    """100 Hz, +-8 g, packed, on, started; 100 Hz, +-2000 deg/s, packed, on, started."""
    if chip == _BMI160:
        acc, gyr = ("03032808", "031c01"), ("13032800", "130701")
    else:
        acc, gyr = ("0303a802", "030501"), ("13032800", "130501")
    return _commands(*acc, "03020100", "030101", *gyr, "13020100", "130101")


def _by_chip(assumed: int) -> Ask:
    """Ask which chip it has; where no answer comes, it is as the profile assumes."""

    def then(reply: bytes | None) -> tuple[Step, ...]:
        if reply is None:
            return _start(assumed)
        chip = reply[2] if len(reply) > 2 else 0  # a module that is not there answers with two bytes
        if chip not in (_BMI160, _BMI270):
            return (Refuse("has no motion sensor that this program knows", "Use a MetaMotion R, RL, C or S."),)
        return (Become(PROFILE if chip == _BMI160 else PROFILE_S), *_start(chip))

    return Ask(_command("0380"), then, answer_on=NOTIFY, answer_begins=bytes([_ACCELEROMETER, 0x80]))


def _commands(*texts: str) -> tuple[Step, ...]:
    return tuple(map(_command, texts))


# What a former program left on the board is dropped first: processors, events, loggers outlive a disconnect.
_CLEAN = _commands("0908", "0a05", "0b0a")
_WEAR = "In its clip on the front of the belt, face outward: x right, y away from the USB socket, z out of the face."

PROFILE = DeviceProfile(
    key="metawear",
    title="MbientLab MetaMotion R, RL, C (MetaWear, BMI160)",
    new_decoder=new_decoder,
    nominal_rate_hz=100.0,
    name_prefixes=("MetaWear",),
    service_uuids=(SERVICE,),
    company_ids=(0x626D,),
    characteristic_uuids=(COMMAND, NOTIFY),
    notify=(NOTIFY,),
    setup=(*_CLEAN, Pause(0.1), _by_chip(_BMI160)),
    teardown=_commands("030100", "03020001", "031c00", "130100", "13020001", "130700"),
    battery=_command("118c"),
    wear=_WEAR,
    note="metawear.md",
)

PROFILE_S = replace(
    PROFILE,
    key="metawear_s",
    title="MbientLab MetaMotion S (MetaWear, BMI270)",
    new_decoder=_new_s_decoder,
    setup=(*_CLEAN, Pause(0.1), _by_chip(_BMI270)),
    teardown=_commands("030100", "03020001", "030500", "130100", "13020001", "130500"),
)
