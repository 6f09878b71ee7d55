"""Who may ask for what: no changes for pages of other origins, and no control where others can reach us.

A page elsewhere can make the browser send requests here. Its requests carry its own `Origin` (or
`Sec-Fetch-Site: cross-site`), and a name that was rebound to our address shows in `Host`, and as `Origin`.
Programs send neither header and cannot be made to ask by a page: they may use any name of an API that others
than this machine can reach (a service, a proxy).
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from api.problems import Refused
from playground.loopback import is_loopback

if TYPE_CHECKING:
    from playground.settings import ApiSettings

LOOPBACK_NAMES = {"localhost", "127.0.0.1", "[::1]"}
MAX_REMEMBERED = 256
READ_ONLY = "this API takes orders and can be read, but it changes nothing else"
CONTROL_NEXT = (
    "start it with PLAYGROUND_API_CONTROL=true if everybody who reaches it may be in control; "
    "on its own machine the command `playground` is"
)


class Guard:
    """Checks the headers of a request against the settings."""

    def __init__(self, api: ApiSettings) -> None:
        self._origins = {origin.rstrip("/").lower() for origin in api.allowed_origins}
        self._hosts = LOOPBACK_NAMES | {api.host.lower()} | {_host(origin) for origin in self._origins}
        self._any_host = not is_loopback(api.host)
        self._control = api.control
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
        """Refuse a change that a page asks for, if it is of another origin or under a name we do not know.

        Raises Refused.
        """
        if origin is None and site is None:  # a program
            return
        if origin is None:
            if site not in {b"same-origin", b"none"}:
                raise _foreign("Sec-Fetch-Site", site or b"")
        elif (text := origin.decode("latin-1").lower()) in self._origins:
            return
        elif host is None or text not in _origins_of(host):
            raise _foreign("Origin", origin)
        if host is None or not self._is_ours(_name(host)):
            raise _foreign("Host", host or b"")

    def check_control(self) -> None:
        """Refuse every change but orders where this API is not for control. Raises Refused."""
        if not self._control:
            raise Refused(403, "This API may only be read", READ_ONLY, next_step=CONTROL_NEXT)

    def control_refused(self) -> dict[str, str | None]:
        """The same as fields of a document: `why_not` and `next_step`, null where it is for control."""
        if self._control:
            return {"why_not": None, "next_step": None}
        return {"why_not": READ_ONLY, "next_step": CONTROL_NEXT}

    def _is_ours(self, name: str) -> bool:
        """Names that we know; and IP addresses, which nobody can rebind and of which we do not know all."""
        if name in self._hosts:
            return True
        try:
            ipaddress.ip_address(name.strip("[]"))
        except ValueError:
            return False
        return self._any_host


def _foreign(header: str, value: bytes) -> Refused:
    return Refused(
        403,
        "Another origin may not do this",
        f"{header} is {value.decode('latin-1')!r}, which is not the address of this API",
        next_step="name the origin in PLAYGROUND_API_ALLOWED_ORIGINS if it is yours",
    )


def _origins_of(host: bytes) -> set[str]:
    """Of a page that came from here: who speaks TLS to browsers is a proxy in front."""
    return {f"{scheme}://{host.decode('latin-1').lower()}" for scheme in ("http", "https")}


def _host(origin: str) -> str:
    return (urlsplit(origin).hostname or "").lower()


def _name(host: bytes) -> str:
    """`127.0.0.1:8000` -> `127.0.0.1`; an IPv6 address keeps its brackets."""
    text = host.decode("latin-1").lower()
    if text.startswith("["):
        return text.partition("]")[0] + "]"
    return text.partition(":")[0]
