"""Tokens become the same text however it is cut, and a stop string is found wherever the cuts are."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.llm.text import StopFilter, TextStream


def _stream(pieces: list[bytes], stops: tuple[str, ...] = ()) -> tuple[TextStream, list[str]]:
    stream = TextStream(lambda token: pieces[token], {}, stops)
    return stream, [stream.feed(i) for i in range(len(pieces))]


def test_a_character_split_across_tokens_appears_once_it_is_whole() -> None:
    euro = "€".encode()
    _, texts = _stream([b"5", euro[:1], euro[1:2], euro[2:] + b"!"])
    assert texts == ["5", "", "", "€!"]


def test_bytes_of_an_unfinished_character_are_dropped_at_the_end() -> None:
    stream, texts = _stream([b"ok", "😀".encode()[:3]])
    assert texts == ["ok", ""]
    assert stream.finish() == ""


def test_a_token_is_the_same_text_whether_or_not_one_waits_before_it() -> None:
    pieces = {0: b"\xe2\x82", 1: b"\xac", 2: b"a"}
    stream = TextStream(pieces.__getitem__, {})
    assert "".join(stream.feed(i) for i in (2, 0, 1, 2, 0, 1)) == "a€a€"


def test_text_waits_only_while_it_may_become_a_stop_string() -> None:
    stops = StopFilter(["\nObservation:"])
    assert stops.feed("Thought") == "Thought"
    assert stops.feed("\nObs") == ""
    assert stops.feed("tacle\n") == "\nObstacle"
    assert stops.feed("Observation") == ""
    assert stops.feed(": x") == ""
    assert stops.stopped
    assert stops.flush() == ""


def test_held_text_is_given_at_the_end() -> None:
    stream, texts = _stream([b"a<", b"|e"], ("<|end|>",))
    assert texts == ["a", ""]
    assert stream.finish() == "<|e"
    assert stream.n_keep(2) == 2


def test_tokens_that_lie_within_the_stop_string_are_not_kept() -> None:
    stream, texts = _stream([b"one", b" tw", b"o ST", b"OP"], ("STOP",))
    assert "".join(texts) == "one two "
    assert stream.n_keep(4) == 3


@given(
    st.text(alphabet="ab<|é€😀", max_size=40),
    st.lists(st.integers(1, 5), min_size=1, max_size=80),
    st.lists(st.text(alphabet="ab<|é", min_size=1, max_size=4), max_size=3),
)
@settings(max_examples=300, deadline=None)
def test_any_cutting_gives_the_text_before_the_first_stop(text: str, sizes: list[int], stops: list[str]) -> None:
    data, pieces = text.encode(), []
    for size in sizes * 200:
        if not data:
            break
        pieces.append(data[:size])
        data = data[size:]
    stream, shown = TextStream(lambda token: pieces[token], {}, tuple(stops)), ""
    for token in range(len(pieces)):
        shown += stream.feed(token)
        if stream.stopped:
            break
    shown += stream.finish()
    ends = [end for stop in stops if (at := text.find(stop)) >= 0 for end in (at + len(stop),)]
    if not ends:
        assert shown == text
    else:
        assert stream.stopped
        assert text.startswith(shown)
        assert any(text[len(shown) :].startswith(stop) for stop in stops)
