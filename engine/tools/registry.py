"""All tools, which of them to offer, and the one place through which every call of a model goes.

(The guide's look-ups are ours: they read only, and use the same functions without a call.)

A call is looked up, checked against the schema, decided, run. What the model did wrong comes back as an
observation that helps it to do better; what we did wrong (a store that is full, a worker that died) is
raised and ends the run.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from engine.errors import EngineError, UnknownNameError
from engine.security.approval import Decision, decide
from engine.tools.builtin.calculator import CALCULATOR
from engine.tools.builtin.current_time import CURRENT_TIME
from engine.tools.builtin.forget import FORGET
from engine.tools.builtin.read_document import READ_DOCUMENT
from engine.tools.builtin.recall_memory import RECALL_MEMORY
from engine.tools.builtin.remember import REMEMBER
from engine.tools.builtin.search_documents import SEARCH_DOCUMENTS
from engine.tools.tool import Tool, ToolContext, ToolResult
from engine.tools.validation import find_problem

__all__ = ["MAX_OFFERED", "Approve", "Registry", "create_registry"]

logger = logging.getLogger(__name__)

# A small model picks well among five tools, badly among fifteen.
MAX_OFFERED = 5

# Asks the person about one call; the arguments are frozen: what was shown is what runs.
Approve = Callable[[Tool, dict[str, Any], Decision], Awaitable[bool]]


class Registry:
    """Tools by name, in the order in which they are preferred."""

    def __init__(self, tools: Iterable[Tool] = ()) -> None:
        self._tools: dict[str, Tool] = {}
        for tool in tools:
            self.add(tool)

    def add(self, tool: Tool) -> None:
        """Add a tool, or replace the one of its name."""
        self._tools[tool.name] = tool

    def get(self, name: str) -> Tool:
        """The tool of that name.

        Raises:
            UnknownNameError: there is none; the nearest name is offered.
        """
        if name not in self._tools:
            raise UnknownNameError("tool", name, self._tools)
        return self._tools[name]

    @property
    def tools(self) -> tuple[Tool, ...]:
        """All tools, preferred first."""
        return tuple(self._tools.values())

    def without(self, family: str) -> Registry:
        """The tools that are not of this family."""
        return Registry(tool for tool in self.tools if tool.family != family)

    def families(self) -> dict[str, list[Tool]]:
        """Tools by family, in order."""
        families: dict[str, list[Tool]] = {}
        for tool in self.tools:
            families.setdefault(tool.family, []).append(tool)
        return families

    def offer(self, question: str, last: Sequence[str] = (), limit: int = MAX_OFFERED) -> list[Tool]:
        """The tools for a question: those whose words it has, then the preferred ones.

        What was offered last is offered again if the best two are in it: schemas that do not change are
        not sent again, and the model's cache stays.
        """
        words = set(re.findall(r"\w+", question.casefold()))
        text = " ".join(re.findall(r"\w+", question.casefold()))
        ranked = sorted(self.tools, key=lambda tool: -_fit(tool, words, text))
        best = ranked[:limit]
        if last and {tool.name for tool in best[:2]} <= set(last) <= set(self._tools):
            return [self._tools[name] for name in last]
        return [tool for tool in self.tools if tool in best]

    async def call(self, name: str, arguments: Any, context: ToolContext, approve: Approve | None = None) -> ToolResult:
        """Make one call, if it may be made; never raises for what the model did.

        Raises:
            EngineError: our own fault.
        """
        try:
            tool = self.get(name)
        except UnknownNameError as exc:
            return ToolResult(f"{exc} There are: {', '.join(self._tools)}.", ok=False)
        problem = find_problem(arguments, tool.parameters)
        if problem:
            return ToolResult(f"{problem} Write: {tool.signature()}", ok=False)
        frozen = json.dumps(arguments, ensure_ascii=False, sort_keys=True)
        decision = decide(tool, arguments, context.labels, context.session)
        if decision.verdict == "ask" and not tool.quarantines:
            agreed = approve is not None and await approve(tool, json.loads(frozen), decision)
            decision = Decision("allow" if agreed else "deny", decision.why + ("" if agreed else " It was refused."))
        if decision.verdict == "deny":
            return ToolResult(f"Refused: {decision.why}", ok=False)
        return await _run(tool, json.loads(frozen), replace(context, decision=decision))


async def _run(tool: Tool, arguments: dict[str, Any], context: ToolContext) -> ToolResult:
    try:
        return await tool.run(arguments, context)
    except EngineError:
        raise
    # The edge of the tool call: a mistake in a tool is told to the model, and the run goes on.
    except Exception as exc:
        logger.warning("the tool %s failed", tool.name, exc_info=True)
        return ToolResult(f"The tool {tool.name} failed ({type(exc).__name__}); do without it.", ok=False)


def _fit(tool: Tool, words: set[str], text: str) -> int:
    hits = sum(1 for keyword in tool.keywords if keyword in words or (" " in keyword and keyword in text))
    return hits + sum(2 for part in tool.name.split("_") if part in words)


def create_registry() -> Registry:
    """The tools that come with Scrubjay, the most useful first."""
    return Registry((SEARCH_DOCUMENTS, RECALL_MEMORY, REMEMBER, CALCULATOR, READ_DOCUMENT, CURRENT_TIME, FORGET))
