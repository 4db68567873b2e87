"""The wire of a model server: its lines, its JSON, and how much of it is taken.

A server is not obliged to stop where it was told to: some do not know `max_tokens`, and one that is broken or
hostile goes on for ever. So what comes is counted here, in tokens as well as that can be told from outside. A
chunk of a stream is one token with most servers; some send several at once, some send letter by letter, and a
few say how many there were. Hence the weights below, and a grace: an answer that keeps to what was asked is
never cut, one that does not ends soon after.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator
from typing import Any

import httpx

from engine.errors import ServerError

__all__ = ["MAX_LINE", "Allowance", "count", "largest_number", "parse", "read_bounded", "read_lines", "reason_of"]

# Longest line of a stream, and longest list of models, in bytes.
MAX_LINE = 1 << 20
# A longer chunk is several tokens: few vocabularies have that many characters per token, in any language.
_LONGEST_TOKEN = 8
# A single letter is a part of a token, from a server that sends letter by letter; English has 4 per token.
_LETTER = 0.25
# Over what was asked for, before the answer is cut: counts from outside are not exact.
_GRACE_SHARE, _GRACE_TOKENS = 0.125, 16
# An event of a stream has some 250 bytes around its token; a server that adds probabilities sends 2 KB.
_BYTES_PER_TOKEN = 4096


class Allowance:
    """How much one answer may be.

    Args:
        max_tokens: as the server was asked for.
    """

    def __init__(self, max_tokens: int) -> None:
        self._most = max_tokens * (1 + _GRACE_SHARE) + _GRACE_TOKENS
        self.most_bytes = int(self._most) * _BYTES_PER_TOKEN + MAX_LINE
        self._n_tokens = 0.0

    def take(self, text: str) -> None:
        """Count a chunk of the answer or of what was thought before it."""
        if text:
            is_letter = len(text) == 1 and text.isascii()
            self._n_tokens += _LETTER if is_letter else max(1.0, len(text) / _LONGEST_TOKEN)

    def take_count(self, n_tokens: int) -> None:
        """What the server says that it has generated so far."""
        self._n_tokens = max(self._n_tokens, n_tokens)

    @property
    def is_over(self) -> bool:
        """Whether more came than was asked for."""
        return self._n_tokens > self._most


async def read_lines(response: httpx.Response, most_bytes: int) -> AsyncGenerator[str, None]:
    """Lines of a stream, none longer than MAX_LINE.

    Raises:
        ServerError: a line is longer, or all are longer than `most_bytes`.
    """
    rest, n_bytes = bytearray(), 0
    async for chunk in response.aiter_bytes():
        n_bytes += len(chunk)
        rest += chunk
        *lines, last = rest.split(b"\n") if b"\n" in chunk else [rest]
        if n_bytes > most_bytes or any(len(line) > MAX_LINE for line in (*lines, last)):
            raise ServerError(f"{response.url.host} sent something that cannot be read; check the address.")
        for line in lines:
            yield line.decode("utf-8", errors="replace").rstrip("\r")
        rest = last
    if rest:
        yield rest.decode("utf-8", errors="replace")


async def read_bounded(response: httpx.Response, limit: int) -> str:
    """The first `limit` bytes of a body as text; the rest is not waited for."""
    data = b""
    async for chunk in response.aiter_bytes():
        data += chunk
        if len(data) > limit:
            break
    return data[:limit].decode("utf-8", errors="replace")


def parse(text: str) -> Any:
    """The JSON in a text, None where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def reason_of(payload: Any) -> str:
    """What a server says went wrong, in one short line."""
    error = payload.get("error", payload) if isinstance(payload, dict) else None
    message = error.get("message") if isinstance(error, dict) else error
    if not isinstance(message, str) or not message.strip():
        return "it gives no reason."
    return " ".join(message.split())[:300]


def count(value: Any) -> int:
    """A number of a server's report, 0 where it is none."""
    return value if isinstance(value, int) and value >= 0 else 0


def largest_number(text: str) -> int:
    """The largest number that a text names, 0 where it names none."""
    return max((int(n) for n in re.findall(r"\d{2,9}", text)), default=0)
