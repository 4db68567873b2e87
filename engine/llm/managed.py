"""A model that is loaded when it is asked, watched while it answers, and released when nobody uses it.

What holds a `ManagedBackend` may hold it for ever: the process and the memory behind it come and go. It is a
`Backend`, so a run does not know. States, told to `on_state` as they change:

    asleep → loading → ready ⇄ thinking;  ready → asleep (released);  any → problem, with a sentence

Releasing never breaks an answer: a model that answers is not released, and the next request loads it again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass
from typing import Any, Literal

from engine.errors import EngineError, ModelError, ServerError, WorkerCrashedError, WorkerHungError
from engine.llm.backend import Backend, Generated, Message, ModelInfo, Piece, Prefilled, Sampling, SequenceName
from engine.llm.discovery import FoundModel
from engine.llm.fit import FitPlan

ModelState = Literal["asleep", "loading", "ready", "thinking", "problem"]

# The progress of a load, and of a long prompt, is told in steps of this; a shorter one is read in a moment.
PROGRESS_STEP = 0.05
LONG_PROMPT = 256


@dataclass(slots=True)
class Usage:
    """What a model did since it was first asked; tokens.

    Attributes:
        n_context: in the context after the last request.
        tokens_per_s: of the last generation of at least eight tokens.
        n_reused, n_prefilled: of all prompts, what was there already and what had to be read.
    """

    n_requests: int = 0
    n_prompt: int = 0
    n_reused: int = 0
    n_prefilled: int = 0
    n_generated: int = 0
    n_context: int = 0
    tokens_per_s: float = 0.0
    prefill_per_s: float = 0.0
    first_token_ms: float = 0.0

    def to_record(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


class ManagedBackend:
    """The one holder of a model's backend.

    Args:
        name: for people.
        create: makes the backend, not loaded; raises a ModelError where it may not be loaded.
        on_state: called at each change of state or of a load's progress.
        on_answered: called after each generation.
        on_crash: told that the worker ended, by itself or because it hung; gives the error to raise.

    Attributes:
        read_share: of a long prompt that is being read, 0…1; 0 when none is.
        found, plan: the file that was loaded last, and how; None for a server.
        was_loading: the state before this one was loading.
    """

    def __init__(
        self,
        name: str,
        create: Callable[[Callable[[float], None]], Awaitable[Backend]],
        *,
        on_state: Callable[[], None],
        on_answered: Callable[[Generated, float], None] = lambda _generated, _first_ms: None,
        on_crash: Callable[[EngineError], Awaitable[EngineError]] | None = None,
    ) -> None:
        self.name = name
        self.state: ModelState = "asleep"
        self.loaded_share = self.read_share = 0.0
        self.problem = ""
        self.usage = Usage()
        self.used_at = time.monotonic()
        self.found: FoundModel | None = None
        self.plan: FitPlan | None = None
        self.was_loading = False
        self._create, self._on_state, self._on_answered = create, on_state, on_answered
        self._on_crash = on_crash
        self._backend: Backend | None = None
        self._info: ModelInfo | None = None
        self._n_active = 0
        self._loading = asyncio.Lock()

    @property
    def info(self) -> ModelInfo:
        """What was loaded last; valid after `load`."""
        if self._info is None:
            raise ModelError("The model is not loaded yet.")
        return self._info

    @property
    def is_loaded(self) -> bool:
        return self._backend is not None and self._info is not None and self.state in ("ready", "thinking")

    @property
    def is_busy(self) -> bool:
        """Whether it loads or answers."""
        return self._n_active > 0 or self._loading.locked()

    @property
    def pid(self) -> int | None:
        """Of the process that runs it; None for a server and while there is none."""
        pid: int | None = getattr(getattr(self._backend, "worker", None), "pid", None)
        return pid

    @property
    def struck_out(self) -> bool:
        """Whether its worker crashed so often that it is not started again."""
        return getattr(getattr(self._backend, "worker", None), "state", "") == "refused"

    async def load(self) -> ModelInfo:
        """Load the model; returns at once where it is.

        Raises:
            ModelError: it cannot be used; the sentence says why.
        """
        return (await self._ready()).info

    async def reach(self) -> ModelInfo:
        """Load the model, and have a server say that it is there, which only a request finds out otherwise.

        Raises:
            ModelError: it cannot be used, or nobody answers; the sentence says why.
        """
        return (await self._ready(reach=True)).info

    async def _ready(self, *, reach: bool = False) -> Backend:
        async with self._loading:
            self.used_at = time.monotonic()
            asks = reach and not self._n_active and hasattr(self._backend, "reach")
            if self._backend is not None and self.is_loaded and not asks:
                return self._backend
            self.loaded_share, self.problem = 0.0, ""
            self._set_state("loading")
            try:
                if self._backend is None:
                    self._backend = await self._create(self._on_progress)
                self._info = await self._backend.load()
                ask = getattr(self._backend, "reach", None) if reach else None
                if ask is not None:
                    await ask()
            # A cancel as well: a model that is half loaded would hold its memory and never be asked.
            except BaseException as exc:
                await self._drop()
                told = await self._judge(exc) if isinstance(exc, EngineError) else exc
                self.problem = str(told) if isinstance(told, EngineError) else ""
                self._set_state("problem" if self.problem else "asleep")
                if told is exc:
                    raise
                raise told from exc
            self.used_at = time.monotonic()
            self._set_state("ready")
            return self._backend

    async def _judge(self, error: EngineError) -> EngineError:
        """The error to raise for one that came: another where the worker ended once too often."""
        is_crash = isinstance(error, WorkerCrashedError | WorkerHungError)
        return await self._on_crash(error) if is_crash and self._on_crash is not None else error

    def _on_progress(self, share: float) -> None:
        if share - self.loaded_share >= PROGRESS_STEP:
            self.loaded_share = share
            self._on_state()

    async def generate(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        *,
        grammar: str | None = None,
        sequence: SequenceName = "chat",
    ) -> AsyncGenerator[Prefilled | Piece | Generated, None]:
        """See `Backend.generate`; a model that was released is loaded again first."""
        struck_out = self.struck_out
        self._n_active += 1
        try:
            backend = await self._ready()
            self._set_state("thinking")
            async with aclosing(self._answer(backend, messages, sampling, grammar, sequence, struck_out)) as items:
                async for item in items:
                    yield item
        finally:
            self._n_active -= 1
            self.used_at = time.monotonic()
            self.read_share = 0.0
            if not self._n_active and self.state == "thinking":
                self._set_state("problem" if self.problem else "ready")

    async def _answer(
        self,
        backend: Backend,
        messages: Sequence[Message],
        sampling: Sampling,
        grammar: str | None,
        sequence: SequenceName,
        struck_out: bool,
    ) -> AsyncGenerator[Prefilled | Piece | Generated, None]:
        began, first_ms, n_read = time.perf_counter(), 0.0, 0
        try:
            async with aclosing(backend.generate(messages, sampling, grammar=grammar, sequence=sequence)) as items:
                async for item in items:
                    if isinstance(item, Piece):
                        self.usage.n_generated += 1
                        if not first_ms:
                            first_ms = (time.perf_counter() - began) * 1000
                            self._show_reading(0.0)
                    elif isinstance(item, Prefilled):
                        n_read = self._on_read(item, n_read)
                    elif isinstance(item, Generated):
                        # Counted as it was read; the end knows it exactly.
                        self.usage.n_prefilled -= n_read
                        self._note(item, first_ms)
                    yield item
        except ServerError as exc:
            # Until it answers again: the next request asks it anew.
            self.problem = str(exc)
            raise
        except ModelError:
            # A prompt that is too long: the request failed, not the model.
            raise
        except EngineError as exc:
            told = await self._judge(exc)
            self.problem = str(told)
            if struck_out:
                # The person was told; whoever asks once more begins anew.
                await self._drop()
            if told is exc:
                raise
            raise told from exc

    def _on_read(self, item: Prefilled, counted: int) -> int:
        """A part of the prompt was read; tokens of it that are counted now."""
        n_read, n_new = max(0, item.n_done - item.n_reused), item.n_prompt - item.n_reused
        self.usage.n_prefilled += n_read - counted
        self.usage.n_context = item.n_done
        if n_new >= LONG_PROMPT:
            share = n_read / n_new
            if share - self.read_share >= PROGRESS_STEP:
                self._show_reading(share)
        return n_read

    def _show_reading(self, share: float) -> None:
        if share != self.read_share:
            self.read_share = share
            self._on_state()

    def _note(self, generated: Generated, first_ms: float) -> None:
        usage = self.usage
        usage.n_requests += 1
        usage.n_prompt += generated.n_prompt
        usage.n_reused += generated.n_reused
        n_read = max(0, generated.n_prompt - generated.n_reused)
        usage.n_prefilled += n_read
        usage.n_context = generated.n_prompt + generated.n_generated
        usage.first_token_ms = first_ms
        if generated.n_generated >= 8 and generated.decode_ms > 0:
            usage.tokens_per_s = generated.n_generated / generated.decode_ms * 1000
        if n_read >= 8 and generated.prefill_ms > 0:
            usage.prefill_per_s = n_read / generated.prefill_ms * 1000
        self._on_answered(generated, first_ms)

    async def count(self, text: str) -> int:
        """See `Backend.count`."""
        return await (await self._ready()).count(text)

    @property
    def note(self) -> str:
        """What the person should know of how it was loaded: with less than was asked for; "" if with all."""
        plan = self.plan
        if plan is None or not self.is_loaded or plan.verdict == "fits":
            return ""
        cache = " kept in 8 bits" if plan.kv_type == "q8_0" else ""
        return f"Loaded with {plan.n_ctx:,} tokens of context{cache}, because memory is short."

    async def prompt_ids(self, messages: Sequence[Message]) -> list[int] | None:
        """Token ids of a prompt as `generate` would send it; None where the backend does not know them."""
        backend = await self._ready()
        tell = getattr(backend, "prompt_ids", None)
        return None if tell is None else list(await tell(messages))

    async def enter(self, chat_id: str) -> int:
        """Have a chat's memory ready, from its file if there is one; tokens that need not be read again."""
        tell = getattr(await self._ready(), "enter", None)
        return 0 if tell is None else int(await tell(chat_id))

    async def forget_sequences(self, chat_id: str = "") -> None:
        """Have the model forget what it has read of a chat, or of all."""
        tell = getattr(self._backend, "forget_chat", None)
        if tell is not None and self.is_loaded:
            await tell(chat_id)

    async def release(self) -> bool:
        """Give the memory back, unless it loads or answers; the next request loads it again."""
        if self.is_busy or self._backend is None:
            return False
        async with self._loading:
            await self._drop()
            self.problem = ""
            self._set_state("asleep")
        return True

    async def _drop(self) -> None:
        backend, self._backend = self._backend, None
        if backend is not None:
            await backend.aclose()

    async def aclose(self) -> None:
        """End it, whatever it does."""
        await self._drop()
        self.state = "asleep"

    def _set_state(self, state: ModelState) -> None:
        if state != self.state:
            self.was_loading = self.state == "loading"
            self.state = state
            self._on_state()
