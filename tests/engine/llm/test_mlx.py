"""Models in MLX form in the worker: the guide, packed weights, a small cache, what cannot be loaded.

What every back-end promises is asked in test_local.py, in a process; here the worker is a thread, because in each
process the library takes seconds to import.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from engine.agent.guide.understand.grammar import guide_grammar, parse_choice
from engine.errors import ModelBrokenError
from engine.llm.backend import Generated, Message, Sampling
from engine.llm.local import LocalBackend
from engine.llm.mlx_folder import read_folder
from resources import resource_path
from tests.bench.mlx_model import quantise_mlx, write_mlx
from tests.bench.tiny_gguf import Shape, write_gguf

pytest.importorskip("llguidance", reason="mlx-lm is not installed on this system")
HELLO = [Message("user", "hello there")]
SHAPE = Shape(n_layer=1)
LIMIT_S = 50.0


@asynccontextmanager
async def _opened(path: Path, log_dir: Path, **how: object) -> AsyncIterator[LocalBackend]:
    backend = LocalBackend(path, log_dir=log_dir, n_ctx=1024, n_threads=1, host="thread", **how)
    try:
        yield backend
    finally:
        await backend.aclose()


async def _said(
    backend: LocalBackend, messages: Sequence[Message], grammar: str | None = None, n: int = 40
) -> Generated:
    async with asyncio.timeout(LIMIT_S):
        items = [item async for item in backend.generate(messages, Sampling(max_tokens=n), grammar=grammar)]
    assert isinstance(items[-1], Generated)
    return items[-1]


async def test_the_guide_chooses_the_same_in_both_forms(tmp_path: Path) -> None:
    guide = resource_path("models", "guide.gguf")
    words = ["When is my sister's birthday?", "what is 17 * 23?", "hello there", 'say "a\\b" <|end|> über 東京']
    said = []
    for path in (guide, write_mlx(tmp_path / "guide", guide)):
        async with _opened(path, tmp_path) as backend:
            info = await backend.load()
            assert (info.kind, info.backend) == ("guide", "mlx" if path.is_dir() else "llama.cpp")
            said.append([(await _said(backend, [Message("user", w)], guide_grammar(w))).ids for w in words])
            texts = [(await _said(backend, [Message("user", w)], guide_grammar(w))).text for w in words]
            assert parse_choice(texts[1], words[1]).tool == "calculator"
    assert said[0] == said[1]


async def test_packed_weights_and_a_cache_of_8_bits_run(tmp_path: Path) -> None:
    plain = write_mlx(
        tmp_path / "plain", write_gguf(tmp_path / "tiny.gguf", Shape(n_layer=1, n_head=2, n_head_kv=2, n_ff=384))
    )
    packed = quantise_mlx(tmp_path / "packed", plain, bits=4)
    assert read_folder(packed).n_params == read_folder(plain).n_params
    async with _opened(packed, tmp_path, kv_type="q8_0") as backend:
        assert (await backend.load()).quantisation == "4 bit"
        first = await _said(backend, HELLO)
        path = tmp_path / "chat.kv"
        n_saved = await backend.save("chat", path)
        await backend.forget("chat")
        assert await backend.restore("chat", path) == n_saved
        again = await _said(backend, HELLO)
        assert (again.n_reused, again.ids) == (again.n_prompt - 1, first.ids)


async def test_a_sliding_window_that_has_wrapped_is_read_again_and_says_so(tmp_path: Path) -> None:
    source = write_gguf(tmp_path / "tiny.gguf", Shape(n_layer=2))
    window = {"layer_types": ["sliding_attention", "full_attention"], "sliding_window": 64}
    folder = write_mlx(tmp_path / "window", source, **window)
    async with _opened(folder, tmp_path) as backend:
        assert (await backend.load()).rereads
        long = Message("user", "the boiler hums " * 20)
        await _said(backend, [long], n=4)
        changed = await _said(backend, [long, Message("assistant", "x"), Message("user", "y")], n=4)
        assert changed.n_reused == 0
        assert (await backend.stats())["n_reread"] > 64


async def test_what_mlx_cannot_load_is_a_sentence(tmp_path: Path) -> None:
    source = write_gguf(tmp_path / "tiny.gguf", SHAPE)
    unknown = write_mlx(tmp_path / "unknown", source, model_type="quux")
    other = write_mlx(tmp_path / "other", source, num_hidden_layers=3)
    for folder in (unknown, other):
        async with _opened(folder, tmp_path) as backend:
            with pytest.raises(ModelBrokenError, match=folder.name):
                await backend.load()
    tokens = write_mlx(tmp_path / "tokens", source)
    (tokens / "tokenizer.json").write_text(json.dumps({"model": 7}))
    async with _opened(tokens, tmp_path) as backend:
        with pytest.raises(ModelBrokenError, match=r"tokenizer\.json"):
            await backend.load()
