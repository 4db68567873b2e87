"""What changes, told to whoever shows it: a window, a second window, a script.

The change stream of the store tells caches what to read again; here it tells people's views. It waits in the
store's own blocking read, so a change is told within milliseconds of its commit, whoever made it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from engine.store.store import Store

# How long one wait in the store lasts; it costs one wake-up.
WAIT_S = 5.0


@dataclass(frozen=True, slots=True)
class Changed:
    """Something is not as it was.

    Attributes:
        kind: memory, trash (of memories), change (of memories, in the journal), chat, turn or document;
            all where so much changed at once that everything should be read again.
        what: put or delete.
        position: in the stream of changes; going on from here misses nothing.
    """

    kind: str
    id: str
    what: str
    position: str = ""


async def follow_changes(store: Store, after: str | None) -> AsyncGenerator[dict[str, Any], None]:
    """Every change after a position, as the fields of `Changed`; for ever.

    Args:
        after: a position; None begins with what changes from now on.
    """
    position = await store.last_change() if after is None else after
    # Whoever asks must know where the stream begins before the first change.
    yield {"kind": "", "id": "", "what": "", "position": position}
    while True:
        changes = await store.changes(position)
        if changes is None:
            position = await store.last_change()
            yield {"kind": "all", "id": "", "what": "put", "position": position}
            continue
        for change in changes:
            position = change.position
            yield {"kind": change.kind, "id": change.id, "what": change.action, "position": position}
        if not changes:
            await store.wait_for_change(position, WAIT_S)
