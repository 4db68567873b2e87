"""Models that are already on this computer, found where other programs keep them and used in place.

    Ollama         <root>/manifests/<host>/<owner>/<model>/<tag>, JSON whose layer of type
                   application/vnd.ollama.image.model names <root>/blobs/sha256-<digest>, a GGUF.
                   Root: OLLAMA_MODELS, ~/.ollama/models, of the service /usr/share/ollama/.ollama/models
    LM Studio      ~/.lmstudio/models/<owner>/<model>/ (the file ~/.lmstudio-home-pointer may name another
                   home), before 0.3 ~/.cache/lm-studio/models; GGUF files and MLX folders
    GPT4All        *.gguf in nomic.ai/GPT4All of the system's application data; ~/.cache/gpt4all of its bindings
    Jan            models/ and llamacpp/models/ of its data folder; ~/jan of older versions
    Hugging Face   HF_HUB_CACHE, HF_HOME/hub or ~/.cache/huggingface/hub:
                   models--<owner>--<model>/snapshots/<revision>/, links into blobs/
    folders        of the setting `model_folders`, and the models folder of our own data

Nothing is run, moved, changed or looked up outside of these. Every file is read as a hostile one: bounded
depth and counts, headers checked in Python (gguf.py), digests of one form only.
"""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from engine.errors import ModelError
from engine.llm.fit import ModelShape, shape_of
from engine.llm.gguf import GgufHeader, read_header
from engine.llm.mlx_folder import folder_name, read_folder, read_json, shape_of_folder

__all__ = ["FoundModel", "ModelFinder", "Place", "known_places"]

PlaceKey = Literal["guide", "scrubjay", "ollama", "lm_studio", "gpt4all", "jan", "huggingface", "folder"]
Format = Literal["gguf", "mlx"]

# Enough for every collection; a folder that holds more is not one of models.
MAX_FILES, MAX_DEPTH, MAX_FOLDERS = 2000, 8, 20_000
_MODEL_LAYER = "application/vnd.ollama.image.model"
_DIGEST = re.compile(r"sha256[:-]([0-9a-f]{64})")
_PART = re.compile(r"-(\d{5})-of-(\d{5})\.gguf$")
NO_MLX = "Models in MLX form do not run in this installation; take the same model as a GGUF file."
# Files that go with a model and are none: eyes and ears, adapters, importance matrices.
_NOT_A_MODEL = re.compile(r"(^|[-_.])(mmproj|imatrix|lora|adapter)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Place:
    """A folder of a program that keeps models."""

    key: PlaceKey
    folder: Path


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A model on this computer.

    Attributes:
        name: as the program it belongs to names it, else as the file does.
        path: the file that is loaded (of several the first), or the folder of an MLX model.
        place: whose it is.
        size_bytes: of all its files.
        template: whether it says how a conversation is written.
        problem: why it cannot be used, "" when nothing is known against it.
        shape: what decides how much memory it takes; None for what cannot be used.
    """

    name: str
    path: Path
    place: PlaceKey
    format: Format
    size_bytes: int
    architecture: str = ""
    n_params: int = 0
    quantisation: str = ""
    n_ctx_train: int = 0
    template: bool = False
    kind: str = "chat"
    problem: str = ""
    shape: ModelShape | None = field(default=None, compare=False)


def known_places(
    environ: Mapping[str, str] | None = None, home: Path | None = None, system: str | None = None
) -> list[Place]:
    """Where other programs keep their models on a system, whether or not it is there.

    Args:
        system: as sys.platform; this one's if None.
    """
    env, home, system = environ or os.environ, home or Path.home(), system or sys.platform
    data, config, cache = _system_folders(env, home, system)
    lm_studio = _lm_studio_home(home)
    hub = env.get("HF_HUB_CACHE") or env.get("HUGGINGFACE_HUB_CACHE")
    hf_home = Path(env["HF_HOME"]) if env.get("HF_HOME") else home / ".cache" / "huggingface"
    if env.get("XDG_CACHE_HOME") and not env.get("HF_HOME"):
        hf_home = Path(env["XDG_CACHE_HOME"]) / "huggingface"
    ollama = [Path(env["OLLAMA_MODELS"])] if env.get("OLLAMA_MODELS") else []
    places = [
        *(
            Place("ollama", root)
            for root in [*ollama, home / ".ollama/models", Path("/usr/share/ollama/.ollama/models")]
        ),
        Place("lm_studio", lm_studio / "models"),
        Place("lm_studio", home / ".cache/lm-studio/models"),
        Place("gpt4all", data / "nomic.ai" / "GPT4All"),
        Place("gpt4all", cache / "gpt4all"),
        *(
            Place("jan", root / sub)
            for root in [config / "Jan/data", data / "Jan/data", home / "jan"]
            for sub in ("models", "llamacpp/models", "mlx/models")
        ),
        Place("huggingface", Path(hub) if hub else hf_home / "hub"),
    ]
    return [place for place in places if place.folder.is_absolute()]


def _system_folders(env: Mapping[str, str], home: Path, system: str) -> tuple[Path, Path, Path]:
    """Where programs keep data, settings and caches."""
    if system == "darwin":
        support = home / "Library" / "Application Support"
        return support, support, home / ".cache"
    if system == "win32":
        local = Path(env.get("LOCALAPPDATA") or home / "AppData/Local")
        return local, Path(env.get("APPDATA") or home / "AppData/Roaming"), home / ".cache"
    return (
        Path(env.get("XDG_DATA_HOME") or home / ".local/share"),
        Path(env.get("XDG_CONFIG_HOME") or home / ".config"),
        Path(env.get("XDG_CACHE_HOME") or home / ".cache"),
    )


def _lm_studio_home(home: Path) -> Path:
    try:
        named = (home / ".lmstudio-home-pointer").read_text("utf-8")[:4096].strip()
    except (OSError, UnicodeDecodeError):
        named = ""
    return Path(named) if named and Path(named).is_absolute() else home / ".lmstudio"


class ModelFinder:
    """Looks through places; what it read of a file's header is kept until the file changes."""

    def __init__(self) -> None:
        self._headers: dict[tuple[str, int, int], GgufHeader | ModelError] = {}

    def find(self, places: Iterable[Place]) -> list[FoundModel]:
        """The models of all places, each once, in the order of the places; blocking."""
        found: dict[str, FoundModel] = {}
        for place in places:
            models = self._in_ollama(place) if place.key == "ollama" else self._in_folder(place)
            for model in models:
                found.setdefault(os.path.realpath(model.path), model)
        return list(found.values())

    def describe(self, path: Path, place: PlaceKey = "folder", name: str = "") -> FoundModel:
        """What one file or MLX folder is; what is wrong with it is its `problem`."""
        if path.is_dir():
            return _describe_mlx(path, place)
        parts, problem = parts_of(path)
        size = sum(part.stat().st_size for part in parts if part.exists())
        try:
            header = self._header(path)
        except ModelError as exc:
            shown = name or _plain_name(path)
            sentence = problem or str(exc).replace(path.name, name or path.name)
            return FoundModel(shown, path, place, "gguf", size, problem=sentence)
        own = path.stat().st_size
        scale = size / own if own and len(parts) > 1 else 1.0
        return FoundModel(
            name=name or header.name,
            path=path,
            place=place,
            format="gguf",
            size_bytes=size,
            architecture=header.architecture,
            n_params=round(header.n_params * scale),
            quantisation=header.quantisation,
            n_ctx_train=header.n_ctx_train,
            template=bool(header.chat_template),
            kind=header.kind,
            problem=problem,
            shape=shape_of(header, weights_bytes=size if len(parts) > 1 else 0),
        )

    def _header(self, path: Path) -> GgufHeader:
        real = os.path.realpath(path)
        try:
            stat = os.stat(real)
            key = (real, stat.st_size, stat.st_mtime_ns)
        except OSError:
            return read_header(path)
        if key not in self._headers:
            try:
                self._headers[key] = read_header(path)
            except ModelError as exc:
                self._headers[key] = exc
        kept = self._headers[key]
        if isinstance(kept, ModelError):
            raise kept
        return kept

    def _in_folder(self, place: Place) -> Iterator[FoundModel]:
        if place.folder.is_file():
            yield self.describe(place.folder, place.key)
            return
        for path in _walk(place.folder):
            model = self.describe(path, place.key)
            # Models for search lie among those for chat; only a file that somebody pointed at gets an explanation.
            if "for search, not for chat" not in model.problem:
                yield model

    def _in_ollama(self, place: Place) -> Iterator[FoundModel]:
        root = place.folder / "manifests"
        for manifest in sorted(_files(root, MAX_FILES)):
            blob = _blob_of(manifest, place.folder / "blobs")
            if blob is not None:
                model = self.describe(blob, "ollama", _ollama_name(manifest.relative_to(root)))
                if "for search, not for chat" not in model.problem:
                    yield model


def _ollama_name(manifest: Path) -> str:
    """registry.ollama.ai/library/qwen3/4b is qwen3:4b; other owners and hosts keep their names."""
    host, *owner, model, tag = manifest.parts if len(manifest.parts) > 2 else ("", *manifest.parts)
    prefix = "" if owner == ["library"] else "/".join(owner) + "/"
    host = "" if host in ("registry.ollama.ai", "") else f"{host}/"
    return f"{host}{prefix}{model}:{tag}".replace("//", "/")


def _blob_of(manifest: Path, blobs: Path) -> Path | None:
    """The file of a manifest's model layer; None where there is none in one piece."""
    payload = _readable_json(manifest)
    layers = payload.get("layers")
    for layer in layers if isinstance(layers, list) else ():
        if isinstance(layer, dict) and layer.get("mediaType") == _MODEL_LAYER:
            digest = _DIGEST.fullmatch(str(layer.get("digest")))
            if digest:
                for name in (f"sha256-{digest[1]}", f"sha256:{digest[1]}"):
                    if (blobs / name).is_file():
                        return blobs / name
    return None


def _walk(root: Path) -> Iterator[Path]:
    """GGUF files (of several parts the first) and MLX folders below a folder, in order."""
    for folder, files in _folders(root):
        if "config.json" in files and any(name.endswith(".safetensors") for name in files) and _is_mlx(folder):
            yield folder
            continue
        for name in sorted(files):
            part = _PART.search(name)
            if name.lower().endswith(".gguf") and not _NOT_A_MODEL.search(name) and (not part or int(part[1]) == 1):
                yield folder / name


def _folders(root: Path) -> Iterator[tuple[Path, list[str]]]:
    n_folders = n_files = 0
    depth = len(root.parts)
    for current, folders, files in os.walk(root):
        here = Path(current)
        n_folders, n_files = n_folders + 1, n_files + sum(name.lower().endswith(".gguf") for name in files)
        if n_folders > MAX_FOLDERS or n_files > MAX_FILES:
            return
        folders[:] = sorted(f for f in folders if not f.startswith(".")) if len(here.parts) - depth < MAX_DEPTH else []
        yield here, files


def _files(root: Path, most: int) -> Iterator[Path]:
    n = 0
    for folder, names in _folders(root):
        for name in names:
            n += 1
            if n > most:
                return
            yield folder / name


def parts_of(path: Path) -> tuple[list[Path], str]:
    """All files of a model, and a sentence when one of them is missing."""
    part = _PART.search(path.name)
    if not part:
        return [path], ""
    count = min(int(part[2]), MAX_FILES)
    stem = path.name[: part.start()]
    parts = [path.with_name(f"{stem}-{n:05d}-of-{part[2]}.gguf") for n in range(1, count + 1)]
    missing = [p.name for p in parts if not p.exists()]
    if missing:
        return parts, f"A part of this model is missing ({missing[0]}); download it again."
    return parts, ""


def _plain_name(path: Path) -> str:
    return path.stem if path.suffix else path.name[:19]


def _readable_json(path: Path) -> dict[str, object]:
    """The object in a JSON file; empty where it cannot be read."""
    try:
        return read_json(path)
    except OSError:
        return {}


def _is_mlx(folder: Path) -> bool:
    """Whether a folder of safetensors is one that MLX reads: quantised by it, or named so."""
    config = _readable_json(folder / "config.json")
    named = any("mlx" in part.lower() for part in folder.parts[-4:])
    return isinstance(config.get("model_type"), str) and (named or isinstance(config.get("quantization"), dict))


def _describe_mlx(path: Path, place: PlaceKey) -> FoundModel:
    try:
        folder = read_folder(path)
    except ModelError as exc:
        size = sum(file.stat().st_size for file in path.glob("*.safetensors") if file.is_file())
        return FoundModel(folder_name(path), path, place, "mlx", size, problem=str(exc))
    return FoundModel(
        name=folder.name,
        path=path,
        place=place,
        format="mlx",
        size_bytes=folder.size_bytes,
        architecture=folder.architecture,
        n_params=folder.n_params,
        quantisation=folder.quantisation,
        n_ctx_train=folder.n_ctx_train,
        template=bool(folder.chat_template),
        kind=folder.kind,
        problem="" if _has_mlx() else NO_MLX,
        shape=shape_of_folder(folder) if _has_mlx() else None,
    )


def _has_mlx() -> bool:
    """Whether the libraries for this format are installed; they are not imported, which takes seconds."""
    return all(importlib.util.find_spec(name) is not None for name in ("mlx", "mlx_lm", "llguidance"))
