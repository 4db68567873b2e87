"""The built-in formats of chats, for model files whose own template is missing or cannot be used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["CHATML", "Family", "find_family"]


@dataclass(frozen=True, slots=True)
class Family:
    """A built-in format: what stands before and after the words of each role.

    Attributes:
        needs: a mark that a template or a vocabulary of this family has.
        system_inside: there is no system role; its words go in front of the first user message.
    """

    name: str
    needs: str
    system: tuple[str, str]
    user: tuple[str, str]
    assistant: tuple[str, str]
    tool: tuple[str, str] | None = None
    system_inside: bool = False

    def around(self, role: str) -> tuple[str, str]:
        """Marks before and after the words of a role."""
        table = {"system": self.system, "user": self.user, "assistant": self.assistant}
        return table.get(role, self.tool or self.user)


def _headed(name: str, needs: str, before: str, after: str) -> Family:
    """A family that writes each role's name between marks."""
    roles = {role: (before.format(role), after) for role in ("system", "user", "assistant")}
    return Family(name, needs, roles["system"], roles["user"], roles["assistant"])


# The first whose mark is found wins, so the particular come before the general.
FAMILIES = (
    Family(
        "scrubjay", "<|hand_over|>", ("<|system|>", "<|end|>"), ("<|user|>", "<|end|>"), ("<|assistant|>", "<|end|>"),
        tool=("<|tool|>", "<|end|>"),
    ),
    _headed("phi4", "<|im_sep|>", "<|im_start|>{}<|im_sep|>", "<|im_end|>"),
    _headed("chatml", "<|im_start|>", "<|im_start|>{}\n", "<|im_end|>\n"),
    _headed("llama3", "<|start_header_id|>", "<|start_header_id|>{}<|end_header_id|>\n\n", "<|eot_id|>"),
    _headed("granite", "<|start_of_role|>", "<|start_of_role|>{}<|end_of_role|>", "<|end_of_text|>\n"),
    Family(
        "gemma", "<start_of_turn>", ("", "\n\n"), ("<start_of_turn>user\n", "<end_of_turn>\n"),
        ("<start_of_turn>model\n", "<end_of_turn>\n"), system_inside=True,
    ),
    Family(
        "command-r", "<|START_OF_TURN_TOKEN|>",
        ("<|START_OF_TURN_TOKEN|><|SYSTEM_TOKEN|>", "<|END_OF_TURN_TOKEN|>"),
        ("<|START_OF_TURN_TOKEN|><|USER_TOKEN|>", "<|END_OF_TURN_TOKEN|>"),
        ("<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>", "<|END_OF_TURN_TOKEN|>"),
    ),
    Family(
        "deepseek", "<｜User｜>", ("", "\n\n"), ("<｜User｜>", ""), ("<｜Assistant｜>", "<｜end▁of▁sentence｜>"),
        system_inside=True,
    ),
    Family("mistral", "[INST]", ("", "\n\n"), ("[INST] ", " [/INST]"), ("", "</s>"), system_inside=True),
    _headed("phi3", "<|end|>", "<|{}|>\n", "<|end|>\n"),
    _headed("zephyr", "<|user|>", "<|{}|>\n", "</s>\n"),
)  # fmt: skip
CHATML = next(f for f in FAMILIES if f.name == "chatml")


def find_family(template: str, has_token: Callable[[str], bool]) -> Family | None:
    """The family whose marks a template has, or else the vocabulary."""
    for family in FAMILIES:
        if family.needs in template:
            return family
    return next((family for family in FAMILIES if has_token(family.needs)), None)
