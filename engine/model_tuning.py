"""Has models calibrated in the background: one at a time, once each, while nobody asks anything.

What is found holds from the next load on; a setting of the person's own always comes first.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from engine.llm.calibration import Calibration, Calibrations, calibrate
from engine.llm.discovery import FoundModel
from engine.llm.managed import ManagedBackend

__all__ = ["ModelTuning"]

logger = logging.getLogger(__name__)
# A smaller model answers faster than anybody could notice a difference.
MIN_BYTES = 64 << 20


class ModelTuning:
    """What is known about the best settings of each model, and the task that finds it out.

    Args:
        cache_dir: where it is kept.
        log_dir: of the worker that measures.
        free_bytes: memory that a model may take now.
        on_found: told (name, sentence) of each model that was measured.
    """

    def __init__(
        self, cache_dir: Path, log_dir: Path, free_bytes: Callable[[], int], on_found: Callable[[str, str], None]
    ) -> None:
        self._calibrations = Calibrations(cache_dir)
        self._log_dir, self._free_bytes, self._on_found = log_dir, free_bytes, on_found
        self._given_up: set[Path] = set()
        self._task: asyncio.Task[None] | None = None

    def find(self, model: FoundModel | None) -> Calibration | None:
        """What was found for a model."""
        return self._calibrations.find(model.path) if model is not None else None

    def config(self, model: FoundModel, n_threads: int) -> dict[str, Any]:
        """Settings to load a model with.

        Args:
            n_threads: as the person set it, 0 where it is left to us.
        """
        found = self.find(model)
        config = found.to_config() if found is not None else {}
        return {**config, "n_threads": n_threads} if n_threads else config

    def look(self, backends: Iterable[ManagedBackend]) -> None:
        """Begin with a model that was not measured yet, if nothing is asked of any."""
        backends = list(backends)
        if (self._task is not None and not self._task.done()) or any(b.is_busy for b in backends):
            return
        for backend in backends:
            if backend.is_loaded and backend.found is not None and self._is_due(backend.found):
                self._task = asyncio.create_task(self._run(backend, backends), name="calibrate a model")
                return

    def _is_due(self, model: FoundModel) -> bool:
        found = self.find(model)
        # A computer with much else to do may have had time for the usual settings only.
        is_known = model.path in self._given_up or (found is not None and found.tried > 1)
        return model.format == "gguf" and model.size_bytes >= MIN_BYTES and not is_known

    async def _run(self, backend: ManagedBackend, backends: list[ManagedBackend]) -> None:
        model = backend.found
        assert model is not None, "only a loaded file is calibrated"
        stopped = False

        def is_wanted() -> bool:
            nonlocal stopped
            stopped = any(b.is_busy for b in backends) or not backend.is_loaded
            return not stopped

        may_copy = self._free_bytes() > 1.2 * model.size_bytes
        found = await calibrate(model.path, self._log_dir, is_wanted=is_wanted, may_copy=may_copy)
        if found is not None:
            await asyncio.to_thread(self._calibrations.keep, model.path, found)
            logger.info("calibrated %s in %.1f s: %s", backend.name, found.took_s, found.sentence)
            self._on_found(backend.name, found.sentence)
            if found.tried < 2:
                self._given_up.add(model.path)
        elif not stopped:
            # It failed by itself and would again.
            self._given_up.add(model.path)

    async def aclose(self) -> None:
        """Stop measuring."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
