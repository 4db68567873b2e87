"""Opens a model for the worker: the format decides. A GGUF file runs in llama.cpp, a folder of MLX in MLX.

The libraries are imported here, where their absence can be said in a sentence: everything else runs without.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from engine.errors import BackendMissingError
from engine.llm.backend import ModelInfo
from engine.llm.gguf import GgufHeader, read_header
from engine.llm.mlx_folder import MlxFolder, read_folder
from engine.llm.reading import N_BATCH, Runner
from engine.llm.state_file import fingerprint
from engine.llm.templates import ChatFormat

__all__ = ["Opened", "default_threads", "open_model"]

# Told the share that is loaded, 0…1; False stops the load.
OnProgress = Callable[[float], bool]


@dataclass(frozen=True, slots=True)
class Opened:
    """A loaded model.

    Attributes:
        info: the fields of its ModelInfo.
        fingerprint: what tells its saved sequences from those of other models.
    """

    runner: Runner
    format: ChatFormat
    info: dict[str, Any]
    fingerprint: bytes


def open_model(config: dict[str, Any], on_progress: OnProgress) -> Opened:
    """Load the model of a worker's configuration `{path, n_ctx, n_threads, kv_type, n_ubatch, use_mmap}`.

    Raises:
        ModelError: it cannot be used; the sentence says why.
    """
    path = Path(config["path"])
    return _open_folder(path, config, on_progress) if path.is_dir() else _open_file(path, config, on_progress)


def _open_file(path: Path, config: dict[str, Any], on_progress: OnProgress) -> Opened:
    header = read_header(path)
    try:
        from engine.llm.llamacpp import Llama
        from engine.llm.session import Session
    except (ImportError, OSError, RuntimeError) as exc:
        raise BackendMissingError(
            "The library that runs model files (llama-cpp-python) is not installed or does not start here; "
            "install it, or choose a model server by its URL."
        ) from exc
    llama = Llama(
        path,
        min(int(config.get("n_ctx", 4096)), header.n_ctx_train),
        default_threads(config),
        on_progress,
        kv_type=str(config.get("kv_type", "f16")),
        n_ubatch=int(config.get("n_ubatch", N_BATCH)),
        use_mmap=bool(config.get("use_mmap", True)),
    )
    vocab = llama.vocab
    chat_format = ChatFormat(
        header.chat_template,
        header.has_token,
        bos=vocab.special.get(vocab.bos, ""),
        eos=vocab.special.get(header.number("tokenizer.ggml.eos_token_id", -1), ""),
    )
    info = _describe(header, chat_format, config, llama.n_ctx)
    info |= {
        "backend": "llama.cpp",
        "n_params": llama.n_params,
        "size_bytes": llama.size_bytes,
        "n_vocab": vocab.n_tokens,
        "rereads": llama.rereads,
    }
    return Opened(Session(llama), chat_format, info, fingerprint(path))


def _open_folder(path: Path, config: dict[str, Any], on_progress: OnProgress) -> Opened:
    folder = read_folder(path)
    try:
        from engine.llm.mlx import MlxSession
    except (ImportError, OSError, RuntimeError) as exc:
        raise BackendMissingError(
            "The library that runs models in MLX form (mlx-lm) is not installed or does not start here; "
            "install it with scrubjay[mlx], or take the same model as a GGUF file."
        ) from exc
    n_ctx = min(int(config.get("n_ctx", 4096)), folder.n_ctx_train)
    session = MlxSession(folder, n_ctx, on_progress, kv_type=str(config.get("kv_type", "f16")))
    vocab = session.vocab
    chat_format = ChatFormat(folder.chat_template, vocab.has_token, bos=folder.bos, eos=folder.eos)
    info = _describe(folder, chat_format, config, n_ctx)
    info |= {
        "backend": "mlx",
        "n_params": folder.n_params,
        "size_bytes": folder.size_bytes,
        "n_vocab": vocab.n_tokens,
        "has_grammar": vocab.has_grammar,
        "rereads": session.rereads,
    }
    return Opened(session, chat_format, info, fingerprint(folder.weights[0]))


def _describe(
    header: GgufHeader | MlxFolder, chat_format: ChatFormat, config: dict[str, Any], n_ctx: int
) -> dict[str, Any]:
    """What both formats say about themselves, as fields of ModelInfo."""
    is_short = int(config.get("n_ctx", 4096)) > header.n_ctx_train and header.kind == "chat"
    shorter = f"This model was made for {header.n_ctx_train} tokens of context, so it reads no more than that."
    info = ModelInfo(
        name=header.name,
        source=str(header.path),
        backend="",
        kind="guide" if header.kind == "guide" else "chat",
        architecture=header.architecture,
        quantisation=header.quantisation,
        n_ctx=n_ctx,
        n_ctx_train=header.n_ctx_train,
        template=chat_format.name,
        opens_thought=chat_format.opens_thought,
        template_note=chat_format.note,
        note=" ".join(filter(None, (chat_format.note, shorter if is_short else ""))),
    )
    return asdict(info)


def default_threads(config: dict[str, Any]) -> int:
    """Threads to use: as asked, else all cores but one."""
    asked = int(config.get("n_threads", 0))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return asked or max(1, cores - 1)
