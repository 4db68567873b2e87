from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from engine.search.evidence import SIGNS, Candidate, signs_of
from engine.search.judgement import judge_of, load_judge, order_signs
from engine.search.query import better_neighbour, find_candidates, is_limited, joined, leans_on, read_stems
from engine.search.types import Hit
from resources import resource_path

TEXT = (
    "Repairs\n\nSmall repairs are paid by the tenant. They may cost 100 euros at most. Who pays for the boiler? "
    "The landlord has the boiler serviced in September."
)


def read(question: str, *texts: str) -> tuple[list[Candidate], np.ndarray]:
    hits = [Hit(str(i), "document", text, 0.5 - i / 10, heading="Lease › Repairs") for i, text in enumerate(texts)]
    candidates = find_candidates(hits)
    return candidates, signs_of(question, read_stems(question, candidates), candidates)


def column(signs: np.ndarray, name: str) -> list[float]:
    return [round(float(x), 3) for x in signs[:, SIGNS.index(name)]]


def test_every_sentence_has_every_sign_and_all_are_finite() -> None:
    candidates, signs = read("Who pays for small repairs?", TEXT, "One more passage. It has two sentences.")
    assert signs.shape == (len(candidates), len(SIGNS))
    assert np.isfinite(signs).all()


def test_a_heading_a_question_and_a_title_are_told_from_sentences() -> None:
    candidates, signs = read("Who pays?", TEXT)
    assert candidates[0].text == "Repairs"
    assert column(signs, "heading") == [1, 0, 0, 0, 0]
    assert column(signs, "title") == [1, 0, 0, 0, 0]
    assert column(signs, "question") == [0, 0, 0, 1, 0]


def test_what_is_asked_for_is_seen_in_the_sentence_that_has_it() -> None:
    _, signs = read("How much may small repairs cost?", TEXT)
    assert column(signs, "kind_met")[2] == max(column(signs, "kind_met"))
    assert column(signs, "kind_met")[1] < column(signs, "kind_met")[2]


def test_a_sentence_is_seen_among_its_neighbours() -> None:
    _, signs = read("How much may small repairs cost?", TEXT)
    cover, window = column(signs, "cover"), column(signs, "window")
    assert cover[2] < window[2], "the words of the sentence before count"


@pytest.mark.parametrize("question", ["", "?", "the of", "什么时候", "\ud800"])
@pytest.mark.parametrize("texts", [("Only one.",), (TEXT,), ("契约到期了。你好！",)])
def test_odd_questions_and_small_collections_give_finite_signs(question: str, texts: tuple[str, ...]) -> None:
    _, signs = read(question, *texts)
    assert np.isfinite(signs).all()


def test_neighbours_belong_together_only_within_a_paragraph_and_if_they_answer_too() -> None:
    candidates, _ = read("?", TEXT)
    assert better_neighbour(candidates, [0.0] * 5, 1) == 2
    assert better_neighbour(candidates, [0.0, 0.0, -9.0, 0.0, 0.0], 1) is None, "it says nothing to the question"
    assert better_neighbour(candidates, [0.0] * 5, 0) is None, "a heading stands alone"
    assert TEXT[slice(*joined(candidates[1], candidates[2]))].endswith("at most.")


def test_a_sentence_that_names_a_cause_only_by_that_brings_the_one_before() -> None:
    candidates, _ = read("?", "Smoke yellow contains iron. That's why yellow stripes are missing. They were wide.")
    assert [leans_on(candidates, i) for i in range(3)] == [None, 0, None]


def test_what_limits_an_answer_is_quoted_with_it() -> None:
    candidates, _ = read(
        "?", "E7: too hot. Do not open any door. Cleaning: not done by us. Send people to Ms Moss. It is late."
    )
    assert [is_limited(candidates, i) for i in range(5)] == [True, False, True, False, False]


@pytest.mark.parametrize(
    ("question", "logits", "is_sure"),
    [
        ("When is the boiler serviced?", [-9.0, -7.0, -7.0, -5.0, 5.0], True),
        ("What colour is the front door?", [-9.0, -6.0, -6.1, -6.2, -6.0], False),
    ],
)
def test_the_shipped_judge_is_sure_of_what_the_reader_sees_and_else_of_nothing(
    question: str, logits: list[float], is_sure: bool
) -> None:
    judge = judge_of({"document"})
    assert judge is not None
    assert 0 < judge.floors.near < judge.floors.found < 1
    candidates = find_candidates([Hit("1", "document", TEXT, 0.5, heading="Lease › Repairs")])
    for candidate, logit in zip(candidates, logits, strict=True):
        candidate.read, candidate.cosine = logit, min(0.8, max(0.0, 0.6 + logit / 10))
    signs = signs_of(question, read_stems(question, candidates), candidates)
    order = judge.logits(signs)
    best = int(order.argmax())
    ranked = sorted(range(len(order)), key=lambda i: -order[i])
    of_order = order_signs([order[i] for i in ranked], [logits[i] for i in ranked], signs[best], order[best])
    assert (judge.confidence(of_order) >= judge.floors.found) is is_sure


def test_a_file_that_was_learned_from_other_signs_is_refused(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    fields = json.loads(resource_path("models", "answers.json").read_text(encoding="utf-8"))
    other = tmp_path / "answers.json"
    other.write_text(json.dumps({**fields, "signs": [*fields["signs"], "more"]}))
    with caplog.at_level("ERROR"):
        assert load_judge(other) is None
        assert load_judge(tmp_path / "none.json") is None
