"""How the next token is chosen, as a person, a role or a chat may set it; the narrower setting wins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from engine.errors import UnknownNameError, UsageError
from engine.llm.backend import Sampling

__all__ = ["RANGES", "apply_sampling", "check_sampling"]

# Each setting with the least and the most that it may be.
RANGES: dict[str, tuple[float, float]] = {
    "temperature": (0.0, 2.0),
    "top_p": (0.0, 1.0),
    "top_k": (0, 1000),
    "min_p": (0.0, 1.0),
    "repeat_penalty": (0.5, 2.0),
    "seed": (0, 2**32 - 1),
    "max_tokens": (1, 1_000_000),
}
_WHOLE = frozenset({"top_k", "seed", "max_tokens"})


def check_sampling(values: Mapping[str, Any]) -> dict[str, float]:
    """The settings as numbers.

    Raises:
        UnknownNameError: there is no such setting.
        UsageError: a value that it cannot have; the sentence names its range.
    """
    checked: dict[str, float] = {}
    for name, value in values.items():
        if name not in RANGES:
            raise UnknownNameError("sampler setting", name, RANGES)
        least, most = RANGES[name]
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not least <= value <= most or (name in _WHOLE and value != int(value)):
            kind = "a whole number" if name in _WHOLE else "a number"
            raise UsageError(f"{name} is {kind} from {least:g} to {most:g}, not {value!r}.")
        checked[name] = int(value) if name in _WHOLE else float(value)
    return checked


def apply_sampling(sampling: Sampling, *settings: Mapping[str, float]) -> Sampling:
    """`sampling` with settings put over it, the last of them on top; what nobody knows is left out."""
    changes: dict[str, Any] = {}
    for layer in settings:
        changes |= {name: value for name, value in layer.items() if name in RANGES}
    return replace(sampling, **changes)
