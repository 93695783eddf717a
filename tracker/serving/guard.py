"""Who may come: checked for every request, before anything is answered.

- Host: only names that can not be somebody else's. A foreign site that lets its name point at this computer (DNS
  rebinding) comes with its own name here.
- Origin: a WebSocket is opened only by a page that came from this very server; browsers let any site open one.
- Key: with the page open to the network, the first part of the path must be the session's key. It has 50 bits: at ten
  thousand guesses a second that is three thousand years, and it lives as long as the session.

The answers carry a policy under which the page runs only what this server sent, and is framed by nobody.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets

# No 0 and o, 1, i and l: it may have to be typed on a television.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_KEY_LENGTH = 10
# Browsers leave these out of the Host header.
USUAL_PORTS = (80, 443)
LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})


def new_key() -> str:
    """A key nobody can guess."""
    return "".join(secrets.choice(_LETTERS) for _ in range(_KEY_LENGTH))


def is_key(given: str, key: str) -> bool:
    """In the same time wherever they differ."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), key.encode())


def is_host(host: str, *, port: int, own_names: frozenset[str], is_open: bool) -> bool:
    """True if a Host header names this server. is_open: the network may see the page, by any of its addresses."""
    has_port = ":" in host.rpartition("]")[2]
    name, _, number = host.rpartition(":") if has_port else (host, "", "")
    if number != str(port) and (has_port or port not in USUAL_PORTS):
        return False
    name = name.lower()
    return name in LOCAL_NAMES or (is_open and (name.removesuffix(".") in own_names or _is_address(name)))


def is_origin(origin: str, host: str, scheme: str = "http") -> bool:
    """True if the page that opens the WebSocket came from the host that it opens it at."""
    return origin.lower() == f"{scheme}://{host.lower()}"


def headers(host: str, scheme: str = "http") -> dict[str, str]:
    """What every answer carries. host: as checked; old Safari does not take 'self' to mean WebSockets as well."""
    sockets = f"{'wss' if scheme == 'https' else 'ws'}://{host}"
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; manifest-src 'self'; "
        f"connect-src 'self' {sockets}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return {
        "content-security-policy": policy,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "cache-control": "no-store",
    }


def _is_address(name: str) -> bool:
    """A bare address can not be pointed elsewhere, so it can not be a foreign site's name."""
    try:
        ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True
