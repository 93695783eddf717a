"""Where a phone is, as its app shows it: `192.168.1.23`, `192.168.1.23:8080` or `http://192.168.1.23:8080/`."""

from __future__ import annotations

from urllib.parse import urlsplit

from tracker.errors import DeviceError


def host_and_port(address: str, app: str) -> tuple[str, int | None]:
    """The host, and the port where one is given. Raises DeviceError."""
    given = address.strip()
    try:
        parts = urlsplit(given if "://" in given else f"//{given}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or not all(sign.isalnum() or sign in "-.:_" for sign in host):
        raise DeviceError(
            f"'{address[:80]}' is no address of a phone.",
            hint=f"Give what {app} shows, as in --phone-address 192.168.1.23:8080.",
        )
    return host, port
