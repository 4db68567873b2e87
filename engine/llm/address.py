"""The address of a model server, as a person types it."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from engine.errors import UsageError


def split_address(url: str) -> SplitResult:
    """The parts of a server's address.

    Raises:
        UsageError: it is none.
    """
    try:
        parts = urlsplit(url.strip())
        is_address = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # brackets that do not close, a port above 65,535
        is_address = False
    if not is_address:
        raise UsageError("The address of a model server is http:// or https://, a name, and a port if it has one.")
    return parts
