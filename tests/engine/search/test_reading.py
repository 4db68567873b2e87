from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from engine.errors import EmbedderError
from engine.search.embedding import DEFAULT_FOLDER, READER_FOLDER, OnnxEmbedder
from engine.search.embedding_onnx import OnnxModel
from engine.search.query import best_sentences
from engine.search.reading import HEAD, TAIL, WINDOW, head_texts, plan_windows, windows_of
from engine.search.tapped import load_tapped_card
from engine.search.types import Hit
from engine.settings import Settings
from resources import resource_path
from tests.engine.search.harm import damage

FOLDER, READER = resource_path("models", DEFAULT_FOLDER), resource_path("models", READER_FOLDER)
LEASE = {
    "name": "lease.pdf",
    "heading": "Lease › 4 Repairs",
    "sentences": [
        "The rent is paid by the third working day of each month.",
        "Small repairs up to 90 euros are at the tenant's expense.",
        "The landlord keeps the roof and the heating in working order.",
    ],
}
RECIPE = {
    "name": "bread.md",
    "heading": "",
    "sentences": ["Let the dough rise for two hours.", "Bake it at 230 degrees."],
}


@pytest.fixture(scope="module")
def model() -> OnnxModel:
    return OnnxModel(FOLDER, 1, READER)


def test_the_sentence_that_answers_stands_above_all_others_of_all_passages(model):
    lease, recipe = model.reader.read("who has to pay when something small breaks?", [LEASE, RECIPE])
    assert max(range(3), key=lease.__getitem__) == 1
    assert max(lease) > max(recipe)
    lease, recipe = model.reader.read("how hot should the oven be", [LEASE, RECIPE])
    assert max(lease) < recipe[1] > recipe[0]


def test_what_is_read_does_not_hang_on_what_is_read_beside_it(model):
    alone = model.reader.read("when is the rent due?", [LEASE])[0]
    among = model.reader.read("when is the rent due?", [RECIPE, *[RECIPE] * 30, LEASE])[-1]
    np.testing.assert_allclose(alone, among, atol=1e-3)


def test_vectors_are_the_same_with_and_without_a_reader(model):
    texts = ["When is the rent due?", *LEASE["sentences"]]
    np.testing.assert_allclose(OnnxModel(FOLDER, 1).embed(texts), model.embed(texts), atol=1e-6)


def test_every_sentence_is_in_one_window_and_no_window_is_too_long(model):
    rng = np.random.default_rng(3)
    for _ in range(50):
        lengths = [int(n) for n in rng.integers(1, 80, rng.integers(1, 40))]
        windows = list(plan_windows(lengths))
        assert [i for first, end in windows for i in range(first, end)] == list(range(len(lengths)))
        assert all(sum(lengths[first:end]) <= WINDOW - HEAD - 3 - TAIL for first, end in windows)
    long = {"name": "a.txt", "heading": "b", "sentences": ["word " * 500, "", "💶", *["One two three."] * 60]}
    windows = list(windows_of(0, long, model.bare_tokens))
    assert all(len(w.tokens) <= WINDOW for w in windows)
    assert [number for w in windows for number, _, _ in w.sentences] == list(range(63))
    assert all(np.isfinite(model.reader.read("what?", [long])[0]))


def test_a_window_begins_with_the_words_of_the_file_and_its_last_heading():
    assert head_texts("C:\\papers\\My_lease-2024.pdf", "Lease › 4 Repairs") == ("My lease 2024", ": 4 Repairs")
    assert head_texts("", "") == ("", ": ")


def test_reading_stops_between_two_batches(model):
    answers = iter([True, False])
    logits = model.reader.read("what?", [LEASE] * 30, lambda: next(answers))
    assert np.isfinite(logits[0][0]) != np.isfinite(logits[-1][0])


@pytest.mark.parametrize("harm", ["gone", "not json", "of another model", "damaged"])
async def test_without_its_reader_an_answer_is_still_found(tmp_path, monkeypatch, harm):
    reader = tmp_path / "reader"
    shutil.copytree(READER, reader)
    damage(reader, harm)
    monkeypatch.setattr("engine.search.embedding.READER_FOLDER", reader)
    embedder = OnnxEmbedder(Settings(data_dir=tmp_path), tmp_path)
    try:
        with pytest.raises(EmbedderError, match="reader"):
            await embedder.read("Who pays for repairs?", [LEASE])
        hit = Hit("1", "document", " ".join(LEASE["sentences"]), 0.5, path="lease.pdf")
        found = await best_sentences("Who pays for small repairs?", [hit], embedder)
        assert found[0].text == LEASE["sentences"][1]
    finally:
        await embedder.aclose()


def test_the_card_belongs_to_the_embedding_model_that_is_shipped():
    embedding = json.loads((FOLDER / "card.json").read_text())["files"]["model.onnx"]["sha256"]
    card = load_tapped_card(READER)
    assert card is not None
    assert card.reads == embedding
