"""The key of a model server: from a file, or from the computer's keychain. It is never logged or shown."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

from engine.errors import UsageError
from engine.llm.address import split_address

SERVICE = "scrubjay"
# A keychain may ask the person to unlock it; an answer does not wait longer than this for that.
KEYCHAIN_LIMIT_S = 3.0
_MAX_KEY_BYTES = 16 * 1024
NO_KEYCHAIN = (
    "This computer has no keychain that Scrubjay can use; put the key into a file and name it as the key file."
)
NO_ANSWER = "The keychain does not answer; unlock it and try again."


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL: the name a key is kept under."""
    parts = split_address(url)
    return f"{parts.scheme}://{parts.hostname or ''}" + (f":{parts.port}" if parts.port else "")


def key_file_for(url: str, owner: str, key_file: Path | None) -> Path | None:
    """The key file, if it was chosen together with this server: no other one gets the key.

    Args:
        owner: the model that stands beside the key file in the settings.
    """
    return key_file if "://" in owner and "://" in url and origin_of(url) == origin_of(owner) else None


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


async def keychain_problem() -> str:
    """Why no key can be kept on this computer, in one sentence; "" where one can."""
    return await _in_thread(_find_problem, NO_ANSWER)


async def has_key(url: str) -> bool:
    """Whether the keychain holds a key for a server."""
    return bool(await _ask_keychain(origin_of(url)))


async def keep_key(url: str, key: str) -> str:
    """Put the key of a server into the keychain; returns why that failed, "" when it did not."""
    return await _in_thread(lambda: _change_keychain(origin_of(url), key), NO_ANSWER)


async def forget_key(url: str) -> str:
    """Take the key of a server out of the keychain; returns why that failed, "" when it did not."""
    return await _in_thread(lambda: _change_keychain(origin_of(url), None), NO_ANSWER)


async def _ask_keychain(name: str) -> str:
    return await _in_thread(lambda: _read_keychain(name), "")


async def _in_thread(call: Callable[[], str], otherwise: str) -> str:
    """Ask in a thread of its own: a locked keychain may never answer, and nothing waits for that thread."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[str] = loop.create_future()

    def give(found: str) -> None:
        if not answer.done():
            answer.set_result(found)

    def ask() -> None:
        found = call()
        if not loop.is_closed():
            loop.call_soon_threadsafe(give, found)

    threading.Thread(target=ask, name="keychain", daemon=True).start()
    try:
        return await asyncio.wait_for(answer, KEYCHAIN_LIMIT_S)
    except TimeoutError:
        return otherwise


def _read_keychain(name: str) -> str:
    try:
        # Imported here: looking for keychains takes time, and only a server needs one.
        import keyring

        return keyring.get_password(SERVICE, name) or ""
    except Exception:  # noqa: BLE001 - keychains of all systems fail in their own ways; without one there is no key
        return ""


def _change_keychain(name: str, key: str | None) -> str:
    try:
        import keyring

        if key is None:
            keyring.delete_password(SERVICE, name)
        else:
            keyring.set_password(SERVICE, name, key)
    except Exception:  # noqa: BLE001 - keychains fail in their own ways, as in reading
        return _find_problem() or "The keychain refused the change; unlock it and try again."
    return ""


def _find_problem() -> str:
    try:
        import keyring
        from keyring.backends.fail import Keyring as NoKeyring

        found = keyring.get_keyring()
    except Exception:  # noqa: BLE001 - keychains fail in their own ways, as in reading
        return NO_KEYCHAIN
    return NO_KEYCHAIN if isinstance(found, NoKeyring) else ""
