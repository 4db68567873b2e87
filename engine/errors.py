"""Every error that the engine raises, each with one sentence that says what to do.

    EngineError                    root; `kind` names it in --json, str(error) is the sentence
    ├── UsageError                 a value that cannot be used (exit code 2)
    │   └── UnknownNameError       no such id, tier, model, document; "did you mean"
    ├── DataDirError               the data directory is not ours, newer than we are, or read-only
    ├── OwnerLostError             the process that owned the data directory went away
    ├── StoreError                 the store cannot do what was asked
    │   ├── StoreUnavailableError  no server, or it went away
    │   ├── StoreFullError         no space: reading goes on, writing does not
    │   └── EntryDamagedError      an entry whose checksum does not match
    ├── WorkerError                a child process failed
    │   ├── WorkerCrashedError     it ended by itself or by a signal
    │   │   └── ModelStruckOutError  for the third time with the same model: a smaller plan is offered
    │   └── WorkerHungError        no progress within its limit
    ├── ModelError                 a chat model cannot be used
    │   ├── ModelNotFoundError     no such file or name
    │   ├── ModelBrokenError       the file is not what it says
    │   ├── ModelTooLargeError     it does not fit into memory, and nobody said to try anyway
    │   ├── BackendMissingError    the library for this format is not installed
    │   ├── ContextFullError       the prompt does not fit
    │   └── ServerError            a model server by URL refused, broke off or is not one
    ├── EmbedderError              texts cannot be turned into vectors: search goes on by words
    └── DocumentError              one file cannot be read; the rest of the batch goes on

Signals such as `RunCancelled` are not errors and live beside what sends them.
Foreign exceptions are wrapped once, in the file that owns the library, with `raise … from exc`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = [
    "BackendMissingError",
    "ContextFullError",
    "DataDirError",
    "DocumentError",
    "EmbedderError",
    "EngineError",
    "EntryDamagedError",
    "ModelBrokenError",
    "ModelError",
    "ModelNotFoundError",
    "ModelStruckOutError",
    "ModelTooLargeError",
    "OwnerLostError",
    "ServerError",
    "StoreError",
    "StoreFullError",
    "StoreUnavailableError",
    "UnknownNameError",
    "UsageError",
    "WorkerCrashedError",
    "WorkerError",
    "WorkerHungError",
    "error_from_wire",
]


class EngineError(Exception):
    """Root of all errors a person may see; `str(error)` is one sentence that says what to do."""

    kind = "engine"

    def to_wire(self) -> dict[str, str]:
        """The error as it crosses a process border: `{kind, sentence}`."""
        return {"kind": self.kind, "sentence": str(self)}


class UsageError(EngineError):
    """A value that cannot be used."""

    kind = "usage"


class UnknownNameError(UsageError):
    """A name or id that nothing has.

    Args:
        what: the kind of thing, "tier", "memory", "document".
        name: what was asked for.
        known: the names there are; the nearest is offered.
    """

    kind = "unknown_name"

    def __init__(self, what: str, name: str, known: Iterable[str] = ()) -> None:
        near = difflib.get_close_matches(name, list(known), n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        super().__init__(f"There is no {what} named {name!r}.{hint}")


class DataDirError(EngineError):
    """The data directory cannot be used as it is.

    Attributes:
        BY_OPTION: the words that say how a command is given another one.
    """

    kind = "data_dir"
    BY_OPTION = " with --data-dir"

    @property
    def is_elsewhere(self) -> bool:
        """Whether another directory would do."""
        return self.BY_OPTION in str(self)

    @property
    def in_window(self) -> str:
        """The sentence for who has no command line."""
        return str(self).replace(self.BY_OPTION, "")


class OwnerLostError(EngineError):
    """The process that owned the data directory went away in mid-request."""

    kind = "owner_lost"


class StoreError(EngineError):
    """The store cannot do what was asked."""

    kind = "store"


class StoreUnavailableError(StoreError):
    """No server answers, or none could be started."""

    kind = "store_unavailable"


class StoreFullError(StoreError):
    """No space is left: nothing was acknowledged, reading goes on."""

    kind = "store_full"


class EntryDamagedError(StoreError):
    """An entry's checksum does not match its bytes.

    Attributes:
        key: where the damaged bytes are.
    """

    kind = "entry_damaged"

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(f"The stored entry {key} is damaged and is not shown; restore it from a backup.")


class WorkerError(EngineError):
    """A child process could not do its work."""

    kind = "worker"


class WorkerCrashedError(WorkerError):
    """A child process ended by itself or by a signal."""

    kind = "worker_crashed"


class ModelStruckOutError(WorkerCrashedError):
    """A model ended its worker again and again; what can be used instead is known to `models.smaller`."""

    kind = "model_struck_out"


class WorkerHungError(WorkerError):
    """A child process made no progress within its limit."""

    kind = "worker_hung"


class ModelError(EngineError):
    """A chat model cannot be used."""

    kind = "model"


class ModelNotFoundError(ModelError):
    """No model file or model of that name."""

    kind = "model_not_found"


class ModelBrokenError(ModelError):
    """The file is not a model that can be loaded."""

    kind = "model_broken"


class ModelTooLargeError(ModelError):
    """The model does not fit into the memory that is free; the sentence has the sum."""

    kind = "model_too_large"


class BackendMissingError(ModelError):
    """The library that runs this kind of model is not installed."""

    kind = "backend_missing"


class ContextFullError(ModelError):
    """The prompt is longer than the model's context window.

    Attributes:
        n_prompt: tokens asked for.
        n_ctx: tokens there are.
    """

    kind = "context_full"

    def __init__(self, n_prompt: int, n_ctx: int) -> None:
        self.n_prompt, self.n_ctx = n_prompt, n_ctx
        super().__init__(
            f"The question and its sources need {n_prompt} tokens, the model reads {n_ctx}; "
            "ask a shorter question, raise the context window in the settings, or choose a model with a longer one."
        )


class ServerError(ModelError):
    """A model server by URL refused, broke off, or is not a model server."""

    kind = "server"


class EmbedderError(EngineError):
    """Texts cannot be turned into vectors; search goes on by words alone."""

    kind = "embedder"


class DocumentError(EngineError):
    """One file cannot be read; its sentence says why and what to do.

    Attributes:
        state: the state that ingest reports for the file: failed, scan, empty, encrypted,
            unsupported, too_large.
    """

    kind = "document"

    def __init__(self, sentence: str, state: str = "failed") -> None:
        self.state = state
        super().__init__(sentence)

    def to_wire(self) -> dict[str, str]:
        return {**super().to_wire(), "state": self.state}


def _subclasses(cls: type[EngineError]) -> dict[str, type[EngineError]]:
    found = {cls.kind: cls}
    for sub in cls.__subclasses__():
        found.update(_subclasses(sub))
    return found


def error_from_wire(payload: dict[str, str]) -> EngineError:
    """The error that `to_wire` described on the other side of a process border."""
    cls = _subclasses(EngineError).get(payload.get("kind", ""), EngineError)
    error = cls.__new__(cls)
    Exception.__init__(error, payload.get("sentence", "A part of Scrubjay failed without saying why."))
    if isinstance(error, DocumentError):
        error.state = payload.get("state", "failed")
    return error
