from __future__ import annotations

import shutil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.agent.guide.care.moods import MOODS
from engine.agent.guide.understand.grammar import GUIDE_TOOLS
from engine.errors import EmbedderError
from engine.search.choosing import CLS, HEAD, SEP, TAIL, encode_request, read_choice
from engine.search.embedding import CHOOSER_FOLDER, DEFAULT_FOLDER, READER_FOLDER, OnnxEmbedder
from engine.search.embedding_onnx import OnnxModel
from engine.search.tapped import load_tapped_card
from engine.settings import Settings
from resources import resource_path
from tests.engine.search.harm import damage

FOLDER, CHOOSER = resource_path("models", DEFAULT_FOLDER), resource_path("models", CHOOSER_FOLDER)
READER = resource_path("models", READER_FOLDER)


@pytest.fixture(scope="module")
def model() -> OnnxModel:
    return OnnxModel(FOLDER, 1, READER, CHOOSER)


def piece(texts, found):
    """The words of a piece of the request or of an earlier turn."""
    text, start, end, _ = found
    return texts[text][start:end]


@pytest.mark.parametrize(
    ("words", "choice", "argument"),
    [
        ("remember that my sister's birthday is 3 May", "remember", "my sister's birthday is 3 May"),
        ("Could you look up how long the lease runs, please?", "search_documents", "how long the lease runs"),
        ("you can forget what I said about the boat", "forget", "the boat"),
        ("Write a limerick about a hedgehog", "hand_over", None),
        ("where do you keep what I tell you?", "help", None),
    ],
)  # fmt: skip
def test_the_choice_and_the_words_that_go_with_it(model, words, choice, argument):
    found = model.choose(words, [])
    assert next(iter(found["choices"])) == choice
    assert sum(found["choices"].values()) == pytest.approx(1, abs=1e-3)
    assert argument is None or argument in piece([words], found["argument"])


def test_what_a_follow_up_refers_to_is_a_piece_of_the_earlier_turn(model):
    earlier = ["hello", "How long is the notice period for the flat?"]
    found = model.choose("and for the garage?", earlier)
    assert next(iter(found["choices"])) == "search_documents"
    assert "notice period" in piece(["", *earlier], found["about"])


def test_it_chooses_from_what_the_guide_may_say():
    card = load_tapped_card(CHOOSER)
    assert card is not None
    assert card.fields["choices"] == list(GUIDE_TOOLS)
    assert card.fields["moods"] == list(MOODS)
    assert card.reads == load_tapped_card(READER).reads
    assert (CHOOSER / card.file).stat().st_size < 2 * 2**20


def test_vectors_are_the_same_with_and_without_a_chooser(model):
    texts = ["Who pays for the boiler?", "x " * 400, ""]
    assert np.array_equal(model.embed(texts), OnnxModel(FOLDER, 1).embed(texts))


def test_what_is_not_wanted_is_not_computed(model):
    names = ["embedding", "choices", "ends", "moods"]
    for wanted in ((), ("embeds",), ("chooses",), ("embeds", "feels"), ("embeds", "chooses", "feels")):
        found = dict(zip(names, model._session.run(names, model._feed([[CLS, 2054, SEP]], *wanted)), strict=True))
        switch_of = {"embedding": "embeds", "choices": "chooses", "ends": "chooses", "moods": "feels"}
        for name, value in found.items():
            assert (value.shape == (1, 1)) is (switch_of[name] not in wanted), (name, wanted)


@pytest.mark.parametrize("words", ["", " ", "🙂" * 300, "word " * 10_000, "x" * 9000, "\x00\x07", "[SEP] [SEP] a"])
def test_anything_at_all_can_be_asked(model, words):
    found = model.choose(words, [words, words, words])
    assert set(found["choices"]) == set(GUIDE_TOOLS)
    for text, start, end, likely in (found["argument"], found["about"]):
        assert 0 <= text <= 3
        assert 0 <= start <= end <= len(words)
        assert 0 <= likely <= 1


class _Letters:
    """A tokenizer whose tokens are letters."""

    def __init__(self, text: str) -> None:
        self.ids = [1000 + ord(c) for c in text]
        self.offsets = [(i, i + 1) for i in range(len(text))]


@given(st.text(max_size=400), st.lists(st.text(max_size=90), max_size=4))
def test_every_token_knows_its_place(words, earlier):
    found = encode_request(_Letters, words, earlier)
    assert (found.ids[0], found.ids[-1], found.ids[found.n_words - 1]) == (CLS, SEP, SEP)
    texts = [words, *earlier]
    for token, (text, start, end) in zip(found.ids, found.places, strict=True):
        assert token in (CLS, SEP) if end == start else texts[text][start:end] == chr(token - 1000)
    assert {text for text, start, end in found.places if end > start} <= {0, len(earlier) - 1, len(earlier)}
    kept = words if len(words) <= HEAD + TAIL else words[:HEAD] + words[-TAIL:]
    assert "".join(chr(t - 1000) for t in found.ids[1 : found.n_words - 1]) == kept


def test_a_piece_ends_where_it_begins_or_later_and_in_one_text():
    request = encode_request(_Letters, "abcd", ["efgh"])
    ends = np.full((len(request.ids), 4), -9.0, np.float32)
    ends[3, 0] = ends[2, 1] = 5.0  # the last before the first
    ends[2, 0], ends[4, 1] = 4.0, 4.0
    ends[7, 2] = ends[8, 3] = 5.0
    logits, felt = np.array([0.0, 1.0], np.float32), np.array([0.0, 0.0], np.float32)
    found = read_choice(request, ["a", "b"], ["sad", "none"], logits, ends, felt)
    assert read_choice(request, ["a", "b"], ["sad", "none"], logits, ends) == found | {"moods": {}}
    assert list(found["choices"]) == ["b", "a"]
    assert found["moods"] == {"sad": 0.5, "none": 0.5}
    assert found["argument"][:3] in ((0, 1, 4), (0, 2, 4), (0, 1, 2))
    assert found["about"][:3] == (1, 1, 3)


@pytest.mark.parametrize("harm", ["gone", "not json", "of another model", "damaged"])
async def test_without_its_chooser_texts_are_still_embedded(tmp_path, monkeypatch, harm):
    chooser = tmp_path / "chooser"
    shutil.copytree(CHOOSER, chooser)
    damage(chooser, harm)
    monkeypatch.setattr("engine.search.embedding.CHOOSER_FOLDER", chooser)
    embedder = OnnxEmbedder(Settings(data_dir=tmp_path), tmp_path)
    try:
        with pytest.raises(EmbedderError, match="chooser"):
            await embedder.choose("Who pays?")
        assert np.linalg.norm(await embedder.embed(["Who pays?"])) == pytest.approx(1, abs=1e-3)
    finally:
        await embedder.aclose()
