"""The key of a model server: from a file, or from the computer's keychain. It is never logged or shown."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from urllib.parse import urlsplit

from engine.errors import UsageError

SERVICE = "scrubjay"
# A keychain may ask the person to unlock it; an answer does not wait longer than this for that.
KEYCHAIN_LIMIT_S = 3.0
_MAX_KEY_BYTES = 16 * 1024


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL: the name a key is kept under."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}" + (f":{parts.port}" if parts.port else "")


async def load_key(url: str, key_file: Path | None) -> str:
    """The key for a server, "" where there is none.

    Raises:
        UsageError: the key file cannot be read or holds no key.
    """
    if key_file is not None:
        return await asyncio.to_thread(_read_key_file, key_file)
    return await _ask_keychain(origin_of(url))


def _read_key_file(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            key = file.read(_MAX_KEY_BYTES).strip()
    except (OSError, UnicodeDecodeError) as exc:
        raise UsageError(f"The key file {path} cannot be read; check its path and rights.") from exc
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise UsageError(f"The key file {path} must hold the key alone, on one line.")
    return key


async def _ask_keychain(name: str) -> str:
    """Ask in a thread of its own: a locked keychain may never answer, and nothing waits for that thread."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[str] = loop.create_future()

    def give(key: str) -> None:
        if not answer.done():
            answer.set_result(key)

    def ask() -> None:
        key = _read_keychain(name)
        if not loop.is_closed():
            loop.call_soon_threadsafe(give, key)

    threading.Thread(target=ask, name="keychain", daemon=True).start()
    try:
        return await asyncio.wait_for(answer, KEYCHAIN_LIMIT_S)
    except TimeoutError:
        return ""


def _read_keychain(name: str) -> str:
    try:
        # Imported here: looking for keychains takes time, and only a server needs one.
        import keyring

        return keyring.get_password(SERVICE, name) or ""
    except Exception:  # noqa: BLE001 - keychains of all systems fail in their own ways; without one there is no key
        return ""
