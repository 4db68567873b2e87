"""Thoughts are told from answers, wherever the stream is cut."""

from __future__ import annotations

import pytest

from engine.llm.reasoning import ReasoningReader

HARMONY = (
    "<|channel|>analysis<|message|>Let me see.<|end|>"
    "<|start|>assistant<|channel|>final<|message|>It is **4**.<|return|>"
)
CASES: list[tuple[str, str, str]] = [
    ("It is 4.", "", "It is 4."),
    ("<think>\nhm\n</think>\n\nIt is 4.", "\nhm\n", "It is 4."),
    ("\n <think>a</think> <thinking>b</thinking>c", "ab", "c"),
    ("[THINK]hm[/THINK]It is 4.", "hm", "It is 4."),
    ("<|START_THINKING|>hm<|END_THINKING|>yes", "hm", "yes"),
    ("<think>never closed", "never closed", ""),
    ("<think>half of a mark </thi", "half of a mark </thi", ""),
    (
        "The mark <think> opens a thought, </think> closes it.",
        "",
        "The mark <think> opens a thought, </think> closes it.",
    ),
    ("a < b, x[0], <|end|> and [THINK]", "", "a < b, x[0], <|end|> and [THINK]"),
    (HARMONY, "Let me see.", "It is **4**."),
    ("<|channel|>final<|message|>at once", "", "at once"),
    ("<|channel|>analysis<|message|>never closed", "never closed", ""),
    (
        "<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>commentary to=f<|constrain|>json"
        "<|message|>{}<|call|>",
        "a{}",
        "",
    ),
    ("", "", ""),
    ("<", "", "<"),
    ("  \n", "", ""),
]


def _read(pieces: list[str], *, opened: bool = False) -> tuple[str, str]:
    reader = ReasoningReader(opened=opened)
    said = [part for piece in pieces for part in reader.feed(piece)] + reader.finish()
    return "".join(t for kind, t in said if kind == "thought"), "".join(t for kind, t in said if kind == "text")


@pytest.mark.parametrize(("said", "thought", "text"), CASES)
def test_thought_and_answer_are_the_same_for_every_cut(said: str, thought: str, text: str) -> None:
    assert _read([said]) == (thought, text)
    assert _read(list(said)) == (thought, text)
    for at in range(len(said)):
        assert _read([said[:at], said[at:]]) == (thought, text)


def test_a_thought_that_the_template_opened_ends_with_its_mark() -> None:
    assert _read(["hm", "</th", "ink>\n\nyes"], opened=True) == ("hm", "yes")
    assert _read(["it was cut off here"], opened=True) == ("it was cut off here", "")


def test_an_answer_is_streamed_as_it_comes() -> None:
    reader = ReasoningReader()
    assert [reader.feed(piece) for piece in ("Yes", ", a", " <b", "> c")] == [
        [("text", "Yes")],
        [("text", ", a")],
        [("text", " <b")],
        [("text", "> c")],
    ]
