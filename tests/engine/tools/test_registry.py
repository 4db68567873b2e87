from __future__ import annotations

import pytest

from engine.errors import StoreFullError, UnknownNameError
from engine.security.approval import Session
from engine.tools.registry import MAX_OFFERED, Registry, create_registry
from engine.tools.tool import CitationBook, Tool, ToolContext, ToolResult


@pytest.fixture
def context(desk) -> ToolContext:
    return ToolContext(
        desk.store, desk.search, desk.memory, None, desk.clock, Session("my words"), CitationBook(), turn_id="T"
    )


def _tool(run) -> Tool:
    return Tool("act", "Act.", {"type": "object", "properties": {}}, "test", run)


async def test_an_unknown_tool_is_an_observation_that_offers_the_nearest(context) -> None:
    result = await create_registry().call("search_document", {"query": "a"}, context)
    assert not result.ok
    assert "Did you mean 'search_documents'?" in result.observation


async def test_wrong_arguments_are_an_observation_with_the_right_form(context) -> None:
    result = await create_registry().call("calculator", {"expr": "1"}, context)
    assert not result.ok
    assert 'calculator {"expression": text}' in result.observation


async def test_a_mistake_of_a_tool_is_an_observation(context) -> None:
    async def run(arguments, context):
        raise KeyError("x")

    result = await Registry([_tool(run)]).call("act", {}, context)
    assert (result.ok, result.observation) == (False, "The tool act failed (KeyError); do without it.")


async def test_our_own_fault_is_raised(context) -> None:
    async def run(arguments, context):
        raise StoreFullError("no space")

    with pytest.raises(StoreFullError):
        await Registry([_tool(run)]).call("act", {}, context)


async def test_a_tool_gets_a_copy_of_its_arguments(context) -> None:
    async def run(arguments, context):
        arguments["x"] = 1
        return ToolResult("done")

    arguments: dict[str, object] = {}
    await Registry([_tool(run)]).call("act", arguments, context)
    assert arguments == {}


def test_the_words_of_the_question_choose_the_tools() -> None:
    registry = create_registry()
    offered = [tool.name for tool in registry.offer("What time is it?")]
    assert "current_time" in offered
    assert len(offered) == MAX_OFFERED
    assert registry.offer("Where is the notice period?")[0].name == "search_documents"


def test_tools_that_still_fit_are_offered_again() -> None:
    registry = create_registry()
    last = [tool.name for tool in registry.offer("What time is it?")]
    assert [tool.name for tool in registry.offer("And what about the rent?", last)] != []
    assert [tool.name for tool in registry.offer("Where is the contract?", last)] == last


def test_a_registry_without_a_family_does_not_know_its_tools() -> None:
    registry = create_registry().without("memory")
    with pytest.raises(UnknownNameError):
        registry.get("remember")
    assert "memory" not in registry.families()


def test_a_signature_names_arguments_and_purpose() -> None:
    signature = create_registry().get("read_document").signature()
    assert signature.startswith('read_document {"source": text, "page": whole number (optional)} - ')
