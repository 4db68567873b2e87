"""The owner's operations on models: plain arguments in, plain data out (see `engine.instance.service`).

Which models there are is asked of the shelf (engine.llm.shelf), in a thread; which are in memory, of the
pool (engine.model_pool). The choice is kept in settings.toml, so that it holds for every process.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import asdict
from typing import Any

from engine.errors import ModelError, ModelTooLargeError, UsageError
from engine.llm.backend import Backend
from engine.llm.choosing import GUIDE, host_of, is_url, split_server
from engine.llm.discovery import FoundModel
from engine.llm.fit import gigabytes
from engine.llm.keys import key_file_for
from engine.llm.server_models import list_server_models
from engine.llm.shelf import Choice, ModelShelf
from engine.llm.template_notes import NO_TEMPLATE_NOTE
from engine.llm.trash import ModelTrash
from engine.llm.versions import versions_of
from engine.model_choice import ModelPicker
from engine.model_offers import ModelOffers
from engine.model_pool import Announce, ModelPool
from engine.model_trials import ModelTrials
from engine.settings import Settings, save_settings
from engine.store.data_dir import DataDir

__all__ = ["ModelsService"]


class ModelsService:
    """Every operation on models, by name.

    Attributes:
        STREAMED: names of those that give items as they come.

    Args:
        announce: told (source, what) when the choice or the list changed.
        embedder: released with the models, if there is one.
    """

    STREAMED = frozenset({"models.try"})

    def __init__(
        self, settings: Settings, data_dir: DataDir, shelf: ModelShelf, pool: ModelPool, *, announce: Announce
    ) -> None:
        self._settings, self._data_dir = settings, data_dir
        self._shelf, self._pool, self._announce = shelf, pool, announce
        self._picker = ModelPicker(shelf, pool, self._kept)
        self._trials = ModelTrials(shelf, pool)
        self._offers = ModelOffers(shelf, pool)
        self._trash = ModelTrash(data_dir.models_dir)

    def calls(self) -> dict[str, Callable[..., Awaitable[Any]]]:
        """The operations that give one result."""
        return {
            "models.list": self._list,
            "models.plan": self._plan,
            "models.use": self._use,
            "models.load": self._load,
            "models.unload": self._unload,
            "models.add": self._add,
            "models.remove": self._remove,
            "models.states": self._states,
            "models.ask_server": self._ask_server,
            "models.show": self._show,
            "models.facts": self._facts,
            "models.delete": self._delete,
            "models.restore": self._restore,
            "models.smaller": self._offers.find,
            "models.fit_together": self._trials.fit_together,
        }

    def streams(self) -> dict[str, Callable[..., AsyncGenerator[dict[str, Any], None]]]:
        """The operations that give items as they come."""
        return {"models.try": self._trials.run}

    async def backend(self, model: dict[str, str], question: str = "", chat_id: str = "") -> tuple[Backend, str]:
        """The backend that answers a question, loaded, and a sentence where it is not simply the chosen model.

        Args:
            model: has the settings model, server_model and key_file.

        Raises:
            ModelError, UsageError: it cannot be used; the sentence says why and what to do.
        """
        choice = await asyncio.to_thread(
            self._shelf.resolve, model["model"], model.get("server_model", ""), model.get("key_file", "")
        )
        picked = await self._picker.pick(choice, question, chat_id)
        backend = self._pool.get(picked.choice)
        await backend.load()
        return backend, picked.note

    def _kept(self) -> Settings:
        return Settings(data_dir=self._data_dir.path)

    # The list

    async def _list(self, *, chosen: str) -> list[dict[str, Any]]:
        return await asyncio.to_thread(self._entries, chosen)

    def _entries(self, chosen_model: str) -> list[dict[str, Any]]:
        """The guide, the models on this computer, the servers; blocking."""
        self._trash.purge()
        models, kept = self._shelf.look(), self._kept()
        chosen = self._shelf.resolve_chosen(chosen_model, kept.server_model)
        source = chosen.source
        entries = [self._entry(GUIDE, self._shelf.guide())]
        entries += [self._entry(str(model.path), model) for model in models]
        if chosen.found is not None and source not in [entry["source"] for entry in entries]:
            entries.append(self._entry(source, chosen.found))
        servers = dict.fromkeys([*kept.model_servers, *([source] if is_url(source) else [])])
        entries += [self._server_entry(server) for server in servers]
        for entry in entries:
            entry["chosen"] = entry["source"] == source
        return entries

    def _entry(self, source: str, found: FoundModel) -> dict[str, Any]:
        plan = self._pool.plan(found)
        if plan is not None and found.shape is not None and source != GUIDE:
            plan = self._pool.speeds.expect(plan, source, found.shape)
        fields = asdict(found)
        del fields["shape"]
        calibration = self._pool.tuning.find(found)
        return {
            **fields,
            "path": str(found.path),
            "source": source,
            "plan": plan.to_record() if plan is not None else None,
            "template_note": self._template_note(source, found),
            "own": source != GUIDE and self._trash.owns(found.path),
            "calibration": calibration.sentence if calibration is not None else "",
            **self._state_of(source, found.problem, found.n_ctx_train),
        }

    def _template_note(self, source: str, found: FoundModel) -> str:
        """What is to be said of its chat template: what loading showed, else whether it has one at all."""
        if source == GUIDE or found.problem:
            return ""
        known = self._pool.template_notes.find(found.path)
        return known if known is not None else "" if found.template else NO_TEMPLATE_NOTE

    def _server_entry(self, server: str) -> dict[str, Any]:
        url, name = split_server(server)
        return {
            "source": server,
            "name": name or host_of(url),
            "path": url,
            "place": "server",
            "format": "server",
            "size_bytes": 0,
            "plan": None,
            **self._state_of(server, self._shelf.loss_of(server)),
        }

    def _state_of(self, source: str, problem: str, n_ctx_train: int = 0) -> dict[str, Any]:
        backend = self._pool.backends.get(source)
        if backend is None:
            state = "problem" if problem else "asleep"
            return {"state": state, "loaded_share": 0.0, "problem": problem, "note": self._note_of(source, n_ctx_train)}
        return {
            "state": backend.state,
            "loaded_share": backend.read_share if backend.state == "thinking" else backend.loaded_share,
            "problem": problem or backend.problem,
            "note": backend.note or self._note_of(source, n_ctx_train),
        }

    def _note_of(self, source: str, n_ctx_train: int) -> str:
        n_ctx = self._pool.contexts.get(source, 0)
        n_ctx = min(n_ctx, n_ctx_train or n_ctx)
        return f"Used with {n_ctx:,} tokens of context, as was chosen for it." if n_ctx else ""

    async def _states(self, *, chosen: str) -> dict[str, Any]:
        """The chosen model and its state, and what is loaded; without looking for models."""
        return {
            "source": chosen,
            "name": await asyncio.to_thread(self._shelf.name_of, chosen),
            "server": host_of(split_server(chosen)[0]) if is_url(chosen) else "",
            **self._state_of(chosen, await asyncio.to_thread(self._shelf.loss_of, chosen)),
            "loaded": {source: b.name for source, b in self._pool.backends.items() if b.is_loaded},
        }

    def loss_of(self, chosen: str) -> str:
        """Why the chosen model cannot be asked, "" where nothing is known against it; blocking."""
        found = self._shelf.resolve_chosen(chosen).found
        return (found.problem if found is not None else "") or self._shelf.loss_of(chosen)

    # What the person does

    async def _plan(self, *, model: str, n_ctx: int) -> dict[str, Any]:
        choice = await asyncio.to_thread(self._shelf.resolve, model)
        choice.require_usable()
        if choice.found is None or choice.found.shape is None:
            raise UsageError("A model at a server takes no memory of this computer; there is nothing to plan.")
        plan = self._pool.plan(choice.found, choice.checked_context(n_ctx) if n_ctx else 0)
        assert plan is not None
        plan = await asyncio.to_thread(self._pool.speeds.expect, plan, choice.source, choice.found.shape)
        return {"name": choice.name, "source": choice.source, **plan.to_record()}

    async def _use(self, *, model: str, anyway: bool, n_ctx: int | None = None) -> dict[str, Any]:
        """Keep a choice; `load`, or the next question, loads it.

        Args:
            n_ctx: tokens of context for this model from now on; 0 as in the settings, None as it was.
        """
        choice = await asyncio.to_thread(self._shelf.resolve, model)
        choice.require_usable()
        if n_ctx:
            n_ctx = choice.checked_context(n_ctx)
        told = self._pool.contexts.get(choice.source, 0) if n_ctx is None else n_ctx
        plan = self._pool.plan(choice.found, told or self._settings.n_ctx) if choice.found is not None else None
        if plan is not None and plan.verdict == "too_large" and not anyway and not choice.is_guide:
            raise ModelTooLargeError(f"{choice.name} was not chosen. {plan.sentence} It can be used anyway.")
        changes = {
            "model": None if choice.is_guide else choice.source,
            "server_model": None,
            "load_anyway": True if anyway else None,
            **({} if n_ctx is None else self._with_context(choice.source, n_ctx)),
        }
        await self._save({**changes, **await asyncio.to_thread(self._listing, choice.source, choice.found)})
        await self._begin_anew(choice.source, n_ctx)
        self._announce(choice.source, "chosen")
        return {
            "source": choice.source,
            "name": choice.name,
            "plan": plan.to_record() if plan is not None else None,
        }

    def _with_context(self, source: str, n_ctx: int) -> dict[str, Any]:
        """The setting with the context of one model; 0 takes it out."""
        contexts = {name: told for name, told in self._kept().model_contexts.items() if name != source}
        return {"model_contexts": (contexts | ({source: n_ctx} if n_ctx else {})) or None}

    async def _begin_anew(self, source: str, n_ctx: int | None) -> None:
        """The person chose a model: its crashes are forgotten, and it is loaded again where its context changed."""
        await asyncio.to_thread(self._pool.strikes.forget, source)
        backend = self._pool.backends.get(source)
        is_other = n_ctx is not None and n_ctx != self._pool.contexts.get(source, 0)
        if n_ctx:
            self._pool.contexts[source] = n_ctx
        elif n_ctx == 0:
            self._pool.contexts.pop(source, None)
        if backend is not None and (is_other or backend.struck_out):
            await backend.release()

    def _listing(self, source: str, found: FoundModel | None) -> dict[str, Any]:
        """The settings that keep a model in the list when another is chosen; blocking."""
        if is_url(source):
            servers = self._kept().model_servers
            return {} if source in servers else {"model_servers": [*servers, source]}
        if found is None or found.place != "folder":
            return {}
        folders = self._shelf.folders_with(source)
        return {} if folders is None else {"model_folders": folders}

    async def _load(self, *, model: str) -> dict[str, Any]:
        """Load a model now, so that the next question does not wait for it."""
        backend = self._pool.get(await asyncio.to_thread(self._shelf.resolve, model))
        return asdict(await backend.reach())

    async def _unload(self, *, model: str) -> list[str]:
        """Give back the memory of a model, of all if ""; names of what was released."""
        chosen = list(self._pool.backends.values())
        if model:
            choice = await asyncio.to_thread(self._shelf.resolve, model)
            chosen = [self._pool.backends[choice.source]] if choice.source in self._pool.backends else []
        released = []
        for backend in chosen:
            if await backend.release():
                released.append(backend.name)
                self._pool.note("released", backend.name)
            elif backend.is_busy and model:
                raise ModelError(f"{backend.name} is answering now; stop the answer first, then release it.")
        return released

    async def _add(self, *, path: str) -> list[dict[str, Any]]:
        """Look for models in a folder, or at one file, from now on; returns what is there."""
        place, models = await asyncio.to_thread(self._shelf.examine, path)
        folders = await asyncio.to_thread(self._shelf.folders_with, place)
        if folders is not None:
            await self._save({"model_folders": folders})
        self._announce(place, "added")
        return [{"name": m.name, "source": str(m.path), "problem": m.problem} for m in models]

    async def _remove(self, *, source: str) -> bool:
        """Take a folder, a file or a server out of the list; nothing else on the disk changes."""
        kept = self._kept()
        lists = {"model_folders": kept.model_folders, "model_servers": kept.model_servers}
        changes = {
            name: [item for item in items if item != source] or None for name, items in lists.items() if source in items
        }
        if changes:
            await self._save(changes)
            self._announce(source, "removed")
        return bool(changes)

    async def _delete(self, *, model: str) -> dict[str, Any]:
        """Delete the file of a model of ours; `ticket` brings it back within a day."""
        choice = await asyncio.to_thread(self._shelf.resolve, model)
        if choice.is_guide or choice.found is None:
            raise UsageError(f"{choice.name} has no file of its own here that could be deleted.")
        if not self._trash.owns(choice.found.path):
            raise UsageError(
                f"{choice.name} was only found here; delete it in the program or folder that it belongs to. "
                "Nothing was changed."
            )
        await self._unload(model=choice.source)
        ticket = await asyncio.to_thread(self._trash.delete, choice.found.path)
        was_chosen = self._kept().model == choice.source
        if was_chosen:
            await self._save({"model": None, "server_model": None, "load_anyway": None})
        self._announce(choice.source, "removed")
        return {
            "ticket": ticket,
            "name": choice.name,
            "source": choice.source,
            "size_bytes": choice.found.size_bytes,
            "was_chosen": was_chosen,
        }

    async def _restore(self, *, ticket: str) -> None:
        """Bring a deleted model back."""
        await asyncio.to_thread(self._trash.restore, ticket)
        self._announce(ticket, "added")

    async def _ask_server(self, *, url: str, key: str) -> list[str]:
        """What models a server has; only ever asked for by the person."""
        own = key_file_for(url, self._settings.model, self._settings.key_file)
        return await list_server_models(url, key=key, key_file=own)

    async def _facts(self, *, model: str, chosen: str) -> dict[str, Any]:
        """What is known about a model, as plain data: an entry of the list, and its other versions."""
        kept = await asyncio.to_thread(self._shelf.resolve_chosen, chosen)
        choice = await asyncio.to_thread(self._asked, model, chosen)
        if choice.found is None:
            entry = self._server_entry(choice.source)
        else:
            entry = await asyncio.to_thread(self._entry, choice.source, choice.found)
        found = await asyncio.to_thread(self._shelf.look)
        versions = versions_of(choice.found, found) if choice.found is not None else []
        return {
            **entry,
            "chosen": choice.source == kept.source,
            "versions": [{"name": v.name, "source": str(v.path), "quantisation": v.quantisation} for v in versions],
        }

    def _asked(self, model: str, chosen: str) -> Choice:
        """What somebody wants to know about: the chosen model also where it is gone; blocking."""
        if self._shelf.is_chosen(model, chosen):
            return self._shelf.resolve_chosen(chosen)
        return self._shelf.resolve(model)

    async def _show(self, *, model: str, chosen: str) -> str:
        """What is known about a model, as Markdown."""
        choice = await asyncio.to_thread(self._asked, model, chosen)
        found = choice.found
        if found is None:
            return f"# {choice.name}\n\nA model at the server {host_of(choice.source)}.\n"
        others = versions_of(found, await asyncio.to_thread(self._shelf.look))
        plan, calibration = self._pool.plan(found), self._pool.tuning.find(found)
        facts = {
            "file": str(found.path),
            "size": gigabytes(found.size_bytes) if found.size_bytes else "",
            "kind": found.architecture,
            "parameters": _count_in_words(found.n_params),
            "quantisation": found.quantisation,
            "context": f"{found.n_ctx_train:,} tokens" if found.n_ctx_train else "",
            "used with": f"{plan.n_ctx:,} tokens of context" if plan and plan.n_ctx != found.n_ctx_train else "",
            "chat template": self._template_note(choice.source, found),
            "calibration": calibration.sentence if calibration is not None else "",
            "other versions": ", ".join(f"{other.name} ({gigabytes(other.size_bytes)})" for other in others),
            "verdict": self._state_of(choice.source, found.problem)["problem"] or (plan.sentence if plan else ""),
        }
        rows = "\n".join(f"| {name} | {value} |" for name, value in facts.items() if value)
        return f"# {choice.name}\n\n| | |\n|---|---|\n{rows}\n"

    async def _save(self, changes: dict[str, Any]) -> None:
        try:
            await asyncio.to_thread(save_settings, self._data_dir.path, changes)
        except (OSError, ValueError) as exc:
            raise UsageError(f"The choice could not be kept in settings.toml ({exc}).") from exc


def _count_in_words(n: int) -> str:
    """`7.2 billion`, `34 million`; "" for none."""
    return f"{n / 1e9:.2f} billion" if n >= 1e9 else f"{n / 1e6:.3g} million" if n else ""
