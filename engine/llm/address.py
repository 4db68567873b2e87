"""The address of a model server, as a person types it."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from engine.errors import UsageError


def split_address(url: str) -> SplitResult:
    """The parts of a server's address.

    Raises:
        UsageError: it is none, or has a password in it.
    """
    try:
        parts = urlsplit(url.strip())
        # A name that no name server could be asked for raises as well.
        name = (parts.hostname or "").encode("idna")
        is_address = parts.scheme in ("http", "https") and name and b" " not in name and parts.port != 0
    except ValueError:  # brackets that do not close, a port above 65,535
        is_address = False
    if not is_address:
        raise UsageError("The address of a model server is http:// or https://, a name, and a port if it has one.")
    if parts.username or parts.password:
        raise UsageError("Put the key of the server into a key file, not into its address.")
    return parts
