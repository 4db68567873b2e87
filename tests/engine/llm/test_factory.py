"""What the person chose as a model becomes a backend, or a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import ModelNotFoundError, UnknownNameError, UsageError
from engine.llm.factory import create_backend, find_model
from engine.llm.local import LocalBackend
from engine.llm.server import ServerBackend
from engine.settings import Settings
from resources import resource_path


def _settings(tmp_path: Path, model: str) -> Settings:
    return Settings(data_dir=tmp_path, model=model, inference_process="in_process")


def test_an_address_is_a_server(tmp_path: Path) -> None:
    backend = create_backend(_settings(tmp_path, "http://127.0.0.1:9"), tmp_path, tmp_path)
    assert isinstance(backend, ServerBackend)
    with pytest.raises(UsageError, match="http"):
        create_backend(_settings(tmp_path, "ftp://127.0.0.1"), tmp_path, tmp_path)


async def test_a_path_is_a_file_in_a_worker(tmp_path: Path) -> None:
    path = tmp_path / "some.gguf"
    path.write_bytes(b"GGUF")
    backend = create_backend(_settings(tmp_path, str(path)), tmp_path, tmp_path)
    assert isinstance(backend, LocalBackend)
    await backend.aclose()


def test_names_are_looked_up_among_the_models(tmp_path: Path) -> None:
    (tmp_path / "qwen.gguf").write_bytes(b"GGUF")
    assert find_model("qwen", tmp_path) == find_model("qwen.gguf", tmp_path) == tmp_path / "qwen.gguf"
    with pytest.raises(UnknownNameError, match="'qwen'"):
        find_model("qwem", tmp_path)
    with pytest.raises(ModelNotFoundError, match=r"absent\.gguf"):
        find_model("absent.gguf", tmp_path)


def test_the_guide_ships() -> None:
    assert find_model("guide", Path("/nonexistent")) == resource_path("models", "guide.gguf")
