"""Models and contexts that nobody should use: a sentence, or an answer, and never the end of anything else."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from engine.errors import ContextFullError, EngineError, ModelBrokenError
from engine.llm.backend import Generated, Message, Sampling
from engine.llm.discovery import ModelFinder
from engine.llm.local import LocalBackend
from tests.bench.tiny_gguf import Shape, write_gguf

LIMIT_S = 50.0
SHAPE = Shape(n_layer=1)


async def _ask(backend: LocalBackend, words: str = "hi") -> Generated:
    async with asyncio.timeout(LIMIT_S):
        items = [item async for item in backend.generate([Message("user", words)], Sampling(max_tokens=4))]
    assert isinstance(items[-1], Generated)
    return items[-1]


async def _opened(path: Path, tmp_path: Path, n_ctx: int) -> LocalBackend:
    return LocalBackend(path, log_dir=tmp_path, n_ctx=n_ctx, n_threads=1, host="thread")


async def test_a_context_of_one_token_refuses_the_prompt(tmp_path: Path) -> None:
    backend = await _opened(write_gguf(tmp_path / "m.gguf", SHAPE), tmp_path, 1)
    try:
        with pytest.raises(ContextFullError):
            await _ask(backend)
    finally:
        await backend.aclose()


async def test_a_million_tokens_are_bounded_by_the_model(tmp_path: Path) -> None:
    backend = await _opened(write_gguf(tmp_path / "m.gguf", SHAPE), tmp_path, 1_000_000)
    try:
        assert (await backend.load()).n_ctx == 4096
        assert (await _ask(backend)).n_generated > 0
    finally:
        await backend.aclose()


async def test_a_model_of_a_million_tokens_answers_or_says_that_there_is_no_room(tmp_path: Path) -> None:
    # 1 M tokens x 16 values of 2 bytes x 2: 64 MB, so it fits; what must not happen is an abort.
    thin = Shape(n_embd=32, n_layer=1, n_head=2, n_head_kv=1, n_ff=32, n_ctx=1_048_576)
    backend = await _opened(write_gguf(tmp_path / "m.gguf", thin), tmp_path, 1_048_576)
    try:
        assert (await backend.load()).n_ctx == 1_048_576
        assert (await _ask(backend)).n_generated > 0
    finally:
        await backend.aclose()


async def test_a_model_that_is_deleted_while_it_is_loaded_answers_on(tmp_path: Path) -> None:
    path = write_gguf(tmp_path / "m.gguf", SHAPE)
    backend = LocalBackend(path, log_dir=tmp_path, n_ctx=512, n_threads=1)
    try:
        await _ask(backend)
        path.unlink()
        assert (await _ask(backend, "again")).n_generated > 0
        backend.worker.reset()
    finally:
        await backend.aclose()
    again = LocalBackend(path, log_dir=tmp_path, n_ctx=512, host="thread")
    try:
        with pytest.raises(EngineError, match=r"m\.gguf"):
            await again.load()
    finally:
        await again.aclose()


async def test_a_part_that_is_missing_is_named(tmp_path: Path) -> None:
    whole = write_gguf(tmp_path / "big-00001-of-00002.gguf", SHAPE, split__count=2, split__no=0)
    assert "big-00002-of-00002.gguf" in ModelFinder().describe(whole).problem


ATTACKS = (
    "{% for i in range(10000) %}{% for j in range(10000) %}x{% endfor %}{% endfor %}",
    "{{ ''.__class__.__mro__ }}",
    "{% set x = 'a' * 1000000000 %}{{ x }}",
    "{{ 9 ** 99999999 }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ 'a'.center(1000000000) }}",
    "{{ '{:1000000000}'.format(1) }}",
    "{% set ns = namespace(x='x') %}{% for i in range(40) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x }}",
)


@pytest.mark.parametrize("template", ATTACKS)
async def test_a_template_that_loops_or_attacks_gives_way_to_another(tmp_path: Path, template: str) -> None:
    path = write_gguf(tmp_path / "m.gguf", SHAPE, tokenizer__chat_template=template)
    backend = await _opened(path, tmp_path, 512)
    try:
        assert (await backend.load()).template != "file"
        assert (await _ask(backend)).n_generated > 0
    finally:
        await backend.aclose()


@pytest.mark.parametrize("content", [b"", b"GGUF", b"\x00" * 4096, b"<html>not found</html>" * 100])
async def test_what_is_no_model_is_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(content)
    backend = await _opened(path, tmp_path, 512)
    try:
        with pytest.raises(ModelBrokenError, match=r"m\.gguf"):
            await backend.load()
    finally:
        await backend.aclose()
