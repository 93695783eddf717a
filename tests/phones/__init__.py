"""Phones and other people's files: motion from the simulator as apps write and send it."""
