from __future__ import annotations

import hashlib
import itertools
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.search.query import NOT_FOUND_BELOW, best_sentences, split_sentences
from engine.search.terms import words_of
from engine.search.types import Hit, Vectors


def sentences(text: str) -> list[str]:
    return [text[s.start : s.end] for s in split_sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dr. Smith paid 3.50 EUR, e.g. for tea. He left.", ["Dr. Smith paid 3.50 EUR, e.g. for tea.", "He left."]),
        ("He came at 5 p.m. The shop was closed.", ["He came at 5 p.m.", "The shop was closed."]),
        ("See Fig. 3 and No. 7. It works.", ["See Fig. 3 and No. 7.", "It works."]),
        ("Das gilt z. B. für Mieter. Am 1. Januar endet es.", ["Das gilt z. B. für Mieter.", "Am 1. Januar endet es."]),
        ("J. R. Tolkien wrote it. The U.S. economy grew.", ["J. R. Tolkien wrote it.", "The U.S. economy grew."]),
        ("He lives in the U.S. The house is old.", ["He lives in the U.S.", "The house is old."]),
        ("Apple Inc. CEO spoke. Go.", ["Apple Inc. CEO spoke.", "Go."]),
        ("Open https://a.b.com/x.html?y=1. Then go.", ["Open https://a.b.com/x.html?y=1.", "Then go."]),
        ("Version 2.0 is out. Get it.", ["Version 2.0 is out.", "Get it."]),
        ("Was it? Yes! “Go now.” She left.", ["Was it?", "Yes!", "“Go now.”", "She left."]),
        ("Wait ... and see. Yahoo! is one.", ["Wait ... and see.", "Yahoo! is one."]),
        ("It is so.[12] Next one.", ["It is so.[12]", "Next one."]),
        ("契约到期了。你好！是吗？他说", ["契约到期了。", "你好！", "是吗？", "他说"]),
        ("「はい。」と言った。終わり。", ["「はい。」", "と言った。", "終わり。"]),
        ("To: Mrs P. Akintola of York. See p. 7 there.", ["To: Mrs P. Akintola of York.", "See p. 7 there."]),
        ("Rent is 900 euros . Deposit is 1800 euros .", ["Rent is 900 euros .", "Deposit is 1800 euros ."]),
        ("I waited .... Then the train came.", ["I waited ....", "Then the train came."]),
        ("Costs rose to 5. The end.", ["Costs rose to 5.", "The end."]),
    ],
)
def test_punctuation_ends_sentences_and_abbreviations_do_not(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "# Title\nFirst line of a\nwrapped paragraph. Second.",
            ["Title", "First line of a\nwrapped paragraph.", "Second."],
        ),
        ("Intro:\n- one\n* two. More\n• three", ["Intro:", "one", "two.", "More", "three"]),
        ("1. Press on.\n2. Wait.\na) Then go", ["1. Press on.", "2. Wait.", "a) Then go"]),
        (
            "Returns\nItems may be returned within 30 days of delivery if unused.",
            ["Returns", "Items may be returned within 30 days of delivery if unused."],
        ),
        ("Item | Price\nTea | 3.50\nMilk | 1.20", ["Item | Price", "Tea | 3.50", "Milk | 1.20"]),
        (
            "Removal and disposal ....... £310.00\nHalf day (a wall) . £148.00\nStill to be paid ......... £3,603.00",
            [
                "Removal and disposal ....... £310.00",
                "Half day (a wall) . £148.00",
                "Still to be paid ......... £3,603.00",
            ],
        ),
        ("One paragraph\n\nAnother one", ["One paragraph", "Another one"]),
        ("A long line that was wrapped by the printer at Dr.\nSmith continues.", None),
        ("", []),
        (" \n\t\n", []),
        ("--- ***\n", []),
    ],
)
def test_lines_that_stand_alone_are_sentences_and_wrapped_ones_are_not(text: str, expected: list[str] | None) -> None:
    assert sentences(text) == (expected if expected is not None else [text])


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.sampled_from(list("aB1 .?!\n-#|。「」)(\"'…•\t,Dr")), max_size=120))
def test_sentences_are_in_order_do_not_overlap_and_lose_no_letter(text: str) -> None:
    spans = split_sentences(text)
    assert all(a.end <= b.start for a, b in itertools.pairwise(spans))
    assert all(text[s.start : s.end].strip() == text[s.start : s.end] != "" for s in spans)
    kept = "".join(text[s.start : s.end] for s in spans)
    assert sum(c.isalnum() for c in kept) == sum(c.isalnum() for c in text)


class BagEmbedder:
    """Vectors of words by hash: texts that share words are near. Small and exact, no model."""

    model = "bag-of-words"
    dim = 256

    async def embed(self, texts: Sequence[str], *, urgent: bool = False) -> Vectors:
        out = np.zeros((len(texts), self.dim), np.float32)
        for i, text in enumerate(texts):
            for word in words_of(text):
                out[i, int.from_bytes(hashlib.sha256(word[:5].encode()).digest()[:2], "big") % self.dim] += 1
        return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)

    async def aclose(self) -> None:
        return None


HITS = [
    Hit(
        id="a", kind="document", score=0.6, heading="Warranty › Duration",
        text="Thank you for buying the pump. The warranty period is 24 months from the date of purchase. "
        "Keep the bill.",
    ),
    Hit(
        id="b", kind="document", score=0.4, heading="Service",
        text="What is serviced?\nThe pump is serviced twice a year.",
    ),
]  # fmt: skip


@pytest.mark.parametrize("embedder", [None, BagEmbedder()])
@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How long is the warranty period?", "The warranty period is 24 months from the date of purchase."),
        ("How often is the pump serviced?", "The pump is serviced twice a year."),
    ],
)
async def test_the_sentence_that_answers_comes_first(question: str, answer: str, embedder: BagEmbedder | None) -> None:
    best = (await best_sentences(question, HITS, embedder))[0]
    assert best.text == answer
    assert best.hit.text[best.start : best.end] == answer
    assert HITS[best.hit_number - 1] is best.hit
    assert best.score >= NOT_FOUND_BELOW


@pytest.mark.parametrize("embedder", [None, BagEmbedder()])
async def test_a_question_that_nothing_answers_stays_below_the_floor(embedder: BagEmbedder | None) -> None:
    best = await best_sentences("Who painted the Mona Lisa?", HITS, embedder)
    assert best[0].score < NOT_FOUND_BELOW


async def test_sentence_numbers_count_within_the_hit_from_one() -> None:
    found = await best_sentences("Where is the bill?", HITS, None, limit=10)
    assert {(s.hit_number, s.sentence_number) for s in found} == {(1, 1), (1, 2), (1, 3), (2, 1), (2, 2)}


async def test_the_same_sentence_in_two_hits_is_given_once() -> None:
    twice = [HITS[0], Hit(id="c", kind="document", score=0.5, text=HITS[0].text)]
    found = await best_sentences("How long is the warranty?", twice, None, limit=10)
    assert len(found) == 3


@pytest.mark.parametrize("question", ["", "   ", "?", "\ud800", '"', "the of"])
@pytest.mark.parametrize("embedder", [None, BagEmbedder()])
async def test_any_question_gets_scores_between_zero_and_one(question: str, embedder: BagEmbedder | None) -> None:
    found = await best_sentences(question, HITS, embedder)
    assert all(0 <= s.score <= 1 for s in found)


async def test_no_hits_and_no_limit_give_nothing() -> None:
    assert await best_sentences("Anything?", [], None) == []
    assert await best_sentences("Anything?", HITS, None, limit=0) == []


async def test_entries_of_a_table_of_contents_answer_nothing() -> None:
    entries = "1 Buying a pump 1 2 Duration of the warranty. What now? 4 3 I have a pump and it does not run."
    listed = Hit(id="c", kind="document", score=0.9, heading="Manual › Contents", text=entries)
    told = "The contents of the shed are insured. 12 months after the flood they were not."
    house = Hit(id="d", kind="document", score=0.5, heading="What is insured", text=told)
    found = await best_sentences("What is the duration of the warranty of the pump?", [listed, *HITS, house], None, 20)
    said = [sentence.text for sentence in found]
    assert "The warranty period is 24 months from the date of purchase." in said
    assert "12 months after the flood they were not." in said
    assert not [text for text in said if text in entries and text[0].isdigit()]
