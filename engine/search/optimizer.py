"""The same question twice costs once: a cache of answers to queries.

- An answer is kept for `cache_ttl` seconds, and until anything is written: a deleted memory must never be
  served. An answer that was worked out while something was written is handed out and not kept.
- Equal queries at the same moment share one flight.
- *Prefetch*: where one query was followed by another before, the other is worked out ahead, in the
  background, when the first is asked again. People and small models repeat their ways.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from engine.errors import UsageError

__all__ = ["QueryOptimizer"]

T = TypeVar("T")
Key = tuple[str, Hashable]

# Answers kept; a few hits each.
_MAX_CACHED = 512
# Queries of which it is known what followed them, and how often that must have been.
_MAX_FOLLOWED = 512
_FOLLOWED_OFTEN = 2


@dataclass(slots=True)
class _Kept:
    value: Any
    until_s: float


class QueryOptimizer:
    """Answers queries from a cache, and otherwise once.

    Args:
        cache_ttl: seconds that an answer is kept.
        enable_prefetch: work out what is likely to be asked next.
    """

    def __init__(self, cache_ttl: float = 300, enable_prefetch: bool = True) -> None:
        if cache_ttl < 0:
            raise UsageError("The time that answers are kept cannot be below 0 seconds.")
        self._ttl_s, self._prefetches = float(cache_ttl), enable_prefetch
        self._cache: OrderedDict[Key, _Kept] = OrderedDict()
        self._flights: dict[Key, asyncio.Task[Any]] = {}
        self._followed: OrderedDict[Key, Counter[Key]] = OrderedDict()
        self._last: Key | None = None
        self._generation = 0
        self._counts = {"queries": 0, "hits": 0, "shared": 0, "misses": 0, "prefetched": 0, "invalidations": 0}

    async def execute_query(
        self, query: str, execute: Callable[[str], Awaitable[T]], *, scope: Hashable = (), remember: bool = True
    ) -> T:
        """The answer to a query, from the cache where it can be.

        Args:
            execute: works the answer out; called with the query, at most once at a time for equal queries.
            scope: what else the answer depends on: filters, number of results.
            remember: count this query among those whose order is learnt.
        """
        key = (query, scope)
        self._counts["queries"] += 1
        if remember:
            self._learn(key)
        kept = self._cache.get(key)
        if kept is not None and kept.until_s > time.monotonic():
            self._counts["hits"] += 1
            self._cache.move_to_end(key)
            value = cast("T", kept.value)
        else:
            value = await self._fly(key, execute)
        if self._prefetches and remember:
            self._prefetch(key, execute)
        return value

    def invalidate_cache(self) -> None:
        """Something was written: nothing that was worked out before counts any more."""
        self._generation += 1
        if self._cache:
            self._counts["invalidations"] += 1
            self._cache.clear()
        # Who asks from now on must not share a flight that began before the write.
        self._flights.clear()

    def get_stats(self) -> dict[str, Any]:
        """Counts since the start: queries, hits, shared, misses, prefetched, invalidations; hit_rate, cached."""
        queries = self._counts["queries"]
        return {
            **self._counts,
            "hit_rate": self._counts["hits"] / queries if queries else 0.0,
            "cached": len(self._cache),
            "cache_ttl_s": self._ttl_s,
        }

    async def _fly(self, key: Key, execute: Callable[[str], Awaitable[T]]) -> T:
        flight = self._flights.get(key)
        if flight is not None:
            self._counts["shared"] += 1
        else:
            self._counts["misses"] += 1
            flight = asyncio.create_task(self._work_out(key, execute), name="query")
            self._flights[key] = flight
            flight.add_done_callback(lambda task: self._landed(key, task))
        # Shielded: others may wait for the same answer.
        return cast("T", await asyncio.shield(flight))

    async def _work_out(self, key: Key, execute: Callable[[str], Awaitable[T]]) -> T:
        generation = self._generation
        value = await execute(key[0])
        if generation == self._generation and self._ttl_s:
            self._cache[key] = _Kept(value, time.monotonic() + self._ttl_s)
            while len(self._cache) > _MAX_CACHED:
                self._cache.popitem(last=False)
        return value

    def _landed(self, key: Key, task: asyncio.Task[Any]) -> None:
        if self._flights.get(key) is task:
            del self._flights[key]
        if not task.cancelled():
            task.exception()  # marked as seen: a prefetch that fails is nobody's business

    def _learn(self, key: Key) -> None:
        last, self._last = self._last, key
        if last is None or last == key:
            return
        self._followed.setdefault(last, Counter())[key] += 1
        self._followed.move_to_end(last)
        while len(self._followed) > _MAX_FOLLOWED:
            self._followed.popitem(last=False)

    def _prefetch(self, key: Key, execute: Callable[[str], Awaitable[Any]]) -> None:
        """Work out what followed this query before, if it depends on the same things."""
        for following, times in self._followed.get(key, Counter[Key]()).most_common(1):
            fresh = following not in self._cache and following not in self._flights
            if times >= _FOLLOWED_OFTEN and fresh and following[1] == key[1]:
                self._counts["prefetched"] += 1
                flight = asyncio.create_task(self._work_out(following, execute), name="query ahead")
                self._flights[following] = flight
                flight.add_done_callback(lambda task, key=following: self._landed(key, task))  # type: ignore[misc]

    async def aclose(self) -> None:
        """End what is being worked out."""
        flights = list(self._flights.values())
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)
