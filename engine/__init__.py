"""The assistant without a screen: asyncio, importable, scriptable.

    from engine import Engine, Settings
    async with Engine.open(Settings(data_dir=...)) as engine:
        async for event in engine.ask("What did I decide about the boiler?"): ...

The names below are the public surface; they are loaded on first use, so that a worker process that needs
only one corner of the package does not pay for the rest.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_PUBLIC = {
    "BatchEmbedder": "engine.search.embedding_batch",
    "Engine": "engine.engine",
    "EngineError": "engine.errors",
    "MemoryConsolidator": "engine.memory.consolidation",
    "PerformanceMonitor": "engine.system.monitor",
    "QueryOptimizer": "engine.search.optimizer",
    "Settings": "engine.settings",
}

__all__ = [
    "BatchEmbedder",
    "Engine",
    "EngineError",
    "MemoryConsolidator",
    "PerformanceMonitor",
    "QueryOptimizer",
    "Settings",
]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PUBLIC[name]), name)
