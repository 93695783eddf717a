"""The page on the wall: the same events as in the terminal, shown by any browser near, with sound.

`WebScreen` is the sink. It runs a small server in a thread of its own, so that neither a slow browser nor a broken one
ever delays the count. `Scene` folds events into what the page shows, `SoundPlan` into what it says; both know nothing
of networks. `bind` finds the port and says where the page is and who may see it.
"""

from __future__ import annotations

from tracker.serving.address import bind
from tracker.sinks.web.screen import WebScreen

__all__ = ["WebScreen", "bind"]
