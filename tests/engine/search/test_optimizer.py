"""The same question twice costs once; after a write nothing old is served."""

from __future__ import annotations

import asyncio

import pytest

from engine.errors import UsageError
from engine.search.optimizer import QueryOptimizer


class Answers:
    """Counts what is worked out; waits where it is told to."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, query: str) -> str:
        self.asked.append(query)
        await self.gate.wait()
        return f"answer {len(self.asked)} to {query}"


async def test_an_answer_is_kept_until_something_is_written() -> None:
    optimizer, answers = QueryOptimizer(), Answers()
    assert await optimizer.execute_query("a", answers) == await optimizer.execute_query("a", answers) == "answer 1 to a"
    assert await optimizer.execute_query("a", answers, scope=("k", 5)) == "answer 2 to a"
    optimizer.invalidate_cache()
    assert await optimizer.execute_query("a", answers) == "answer 3 to a"
    stats = optimizer.get_stats()
    assert (stats["queries"], stats["hits"], stats["misses"], stats["invalidations"]) == (4, 1, 3, 1)


async def test_equal_queries_share_one_flight() -> None:
    optimizer, answers = QueryOptimizer(enable_prefetch=False), Answers()
    found = await asyncio.gather(*(optimizer.execute_query("a", answers) for _ in range(20)))
    assert (set(found), answers.asked, optimizer.get_stats()["shared"]) == ({"answer 1 to a"}, ["a"], 19)


async def test_what_was_worked_out_during_a_write_is_not_kept() -> None:
    optimizer, answers = QueryOptimizer(), Answers()
    answers.gate.clear()
    old = asyncio.create_task(optimizer.execute_query("a", answers))
    while not answers.asked:
        await asyncio.sleep(0)
    optimizer.invalidate_cache()
    new = asyncio.create_task(optimizer.execute_query("a", answers))
    while len(answers.asked) < 2:
        await asyncio.sleep(0)
    answers.gate.set()
    await asyncio.gather(old, new)
    assert optimizer.get_stats()["cached"] == 1
    assert len(answers.asked) == 2


async def test_an_answer_ages() -> None:
    optimizer, answers = QueryOptimizer(cache_ttl=0), Answers()
    await optimizer.execute_query("a", answers)
    await optimizer.execute_query("a", answers)
    assert len(answers.asked) == 2
    with pytest.raises(UsageError):
        QueryOptimizer(cache_ttl=-1)


async def test_what_followed_before_is_worked_out_ahead() -> None:
    optimizer, answers = QueryOptimizer(), Answers()
    for query in ("a", "b", "a", "b"):
        await optimizer.execute_query(query, answers)
    optimizer.invalidate_cache()
    await optimizer.execute_query("a", answers)
    while optimizer.get_stats()["cached"] < 2:
        await asyncio.sleep(0)
    assert optimizer.get_stats()["prefetched"] == 1
    before = len(answers.asked)
    await optimizer.execute_query("b", answers)
    assert len(answers.asked) == before


async def test_an_error_reaches_everybody_who_asked_and_is_not_kept() -> None:
    optimizer = QueryOptimizer()

    async def fail(query: str) -> str:
        raise UsageError(query)

    found = await asyncio.gather(*(optimizer.execute_query("a", fail) for _ in range(3)), return_exceptions=True)
    assert [str(error) for error in found] == ["a", "a", "a"]
    assert optimizer.get_stats()["cached"] == 0
    await optimizer.aclose()


async def test_one_who_leaves_does_not_take_the_answer_from_the_others() -> None:
    optimizer, answers = QueryOptimizer(), Answers()
    answers.gate.clear()
    tasks = [asyncio.create_task(optimizer.execute_query("a", answers)) for _ in range(2)]
    while not answers.asked:
        await asyncio.sleep(0)
    tasks[0].cancel()
    answers.gate.set()
    assert await tasks[1] == "answer 1 to a"
