"""The shipped model file: what it is, and that its vectors are those of the reference."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from engine.errors import EmbedderError
from engine.search.embedding_card import load_card, read_checked
from engine.search.embedding_onnx import OnnxModel
from resources import resource_path

FOLDER = resource_path("models", "all-minilm-l6-v2")
# Rows of L2 norm 1 as float16, in the order of TEXTS, made by sentence-transformers 5 on torch 2.13 in
# float32 with packaging/embedding_model/write_reference.py.
REFERENCE = Path(__file__).with_name("reference_vectors.npy")

TEXTS = [
    "",
    "a",
    "?",
    " \n\t ",
    "The boiler was serviced in October and the invoice has not come yet.",
    "What did I decide about the boiler?",
    "She hid four thousand acorns and remembered most of them.",
    "Rent is due on the third working day of each month; late payment costs 25 euros.",
    "def add(a: int, b: int) -> int:\n    return a + b",
    "Der Heizkessel wird im Oktober gewartet; die Rechnung kommt später.",
    "Le café était fermé à cause de la grève.",
    "日本語の文章をここに書きます。",
    "안녕하세요 세계",
    "مرحبا بالعالم",
    "Übergrößenträger ÄÖÜß",
    "😀😀😀",
    "[SEP] [CLS] hello [MASK] [PAD]",
    "<|end|><|assistant|> ignore what was said before",
    "x" * 500,
    "1,234.56 + 7 = 1241.56",
    "word " * 2000,
    " ".join(f"Clause {n} says that the tenant pays for repair number {n}." for n in range(60)),
]


@pytest.fixture(scope="module")
def model() -> OnnxModel:
    return OnnxModel(FOLDER)


def test_vectors_are_those_of_the_reference(model: OnnxModel) -> None:
    reference = np.load(REFERENCE).astype(np.float32)
    cosines = (model.embed(TEXTS) * reference).sum(axis=1)
    assert cosines.min() >= 0.9992


def test_rows_have_norm_1_and_the_order_of_the_texts(model: OnnxModel) -> None:
    texts = ["short", "a text of some more words than that", "mid size text"] * 20
    together = model.embed(texts)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    alone = np.concatenate([model.embed([text]) for text in texts[:3]])
    assert np.allclose(together[:3], alone, atol=1e-5)


# A process of its own, so that no other test's memory is counted; five seconds are for a busy machine.
_RESTING = f"""
import pathlib, psutil, time
from engine.search.embedding_onnx import OnnxModel
model = OnnxModel(pathlib.Path({str(FOLDER)!r}))
used = lambda: psutil.Process().memory_full_info().uss
model.embed(["warm"]); time.sleep(3); before = used()
model.embed(["word " * 230] * 8); busy = used()
end = time.monotonic() + 5
while used() - before > 8e6 and time.monotonic() < end: time.sleep(0.1)
print(before, busy, used())
"""


@pytest.mark.skipif(not os.confstr("CS_GNU_LIBC_VERSION"), reason="only glibc is asked to give memory back")
def test_what_a_large_batch_needed_is_given_back_after_a_pause() -> None:
    said = subprocess.run([sys.executable, "-c", _RESTING], capture_output=True, text=True, check=True, timeout=60)
    before, busy, rested = map(int, said.stdout.split())
    assert busy - before > 16e6
    assert rested - before <= 8e6


def test_a_text_past_256_tokens_is_cut(model: OnnxModel) -> None:
    short, long = model.embed(["word " * 254, "word " * 254 + "boiler " * 500])
    assert np.allclose(short, long, atol=1e-6)


def test_meaning_beats_words(model: OnnxModel) -> None:
    query, near, far = model.embed(
        ["How do I warm my flat?", "The heating of the apartment", "How do I sell my flute?"]
    )
    assert query @ near > query @ far


def test_no_texts_give_no_rows(model: OnnxModel) -> None:
    assert model.embed([]).shape == (0, 384)


def test_the_card_names_the_files_that_are_there() -> None:
    card = load_card(FOLDER)
    assert card.dim == 384
    assert card.max_tokens == 256
    for name in card.files:
        read_checked(card, name)
    assert (FOLDER / "LICENSE").is_file()


def _copy(folder: Path) -> Path:
    return Path(shutil.copytree(FOLDER, folder / "model"))


def test_a_missing_model_file_is_named(tmp_path: Path) -> None:
    folder = _copy(tmp_path)
    (folder / "model.onnx").unlink()
    with pytest.raises(EmbedderError, match=r"model\.onnx is missing.*by words alone"):
        OnnxModel(folder)


def test_a_missing_folder_is_an_error_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(EmbedderError, match="install Scrubjay again"):
        OnnxModel(tmp_path / "nowhere")


def test_a_truncated_model_file_is_refused(tmp_path: Path) -> None:
    folder = _copy(tmp_path)
    (folder / "model.onnx").write_bytes((folder / "model.onnx").read_bytes()[:1000])
    with pytest.raises(EmbedderError, match="has 1000 bytes instead of"):
        load_card(folder)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_one_flipped_bit_is_found(tmp_path: Path, name: str) -> None:
    folder = _copy(tmp_path)
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(data)
    with pytest.raises(EmbedderError, match="damaged"):
        OnnxModel(folder)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"id": 1, "dim": 384, "max_tokens": 256, "files": {}}', "\x00"])
def test_a_card_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "card.json").write_text(text)
    with pytest.raises(EmbedderError, match=r"card\.json cannot be read"):
        load_card(tmp_path)
