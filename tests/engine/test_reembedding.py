"""Another embedding model: the old vectors serve until all is embedded anew, whatever happens in between."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from engine import Engine, Settings, reembedding, search_service
from engine.local import LocalService
from engine.search.terms import words_of

FACTS = [f"The {thing} stands in room {n}" for n, thing in enumerate(("violin", "oven", "globe", "loom", "kayak") * 20)]


class WordsEmbedder:
    """Vectors out of words, other ones for each model."""

    def __init__(self, model: str, dim: int) -> None:
        self.model, self.dim = model, dim
        self.may_embed = asyncio.Event()
        self.may_embed.set()
        self.n_bulk = 0

    async def embed(self, texts: Sequence[str], *, urgent: bool = False) -> np.ndarray:
        if not urgent and len(texts) > 1:
            await self.may_embed.wait()
            self.n_bulk += len(texts)
        return np.stack([self._vector(text) for text in texts])

    def _vector(self, text: str) -> np.ndarray:
        total = np.full(self.dim, 1e-6, np.float32)
        for word in words_of(text):
            seed = int.from_bytes(hashlib.sha256(f"{self.model} {word}".encode()).digest()[:4], "big")
            total += np.random.default_rng(seed).standard_normal(self.dim).astype(np.float32)
        return total / np.linalg.norm(total)

    async def aclose(self) -> None:
        pass


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch):
    """Let the settings name a model; the old one, where given, can still be loaded."""

    def choose(new: WordsEmbedder, old: WordsEmbedder | None = None) -> None:
        monkeypatch.setattr(search_service, "create_embedder", lambda *_: new)
        monkeypatch.setattr(reembedding, "create_embedder", lambda *_: old)

    return choose


def service_of(engine: Engine) -> LocalService:
    assert isinstance(engine._service, LocalService)
    return engine._service


async def meaning(engine: Engine, query: str = "violin room 5") -> float:
    hits = await engine.memory.recall(query)
    return max((hit.why.get("meaning", 0.0) for hit in hits), default=0.0)


async def until(condition) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.02)


async def fill(folder: Path) -> None:
    async with Engine.open(Settings(data_dir=folder)) as engine:
        await engine.memory.add_many([{"text": fact} for fact in FACTS])
        async with asyncio.timeout(20):
            while (await engine.memory.stats())["without_vector"]:
                await asyncio.sleep(0.02)
        assert await meaning(engine) > 0.3


@pytest.mark.parametrize("dim", [64, 96])
async def test_old_vectors_serve_until_all_is_embedded_anew(tmp_path: Path, use, dim: int) -> None:
    old, new = WordsEmbedder("old", 64), WordsEmbedder("new", dim)
    use(old)
    await fill(tmp_path / "data")
    use(new, old)
    new.may_embed.clear()
    async with Engine.open(Settings(data_dir=tmp_path / "data")) as engine:
        service = service_of(engine)
        assert (service.search.serving.model, service.search.serving.following) == ("old", "new")
        assert await meaning(engine) > 0.3
        new.may_embed.set()
        await until(lambda: service.search.serving.model == "new")
        assert await meaning(engine) > 0.3
        assert service.search.index.dim == dim
        assert {e.embedded_with for e in await service.memory.list(limit=1000)} == {"new"}
        assert len(list((tmp_path / "data" / "cache").glob("index-*"))) == 1


async def test_a_change_of_model_that_was_cut_goes_on_where_it_was(tmp_path: Path, use) -> None:
    old, new = WordsEmbedder("old", 64), WordsEmbedder("new", 64)
    use(old)
    await fill(tmp_path / "data")
    use(new, old)
    async with Engine.open(Settings(data_dir=tmp_path / "data")) as engine:
        await until(lambda: new.n_bulk > 0)
        new.may_embed.clear()
        assert service_of(engine).search.serving.following == "new"
    before = new.n_bulk
    new.may_embed.set()
    async with Engine.open(Settings(data_dir=tmp_path / "data")) as engine:
        await until(lambda: service_of(engine).search.serving.model == "new")
        assert await meaning(engine) > 0.3
    assert new.n_bulk - before <= len(FACTS)


async def test_without_the_old_model_words_find_until_the_new_vectors_are_there(tmp_path: Path, use) -> None:
    old, new = WordsEmbedder("old", 64), WordsEmbedder("new", 64)
    use(old)
    await fill(tmp_path / "data")
    use(new, None)
    new.may_embed.clear()
    async with Engine.open(Settings(data_dir=tmp_path / "data")) as engine:
        assert await engine.memory.recall("violin room 5")
        assert await meaning(engine) == 0
        made = await engine.memory.add("The harp stands in room 200")
        assert (await engine.memory.recall("harp"))[0].entry.id == made.id
        new.may_embed.set()
        await until(lambda: service_of(engine).search.serving.model == "new")
        assert await meaning(engine, "harp room 200") > 0.3
