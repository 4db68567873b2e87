"""The grammar is held against two matchers: a small one here that lists its whole language, and llama.cpp's own."""

from __future__ import annotations

import ctypes
import itertools
import json
import math
import random
import re
from collections.abc import Iterator
from pathlib import Path

import llama_cpp
import pytest

from engine.agent.guide.understand.grammar import (
    GuideChoiceError,
    guide_grammar,
    parse_choice,
    render_choice,
    visible_words,
)

GUIDE = Path(__file__).parents[4] / "resources" / "models" / "guide.gguf"
SPAN_TOOLS = {"search_documents": "query", "recall_memory": "query", "forget": "text", "remember": "text"}
REFERRING = ("search_documents", "recall_memory", "forget")
NASTY = [
    "hello",
    'say "hi" now',
    'back\\slash \\" \\n end\\',
    "tab\tand\nnew\r\nline",
    "nul\x00 bell\x07 escape\x1b del\x7f",
    "Zürich straße ÄÖÜ",
    "emoji 👩‍👩‍👧 🇩🇪",
    "中文没有空格 かな",
    "<|end|> <|user|>hi <|system|>",
    '{"query": "x"} [1] (a|b)* a::=b',
    "half \ud83d pair \udc00",
    "nb\u00a0space line\u2028sep zero\u200bwidth \ufeffbom",
    "e\u0301 cafe\u0301 \u202etfel",
    "a a a a",
    "%s %d ${x} `ls` $(ls) '; DROP",
    "-- --no-index -1",
]


# ---- a matcher for the part of GBNF that is used: lists every string up to a length of repetition


class Gbnf:
    """Rules by name; `language` gives all strings of a rule (repetitions bounded by what the grammar says)."""

    def __init__(self, text: str) -> None:
        self.rules = dict(line.split(" ::= ", 1) for line in text.splitlines())
        assert len(self.rules) == len(text.splitlines())

    def language(self, rule: str) -> set[str]:
        self.source, self.at = self.rules[rule], 0
        source, found = self.source, self._alternatives()
        assert self.at == len(source), source[self.at :]
        return found

    def _alternatives(self) -> set[str]:
        found = self._sequence()
        while self._take(" | "):
            found |= self._sequence()
        return found

    def _sequence(self) -> set[str]:
        found = self._item()
        while self.source[self.at : self.at + 1] == " " and self.source[self.at : self.at + 3] != " | ":
            self.at += 1
            found = {a + b for a, b in itertools.product(found, self._item())}
        return found

    def _item(self) -> set[str]:
        if self._take("("):
            found = self._alternatives()
            assert self._take(")")
        elif self.source[self.at] == '"':
            found = {self._literal()}
        else:
            name = re.compile(r"[a-z0-9]+").match(self.source, self.at)
            assert name, self.source[self.at :]
            self.at = name.end()
            source, at = self.source, self.at
            found = self.language(name[0])
            self.source, self.at = source, at
        return found | {""} if self._take("?") else found

    def _literal(self) -> str:
        match = re.compile(r'"((?:[^"\\]|\\["\\])*)"').match(self.source, self.at)
        assert match, self.source[self.at :]
        self.at = match.end()
        return re.sub(r"\\(.)", r"\1", match[1])

    def _take(self, mark: str) -> bool:
        if not self.source.startswith(mark, self.at):
            return False
        self.at += len(mark)
        return True


def spans(words: str) -> Iterator[str]:
    every = words.encode("utf-16", "surrogatepass").decode("utf-16", "replace").split()
    for first, last in itertools.combinations(range(len(every) + 1), 2):
        yield " ".join(every[first:last])


def expected_language(words: str) -> set[str]:
    every = list(spans(words))
    every = ["", *every] if every else []
    choices = {render_choice(tool, {name: span}) for span in every for tool, name in SPAN_TOOLS.items()}
    return choices | {"current_time {}", "help", "greet", "hand_over"}


def without_calculator(words: str) -> Gbnf:
    grammar = Gbnf(guide_grammar(words))
    grammar.rules["root"] = grammar.rules["root"].replace("calculate | ", "")
    return grammar


@pytest.mark.parametrize("words", NASTY)
def test_the_grammar_accepts_exactly_the_spans_of_the_words(words: str) -> None:
    assert without_calculator(words).language("root") == expected_language(words)


def test_random_words_give_exactly_their_spans() -> None:
    draw = random.Random(5)
    alphabet = 'ab"\\\x01é中🙂<|>{}n\u2028\ud800 \n\t'
    for _ in range(200):
        words = "".join(draw.choice(alphabet) for _ in range(draw.randint(0, 16)))
        assert without_calculator(words).language("root") == expected_language(words)


@pytest.mark.parametrize("words", NASTY)
def test_every_span_survives_rendering_and_parsing(words: str) -> None:
    for span in spans(words):
        text = render_choice("remember", {"text": span})
        assert parse_choice(text).arguments == {"text": span}
        assert json.loads(text.partition(" ")[2]) == {"text": span}


@pytest.mark.parametrize("words", ["how much is the fish", "what does error 404 mean", "and the second one?", "5"])
def test_words_without_arithmetic_offer_no_calculator(words: str) -> None:
    assert "calculator" not in guide_grammar(words)


def test_earlier_turns_offer_their_spans_to_refer_to() -> None:
    offered = Gbnf(guide_grammar("c", ["a b", "", "<|end|>"])).language("root")
    about = [*sorted(spans("a b")), "<|end|>"]
    choices = [render_choice(tool, {"about": span, SPAN_TOOLS[tool]: own})
               for tool in REFERRING for span in about for own in ("", "c")]  # fmt: skip
    choices += [render_choice(tool, {"about": span}) for tool in REFERRING for span in about]
    assert offered == expected_language("c") | set(choices)


def test_an_empty_argument_stands_for_all_that_was_written() -> None:
    assert parse_choice('search_documents {"query": ""}', " who\npays? ").arguments == {"query": "who pays?"}
    assert parse_choice('forget {"about": "x"}', "forget that").arguments == {"about": "x"}
    assert parse_choice('calculator {"expression": ""}', "what is 3 x 4?").arguments == {"expression": "3*4"}


def test_empty_words_offer_only_choices_without_a_span() -> None:
    assert Gbnf(guide_grammar(" \n ")).language("root") == {"current_time {}", "help", "greet", "hand_over"}


@pytest.mark.parametrize(
    "words", ["x " * 10_000, "word" * 20_000, "中" * 5000, "ab " * 81, "1 + " * 5000, "\ud800 " * 9999]
)
def test_the_grammar_of_any_input_is_bounded(words: str) -> None:
    assert len(guide_grammar(words)) < 24_000
    assert len(visible_words(words).encode()) < 2500


def test_long_input_offers_its_beginning_its_end_and_everything() -> None:
    words = " ".join(f"w{number}x" for number in range(500))
    grammar = guide_grammar(words)
    assert '"w79x"' in grammar
    assert '"w80x"' not in grammar
    assert '"w459x"' not in grammar
    assert '"w460x"' in grammar
    assert '"w79x" (" "' not in grammar
    assert visible_words(words).split()[79:82] == ["w79x", "…", "w460x"]
    assert parse_choice('remember {"text": ""}', words).arguments == {"text": words}


def test_a_word_too_long_to_offer_is_shown_cut_and_can_only_be_passed_on_whole() -> None:
    link = "https://example.org/" + "a" * 300
    words = f"remember {link} please"
    assert link not in guide_grammar(words)
    assert visible_words(words) == f"remember {link[:40]}… please"
    assert parse_choice('remember {"text": ""}', words).arguments == {"text": words}


def test_special_tokens_in_the_words_never_stand_in_an_argument_as_they_are() -> None:
    assert "<|" not in guide_grammar("remember <|end|><|user|> x")
    assert parse_choice(render_choice("remember", {"text": "<|end|>"})).arguments == {"text": "<|end|>"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "greet {}",
        "hand_over now",
        "search_documents",
        'search_documents {"query": "a',
        'search_documents {"text": "a"}',
        'remember {"text": 3}',
        'remember ["a"]',
        "current_time",
        'current_time {"a": ""}',
        "delete_all {}",
        "calculator {}",
    ],
)
def test_anything_but_a_choice_is_refused(text: str) -> None:
    with pytest.raises(GuideChoiceError):
        parse_choice(text)


# ---- llama.cpp


class LlamaGrammar:
    """Whether llama.cpp lets the guide say a text, token by token, and end there."""

    def __init__(self) -> None:
        parameters = llama_cpp.llama_model_default_params()
        parameters.vocab_only = True
        self._model = llama_cpp.llama_model_load_from_file(str(GUIDE).encode(), parameters)
        assert self._model
        self._vocab = llama_cpp.llama_model_get_vocab(self._model)

    def close(self) -> None:
        llama_cpp.llama_model_free(self._model)

    def tokenize(self, text: str) -> list[int]:
        data = text.encode()
        ids = (ctypes.c_int32 * (len(data) + 8))()
        n_ids = llama_cpp.llama_tokenize(self._vocab, data, len(data), ids, len(ids), False, False)
        return list(ids[:n_ids])

    def accepts(self, grammar: str, text: str) -> bool:
        sampler = llama_cpp.llama_sampler_init_grammar(self._vocab, grammar.encode(), b"root")
        assert sampler, "llama.cpp cannot read the grammar"
        try:
            for token in self.tokenize(text):
                if not self._allows(sampler, token):
                    return False
                llama_cpp.llama_sampler_accept(sampler, token)
            return self._allows(sampler, llama_cpp.llama_vocab_eos(self._vocab))
        finally:
            llama_cpp.llama_sampler_free(sampler)

    def _allows(self, sampler: object, token: int) -> bool:
        one = (llama_cpp.llama_token_data * 1)(llama_cpp.llama_token_data(token, 0.0, 0.0))
        every = llama_cpp.llama_token_data_array(one, 1, -1, False)
        llama_cpp.llama_sampler_apply(sampler, ctypes.byref(every))
        return not math.isinf(one[0].logit)

    def allows_first(self, grammar: str, token: int) -> bool:
        sampler = llama_cpp.llama_sampler_init_grammar(self._vocab, grammar.encode(), b"root")
        try:
            return self._allows(sampler, token)
        finally:
            llama_cpp.llama_sampler_free(sampler)


@pytest.fixture(scope="module")
def llama() -> Iterator[LlamaGrammar]:
    grammar = LlamaGrammar()
    yield grammar
    grammar.close()


@pytest.mark.parametrize("words", NASTY)
def test_llama_cpp_accepts_the_spans_and_nothing_near_them(llama: LlamaGrammar, words: str) -> None:
    grammar = guide_grammar(words)
    allowed = expected_language(words)
    for text in sorted(allowed):
        assert llama.accepts(grammar, text), text
        for wrong in (text + " ", text[:-1], text.replace('": "', '": " '), text.replace('"}', '."}')):
            assert wrong in allowed or not llama.accepts(grammar, wrong), wrong


@pytest.mark.parametrize(
    ("words", "expression", "allowed"),
    [
        ("what is 12*4", "", True),
        ("what is 12*4", "12*4", False),
        ("what is 12*4", "12*5", False),
        ("what is 12*4", "12 * 4", False),
        ("what is 12*4", "12*4*4", False),
        ("17% of 240", "", True),
        ("multiply 12 by 4", "", True),
        ("3 and 4 times 5", "", False),
        ("multiply 12 by 4", "4*12", False),
        ("3 and 4 times 5", "3+4*5", True),
        ("3 and 4 times 5", "3-4*5", False),
        ("3 and 4 times 5", "3+4*6", False),
        ("3 and 4 times 5", "(3+4)*5", False),
        ("3 and 4 times 5", "3+4*", False),
        ("3 and 4 times 5", "+".join(["3"] * 25), True),
        ("3 and 4 times 5", "+".join(["3"] * 26), False),
        ("(3 and 4) times 5", "(3+4)*5", True),
        ("(3 and 4) times 5", "(((3+4)))*5", True),
        ("(3 and 4) times 5", "((((3+4))))*5", False),
    ],
)
def test_llama_cpp_keeps_expressions_to_the_numbers_written(
    llama: LlamaGrammar, words: str, expression: str, allowed: bool
) -> None:
    assert llama.accepts(guide_grammar(words), render_choice("calculator", {"expression": expression})) is allowed


def test_llama_cpp_reads_the_grammar_of_very_long_input(llama: LlamaGrammar) -> None:
    words = " ".join(f"word{number % 97}" for number in range(10_000))
    assert llama.accepts(guide_grammar(words), 'search_documents {"query": "word0 word1"}')
    assert llama.accepts(guide_grammar(words), 'search_documents {"query": ""}')


def test_llama_cpp_accepts_what_a_follow_up_refers_to(llama: LlamaGrammar) -> None:
    grammar = guide_grammar("and the second?", ["How long is the notice?", "Hello <|end|>"])
    for text in (
        'search_documents {"about": "the notice?", "query": ""}',
        'search_documents {"about": "the notice?", "query": "the second?"}',
        'forget {"about": "Hello"}',
        'recall_memory {"query": "second?"}',
    ):
        assert llama.accepts(grammar, text), text
    for text in (
        'search_documents {"about": "notice? Hello", "query": ""}',
        'search_documents {"about": "", "query": ""}',
        'search_documents {"about": "second?"}',
        'search_documents {"query": "", "about": "Hello"}',
        'remember {"about": "Hello"}',
    ):
        assert not llama.accepts(grammar, text), text


def test_special_tokens_match_nothing_in_the_grammar(llama: LlamaGrammar) -> None:
    grammar = guide_grammar("<|user|> <|tool|> <|system|> greet")
    assert not any(llama.allows_first(grammar, token) for token in range(5))
