"""Models are found where other programs keep them, in their real layouts, and nothing else is taken for one."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from engine.llm.discovery import FoundModel, ModelFinder, Place, known_places
from tests.bench.mlx_model import write_mlx
from tests.bench.tiny_gguf import TINY, Shape, write_gguf


def _model(path: Path, name: str = "Tiny", **more: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_gguf(path, TINY, general__name=name, **more)


def _find(home: Path, environ: dict[str, str] | None = None, system: str = "linux") -> dict[str, FoundModel]:
    places = [p for p in known_places(environ or {}, home, system) if str(p.folder).startswith(str(home))]
    return {model.name: model for model in ModelFinder().find(places)}


def _pull(root: Path, name: str, tag: str, *, owner: str = "registry.ollama.ai/library") -> Path:
    """What `ollama pull` leaves behind."""
    fresh = _model(root / "blobs" / "fresh", f"inner {name}")
    digest = hashlib.sha256(fresh.read_bytes()).hexdigest()
    blob = fresh.rename(root / "blobs" / f"sha256-{digest}")
    manifest = root / "manifests" / owner / name / tag
    manifest.parent.mkdir(parents=True, exist_ok=True)
    layers = [
        {"mediaType": "application/vnd.ollama.image.license", "digest": f"sha256:{'0' * 64}", "size": 3},
        {"mediaType": "application/vnd.ollama.image.model", "digest": f"sha256:{digest}", "size": 9},
    ]
    manifest.write_text(json.dumps({"schemaVersion": 2, "layers": layers}))
    return blob


def test_ollamas_models_are_its_blobs_by_the_names_people_know(tmp_path: Path) -> None:
    blob = _pull(tmp_path / ".ollama/models", "qwen3", "4b")
    _pull(tmp_path / ".ollama/models", "writer", "latest", owner="registry.ollama.ai/eva")
    _pull(tmp_path / ".ollama/models", "SmolLM2-GGUF", "Q4_K_M", owner="hf.co/bartowski")
    found = _find(tmp_path)
    assert set(found) == {"qwen3:4b", "eva/writer:latest", "hf.co/bartowski/SmolLM2-GGUF:Q4_K_M"}
    model = found["qwen3:4b"]
    assert (model.path, model.place, model.format, model.problem) == (blob, "ollama", "gguf", "")
    assert (model.architecture, model.quantisation, model.n_ctx_train) == ("llama", "q8_0", TINY.n_ctx)
    assert model.size_bytes == blob.stat().st_size
    assert model.template


def test_ollamas_own_folder_is_looked_at_where_it_says(tmp_path: Path) -> None:
    _pull(tmp_path / "elsewhere", "qwen3", "4b")
    assert set(_find(tmp_path, {"OLLAMA_MODELS": str(tmp_path / "elsewhere")})) == {"qwen3:4b"}


@pytest.mark.parametrize(
    "digest", ["sha256:../../../etc/passwd", "sha256:" + "a" * 64, "md5:1", 7, None, "sha256:" + "a" * 63]
)
def test_a_manifest_that_names_no_blob_of_its_own_is_passed_over(tmp_path: Path, digest: object) -> None:
    manifest = tmp_path / ".ollama/models/manifests/registry.ollama.ai/library/odd/latest"
    manifest.parent.mkdir(parents=True)
    layer = {"mediaType": "application/vnd.ollama.image.model", "digest": digest}
    manifest.write_text(json.dumps({"layers": [layer, "not a layer"]}))
    (manifest.parent / "broken").write_text("{" * 100_000)
    assert _find(tmp_path) == {}


@pytest.mark.parametrize(
    ("system", "path", "place"),
    [
        ("linux", ".lmstudio/models/qwen/Qwen3-4B-GGUF/q.gguf", "lm_studio"),
        ("linux", ".cache/lm-studio/models/qwen/Qwen3-4B-GGUF/q.gguf", "lm_studio"),
        ("linux", ".local/share/nomic.ai/GPT4All/q.gguf", "gpt4all"),
        ("darwin", "Library/Application Support/nomic.ai/GPT4All/q.gguf", "gpt4all"),
        ("win32", "AppData/Local/nomic.ai/GPT4All/q.gguf", "gpt4all"),
        ("linux", ".config/Jan/data/llamacpp/models/Qwen3-4B/model.gguf", "jan"),
        ("linux", ".local/share/Jan/data/llamacpp/models/Qwen3-4B/model.gguf", "jan"),
        ("darwin", "Library/Application Support/Jan/data/models/q/model.gguf", "jan"),
        ("win32", "AppData/Roaming/Jan/data/llamacpp/models/q/model.gguf", "jan"),
        ("linux", "jan/models/q/model.gguf", "jan"),
    ],
)
def test_each_programs_folder_is_known_on_each_system(tmp_path: Path, system: str, path: str, place: str) -> None:
    _model(tmp_path / path, "Qwen3 4B")
    found = _find(tmp_path, system=system)
    assert {name: model.place for name, model in found.items()} == {"Qwen3 4B": place}


def test_lm_studio_may_have_moved(tmp_path: Path) -> None:
    (tmp_path / ".lmstudio-home-pointer").write_text(str(tmp_path / "moved") + "\n")
    _model(tmp_path / "moved/models/a/b/c.gguf")
    assert set(_find(tmp_path)) == {"Tiny"}


def test_the_hugging_face_cache_is_followed_through_its_links(tmp_path: Path) -> None:
    repo = tmp_path / ".cache/huggingface/hub/models--bartowski--SmolLM2-GGUF"
    blob = _model(repo / "blobs/abc", "SmolLM2")
    snapshot = repo / "snapshots" / ("f" * 40)
    snapshot.mkdir(parents=True)
    (snapshot / "SmolLM2-Q8_0.gguf").symlink_to(blob)
    (snapshot / "mmproj-SmolLM2.gguf").symlink_to(blob)
    found = _find(tmp_path)
    assert [(m.name, m.place, m.path.name) for m in found.values()] == [("SmolLM2", "huggingface", "SmolLM2-Q8_0.gguf")]


def test_an_mlx_folder_is_one_model_and_a_broken_one_says_so(tmp_path: Path) -> None:
    folder = tmp_path / ".cache/huggingface/hub/models--mlx-community--Qwen3-4B-4bit/snapshots/1"
    folder.mkdir(parents=True)
    config = {"model_type": "qwen3", "quantization": {"bits": 4}, "max_position_embeddings": 40960}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "model.safetensors").write_bytes(bytes(100))
    (model,) = _find(tmp_path).values()
    assert (model.name, model.format, model.size_bytes) == ("Qwen3-4B-4bit", "mlx", 100)
    assert "tokenizer.json is missing" in model.problem
    write_mlx(folder, write_gguf(tmp_path / "tiny.gguf", Shape(n_layer=1)), model_type="llama")
    model = next(m for m in _find(tmp_path).values() if m.format == "mlx")
    assert (model.name, model.n_params, model.n_ctx_train) == ("Qwen3-4B-4bit", 332_160, 4096)
    assert model.template
    assert (model.shape is None) == bool(model.problem)


def test_a_model_in_parts_is_one_and_says_when_a_part_is_missing(tmp_path: Path) -> None:
    first = _model(tmp_path / "m/big-00001-of-00003.gguf", "Big")
    second = first.with_name("big-00002-of-00003.gguf")
    second.write_bytes(bytes(1000))
    (model,) = ModelFinder().find([Place("folder", tmp_path)])
    assert "big-00003-of-00003.gguf" in model.problem
    second.with_name("big-00003-of-00003.gguf").write_bytes(bytes(1000))
    (model,) = ModelFinder().find([Place("folder", tmp_path)])
    assert (model.problem, model.size_bytes) == ("", first.stat().st_size + 2000)


def test_what_cannot_be_used_is_listed_with_its_reason_and_what_is_no_chat_model_is_not(tmp_path: Path) -> None:
    (tmp_path / "half.gguf").write_bytes(_model(tmp_path / "whole.gguf").read_bytes()[:5000])
    (tmp_path / "empty.gguf").touch()
    (tmp_path / "notes.txt").write_text("no model")
    _model(tmp_path / "embed.gguf", general__architecture="bert")
    found = {m.path.name: m.problem for m in ModelFinder().find([Place("folder", tmp_path)])}
    assert set(found) == {"half.gguf", "empty.gguf", "whole.gguf"}
    assert not found["whole.gguf"]
    assert "not a whole model file" in found["half.gguf"]
    assert "it is empty" in found["empty.gguf"]


def test_the_same_file_is_listed_once_for_the_first_that_has_it(tmp_path: Path) -> None:
    real = _model(tmp_path / "a/one.gguf")
    (tmp_path / "b").mkdir()
    (tmp_path / "b/two.gguf").symlink_to(real)
    places = [Place("jan", tmp_path / "b"), Place("folder", tmp_path / "a"), Place("folder", tmp_path / "missing")]
    assert [(m.place, m.path.name) for m in ModelFinder().find(places)] == [("jan", "two.gguf")]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    _model(tmp_path / "open/one.gguf")
    assert len(ModelFinder().find([Place("folder", tmp_path)])) == 1
