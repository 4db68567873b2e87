"""Which model answers a question: the one that was chosen, or what stands in for it, with a sentence that says so.

Three things are looked at, in this order, and each is told:

- a text that is longer than the context: the model is loaded again with more, if that fits;
- the setting `model_by_content`: of the versions of the chosen model that are here, the precise one for code, the
  one that sees most for long texts, the fast one for talk; a chat that was begun with one stays with it;
- the chosen model does not fit into memory now: its next smaller version, or another model that is here and suits
  the content (engine.llm.versions). The guide never stands in: it does not write.

Nothing is refused in silence, and what the person said to load anyway is loaded.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from engine.errors import ModelTooLargeError
from engine.llm.discovery import FoundModel
from engine.llm.fit import gigabytes
from engine.llm.shelf import Choice, ModelShelf
from engine.llm.versions import Candidate, Content, content_of, rank, tokens_of, versions_of
from engine.model_pool import ModelPool
from engine.settings import Settings

__all__ = ["ModelPicker", "Picked"]

# A question may take this part of the context; the rest is for what is recalled, the chat and the answer.
QUESTION_SHARE = 0.5
# Chats whose model is remembered.
MAX_CHATS = 64
_FOR = {"code": "code", "long": "a long text", "talk": "plain talk"}


@dataclass(frozen=True, slots=True)
class Picked:
    """The model that answers; `note` says why where it is not simply the chosen one as it is."""

    choice: Choice
    note: str = ""


class ModelPicker:
    """Picks models for questions.

    Args:
        kept: the settings as they are kept now.
    """

    def __init__(self, shelf: ModelShelf, pool: ModelPool, kept: Callable[[], Settings]) -> None:
        self._shelf, self._pool, self._kept = shelf, pool, kept
        self._of_chat: OrderedDict[str, str] = OrderedDict()

    async def pick(self, choice: Choice, question: str = "", chat_id: str = "") -> Picked:
        """The model for a question.

        Raises:
            ModelTooLargeError: the chosen one does not fit, and nothing here can stand in.
        """
        if choice.found is None or choice.found.shape is None or choice.is_guide:
            return Picked(choice)
        picked = await self._by_content(choice, question, chat_id)
        picked = await self._that_fits(picked, question)
        picked = await self._with_room(picked, question)
        if chat_id:
            self._of_chat[chat_id] = picked.choice.source
            self._of_chat.move_to_end(chat_id)
            while len(self._of_chat) > MAX_CHATS:
                self._of_chat.popitem(last=False)
        return picked

    async def _by_content(self, choice: Choice, question: str, chat_id: str) -> Picked:
        if not self._kept().model_by_content or choice.found is None:
            return Picked(choice)
        versions = [choice.found, *versions_of(choice.found, await self._models())]
        before = next((v for v in versions if str(v.path) == self._of_chat.get(chat_id)), None)
        if before is not None:
            return Picked(_chosen(before, choice))
        content = content_of(question)
        ranked = _of_versions(content, await self._candidates(versions))
        if not ranked or ranked[0].source == choice.source:
            return Picked(choice)
        best = ranked[0].model
        return Picked(_chosen(best, choice), f"{best.name} answers, the version for {_FOR[content]}.")

    async def _that_fits(self, picked: Picked, question: str) -> Picked:
        choice = picked.choice
        own = self._pool.backends.get(choice.source)
        plan = self._pool.plan(choice.found) if choice.found is not None else None
        is_there = own is not None and own.is_loaded
        if plan is None or plan.verdict != "too_large" or is_there or self._pool.may_try(choice):
            return picked
        assert choice.found is not None, "it has a plan"
        models = await self._models()
        versions = [v for v in versions_of(choice.found, models) if v.size_bytes < choice.found.size_bytes]
        # Of smaller versions the largest that fits; it is the same model.
        found = next((c for c in await self._candidates(versions) if c.plan.verdict != "too_large"), None)
        content = content_of(question)
        if found is None:
            others = [m for m in models if m.path != choice.found.path and m.kind == "chat" and not m.problem]
            found = next(iter(rank(content, await self._candidates(others))), None)
        if found is None:
            raise ModelTooLargeError(
                f"{choice.name} was not loaded. {plan.sentence} No other model here fits either. Close other programs, "
                "take a smaller model or a shorter context, or load it anyway from the list of models."
            )
        self._pool.note("stand_in", found.model.name)
        return Picked(
            _chosen(found.model, choice),
            f"{choice.name} does not fit now (needs {gigabytes(plan.needed_bytes)}, {gigabytes(plan.free_bytes)} are "
            f"free), so {found.model.name} answers. It can be loaded anyway from the list of models.",
        )

    async def _with_room(self, picked: Picked, question: str) -> Picked:
        """More context for a text that does not fit into what the settings ask for."""
        found, source = picked.choice.found, picked.choice.source
        if source in self._pool.contexts:
            # As the person said.
            return picked
        needed = int(tokens_of(question) / QUESTION_SHARE)
        own = self._pool.backends.get(source)
        loaded = own.plan.n_ctx if own is not None and own.plan is not None and own.is_loaded else 0
        plan = self._pool.plan(found) if found is not None else None
        if plan is None or found is None or needed <= (loaded or plan.n_ctx):
            return picked
        wanted = self._pool.plan(found, min(found.n_ctx_train, 1 << (needed - 1).bit_length()))
        if wanted is None or wanted.verdict == "too_large" or wanted.n_ctx <= (loaded or plan.n_ctx):
            return picked
        self._pool.wanted[source] = wanted.n_ctx
        if own is not None and loaded and not await own.release():
            # It answers another question; this one takes what is there.
            return picked
        words = f"Loaded with {wanted.n_ctx:,} tokens of context for this long text."
        return replace(picked, note=" ".join(part for part in (picked.note, words) if part))

    async def _models(self) -> list[FoundModel]:
        return await asyncio.to_thread(self._shelf.look)

    async def _candidates(self, models: Sequence[FoundModel]) -> list[Candidate]:
        found = []
        for model in models:
            plan = self._pool.plan(model)
            if plan is not None and model.shape is not None:
                plan = await asyncio.to_thread(self._pool.speeds.expect, plan, str(model.path), model.shape)
                found.append(Candidate(str(model.path), model, plan))
        return found


def _of_versions(content: Content, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Versions of one model, what suits the content first: they know the same, so talk goes to the fastest."""
    if content == "talk":
        fitting = [c for c in candidates if c.plan.verdict != "too_large"]
        return sorted(fitting, key=lambda c: (-c.plan.tokens_per_s, c.model.size_bytes))
    return rank(content, candidates)


def _chosen(model: FoundModel, instead_of: Choice) -> Choice:
    source = str(model.path)
    return instead_of if source == instead_of.source else Choice(source, model.name, model)
