"""Who may ask: defence of a local API against pages of other origins that a browser shows at the same time.

A page elsewhere can make the browser send requests here. Its requests carry its own `Origin` (or
`Sec-Fetch-Site: cross-site`), and a name that was rebound to 127.0.0.1 shows in `Host`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from api.problems import Refused
from playground.loopback import is_loopback

if TYPE_CHECKING:
    from playground.settings import ApiSettings

LOOPBACK_NAMES = {"localhost", "127.0.0.1", "[::1]"}
MAX_REMEMBERED = 256


class Guard:
    """Checks the headers of a request against the settings."""

    def __init__(self, api: ApiSettings) -> None:
        self._origins = {origin.rstrip("/").lower() for origin in api.allowed_origins}
        self._hosts = LOOPBACK_NAMES | {api.host.lower()} | {_host(origin) for origin in self._origins}
        self._any_host = not is_loopback(api.host)
        self._good_hosts: set[bytes] = set()

    def check_host(self, host: bytes | None) -> None:
        """Refuse a name that is not ours; only when listening on loopback, elsewhere names are unknown.

        Raises Refused.
        """
        if host in self._good_hosts:
            return
        if host is None:
            if self._any_host:
                return
            raise Refused(421, "The Host header is missing", "send the name that the API was reached by")
        if not self._any_host and _name(host) not in self._hosts:
            raise Refused(
                421,
                "This host name is not ours",
                f"Host {host.decode('latin-1')!r} is neither a loopback name nor PLAYGROUND_API_HOST",
                next_step="use http://127.0.0.1, or name the origin in PLAYGROUND_API_ALLOWED_ORIGINS",
            )
        if len(self._good_hosts) < MAX_REMEMBERED:
            self._good_hosts.add(host)

    def check_origin(self, origin: bytes | None, site: bytes | None, host: bytes | None) -> None:
        """Refuse a change that a page of another origin asks for.

        Raises Refused.
        """
        if origin is None:
            if site in {None, b"same-origin", b"none"}:
                return
            raise _foreign("Sec-Fetch-Site", site or b"")
        text = origin.decode("latin-1").lower()
        own = (
            {f"{scheme}://{host.decode('latin-1').lower()}" for scheme in ("http", "https")}
            if host
            else set()
        )
        if text not in own and text not in self._origins:
            raise _foreign("Origin", origin)


def _foreign(header: str, value: bytes) -> Refused:
    return Refused(
        403,
        "Another origin may not do this",
        f"{header} is {value.decode('latin-1')!r}, which is not the address of this API",
        next_step="name the origin in PLAYGROUND_API_ALLOWED_ORIGINS if it is yours",
    )


def _host(origin: str) -> str:
    return (urlsplit(origin).hostname or "").lower()


def _name(host: bytes) -> str:
    """`127.0.0.1:8000` -> `127.0.0.1`; an IPv6 address keeps its brackets."""
    text = host.decode("latin-1").lower()
    if text.startswith("["):
        return text.partition("]")[0] + "]"
    return text.partition(":")[0]
