"""What every test can rely on."""

import signal

# A program that a shell starts in the background inherits that Ctrl-C is ignored, and so do the commands it starts; the
# tests press Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP"):  # not on Windows
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup has it ignored; the tests close terminals
