"""`engine.models` and `engine.monitor`: what a window, a command or a script does with models and figures."""

from __future__ import annotations

import builtins
import os
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from engine.errors import UsageError
from engine.llm.choosing import GUIDE, chosen_model
from engine.llm.fit import FitPlan
from resources import resource_path

if TYPE_CHECKING:
    from engine.engine import Engine

PlaceName = Literal[
    "guide", "scrubjay", "ollama", "lm_studio", "gpt4all", "jan", "huggingface", "folder", "server"
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A model that can be chosen.

    Attributes:
        source: what identifies it: guide, the path of its file, or `URL#name`.
        name: for people.
        path: where its file is, or the server's address.
        place: whose it is.
        format: gguf, mlx or server.
        state: asleep, loading (loaded_share of it), ready, thinking (loaded_share of a long prompt is read) or problem.
        problem: a sentence, "" where there is none.
        plan: how it would be loaded now, with the verdict; None for a server and what cannot be used.
        chosen: whether questions go to it.
        note: a sentence on how it was loaded: with less than was asked for.
        template_note: a sentence where its own chat template is missing or cannot be used; the latter is known when it
            was loaded once.
        own: its file is ours, and may be deleted.
        calibration: a sentence on the settings that were found best for it on this computer, "" where none were tried.
    """

    source: str
    name: str
    path: str
    place: PlaceName
    format: str
    size_bytes: int = 0
    architecture: str = ""
    n_params: int = 0
    quantisation: str = ""
    n_ctx_train: int = 0
    template: bool = False
    kind: str = "chat"
    state: str = "asleep"
    loaded_share: float = 0.0
    problem: str = ""
    plan: FitPlan | None = None
    chosen: bool = False
    note: str = ""
    template_note: str = ""
    own: bool = False
    calibration: str = ""

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> ModelEntry:
        """The entry that the owner described."""
        plan = record.get("plan")
        return cls(**{**record, "plan": FitPlan.from_record(plan) if plan else None})


@dataclass(frozen=True, slots=True)
class ModelStates:
    """The chosen model, and what is in memory.

    Attributes:
        server: host that questions go to, "" where they stay on this computer.
        loaded: source → name of every loaded model.
    """

    source: str
    name: str
    server: str
    state: str
    loaded_share: float
    problem: str
    note: str = ""
    loaded: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeletedModel:
    """A model that was deleted.

    Attributes:
        ticket: brings it back.
        was_chosen: questions went to it; they go to the guide now.
    """

    ticket: str
    name: str
    source: str
    size_bytes: int
    was_chosen: bool


@dataclass(frozen=True, slots=True)
class SmallerPlan:
    """What can be used instead of a model that crashes.

    Attributes:
        n_ctx: tokens of context to use it with, 0 for those of the settings.
        sentence: the verdict with its sum.
    """

    source: str
    name: str
    n_ctx: int
    sentence: str


class ModelsFace:
    """`engine.models`: which models there are, and which one answers."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        settings = engine.settings
        # Told with the command or by the environment, against what is kept.
        self._told = settings.model != chosen_model(settings.data_dir)

    @property
    def chosen(self) -> str:
        """The model that questions go to: guide, a path, a URL or a name."""
        settings = self._engine.settings
        return settings.model if self._told else chosen_model(settings.data_dir)

    async def list(self) -> list[ModelEntry]:
        """The guide, every model on this computer, the servers; each with its verdict."""
        return [ModelEntry.from_record(r) for r in await self._engine._call("models.list", chosen=self.chosen)]

    async def states(self) -> ModelStates:
        """The chosen model and its state, without looking for others; cheap."""
        return ModelStates(**await self._engine._call("models.states", chosen=self.chosen))

    async def plan(self, model: str | Path, *, n_ctx: int = 0) -> FitPlan:
        """How a model would be loaded now, with the sum in `plan.sentence`.

        Args:
            n_ctx: tokens of context; as in the settings if 0.

        Raises:
            ModelError: it cannot be used.
            UnknownNameError: there is no model of that name.
        """
        record = await self._engine._call("models.plan", model=_absolute(model), n_ctx=n_ctx)
        return FitPlan.from_record({k: v for k, v in record.items() if k not in ("name", "source")})

    async def smaller(self, model: str | Path = "") -> builtins.list[SmallerPlan]:
        """What can be used instead of a model (the chosen one if "") that crashes: less context, a smaller model."""
        found = await self._engine._call("models.smaller", model=_absolute(model) or self.chosen)
        return [SmallerPlan(**offer) for offer in found]

    async def use(self, model: str | Path, *, anyway: bool = False, n_ctx: int | None = None) -> str:
        """Have questions go to a model from now on, in every window and command; its name for people.

        Args:
            model: a name, a path, a URL, or `URL#name` for one model of a server.
            anyway: even if it may not fit into memory.
            n_ctx: tokens of context for it from now on; 0 as in the settings, None as it was.

        Raises:
            ModelError: it cannot be used, or does not fit.
            UnknownNameError: there is no model of that name.
        """
        used = await self._engine._call("models.use", model=_absolute(model), anyway=anyway, n_ctx=n_ctx)
        self._told = False
        return str(used["name"])

    async def load(self, model: str | Path = "") -> None:
        """Load a model (the chosen one if "") so that the next question need not wait.

        Raises:
            ModelError: it cannot be loaded; the sentence says why.
        """
        await self._engine._call("models.load", model=_absolute(model) or self.chosen)

    async def unload(self, model: str | Path = "") -> builtins.list[str]:
        """Give back the memory of a model, of all if ""; names of what was released.

        Raises:
            ModelError: it is answering.
        """
        names: builtins.list[str] = await self._engine._call("models.unload", model=_absolute(model))
        return names

    async def add(self, path: str | Path) -> builtins.list[str]:
        """Look for models in a folder, or take one file in place; names of what is there.

        Raises:
            ModelNotFoundError: there is no model.
            ModelBrokenError: the file cannot be used.
        """
        found = await self._engine._call("models.add", path=_absolute(path))
        return [model["name"] for model in found]

    async def remove(self, source: str) -> bool:
        """Take a folder, file or server that was added out of the list; False where nobody had added it."""
        return bool(await self._engine._call("models.remove", source=source))

    async def delete(self, model: str | Path) -> DeletedModel:
        """Delete the file of a model that is ours; it can be brought back within a day.

        Raises:
            UsageError: it belongs to another program, or has no file.
            ModelError: it is answering, or the disk refuses.
        """
        return DeletedModel(**await self._engine._call("models.delete", model=_absolute(model)))

    async def restore(self, ticket: str) -> None:
        """Bring a deleted model back.

        Raises:
            ModelNotFoundError: its day is over.
        """
        await self._engine._call("models.restore", ticket=ticket)

    async def fit_together(self, models: Sequence[str | Path]) -> tuple[bool, int, int]:
        """Whether models can be in memory at once; bytes that they need, and that are free for them."""
        found = await self._engine._call("models.fit_together", models=[_absolute(model) for model in models])
        return bool(found["together"]), int(found["needed_bytes"]), int(found["free_bytes"])

    async def try_prompt(
        self, model: str | Path, prompt: str, *, max_tokens: int = 512
    ) -> AsyncGenerator[dict[str, Any], None]:
        """What a model says to a prompt, outside of every chat; closing it stops the model.

        Yields:
            {kind: state, state}, {kind: reading, n_done, n_prompt}, {kind: text, text} and at the end
            {kind: done, n_prompt, n_generated, tokens_per_s, first_ms, reason}.

        Raises:
            ModelError, UsageError: it cannot be used, or the prompt is empty.
        """
        stream = self._engine._stream("models.try", model=_absolute(model), prompt=prompt, max_tokens=max_tokens)
        async with aclosing(stream):
            async for item in stream:
                yield item

    async def ask_server(self, url: str, *, key: str = "") -> builtins.list[str]:
        """Names of the models at a server; asks it now.

        Raises:
            UsageError: it is no http or https address.
            ServerError: nobody answers, it is no model server, or it refuses the key.
        """
        names: builtins.list[str] = await self._engine._call("models.ask_server", url=url, key=key)
        return names

    async def facts(self, model: str | Path = GUIDE) -> tuple[ModelEntry, builtins.list[dict[str, str]]]:
        """What is known about a model, and its other versions here: name, source and quantisation of each.

        Raises:
            UnknownNameError, ModelError: there is no such model.
        """
        record = await self._engine._call("models.facts", model=_absolute(model), chosen=self.chosen)
        versions = record.pop("versions")
        return ModelEntry.from_record(record), versions

    async def show(self, model: str = GUIDE) -> str:
        """What is known about a model, as Markdown; of the guide its card.

        Raises:
            UnknownNameError, ModelError: there is no such model.
        """
        if _absolute(model).lower() == GUIDE:
            return resource_path("models", "guide.md").read_text("utf-8")
        return str(await self._engine._call("models.show", model=_absolute(model), chosen=self.chosen))


class MonitorFace:
    """`engine.monitor`: figures of what runs."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def figures(self) -> dict[str, Any]:
        """Processor and memory of our processes, the models, the store; may be asked every second."""
        figures: dict[str, Any] = await self._engine._call("monitor.figures")
        return figures

    async def report(self) -> dict[str, Any]:
        """Operations with their counts, percentiles and errors; see `PerformanceMonitor.get_report`."""
        report: dict[str, Any] = await self._engine._call("monitor.report")
        return report


def _absolute(model: str | Path) -> str:
    """A path as the owner finds it, who may run in another folder; names and addresses as they are."""
    text = str(model).strip()
    if not text or text == GUIDE or "://" in text:
        return text
    if any(c in text for c in "\0\n"):
        raise UsageError("That is not the name of a model.")
    path = os.path.expanduser(text)
    return str(Path(path).absolute()) if os.path.exists(path) else text
