from __future__ import annotations

import pytest

from engine.security.taint import (
    APP,
    MEMORY_DERIVED,
    MEMORY_USER,
    USER,
    Labeled,
    document_label,
    is_private,
    is_tainted,
    join,
    join_texts,
)


def test_joining_texts_joins_their_labels() -> None:
    both = Labeled("a", frozenset({USER})) + Labeled("b", frozenset({document_label("D1")}))
    assert both == Labeled("ab", frozenset({"user", "doc:D1"}))
    assert join_texts("\n", [both, Labeled("c", frozenset({APP}))]) == Labeled(
        "ab\nc", frozenset({"user", "doc:D1", APP})
    )


def test_joining_nothing_has_no_labels() -> None:
    assert join() == frozenset()


@pytest.mark.parametrize("label", ["doc:1", "web:example.org", "tool:shell", "mcp:files", MEMORY_DERIVED, "unheard-of"])
def test_what_is_not_known_to_be_ours_is_tainted(label: str) -> None:
    assert is_tainted({USER, label})


@pytest.mark.parametrize("label", [USER, APP, MEMORY_USER, "tool:calculator", "tool:current_time"])
def test_the_person_and_we_are_not_tainted(label: str) -> None:
    assert not is_tainted({label})


def test_documents_and_memories_are_private_and_what_was_just_typed_is_not() -> None:
    assert is_private({"doc:1"})
    assert is_private({MEMORY_USER})
    assert not is_private({USER, APP, "web:example.org"})
