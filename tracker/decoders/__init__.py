"""Bytes to readings, sans-I/O: one file per device family, each with its profile (pure data).

Public: the registry (`PROFILES`, `recognised`; `registry.profile` looks one up) and the parts of a profile.
"""

from tracker.decoders.profile import DeviceProfile, Pause, Read, Step, Write
from tracker.decoders.registry import PROFILES, recognised

__all__ = ["PROFILES", "DeviceProfile", "Pause", "Read", "Step", "Write", "recognised"]
