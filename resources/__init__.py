"""Files that ship with Scrubjay, found the same way in a checkout, a wheel and a bundle."""

from __future__ import annotations

from pathlib import Path

_ROOT = Path(__file__).resolve().parent


def resource_path(*parts: str) -> Path:
    """Path of a shipped file, `resource_path("models", "guide.gguf")`; it need not exist."""
    return _ROOT.joinpath(*parts)
