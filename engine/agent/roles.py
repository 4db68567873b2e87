"""Roles: how the assistant is told to behave. One text file each in resources/prompts.

Beside `NAME.txt` a file `NAME.toml` may hold sampler settings of the role, such as `temperature = 0.2`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.errors import UnknownNameError
from engine.llm.sampler_settings import check_sampling
from resources import resource_path


@dataclass(frozen=True, slots=True)
class Role:
    """A role and what it tells the model; the format of steps is part of it.

    Attributes:
        sampling: how tokens are chosen where it differs from the settings.
    """

    name: str
    prompt: str
    sampling: Mapping[str, float] = field(default_factory=dict)


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
    prompt = resource_path("prompts", f"{name}.txt").read_text(encoding="utf-8").strip()
    sampling = resource_path("prompts", f"{name}.toml")
    if not sampling.is_file():
        return Role(name, prompt)
    return Role(name, prompt, check_sampling(tomllib.loads(sampling.read_text(encoding="utf-8"))))
