"""From packets to verdicts: no I/O, no clock, no randomness."""
