"""What a model server has: asked when the person clicks, never by itself."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from engine.errors import ServerError
from engine.llm.server import LIST_LIMIT_S, ServerBackend

__all__ = ["KNOWN_SERVERS", "known_servers", "list_server_models"]

# Where the servers of other programs listen on this computer, unless they were told otherwise.
KNOWN_SERVERS = {"Ollama": "http://127.0.0.1:11434/v1", "LM Studio": "http://127.0.0.1:1234/v1"}


def known_servers() -> dict[str, str]:
    """The servers of other programs on this computer; Ollama's where OLLAMA_HOST says."""
    told = os.environ.get("OLLAMA_HOST", "").strip().rstrip("/")
    if not told:
        return KNOWN_SERVERS
    url = told if "://" in told else f"http://{told}"
    if url.count(":") < 2:
        url += ":11434"
    return {**KNOWN_SERVERS, "Ollama": f"{url.replace('//0.0.0.0', '//127.0.0.1')}/v1"}


async def list_server_models(url: str, *, key: str = "", key_file: Path | None = None) -> list[str]:
    """Names of the models at a server.

    Raises:
        UsageError: it is not an http or https address.
        ServerError: nobody answers, it is no model server, it refuses the key, or it has no model.
    """
    server = ServerBackend(url, key_file=key_file, connect_limit_s=LIST_LIMIT_S, silence_limit_s=LIST_LIMIT_S)
    async with contextlib.aclosing(server):
        names = await server.list_models(key)
    if not names:
        raise ServerError(f"The server at {url} has no model; load one there first.")
    return names
