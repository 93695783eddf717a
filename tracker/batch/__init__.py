"""Many recordings at once: found, analysed wherever there are processors, written in the order they were named."""

from __future__ import annotations
