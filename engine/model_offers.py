"""What can be used instead of a model that ended its worker again and again: less context, or a smaller model."""

from __future__ import annotations

import asyncio
from typing import Any

from engine.llm.discovery import FoundModel
from engine.llm.fit import MIN_CONTEXT, FitPlan
from engine.llm.shelf import ModelShelf
from engine.llm.versions import versions_of
from engine.model_pool import ModelPool

__all__ = ["ModelOffers"]


class ModelOffers:
    """The operation `models.smaller`."""

    def __init__(self, shelf: ModelShelf, pool: ModelPool) -> None:
        self._shelf, self._pool = shelf, pool

    async def find(self, *, model: str) -> list[dict[str, Any]]:
        """At most two: the model with half its context, and the largest smaller model that fits.

        Each has source, name, n_ctx (0: as in the settings) and the sentence of its plan.
        """
        return await asyncio.to_thread(self._find, model)

    def _find(self, model: str) -> list[dict[str, Any]]:
        choice = self._shelf.resolve(model)
        if choice.found is None or choice.is_guide:
            return []
        offers = []
        plan = self._pool.plan(choice.found)
        less = self._pool.plan(choice.found, max(MIN_CONTEXT, plan.n_ctx // 2)) if plan is not None else None
        if plan is not None and less is not None and less.n_ctx < plan.n_ctx and less.verdict != "too_large":
            offers.append(_offer(choice.source, choice.name, less.n_ctx, less))
        return offers + self._smaller_model(choice.found)

    def _smaller_model(self, found: FoundModel) -> list[dict[str, Any]]:
        """Another version of it that fits, else another model."""
        models = self._shelf.look()
        others = [m for m in models if m.kind == "chat" and not m.problem and m.path != found.path]
        for candidates in (versions_of(found, models), sorted(others, key=lambda m: -m.size_bytes)):
            for other in candidates:
                plan = self._pool.plan(other) if other.size_bytes < found.size_bytes else None
                source = str(other.path)
                if plan is not None and plan.verdict != "too_large" and not self._pool.strikes.is_out(source):
                    return [_offer(source, other.name, 0, plan)]
        return []


def _offer(source: str, name: str, n_ctx: int, plan: FitPlan) -> dict[str, Any]:
    return {"source": source, "name": name, "n_ctx": n_ctx, "sentence": plan.sentence}
