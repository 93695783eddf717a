"""What every test can rely on."""

import os
import signal

# A program that a shell starts in the background inherits that Ctrl-C is ignored, and so do the commands it starts; the
# tests press Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: many tests wait for a radio, a page or a terminal."""
    return (os.cpu_count() or 1) + 1
