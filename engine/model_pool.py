"""The models that are in memory: one `ManagedBackend` for each that was ever asked.

Before a model is loaded its needs are summed up (engine.llm.fit) against the memory that is available and
what idle models would give back; idle ones go first where their room is needed. While anything is loaded a
task looks every few seconds: what nobody used for the time of the setting is released, the embedder too, and
what memory pressure asks for is done (engine.model_pressure).

Available is what is left when every loaded model keeps its weights in memory: the system would drop mapped
weights before it swaps, but a model whose weights come from the disk again for each token is no help.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.errors import EngineError, ModelStruckOutError, ModelTooLargeError
from engine.llm.backend import Backend, Generated
from engine.llm.choosing import Speeds, split_server
from engine.llm.discovery import FoundModel
from engine.llm.factory import create_backend
from engine.llm.fit import FitPlan, Room, plan_fit, smaller_plans
from engine.llm.managed import ManagedBackend
from engine.llm.sequences import SequenceShelf
from engine.llm.shelf import Choice
from engine.llm.strikes import STRIKES, Strikes
from engine.llm.template_notes import TemplateNotes
from engine.model_pressure import Pressure
from engine.model_tuning import ModelTuning
from engine.settings import MIN_N_CTX, Settings
from engine.store.data_dir import DataDir
from engine.system.memory import SystemMemory, mapped_bytes, read_memory, resident_bytes

logger = logging.getLogger(__name__)

# How often idle models and the pressure of memory are looked at, while anything is loaded.
WATCH_S = 5.0
# Things that happened to models, for the time line of the resource panel.
MAX_EVENTS = 100

Announce = Callable[[str, str], None]
Answered = Callable[[str, Generated, float], None]


class ModelPool:
    """Loads, keeps and releases models.

    Args:
        kept: the settings as they are kept now.
        announce: told (source, state) at each change of state.
        on_answered: told (name, generated, ms to the first token) after each generation.
        embedder: released with the models when nobody uses it.
        memory: how much memory there is.

    Attributes:
        caps: bytes that a model may take, where pressure set a limit; by source.
        wanted: tokens of context that a text asked for, beyond the settings; by source.
        contexts: tokens of context that the person gave a model; by source.
        template_notes: what is said of chat templates that cannot be used.
        strikes: which models ended their workers too often lately.
        events: what happened: at_s by time.monotonic(), kind, name; the newest last.
    """

    def __init__(
        self,
        settings: Settings,
        data_dir: DataDir,
        kept: Callable[[], Settings],
        *,
        announce: Announce,
        on_answered: Answered,
        embedder: Callable[[], Any],
        memory: Callable[[], SystemMemory] = read_memory,
    ) -> None:
        self._settings, self._data_dir, self._kept = settings, data_dir, kept
        self._announce, self._on_answered = announce, on_answered
        self._embedder, self._memory = embedder, memory
        self.speeds = Speeds(data_dir.cache_dir)
        self.sequences = SequenceShelf(data_dir.cache_dir / "sequences")
        self.backends: dict[str, ManagedBackend] = {}
        self.caps: dict[str, int] = {}
        self.wanted: dict[str, int] = {}
        self.contexts: dict[str, int] = {
            source: max(MIN_N_CTX, n_ctx) for source, n_ctx in settings.model_contexts.items()
        }
        self.strikes = Strikes(data_dir.cache_dir)
        self.template_notes = TemplateNotes(data_dir.cache_dir)
        self.events: deque[dict[str, Any]] = deque(maxlen=MAX_EVENTS)
        self._limits: dict[str, float] = {}
        self._pressure = Pressure(self)
        self.tuning = ModelTuning(
            data_dir.cache_dir,
            data_dir.log_dir,
            lambda: self.room().usable,
            lambda name, _: self.note("calibrated", name),
        )
        self._watching: asyncio.Task[None] | None = None

    @property
    def loaded(self) -> list[ManagedBackend]:
        """What is in memory now."""
        return [backend for backend in self.backends.values() if backend.is_loaded]

    def get(self, choice: Choice) -> ManagedBackend:
        """The backend of a model; nothing is loaded yet."""
        if choice.source not in self.backends:

            async def create(on_progress: Callable[[float], None]) -> Backend:
                return await self._create(choice, on_progress)

            self.backends[choice.source] = ManagedBackend(
                choice.name,
                create,
                on_state=lambda: self._on_state(choice.source),
                on_answered=lambda generated, ms: self._on_generated(choice, generated, ms),
                on_crash=lambda error: self._on_crash(choice, error),
            )
        return self.backends[choice.source]

    async def _on_crash(self, choice: Choice, error: EngineError) -> EngineError:
        """The worker of a model ended; at the third time what the person hears is that something else is needed."""
        if choice.found is None or choice.is_guide or not await asyncio.to_thread(self.strikes.note, choice.source):
            return error
        return ModelStruckOutError(
            f"{choice.name} ended {STRIKES} times within minutes; it may work with a shorter context, else take a "
            f"smaller model. The log says more: {self._data_dir.log_dir / 'llm.log'}."
        )

    async def _create(self, choice: Choice, on_progress: Callable[[float], None]) -> Backend:
        folders = (self._data_dir.log_dir, self._data_dir.models_dir)
        if choice.found is None:
            key_file = Path(choice.key_file) if choice.key_file else None
            changes = {"model": split_server(choice.source)[0], "server_model": choice.server_model}
            return create_backend(self._settings.model_copy(update={**changes, "key_file": key_file}), *folders)
        choice.require_usable()
        plan = await self._make_room(choice, choice.found)
        self.backends[choice.source].found, self.backends[choice.source].plan = choice.found, plan
        if choice.found.shape is not None:
            self._limits[choice.source] = await asyncio.to_thread(self.speeds.limit, choice.found.shape)
        settings = self._settings.model_copy(update={"model": str(choice.found.path), "n_ctx": plan.n_ctx})
        return create_backend(
            settings,
            *folders,
            kv_type=plan.kv_type,
            on_progress=on_progress,
            sequences=self.sequences,
            tuned=self.tuning.config(choice.found, self._settings.n_threads),
        )

    async def _make_room(self, choice: Choice, found: FoundModel) -> FitPlan:
        """How to load a model; releases idle ones where it needs their room.

        Raises:
            ModelTooLargeError: it does not fit, and nobody said to load it anyway.
        """
        plan = self.plan(found)
        assert plan is not None, "only a usable model is loaded"
        if plan.verdict == "too_large" and not choice.is_guide and not self.may_try(choice):
            raise ModelTooLargeError(
                f"{choice.name} was not loaded. {plan.sentence} Close other programs, choose a smaller model or a "
                "shorter context, or load it anyway from the list of models."
            )
        while plan.needed_bytes > self.room().usable:
            idle = self.idle()
            if not idle or not await idle[0].release():
                break
            self.note("released", idle[0].name)
        return plan

    def may_try(self, choice: Choice) -> bool:
        """Whether the person said to load it even where it does not fit."""
        kept = self._kept()
        return kept.load_anyway and kept.model == choice.source

    def plan(self, found: FoundModel, n_ctx: int = 0) -> FitPlan | None:
        """How a model would be loaded now; None for one that cannot be used.

        Args:
            n_ctx: tokens of context; as in the settings if 0.
        """
        if found.shape is None:
            return None
        source = str(found.path)
        givers = self.idle()
        own = self.backends.get(source)
        if own is not None and own.pid is not None and own not in givers:
            givers.append(own)
        to_free = sum(resident_bytes(backend.pid) for backend in givers if backend.pid)
        room = self.room(to_free)
        told = self.contexts.get(source) or self.wanted.get(source) or self._settings.n_ctx
        plan = plan_fit(found.shape, n_ctx or told, room)
        cap = self.caps.get(source)
        if cap is None or n_ctx or plan.needed_bytes <= cap:
            return plan
        return next((p for p in smaller_plans(found.shape, plan, room) if p.needed_bytes <= cap), plan)

    async def forget_sequences(self, chat_id: str = "") -> None:
        """Leave nothing of what models have read of a chat, or of all, in files and in memory."""
        for backend in self.backends.values():
            await backend.forget_sequences(chat_id)
        if chat_id:
            await asyncio.to_thread(self.sequences.forget, chat_id)
        else:
            await asyncio.to_thread(self.sequences.clear)

    def limit_of(self, source: str) -> float:
        """Tokens per second that the memory allows a model; 0 where nobody measured."""
        return self._limits.get(source, 0.0)

    def memory(self) -> SystemMemory:
        """The computer's memory; available is what is left when loaded models keep their weights."""
        memory = self._memory()
        if not memory.with_mapped:
            return memory
        kept = sum(mapped_bytes(backend.pid) for backend in self.loaded if backend.pid)
        return SystemMemory(memory.total, max(0, memory.available - kept))

    def room(self, to_free: int = 0) -> Room:
        """What a model may take, with what would be freed for it."""
        memory = self.memory()
        return Room(memory.total, memory.available, to_free)

    def idle(self) -> list[ManagedBackend]:
        """Loaded models that do nothing now, the largest first."""
        idle = [b for b in self.loaded if not b.is_busy and b.pid is not None]
        return sorted(idle, key=lambda b: -resident_bytes(b.pid or 0))

    def note(self, kind: str, name: str) -> None:
        """Something happened to a model: loaded, released, stepped_down, stepped_up, stand_in, crashed, calibrated."""
        self.events.append({"at_s": time.monotonic(), "kind": kind, "name": name})

    def _on_state(self, source: str) -> None:
        backend = self.backends[source]
        self._announce(source, backend.state)
        self._note_state(backend)
        if backend.state != "asleep":
            self.watch()

    def _note_state(self, backend: ManagedBackend) -> None:
        """Put what counts of a change of state on the time line."""
        if backend.state == "problem":
            self.note("crashed", backend.name)
        elif backend.state == "ready" and backend.was_loading:
            self.note("loaded", backend.name)
            if backend.found is not None:
                self.template_notes.keep(backend.found.path, backend.info.template_note)

    def _on_generated(self, choice: Choice, generated: Generated, first_ms: float) -> None:
        self._on_answered(choice.name, generated, first_ms)
        if generated.n_generated >= 16 and choice.found is not None:
            self.speeds.note(choice.source, self.backends[choice.source].usage.tokens_per_s, choice.found.shape)

    # Releasing

    def watch(self) -> None:
        """Look after what is loaded from now on, until nothing is."""
        if self._watching is None or self._watching.done():
            self._watching = asyncio.create_task(self._watch(), name="watch models")

    async def _watch(self) -> None:
        await asyncio.sleep(WATCH_S)
        while self.loaded or any(b.is_busy for b in self.backends.values()) or getattr(self._embedder(), "pid", None):
            await self.release_idle(time.monotonic())
            self.tuning.look(self.loaded)
            await asyncio.sleep(WATCH_S)

    async def release_idle(self, now: float) -> None:
        """Release what was idle for too long, and under memory pressure what is idle at all.

        Args:
            now: by time.monotonic().
        """
        limit = self._settings.idle_unload_s
        for backend in self.loaded:
            if limit and now - backend.used_at >= limit and await backend.release():
                self.note("released", backend.name)
        embedder = self._embedder()
        if limit and embedder is not None and embedder.pid and now - embedder.used_at >= limit:
            await embedder.release()
        await self._pressure.look(now)

    async def aclose(self) -> None:
        """End every model."""
        await self.tuning.aclose()
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        for backend in self.backends.values():
            await backend.aclose()
