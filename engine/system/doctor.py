"""What `scrubjay doctor` tells: what runs, versions, sizes, and problems with their cure."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil

import accel
from engine.errors import EngineError, StoreError
from engine.llm.gguf import read_header
from engine.settings import Settings
from resources import resource_path

# Below this the store becomes read-only soon (see engine.store): said in time.
LOW_SPACE_BYTES = 1 << 30
LIBRARIES = ("scrubjay", "llama-cpp-python", "onnxruntime", "redis", "numpy", "pypdfium2")


def library_versions() -> dict[str, str]:
    """Versions of the libraries that matter; missing ones say so."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def computer() -> dict[str, str]:
    """This computer, and the SIMD path that the memory scan takes on it."""
    return {
        "system": platform.platform(),
        "python": platform.python_version(),
        "cores": str(os.cpu_count()),
        "memory": f"{psutil.virtual_memory().total / 2**30:.1f} GB",
        "memory free": f"{psutil.virtual_memory().available / 2**30:.1f} GB",
        "memory scan": accel.backend(),
    }


def processes() -> dict[str, str]:
    """This process and its children with the memory that each has to itself."""
    own = psutil.Process()
    rows = {}
    for process in [own, *own.children(recursive=True)]:
        try:
            rows[f"{process.name()} {process.pid}"] = f"{process.memory_info().rss / 2**20:.0f} MB"
        except psutil.Error:
            continue
    return rows


def problems(data_dir: Path, settings: Settings, loaded: dict[str, str]) -> list[dict[str, str]]:
    """What is missing or short, each with one sentence that says what to do."""
    found: list[dict[str, str]] = []

    def add(kind: str, sentence: str) -> None:
        found.append({"kind": kind, "sentence": sentence})

    if importlib.util.find_spec("llama_cpp") is None:
        add("backend_missing", "llama.cpp is not installed, so GGUF models do not run; `make llama` builds it once.")
    if loaded["onnxruntime"] == "not installed":
        add("embedder", "onnxruntime is not installed, so search goes by words only; install the requirements again.")
    if accel.backend() == "numpy":
        add("accel", "The compiled memory scan is missing, so search is slower; `make accel` builds it.")
    if settings.model == "guide" and not _is_model(resource_path("models", "guide.gguf")):
        add("model_not_found", "The guide model is missing from the installation or damaged; install Scrubjay again.")
    free = shutil.disk_usage(data_dir).free
    if free < LOW_SPACE_BYTES:
        add("disk", f"Only {free / 2**20:.0f} MB are free on the disk of {data_dir}; make room before adding more.")
    return found


def _is_model(path: Path) -> bool:
    try:
        read_header(path)
    except (EngineError, OSError):
        return False
    return True


async def examine(settings: Settings, data_dir: Any, store: Any, embedder: Any, backends: list[Any]) -> dict[str, Any]:
    """The whole report as plain data: sections of name and value, and `problems`."""
    versions = library_versions()
    found = problems(settings.data_dir, settings, versions)
    if getattr(embedder, "problem", ""):
        found.append({"kind": "embedder", "sentence": embedder.problem})
    try:
        info = await store.info()
        stored = {
            "server": f"{info.server} {info.version}",
            "durable": info.durable,
            "memory": f"{info.memory_bytes / 2**20:.1f} MB",
            "on disk": f"{info.disk_bytes / 2**20:.1f} MB",
            "entries": str(info.n_keys),
        }
    except StoreError as exc:
        stored = {"server": "not reached"}
        found.append({"kind": exc.kind, "sentence": str(exc)})
    return {
        "scrubjay": {"version": versions["scrubjay"], "data": str(settings.data_dir), "program": sys.executable},
        "computer": computer(),
        "libraries": versions,
        "store": stored,
        "embedder": {"model": embedder.model if embedder else "none: search goes by words only"},
        "models": {backend.info.name: backend.info.backend for backend in backends} or {"chosen": settings.model},
        "processes": processes(),
        "problems": found,
    }
