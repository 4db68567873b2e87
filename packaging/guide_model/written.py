"""Prompts that people wrote: lines of tool, words, argument, what is referred to, and earlier turns, between tabs.

And messages with the mood of who writes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.agent.guide.reckon.arithmetic import written_arithmetic
from engine.agent.guide.understand.grammar import ABOUT, GUIDE_TOOLS, render_choice

_BETWEEN_TURNS = " ¦ "


@dataclass(frozen=True, slots=True)
class Turn:
    """What the person wrote and the choice that is right for it.

    Attributes:
        arguments: as the tool gets them; all of the words where the whole of them is meant.
        earlier: turns of the person before this one, oldest first.
    """

    words: str
    tool: str
    arguments: dict[str, str]
    earlier: tuple[str, ...] = ()

    @property
    def choice(self) -> str:
        """The text that the model has to write: what needs no copying is left empty."""
        name = GUIDE_TOOLS[self.tool]
        arguments = dict(self.arguments)
        as_it_stands = written_arithmetic(self.words).expression if self.tool == "calculator" else self.words
        if as_it_stands and arguments.get(name) == as_it_stands:
            arguments[name] = ""
        return render_choice(self.tool, arguments)


def read_written(path: Path) -> Iterator[Turn]:
    """The turns of a file; `*` as the argument stands for all of the words."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("##"):
            continue
        tool, words, argument, about, earlier = (line.split("\t") + [""] * 3)[:5]
        name = GUIDE_TOOLS[tool]
        arguments = {ABOUT: about} if about else {}
        if name and (argument or not about):
            arguments[name] = words if argument == "*" else argument
        yield Turn(words, tool, arguments, tuple(turn for turn in earlier.split(_BETWEEN_TURNS) if turn))


def read_moods(path: Path) -> Iterator[tuple[str, str]]:
    """Moods and messages of a file."""
    for line in path.read_text(encoding="utf-8").splitlines():
        mood, _, words = line.partition("\t")
        if words:
            yield mood, words
