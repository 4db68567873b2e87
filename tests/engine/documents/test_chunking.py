from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.documents.chunking import MAX_CHARS, MIN_CHARS, Chunk, Chunker, chunk_blocks, join_blocks
from engine.documents.types import Block

SENTENCE = "The boiler in the cellar was serviced by the plumber in the second week of March. "


def chunks_of(*blocks: Block) -> list[Chunk]:
    chunks = list(chunk_blocks(blocks))
    text = join_blocks(blocks)
    for chunk in chunks:
        assert chunk.text == text[chunk.start : chunk.end]
        assert 0 < len(chunk.text) <= MAX_CHARS
    return chunks


def numbered(count: int) -> str:
    return " ".join(f"Sentence number {i} tells what the meter in the cellar showed on day {i}." for i in range(count))


def test_running_text_gives_passages_of_the_right_length_that_end_with_a_sentence() -> None:
    chunks = chunks_of(Block(numbered(100)))
    assert len(chunks) > 5
    assert all(len(chunk.text) >= MIN_CHARS for chunk in chunks)
    assert all(chunk.text.endswith(".") for chunk in chunks)


def test_neighbours_share_one_or_two_sentences() -> None:
    chunks = chunks_of(Block(numbered(60)))
    for before, after in pairwise(chunks):
        shared = before.end - after.start
        assert 0 < shared <= 240
        assert before.text[-shared:].count(".") in (1, 2)


def test_every_sentence_is_in_some_passage_whole() -> None:
    chunks = chunks_of(Block(numbered(80)))
    for i in range(80):
        assert any(
            f"Sentence number {i} tells what the meter in the cellar showed on day {i}." in c.text for c in chunks
        )


def test_a_short_document_gives_one_short_passage() -> None:
    chunks = chunks_of(Block("The key is under the mat."))
    assert [(c.text, c.start, c.end) for c in chunks] == [("The key is under the mat.", 0, 25)]


def test_nothing_gives_nothing() -> None:
    assert chunks_of(Block("  \n "), Block("\x00\x01")) == []


def test_a_passage_does_not_run_across_a_heading() -> None:
    first = [Block("One", None, ("One",), "heading"), Block(SENTENCE * 6, None, ("One",))]
    second = [Block("Two", None, ("Two",), "heading"), Block(SENTENCE * 6, None, ("Two",))]
    assert [chunk.heading for chunk in chunks_of(*first, *second)] == ["One", "Two"]


def test_tiny_sections_are_gathered_and_each_sentence_keeps_its_place() -> None:
    blocks = []
    for i in range(6):
        path = ("Glossary", f"Word {i}")
        blocks += [Block(f"Word {i}", i + 1, path, "heading"), Block(f"Meaning number {i}.", i + 1, path)]
    chunks = chunks_of(*blocks)
    assert len(chunks) == 1
    places = {heading: page for _, page, heading in chunks[0].places}
    assert places == {f"Glossary › Word {i}": i + 1 for i in range(6)}


def test_a_heading_never_stands_alone_at_the_end_of_a_passage() -> None:
    blocks = []
    for i in range(40):
        blocks += [
            Block(f"Part {i}", None, ("Book", f"Part {i}"), "heading"),
            Block(SENTENCE * 2, None, ("Book", f"Part {i}")),
        ]
    for chunk in chunks_of(*blocks):
        assert not chunk.text.split("\n")[-1].startswith("Part ")


def test_the_page_is_that_of_the_first_character() -> None:
    chunks = chunks_of(*(Block(numbered(8), page) for page in range(1, 6)))
    assert chunks[0].page == 1
    assert chunks[-1].page == max(chunk.page for chunk in chunks) >= 4


def test_a_sentence_that_a_page_break_cuts_stays_whole() -> None:
    chunks = chunks_of(
        Block(numbered(9) + " The rent is due on the", 1),
        Block("third working day of the month. " + numbered(9), 2, joint=" "),
    )
    assert any("The rent is due on the third working day of the month." in chunk.text for chunk in chunks)


def test_tables_are_cut_between_rows_and_share_none() -> None:
    rows = [f"Invoice {i} | {i * 7} euros | paid on the {i % 28 + 1}th of the month" for i in range(120)]
    chunks = chunks_of(Block("\n".join(rows), kind="table"))
    assert sum(len(chunk.text.split("\n")) for chunk in chunks) == 120
    assert all(line in rows for chunk in chunks for line in chunk.text.split("\n"))


def test_code_is_cut_between_lines_and_keeps_its_indentation() -> None:
    lines = [f"{'    ' * (i % 4)}total_{i} = measure(boiler, {i})" for i in range(1, 120)]
    for chunk in chunks_of(Block("\n".join(lines), kind="code")):
        assert all(line in lines for line in chunk.text.split("\n"))


def test_one_line_without_end_is_cut_at_words() -> None:
    chunks = chunks_of(Block("boiler " * 5000))
    assert all(set(chunk.text.split()) == {"boiler"} for chunk in chunks)


@pytest.mark.parametrize(
    "text", ["x" * 50_000, "3. a. b. " * 3000, "Mr. " * 8000, "( " * 20_000, "。" * 9000, "\n" * 9000 + "a"]
)
def test_hostile_text_is_cut_in_no_time(text: str) -> None:
    chunks_of(Block(text))


TEXT = st.text(st.sampled_from("ab .\n!?。-|x1é"), max_size=3000)
BLOCKS = st.builds(
    Block,
    TEXT,
    st.none() | st.integers(1, 9),
    st.lists(st.sampled_from(["A", "B", "C"]), max_size=3).map(tuple),
    st.sampled_from(["text", "list", "table", "code", "heading"]),
    st.sampled_from(["\n\n", "\n", " ", ""]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(BLOCKS, max_size=12))
def test_any_blocks_give_verbatim_passages_that_leave_nothing_out(blocks: list[Block]) -> None:
    chunks = chunks_of(*blocks)
    text = join_blocks(blocks)
    covered = [False] * len(text)
    for chunk in chunks:
        covered[chunk.start : chunk.end] = [True] * (chunk.end - chunk.start)
    assert all(covered[i] for i, c in enumerate(text) if not c.isspace())
    assert [c.start for c in chunks] == sorted(c.start for c in chunks)


def test_a_paragraph_as_long_as_a_book_is_cut_as_it_is_gone_through() -> None:
    """Else each passage copies the rest of it: a text of 32 MB in one line came to a standstill."""
    chunker, book = Chunker(), SENTENCE * 20_000
    chunks = chunker.feed(Block(book))
    for _ in range(3):
        next(chunks)
    assert chunker.n_chars < 8 * MAX_CHARS
    assert sum(1 for _ in chunks) > 1000
    assert chunker.n_chars == len(book.strip())
