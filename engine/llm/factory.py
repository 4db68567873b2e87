"""Picks the backend for what the person chose as a model: the guide, a file, or a server."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from engine.errors import ModelNotFoundError, UnknownNameError
from engine.llm.backend import Backend
from engine.llm.local import LocalBackend
from engine.llm.mlx_folder import is_mlx_folder
from engine.llm.sequences import SequenceShelf
from engine.settings import Settings
from resources import resource_path

GUIDE = "guide"


def create_backend(
    settings: Settings,
    log_dir: Path,
    models_dir: Path,
    *,
    kv_type: str = "f16",
    on_progress: Callable[[float], None] | None = None,
    sequences: SequenceShelf | None = None,
    tuned: Mapping[str, Any] | None = None,
) -> Backend:
    """The backend for `settings.model`; nothing is loaded or asked yet.

    Args:
        kv_type: of the KV cache, f16 or q8_0.
        on_progress: told the share of a file that is loaded, 0…1.
        sequences: where chats that were read are kept; None keeps none.
        tuned: n_threads, n_ubatch and use_mmap where a measurement found better ones.
        log_dir: where a worker writes its log.
        models_dir: where models of a name without a path are looked for.

    Raises:
        ModelNotFoundError: there is no such file.
        UnknownNameError: no model of that name.
        UsageError: an address that is not http or https.
    """
    choice = settings.model.strip()
    if "://" in choice:
        # Here, because its HTTP library costs a quarter of the start and few ask a server.
        from engine.llm.server import ServerBackend

        return ServerBackend(choice, model=settings.server_model, key_file=settings.key_file, n_ctx=settings.n_ctx)
    return LocalBackend(
        find_model(choice, models_dir),
        log_dir=log_dir,
        n_ctx=settings.n_ctx,
        kv_type=kv_type,
        on_progress=on_progress,
        sequences=sequences,
        **{"n_threads": settings.n_threads, **(tuned or {})},
        host="process" if settings.inference_process == "worker" else "thread",
    )


def find_model(choice: str, models_dir: Path) -> Path:
    """The file (in MLX form, the folder) of a model: the guide's, a path, or a name among those in `models_dir`."""
    if choice in ("", GUIDE):
        path = resource_path("models", "guide.gguf")
        if not path.is_file():
            raise ModelNotFoundError("The guide model is missing from this installation; install Scrubjay again.")
        return path
    path = Path(os.path.expanduser(choice))
    if os.path.isfile(path) or is_mlx_folder(path):
        return path.resolve()
    named = {p.stem: p for p in sorted(models_dir.glob("*.gguf"))}
    if choice.removesuffix(".gguf") in named:
        return named[choice.removesuffix(".gguf")]
    if path.suffix == ".gguf" or len(path.parts) > 1:
        raise ModelNotFoundError(f"There is no model file {choice}; check the path or choose another model.")
    raise UnknownNameError("model", choice, [GUIDE, *named])
