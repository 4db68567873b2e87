"""What the model worker does when it is killed, or when there is nothing that it could load."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import pytest

from engine.errors import BackendMissingError, EngineError, ModelBrokenError, ModelNotFoundError, WorkerCrashedError
from engine.llm.backend import Generated, Message, Piece, Sampling
from engine.llm.local import LocalBackend
from tests.bench.tiny_gguf import write_gguf

HELLO = [Message("system", "You are kind."), Message("user", "hello there")]
LIMIT_S = 30.0


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_gguf(tmp_path_factory.mktemp("models") / "tiny.gguf")


async def _run(backend: LocalBackend, messages: Sequence[Message]) -> Generated:
    async with asyncio.timeout(LIMIT_S):
        items = [item async for item in backend.generate(messages, Sampling(temperature=1.0, max_tokens=24, seed=7))]
    assert isinstance(items[-1], Generated)
    return items[-1]


async def test_a_killed_worker_keeps_the_partial_answer_and_the_chat_goes_on(model: Path, tmp_path: Path) -> None:
    backend = LocalBackend(model, log_dir=tmp_path, n_ctx=1024, n_threads=1)
    try:
        first = await _run(backend, HELLO)
        answer = Message("assistant", first.text, ids=first.ids)
        texts: list[str] = []

        async def ask_and_kill() -> None:
            async for item in backend.generate(HELLO, Sampling(max_tokens=900), grammar='root ::= "c" root'):
                if isinstance(item, Piece):
                    texts.append(item.text)
                    if len(texts) == 1 and backend.worker.pid:
                        os.kill(backend.worker.pid, signal.SIGKILL)

        with pytest.raises(WorkerCrashedError):
            await asyncio.wait_for(ask_and_kill(), LIMIT_S)
        assert "".join(texts).startswith("c")
        second = await _run(backend, [*HELLO, answer, Message("user", "more")])
        assert second.n_reused == 0
        assert second.n_prompt > first.n_prompt + first.n_generated
    finally:
        await backend.aclose()


async def test_a_shorter_model_bounds_the_context_with_a_note(tmp_path: Path) -> None:
    path = write_gguf(tmp_path / "short.gguf", llama__context_length=512, tokenizer__chat_template=None)
    backend = LocalBackend(path, log_dir=tmp_path, n_ctx=4096, n_threads=1, host="thread")
    try:
        info = await backend.load()
        assert info.n_ctx == 512
        assert "512 tokens" in info.note
        # No template: the marks of its vocabulary name the family.
        assert info.template == "phi3"
        generated = await _run(backend, HELLO)
        assert generated.n_generated > 0
    finally:
        await backend.aclose()


@pytest.mark.parametrize("host", ["process", "thread"])
async def test_a_file_that_is_no_model_is_refused(
    tmp_path: Path, model: Path, host: Literal["process", "thread"]
) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(model.read_bytes()[:200_000])
    for path, error in ((broken, ModelBrokenError), (tmp_path / "absent.gguf", ModelNotFoundError)):
        backend = LocalBackend(path, log_dir=tmp_path, host=host)
        try:
            with pytest.raises(error, match=path.name):
                await backend.load()
            with pytest.raises(EngineError):
                await _run(backend, HELLO)
        finally:
            await backend.aclose()


async def test_a_file_that_only_llama_cpp_refuses_is_a_sentence(tmp_path: Path) -> None:
    path = write_gguf(tmp_path / "odd.gguf", general__architecture="gpt2", gpt2__context_length=64,
                      gpt2__block_count=1, gpt2__embedding_length=64)  # fmt: skip
    backend = LocalBackend(path, log_dir=tmp_path, host="process")
    try:
        with pytest.raises(ModelBrokenError, match=r"odd\.gguf"):
            await backend.load()
    finally:
        await backend.aclose()


async def test_a_missing_library_is_a_sentence(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("engine.llm.llamacpp", "engine.llm.llama_sampler", "engine.llm.session"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    for name in [n for n in sys.modules if n.split(".")[0] == "llama_cpp"] or ["llama_cpp"]:
        monkeypatch.setitem(sys.modules, name, None)
    backend = LocalBackend(model, log_dir=tmp_path, host="thread")
    try:
        with pytest.raises(BackendMissingError, match="model server by its URL"):
            await backend.load()
    finally:
        await backend.aclose()


async def test_what_the_library_has_against_a_file_is_in_the_sentence(model: Path, tmp_path: Path) -> None:
    data = model.read_bytes()
    odd = tmp_path / "odd.gguf"
    # Names as long as before: nothing moves in the file.
    odd.write_bytes(
        data.replace(b"llama.", b"llemo.").replace(
            b"\x05\x00\x00\x00\x00\x00\x00\x00llama", b"\x05\x00\x00\x00\x00\x00\x00\x00llemo"
        )
    )
    backend = LocalBackend(odd, log_dir=tmp_path, host="process")
    try:
        with pytest.raises(
            ModelBrokenError,
            match=r"odd\.gguf could not be loaded by llama\.cpp \(unknown model architecture: 'llemo'\)",
        ):
            await backend.load()
    finally:
        await backend.aclose()
