"""What `memory list` shows of memories that say the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.faces.cli.memory_show import show_entry, without_copies
from engine.memory.entry import MemoryEntry


def entry(id: str, tier: str, text: str, project: str = "") -> MemoryEntry:
    return MemoryEntry(id=id, space="me", tier=tier, text=text, created_ms=1, last_used_ms=1, project=project)


def test_what_was_said_in_a_chat_and_is_remembered_in_the_same_words_is_listed_once() -> None:
    said, kept = entry("M1", "episodic", "my PIN is 7788"), entry("M2", "semantic", "My PIN is 7788.")
    assert without_copies([said, kept]) == [kept]
    assert without_copies([kept, said]) == [kept]


def test_a_list_shows_the_beginning_of_a_long_memory_and_any_date(capsys: pytest.CaptureFixture[str]) -> None:
    show_entry(replace(entry("M1", "semantic", "long " * 200_000), created_ms=10**17))
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("M1  999")
    assert line.endswith("long …")
    assert len(line) < 600


def test_what_was_said_in_other_words_or_elsewhere_is_listed_too() -> None:
    kept = entry("M1", "semantic", "My PIN is 7788.")
    others = [entry("M2", "episodic", "My PIN is 7789."), entry("M3", "episodic", "My PIN is 7788.", "work")]
    lasting = entry("M4", "long_term", "My PIN is 7788.")
    assert without_copies([kept, *others, lasting]) == [kept, *others, lasting]
