"""The seam between the assistant and whatever runs a model.

A run owns an append-only list of `Message`s. A backend turns them into the model's own form: token ids
for llama.cpp (each message rendered alone, text that is not ours never parsed for special tokens), JSON
for a server by URL. Messages are immutable and a prefix of the list never changes within a chat, so a
backend with a KV cache prefills only what is new; what the model itself generated carries its ids and is
never rendered again.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Role = Literal["system", "user", "assistant", "tool"]
SequenceName = Literal["chat", "background", "scratch"]


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a prompt.

    Attributes:
        role: who speaks.
        text: the words, never template marks.
        labels: origins of the text (engine.security.taint).
        ids: token ids exactly as the model generated them; empty: rendered from `text`.
        open: an assistant message that generation continues; no end mark is appended to it.
    """

    role: Role
    text: str
    labels: frozenset[str] = frozenset()
    ids: tuple[int, ...] = ()
    open: bool = False


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is chosen.

    Attributes:
        temperature: 0 is greedy.
        max_tokens: generation ends with reason "length" after so many.
        stop: strings that end generation; they are not part of the text.
    """

    temperature: float = 0.0
    top_p: float = 0.95
    top_k: int = 40
    min_p: float = 0.05
    repeat_penalty: float = 1.0
    seed: int = 0
    max_tokens: int = 512
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What a loaded model is.

    Attributes:
        name: for people: general.name of the file, or the server's name for it.
        source: path or URL.
        backend: llama.cpp, mlx, server or scripted.
        kind: guide (chooses, writes nothing) or chat.
        rereads: whether the whole prompt is read again when an earlier part of it changed: the memory of this
            kind of model cannot go back.
        opens_thought: whether its template makes it begin inside of a thought.
        has_grammar: whether `generate(grammar=…)` is obeyed.
        template: file, a family's name, or chatml; what renders the messages.
        note: a sentence that the person should see, or "".
        template_note: the part of it that says that the file's own chat template is not used.
    """

    name: str
    source: str
    backend: str
    kind: Literal["guide", "chat"] = "chat"
    architecture: str = ""
    n_params: int = 0
    size_bytes: int = 0
    quantisation: str = ""
    n_ctx: int = 4096
    n_ctx_train: int = 4096
    n_vocab: int = 0
    has_grammar: bool = True
    template: str = "file"
    note: str = ""
    template_note: str = ""
    rereads: bool = False
    opens_thought: bool = False


@dataclass(frozen=True, slots=True)
class Prefilled:
    """How far the prompt is read; `n_done` of `n_prompt`, of which `n_reused` were already there.

    Attributes:
        n_reread: tokens that were there and are read again, because this model's memory cannot go back.
    """

    n_done: int
    n_prompt: int
    n_reused: int
    n_reread: int = 0


@dataclass(frozen=True, slots=True)
class Piece:
    """One generated token as text; `id` is -1 where the backend does not know it."""

    text: str
    id: int = -1


@dataclass(frozen=True, slots=True)
class Generated:
    """The end of a generation, always the last item.

    Attributes:
        text: everything generated, stop string cut off.
        ids: tokens generated, as they are in the KV cache (empty for a server).
        reason: end (of turn), stop (string), length, cancelled.
        n_prompt: tokens of the prompt; n_reused of them were in the KV cache already.
    """

    text: str
    ids: tuple[int, ...]
    reason: Literal["end", "stop", "length", "cancelled"]
    n_prompt: int
    n_reused: int
    n_generated: int
    prefill_ms: float
    decode_ms: float


class Backend(Protocol):
    """Runs one model. `create_backend` in engine.llm.factory picks the implementation."""

    @property
    def info(self) -> ModelInfo:
        """What is loaded; valid after `load`."""
        ...

    async def load(self) -> ModelInfo:
        """Load the model; a second call returns at once.

        Raises:
            ModelError: it cannot be used; the sentence says why.
        """
        ...

    def generate(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        *,
        grammar: str | None = None,
        sequence: SequenceName = "chat",
    ) -> AsyncGenerator[Prefilled | Piece | Generated, None]:
        """Read the messages and generate the next one, token by token.

        Closing the generator, or cancelling the task, stops the model within a few milliseconds and
        keeps what was read for the next call.

        Args:
            grammar: GBNF that the text must obey, root rule `root`.

        Raises:
            ContextFullError: the messages do not fit.
            WorkerCrashedError: the worker ended; what was generated so far was delivered.
        """
        ...

    async def count(self, text: str) -> int:
        """Tokens that a text takes (an estimate for a server)."""
        ...

    async def aclose(self) -> None:
        """Unload the model and end its worker."""
        ...
