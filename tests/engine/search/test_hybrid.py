from __future__ import annotations

import asyncio
import dataclasses
import multiprocessing
import os
import signal
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from engine.errors import StoreError
from engine.search.hybrid import SearchIndex
from engine.search.types import IndexEntry

DIM = 32
NOW_MS = 1_767_225_600_000


def vector(seed: int) -> np.ndarray:
    x = np.random.default_rng(seed).standard_normal(DIM).astype(np.float32)
    return x / np.linalg.norm(x)


def entry(number: int, text: str, **fields: object) -> IndexEntry:
    base = {"id": f"e{number}", "kind": "document", "text": text, "group": "d1", "position": number}
    return IndexEntry(**{**base, "vector": vector(number).astype(np.float16), **fields})


ENTRIES = [
    entry(
        1, "The boiler pressure should be 1.5 bar.", path="/docs/boiler.pdf", page=3, heading="Use", labels=("doc:d1",)
    ),
    entry(2, "Call the plumber when water drips."),
    entry(3, "The rent is due on the third day.", group="d2", position=0),
    entry(4, "Anna prefers green tea.", kind="memory", group="semantic", project="home"),
    entry(5, "You asked about the garden fence.", kind="chat", group="c1"),
]


async def test_words_alone_find_without_a_vector() -> None:
    index = await SearchIndex.open(None, DIM)
    await index.put([dataclasses.replace(e, vector=None) for e in ENTRIES])
    hits = await index.search("boiler pressure", None, project=None)
    assert [h.id for h in hits] == ["e1"]
    assert hits[0].why["words"] == pytest.approx(hits[0].score)
    await index.aclose()


async def test_the_nearest_of_many_with_the_same_words_is_first() -> None:
    # More have the word than are looked up by it, and to the words they are all alike.
    index = await SearchIndex.open(None, DIM)
    await index.put([entry(n, f"A bicycle of Greta, number {n}.") for n in range(1, 301)])
    await index.put([entry(n, f"A note of somebody, number {n}.") for n in range(1001, 9001)])
    for n in (1, 150, 300):
        (hit, *_) = await index.search("Greta", vector(n), k=3)
        assert hit.id == f"e{n}"
        assert hit.why["words"] > 0
    await index.aclose()


async def test_a_hit_tells_everything_about_its_entry() -> None:
    index = await SearchIndex.open(None, DIM)
    await index.put(ENTRIES)
    hit = (await index.search("boiler", vector(1)))[0]
    assert (hit.id, hit.kind, hit.text, hit.path) == ("e1", "document", ENTRIES[0].text, "/docs/boiler.pdf")
    assert (hit.page, hit.heading, hit.group, hit.position, hit.labels) == (3, "Use", "d1", 1, ("doc:d1",))
    assert set(hit.why) == {"words", "meaning", "importance", "recency"}
    assert sum(hit.why.values()) == pytest.approx(hit.score)
    assert 0 < hit.score <= 1
    await index.aclose()


async def test_meaning_alone_finds_what_no_word_matches() -> None:
    index = await SearchIndex.open(None, DIM)
    await index.put(ENTRIES)
    assert (await index.search("zzz", vector(2), project=None))[0].id == "e2"
    await index.aclose()


async def test_an_entry_without_a_vector_yet_is_found_by_its_words_among_others() -> None:
    index = await SearchIndex.open(None, DIM)
    await index.put([*ENTRIES, entry(6, "The zeppelin flies.", vector=None)])
    assert (await index.search("zeppelin", vector(99)))[0].id == "e6"
    await index.put([entry(6, "The zeppelin flies.")])
    assert (await index.search("zzz", vector(6)))[0].id == "e6"
    await index.aclose()


async def test_filters_by_kind_project_and_group() -> None:
    index = await SearchIndex.open(None, DIM)
    await index.put(ENTRIES)

    async def ids(**filters: object) -> set[str]:
        by_vector = {h.id for h in await index.search("zzz", vector(0), **filters)}
        words = "boiler plumber rent tea garden"
        assert {h.id for h in await index.search(words, None, **filters)} == by_vector
        return by_vector

    assert await ids(project=None) == {"e1", "e2", "e3", "e4", "e5"}
    assert await ids() == {"e1", "e2", "e3", "e5"}
    assert await ids(project="home") == {"e1", "e2", "e3", "e4", "e5"}
    assert await ids(project="never seen") == {"e1", "e2", "e3", "e5"}
    assert await ids(kinds=("memory", "chat"), project=None) == {"e4", "e5"}
    assert await ids(exclude_groups=["d1", "c1", "unknown"]) == {"e3"}
    assert await ids(kinds=()) == set()
    await index.aclose()


async def test_replacing_an_entry_changes_words_vector_and_fields() -> None:
    index = await SearchIndex.open(None, DIM)
    await index.put(ENTRIES)
    await index.put([entry(1, "The attic window leaks.", vector=vector(77), page=9)])
    assert (await index.search("boiler", None)) == []
    assert (await index.search("zzz", vector(77)))[0].page == 9
    assert await index.counts() == {"document": 3, "memory": 1, "chat": 1, "vectors": 5}
    await index.aclose()


async def test_removed_entries_and_groups_are_gone() -> None:
    index = await SearchIndex.open(None, DIM)
    await index.put(ENTRIES)
    await index.remove(["e3", "unknown"])
    await index.remove_group("document", "d1")
    await index.remove_group("memory", "no such tier")
    assert {h.id for h in await index.search("boiler rent garden", vector(1), project=None)} == {"e4", "e5"}
    await index.aclose()


async def test_near_duplicates_are_shown_once() -> None:
    index = await SearchIndex.open(None, DIM)
    copies = [
        entry(10, "The boiler  pressure should be 1.5 bar!", vector=vector(50)),
        entry(11, "Other.", vector=vector(1)),
    ]
    await index.put([*ENTRIES, *copies])
    ids = [h.id for h in await index.search("boiler pressure", vector(1), k=10)]
    assert ids[0] == "e1"
    assert "e10" not in ids
    assert "e11" not in ids
    await index.aclose()


async def test_importance_and_recency_decide_between_equals() -> None:
    index = await SearchIndex.open(None, DIM)
    same = {"kind": "memory", "vector": None, "half_life_s": 3600.0}
    await index.put(
        [
            entry(1, "tea is in the red box", **same, last_used_ms=NOW_MS - 86_400_000),
            entry(2, "tea is in the big box", **same, last_used_ms=NOW_MS),
            entry(3, "tea is in the tin box", **same, last_used_ms=NOW_MS - 86_400_000, importance=0.6),
        ]
    )
    assert [h.id for h in await index.search("tea", None, now_ms=NOW_MS)] == ["e2", "e3", "e1"]
    assert [h.id for h in await index.search("tea", None)] == ["e3", "e1", "e2"]
    await index.aclose()


async def test_neighbours_stand_around_the_hit_in_order() -> None:
    index = await SearchIndex.open(None, DIM)
    await index.put([entry(i, f"passage number {i} about topic {chr(97 + i)}", position=i) for i in range(6)])
    hit = next(h for h in await index.search("topic", vector(3)) if h.id == "e3")
    assert [h.id for h in await index.neighbours(hit)] == ["e2", "e4"]
    assert [h.id for h in await index.neighbours(hit, before=9, after=0)] == ["e0", "e1", "e2"]
    await index.aclose()


async def test_entries_and_position_are_there_after_opening_again(tmp_path: Path) -> None:
    index = await SearchIndex.open(tmp_path / "cache", DIM)
    assert index.position == ""
    await index.put(ENTRIES)
    await index.set_position("17-3")
    await index.aclose()
    again = await SearchIndex.open(tmp_path / "cache", DIM)
    assert again.position == "17-3"
    assert (await again.search("zzz", vector(2)))[0].id == "e2"
    assert (await again.search("tea", None, project="home"))[0].id == "e4"
    await again.clear()
    assert again.position == ""
    assert await again.search("boiler", vector(1)) == []
    await again.aclose()


@pytest.mark.parametrize("damage", ["text", "middle", "vectors", "vectors gone", "dimension"])
async def test_a_cache_that_cannot_be_trusted_is_made_anew(tmp_path: Path, damage: str) -> None:
    index = await SearchIndex.open(tmp_path, DIM)
    await index.put([entry(i, f"text {i} about boilers and pumps " * 20) for i in range(100)])
    await index.set_position("5-0")
    await index.aclose()
    words, vectors = tmp_path / "search.sqlite", tmp_path / "search.f32"
    if damage == "text":
        words.write_text("this is no database " * 50)
    elif damage == "middle":
        data = bytearray(words.read_bytes())
        data[4096:20480] = os.urandom(16384)
        words.write_bytes(data)
    elif damage == "vectors":
        data = bytearray(vectors.read_bytes())
        data[40] ^= 255
        vectors.write_bytes(data)
    elif damage == "vectors gone":
        vectors.unlink()
    dim = 48 if damage == "dimension" else DIM
    again = await SearchIndex.open(tmp_path, dim)
    assert again.position == ""
    assert await again.counts() == {"document": 0, "memory": 0, "chat": 0, "vectors": 0}
    await again.put([entry(1, "The boiler.", vector=np.ones(dim, np.float32) / dim**0.5)])
    assert [h.id for h in await again.search("boiler", None)] == ["e1"]
    await again.aclose()


def _write_until_killed(cache_dir: Path, ready: object) -> None:
    async def run() -> None:
        index = await SearchIndex.open(cache_dir, DIM)
        for i in range(100_000):
            await index.put([entry(i, f"text {i} about boilers"), entry(0, f"first {i}")])
            await index.set_position(str(i))
            if i == 5:
                ready.set()  # type: ignore[attr-defined]

    asyncio.run(run())


async def test_after_kill_9_everything_up_to_the_position_is_indexed(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    for _ in range(3):
        ready = context.Event()
        child = context.Process(target=_write_until_killed, args=(tmp_path, ready))
        child.start()
        assert await asyncio.to_thread(ready.wait, 30)
        os.kill(child.pid or 0, signal.SIGKILL)
        await asyncio.to_thread(child.join, 30)
        index = await SearchIndex.open(tmp_path, DIM)
        last = int(index.position)
        counts = await index.counts()
        assert counts["document"] >= last + 1
        assert counts["vectors"] == counts["document"]
        assert (await index.search("zzz", vector(last)))[0].id == f"e{last}"
        await index.aclose()


async def test_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    index = await SearchIndex.open(tmp_path / "cache", DIM)
    await index.put(ENTRIES)
    for path in (tmp_path / "cache").iterdir():
        assert path.stat().st_mode & 0o077 == 0, path.name
    await index.aclose()


async def test_compacting_leaves_nothing_of_what_was_removed(tmp_path: Path) -> None:
    index = await SearchIndex.open(tmp_path, DIM)
    await index.put([*ENTRIES, entry(9, "The safe opens with swordfish.", context="Swordfish", group="Swordfish")])
    await index.remove(["e9"])
    await index.compact()
    await index.aclose()
    data = await asyncio.to_thread(lambda: b"".join(p.read_bytes() for p in tmp_path.iterdir()).lower())
    assert b"swordfish" not in data
    assert vector(9).astype(np.float16).astype(np.float32).tobytes().lower() not in data


async def test_a_failed_write_changes_nothing() -> None:
    index = await SearchIndex.open(None, DIM)
    await index.put(ENTRIES)
    with pytest.raises(ValueError, match="dimensions"):
        await index.put([entry(1, "new words"), entry(8, "more", vector=np.ones(7, np.float32))])
    assert (await index.search("boiler", vector(1)))[0].id == "e1"
    assert await index.search("words", None) == []
    assert await index.counts() == {"document": 3, "memory": 1, "chat": 1, "vectors": 5}
    await index.aclose()


async def test_a_directory_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="search index"):
        await SearchIndex.open(tmp_path / "file" / "cache", DIM)


async def test_searches_during_a_bulk_load_are_answered() -> None:
    index = await SearchIndex.open(None, DIM)
    load = asyncio.create_task(index.put([entry(i, f"entry {i} about pumps") for i in range(600)]))
    found = 0
    while not load.done():
        found = max(found, len(await index.search("pumps", vector(3), k=5)))
    await load
    assert found == 5
    await index.aclose()


async def test_a_database_of_somebody_else_is_not_mixed_with_ours(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "search.sqlite")
    other.execute("CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT)")
    other.execute("INSERT INTO meta VALUES ('layout', 'something else')")
    other.commit()
    other.close()
    index = await SearchIndex.open(tmp_path, DIM)
    await index.put(ENTRIES)
    assert (await index.search("boiler", None))[0].id == "e1"
    await index.aclose()


async def test_words_are_looked_up_while_the_question_is_embedded() -> None:
    index = await SearchIndex.open(None, DIM)
    await index.put(ENTRIES)

    async def embed() -> np.ndarray:
        await index.remove(["e2"])  # between the halves of the search: what the words had found is looked up again
        return vector(1)

    hits = await index.search("boiler plumber", embed(), project=None)
    direct = await index.search("boiler plumber", vector(1), project=None)
    assert "e2" not in [hit.id for hit in hits]
    assert [(hit.id, hit.why) for hit in hits] == [(hit.id, hit.why) for hit in direct]
    await index.aclose()


async def test_an_entry_written_again_with_the_same_vector_keeps_its_place(tmp_path: Path) -> None:
    index = await SearchIndex.open(tmp_path, DIM)
    await index.put(ENTRIES)
    size = (tmp_path / "search.f32").stat().st_size
    for uses in range(3):
        await index.put([dataclasses.replace(e, uses=uses, last_used_ms=NOW_MS) for e in ENTRIES])
    assert (await index.counts())["vectors"] == len(ENTRIES)
    assert (tmp_path / "search.f32").stat().st_size == size
    await index.aclose()
    index = await SearchIndex.open(tmp_path, DIM)
    assert (await index.search("boiler", vector(1)))[0].id == "e1"
    assert (await index.counts())["vectors"] == len(ENTRIES)
    await index.aclose()
