"""The owner's figures: processes, memory, the model, the store, how long operations take."""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable
from typing import Any

import accel
from engine.errors import StoreError
from engine.llm.backend import Generated
from engine.model_pool import ModelPool
from engine.store.store import Store
from engine.system.gpu import GpuReader, gpu_sentence
from engine.system.memory import read_memory
from engine.system.monitor import PerformanceMonitor
from engine.system.readings import ProcessReader

# The store is asked for its sizes at most so often: three commands over its socket.
STORE_EVERY_S = 5.0


class MonitorService:
    """Every operation on figures, by name.

    Args:
        pids: number of the embedder's, the parser's and the store's process, where there is one.
        caches: how often each cache was asked since the start, and how often it knew: (asked, known).
    """

    def __init__(
        self,
        store: Store,
        pool: ModelPool,
        pids: Callable[[], dict[str, int | None]],
        caches: Callable[[], dict[str, tuple[int, int]]] = dict,
    ) -> None:
        self.monitor = PerformanceMonitor()
        self._store, self._pool, self._pids = store, pool, pids
        self._reader, self._gpus, self._caches = ProcessReader(), GpuReader(), caches
        self._stored: dict[str, Any] = {}
        self._stored_at = float("-inf")

    def calls(self) -> dict[str, Callable[..., Awaitable[Any]]]:
        """The operations that give one result."""
        return {"monitor.figures": self.figures, "monitor.report": self._report}

    def on_answered(self, _name: str, generated: Generated, first_ms: float) -> None:
        """A model generated something."""
        if first_ms:
            self.monitor.record_metric("first_token", first_ms, "ms")
        if generated.n_generated >= 8 and generated.decode_ms > 0:
            self.monitor.record_metric("generation", generated.n_generated / generated.decode_ms * 1000, "tok/s")

    async def figures(self) -> dict[str, Any]:
        """Everything that the resource panel shows; cheap enough for every second."""
        memory = read_memory()
        return {
            "at_s": time.monotonic(),
            "cores": os.cpu_count() or 1,
            "memory": {"total": memory.total, "available": memory.available},
            "processes": self._named(self._reader.read(self._processes())),
            "models": self._models(),
            "memory_scan": accel.backend(),
            "gpu": gpu_sentence(),
            "gpus": self._gpus.read(),
            "caches": self._caches(),
            "events": list(self._pool.events),
            "store": await self._store_sizes(),
        }

    def _processes(self) -> list[tuple[str, int]]:
        rows = [("window", os.getpid())]
        rows += [("model", b.pid) for b in self._pool.backends.values() if b.pid and b.pid != os.getpid()]
        rows += [(kind, pid) for kind, pid in self._pids().items() if pid and pid != os.getpid()]
        return rows

    def _named(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Rows of processes, those of models with the model's name."""
        names = {backend.pid: backend.name for backend in self._pool.backends.values() if backend.pid}
        return [{**row, "name": names[row["pid"]]} if row["kind"] == "model" else row for row in rows]

    def _models(self) -> list[dict[str, Any]]:
        """Models that were asked since the start, with what they did."""
        rows = []
        for source, backend in self._pool.backends.items():
            info = backend.info if backend.is_loaded else None
            rows.append(
                {
                    "source": source,
                    "name": backend.name,
                    "state": backend.state,
                    "pid": backend.pid,
                    "backend": info.backend if info else "",
                    "n_ctx": info.n_ctx if info else 0,
                    "limit_per_s": self._pool.limit_of(source),
                    "read_share": backend.read_share,
                    **backend.usage.to_record(),
                }
            )
        return rows

    async def _store_sizes(self) -> dict[str, Any]:
        now = time.monotonic()
        if now - self._stored_at >= STORE_EVERY_S:
            self._stored_at = now
            try:
                info = await self._store.info()
            except StoreError as exc:
                self._stored = {"problem": str(exc)}
            else:
                self._stored = {
                    "server": f"{info.server} {info.version}",
                    "memory_bytes": info.memory_bytes,
                    "disk_bytes": info.disk_bytes,
                    "n_keys": info.n_keys,
                    "durable": info.durable,
                }
        return self._stored

    async def _report(self) -> dict[str, Any]:
        return self.monitor.get_report()
