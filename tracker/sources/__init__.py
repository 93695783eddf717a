"""Where packets come from: Bluetooth, phones, recordings, and a simulated lifter."""
