"""Bytes to readings, sans-I/O: one file per device family, each with its profile (pure data).

Public: the registry (`PROFILES`, `recognised`; `registry.profile` looks one up) and the parts of a profile.
"""

from tracker.decoders.profile import WRITTEN, Ask, Become, DeviceProfile, Pause, Read, Refuse, Step, Write
from tracker.decoders.registry import PROFILES, recognised

__all__ = [
    "PROFILES",
    "WRITTEN",
    "Ask",
    "Become",
    "DeviceProfile",
    "Pause",
    "Read",
    "Refuse",
    "Step",
    "Write",
    "recognised",
]
