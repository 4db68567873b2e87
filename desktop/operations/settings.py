"""What the settings dialog asks for: the size of the data folder, the keys of servers. None of it needs the engine."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject
from shiboken6 import isValid

from desktop.context import Context

# Servers whose key the person gave us; the keychain itself cannot be listed.
KNOWN_SERVERS = "servers_with_key"


def measure_folder(context: Context, done: Callable[[int], None], owner: QObject) -> None:
    """Bytes that the data folder takes on the disk."""
    # Here, because this file is imported before the first paint, and asyncio after it.
    import asyncio

    _spawn(context, lambda: asyncio.to_thread(folder_size, context.data_dir), done, owner)


def folder_size(folder: Path) -> int:
    """Bytes of all files below a folder; what goes away meanwhile is not counted."""
    total = 0
    for parent, _, files in os.walk(folder):
        for name in files:
            try:
                total += os.lstat(os.path.join(parent, name)).st_size
            except OSError:
                continue
    return total


def list_keys(context: Context, done: Callable[[tuple[str, list[str]]], None], owner: QObject) -> None:
    """Why there is no keychain ("" where there is one), and the servers that it holds keys for."""

    async def work() -> tuple[str, list[str]]:
        from engine.llm.keys import has_key, keychain_problem

        problem = await keychain_problem()
        if problem:
            return problem, []
        return "", [url for url in _candidates(context) if await has_key(url)]

    _spawn(context, work, done, owner)


def keep_key(context: Context, url: str, key: str, done: Callable[[str], None], owner: QObject) -> None:
    """Put a server's key into the keychain; `done` gets why not, "" when it is kept."""

    _spawn(context, lambda: store_key(context, url, key), done, owner)


async def store_key(context: Context, url: str, key: str) -> str:
    """Put a server's key into the keychain, and remember that it has one; returns why not, "" when it is kept."""
    from engine.llm.keys import keep_key, origin_of

    problem = await keep_key(url, key)
    if not problem:
        known = dict.fromkeys([*context.state.get(KNOWN_SERVERS, []), origin_of(url)])
        context.state.set(KNOWN_SERVERS, list(known))
    return problem


def forget_key(context: Context, url: str, done: Callable[[str], None], owner: QObject) -> None:
    """Take a server's key out of the keychain; `done` gets why not, "" when it is gone."""

    async def work() -> str:
        from engine.llm.keys import forget_key

        problem = await forget_key(url)
        if not problem:
            known = [each for each in context.state.get(KNOWN_SERVERS, []) if each != url]
            context.state.set(KNOWN_SERVERS, known or None)
        return problem

    _spawn(context, work, done, owner)


def _candidates(context: Context) -> list[str]:
    """Servers that may have a key: those it was given for, and the one in the settings."""
    from engine.llm.keys import origin_of
    from engine.settings import Settings

    servers = list(context.state.get(KNOWN_SERVERS, []))
    try:
        model = Settings(data_dir=context.data_dir).model
    except (ValueError, OSError):
        model = ""
    if "://" in model:
        servers.append(origin_of(model))
    return list(dict.fromkeys(servers))


def _spawn(context: Context, work: Callable[[], Awaitable[Any]], done: Callable[[Any], None], owner: QObject) -> None:
    async def go() -> None:
        # Called here: a window that ends first never begins it.
        found = await work()
        if isValid(owner):
            done(found)

    context.bridge.spawn(go())
