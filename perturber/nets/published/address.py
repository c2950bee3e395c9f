"""The addresses that may be downloaded from: https, and plain http on this machine."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

LONGEST = 2000


def url_problem(url: str) -> str:
    """Return why nothing is downloaded from an address; empty if it may be.

    Plain http can be read and changed on its way, so it is refused unless the server is on this machine.
    """
    if len(url) > LONGEST or not url.isprintable() or " " in url or "\\" in url:
        return "it is not an address"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        return f"it is not an address ({error})"
    if not host or parts.scheme not in ("http", "https"):
        return "it is not an address that starts with https://"
    if parts.username is not None or parts.password is not None:
        return "an address must not contain a name and a password"
    if parts.scheme == "http" and not is_here(host):
        return "plain http is not safe; expected an address that starts with https://"
    return ""


def is_here(host: str) -> bool:
    """Return whether a host name or address is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def redirect_problem(source: str, target: str) -> str:
    """Return why a redirect from one address to another is not followed; empty if it is.

    Servers elsewhere must not send the program to a service of this machine.
    """
    if problem := url_problem(target):
        return problem
    if is_here(urlsplit(target).hostname or "") and not is_here(urlsplit(source).hostname or ""):
        return "it leads to this machine"
    return ""
