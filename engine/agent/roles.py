"""Roles: how the assistant is told to behave. One text file each in resources/prompts."""

from __future__ import annotations

from dataclasses import dataclass

from engine.errors import UnknownNameError
from resources import resource_path


@dataclass(frozen=True, slots=True)
class Role:
    """A role and what it tells the model; the format of steps is part of it."""

    name: str
    prompt: str


def list_roles() -> list[str]:
    """Names of the roles there are."""
    return sorted(path.stem for path in resource_path("prompts").glob("*.txt"))


def load_role(name: str) -> Role:
    """The role of that name.

    Raises:
        UnknownNameError: there is none.
    """
    known = list_roles()
    if name not in known:
        raise UnknownNameError("role", name, known)
    return Role(name, resource_path("prompts", f"{name}.txt").read_text(encoding="utf-8").strip())
