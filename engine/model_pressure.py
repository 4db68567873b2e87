"""What is done when the computer's memory runs short, and when it is free again.

Above PRESSURE (80 % in use) models that do nothing give way, in this order, until the use is below RELIEF:

1. all but the one that was used last are released, the largest first;
2. that one is loaded again with less: half the context and so on, then a cache of 8 bits (engine.llm.fit);
3. where no smaller plan is enough it is released too; the next question plans anew, and then a smaller
   version of the model may answer (engine.model_choice).

The way back has hysteresis, so that a use around the threshold does not load a model again and again: a plan
grows only a while after the last step, and only if the use would stay well below RELIEF with it. Each way down
soon after a way up doubles that while. A model that answers, or answered a moment ago, is never touched.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from engine.errors import EngineError
from engine.llm.fit import FitPlan, plan_fit, smaller_plans
from engine.llm.managed import ManagedBackend
from engine.system.memory import PRESSURE, RELIEF, resident_bytes

if TYPE_CHECKING:
    from engine.model_pool import ModelPool

logger = logging.getLogger(__name__)

# Under pressure a model goes when nobody used it for so long: not between the steps of one answer.
IDLE_UNDER_PRESSURE_S = 30.0
# A plan grows again when nothing was changed for so long, at first and at most.
UP_AFTER_S, MAX_UP_AFTER_S = 120.0, 1800.0
# And only if the use stays below this share with the larger plan.
UP_BELOW = RELIEF - 0.05


class Pressure:
    """Steps models down and up again."""

    def __init__(self, pool: ModelPool) -> None:
        self._pool = pool
        self._stepped_at = float("-inf")
        self._went_up = False
        self._up_after_s = UP_AFTER_S

    async def look(self, now: float) -> None:
        """Do what the memory asks for now.

        Args:
            now: by time.monotonic().
        """
        memory = self._pool.memory()
        if memory.used_share >= PRESSURE:
            await self._relieve(now)
        elif memory.used_share < RELIEF and now - self._stepped_at >= self._up_after_s:
            await self._restore(now)

    # Down

    def _excess(self) -> int:
        """Bytes that must come free until the use is below RELIEF."""
        memory = self._pool.memory()
        return int((1 - RELIEF) * memory.total) - memory.available

    def _may_go(self, now: float) -> list[ManagedBackend]:
        """Idle models, the largest first, the one used last at the end."""
        idle = [b for b in self._pool.idle() if now - b.used_at >= IDLE_UNDER_PRESSURE_S]
        last = max((b.used_at for b in self._pool.loaded), default=0.0)
        return sorted(idle, key=lambda b: b.used_at == last)

    async def _relieve(self, now: float) -> None:
        for backend in self._may_go(now):
            if self._excess() <= 0:
                return
            is_last = backend.used_at == max(b.used_at for b in self._pool.loaded)
            if is_last and (plan := self._smaller(backend)) is not None:
                await self._step_down(backend, plan, now)
            elif await backend.release():
                self._pool.note("released", backend.name)
                logger.info("released %s, because memory runs short", backend.name)

    def _smaller(self, backend: ManagedBackend) -> FitPlan | None:
        """The largest plan with which enough memory comes free; None where there is none."""
        found, plan = backend.found, backend.plan
        if found is None or found.shape is None or plan is None:
            return None
        room = self._pool.room(resident_bytes(backend.pid or 0))
        wanted = plan.needed_bytes - self._excess()
        smaller = smaller_plans(found.shape, plan, room)
        return next((p for p in smaller if p.needed_bytes <= wanted and p.verdict != "too_large"), None)

    async def _step_down(self, backend: ManagedBackend, plan: FitPlan, now: float) -> None:
        if self._went_up:
            self._up_after_s = min(MAX_UP_AFTER_S, 2 * self._up_after_s)
        self._went_up, self._stepped_at = False, now
        self._pool.caps[str(backend.found.path if backend.found else "")] = plan.needed_bytes
        await self._load_again(backend, "stepped_down")

    # Up

    async def _restore(self, now: float) -> None:
        for source in list(self._pool.caps):
            backend = self._pool.backends.get(source)
            if backend is None or not backend.is_loaded:
                # Nothing is held; the next load plans with the memory of that moment.
                del self._pool.caps[source]
            elif not backend.is_busy and now - backend.used_at >= IDLE_UNDER_PRESSURE_S and self._may_grow(backend):
                del self._pool.caps[source]
                self._went_up, self._stepped_at = True, now
                await self._load_again(backend, "stepped_up")
                return

    def _may_grow(self, backend: ManagedBackend) -> bool:
        found, plan = backend.found, backend.plan
        if found is None or found.shape is None or plan is None:
            return False
        memory = self._pool.memory()
        whole = plan_fit(found.shape, plan.asked_ctx, self._pool.room(resident_bytes(backend.pid or 0)))
        grown = whole.needed_bytes - plan.needed_bytes
        return grown > 0 and memory.available - grown >= (1 - UP_BELOW) * memory.total

    async def _load_again(self, backend: ManagedBackend, what: str) -> None:
        try:
            if await backend.release():
                await backend.load()
                self._pool.note(what, backend.name)
                logger.info("%s was loaded again (%s)", backend.name, what)
        except EngineError as exc:
            # It says so in the list of models; the next question tries again.
            logger.warning("%s could not be loaded again: %s", backend.name, exc)
