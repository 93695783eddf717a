"""Counts and judges single-leg hip thrusts with one wearable IMU on the hip."""

__version__ = "0.1.0"
