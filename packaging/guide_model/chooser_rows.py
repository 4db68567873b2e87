"""Draws what the chooser is trained on: `python -m guide_model.chooser_rows build/chooser/rows.pkl`.

Requests come from the same generator as the guide's (generate.py), as tokens of the embedding model. Runs in the
program's own environment; the file is all that the trainers (chooser_train.py, moods_train.py) need. For the moods it
has each message's embedding beside its tokens.
"""

from __future__ import annotations

import argparse
import pickle
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from guide_model.evaluate import HERE, SETS, held_out
from guide_model.generate import Generator
from guide_model.noise import add_noise, surround
from guide_model.slots import WORDINGS
from guide_model.written import Turn, read_moods, read_written
from tokenizers import Tokenizer

from engine.agent.guide.care.moods import MOODS, NONE
from engine.agent.guide.understand.front import front_choice
from engine.agent.guide.understand.grammar import ABOUT, GUIDE_TOOLS
from engine.search.choosing import Encoded, encode_request
from engine.search.embedding_onnx import OnnxModel

Vectors = npt.NDArray[np.float16]

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "resources" / "models" / "all-minilm-l6-v2"
MOODS_TRAINED, MOODS_HELD_OUT = WORDINGS / "moods.txt", HERE / "held_out" / "moods.txt"
N_VARIED, N_DRAWN = 50_000, 50_000
TOOLS = tuple(GUIDE_TOOLS)
NOWHERE = -1
# Every message with a mood, once as it stands and so often varied; and requests besides that count as of none, more
# than the messages do: who is in no need is not to be alarmed.
N_OF_A_MOOD, N_OTHERS, OTHERS_COUNT = 6, 16_000, 1.5
# A mood of which few messages are known counts by this power of how much rarer it is.
RARE_COUNT = 0.3
# As the embedding worker cuts each text.
MAX_TOKENS = 256


@dataclass(frozen=True, slots=True)
class Row:
    """One request as the trainer sees it.

    Attributes:
        ids: tokens of the words, then of the earlier turns.
        n_words: how many of them are of the words, marks included.
        tool: index into TOOLS.
        argument, about: first and last token; (0, 0) is none, NOWHERE what is not asked of this request.
    """

    ids: list[int]
    n_words: int
    tool: int
    argument: tuple[int, int]
    about: tuple[int, int]
    weight: float


def to_row(tokenizer: Tokenizer, turn: Turn, weight: float = 1.0) -> Row:
    """The tokens of a turn and where its argument stands among them."""
    found = encode_request(lambda text: tokenizer.encode(text, add_special_tokens=False), turn.words, turn.earlier)
    name = GUIDE_TOOLS[turn.tool]
    argument = about = (NOWHERE, NOWHERE)
    if name and turn.tool != "calculator":
        wanted = turn.arguments.get(name)
        argument = (0, 0) if wanted is None else _place(found, turn.words, wanted, 0)
    if turn.earlier:
        wanted = turn.arguments.get(ABOUT)
        about = (0, 0)
        if wanted is not None:
            numbers = [n for n, words in enumerate(turn.earlier, 1) if wanted in words]
            about = _place(found, turn.earlier[numbers[-1] - 1], wanted, numbers[-1]) if numbers else (NOWHERE, NOWHERE)
    return Row(found.ids, found.n_words, TOOLS.index(turn.tool), argument, about, weight)


def _place(found: Encoded, words: str, wanted: str, number: int) -> tuple[int, int]:
    """First and last token of what is wanted; NOWHERE where it is not in the text or was cut."""
    start = words.find(wanted)
    inside = [
        at
        for at, (text, first, end) in enumerate(found.places)
        if text == number and end > first and first < start + len(wanted) and end > start
    ]
    return (inside[0], inside[-1]) if start >= 0 and wanted and inside else (NOWHERE, NOWHERE)


def draw(seed: int, foreign: Sequence[str]) -> Iterable[tuple[Turn, float]]:
    """Turns to train on, and how much each counts."""
    generator = Generator(seed, "train", foreign)
    written = list(read_written(WORDINGS / "written.txt"))
    yield from ((turn, 2.0) for turn in written for _ in range(2))
    for _ in range(N_VARIED):
        *before, turn = generator._written_exchange()
        yield _after(turn, before), 1.0
    for _ in range(N_DRAWN):
        *before, turn = generator.exchange()
        if (before and not turn.earlier) or generator.random.random() < 0.12:
            before = before or generator.exchange()
        yield _after(turn, before), 1.0


def draw_moods(seed: int, others: Sequence[str]) -> Iterable[tuple[str, str, float]]:
    """Moods, messages and how much each counts."""
    draw, known = random.Random(seed), list(read_moods(MOODS_TRAINED))
    drawn = draw.sample(others, N_OTHERS)
    n_of = Counter(mood for mood, _ in known)
    n_of[NONE] = n_of[NONE] * (1 + N_OF_A_MOOD) + len(drawn)
    counts = {mood: (n_of[NONE] / (n * (1 + N_OF_A_MOOD * (mood != NONE)))) ** RARE_COUNT for mood, n in n_of.items()}
    for mood, words in known:
        varied = (add_noise(surround(words, draw), "hand_over", draw) for _ in range(N_OF_A_MOOD))
        yield from ((mood, said, counts[mood]) for said in (words, *varied))
    yield from ((NONE, words, OTHERS_COUNT) for words in drawn)


def with_vectors(
    model: OnnxModel, tokenizer: Tokenizer, said: Sequence[tuple[str, str, float]]
) -> tuple[Vectors, list[int], list[float], list[list[int]]]:
    """Embeddings (n, dim) of messages, their moods as indices into MOODS, how much each counts, and its tokens."""
    vectors = model.embed([words for _, words, _ in said]).astype(np.float16)
    ids = [encode_request(lambda text: tokenizer.encode(text, add_special_tokens=False), w, ()).ids for _, w, _ in said]
    return vectors, [MOODS.index(mood) for mood, _, _ in said], [count for _, _, count in said], ids


def _after(turn: Turn, before: Sequence[Turn]) -> Turn:
    return Turn(turn.words, turn.tool, turn.arguments, tuple(one.words for one in before[-2:]) or turn.earlier)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--foreign", type=Path, help="sentences of other languages, one a line")
    arguments = parser.parse_args()
    foreign = arguments.foreign.read_text(encoding="utf-8").splitlines() if arguments.foreign else ()
    tokenizer = Tokenizer.from_file(str(MODEL / "tokenizer.json"))
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.no_padding()
    turns = list(draw(11, foreign))
    scored = {"held out": list(held_out(500)), "by another": list(held_out(500, "by_another"))} | {
        t: list(read_written(HERE / f)) for t, f in SETS.items()
    }
    model = OnnxModel(MODEL)
    others = [turn.words for turn, _ in turns if not turn.earlier]
    data = {
        "tools": TOOLS,
        "moods": MOODS,
        "train": [astuple(to_row(tokenizer, turn, weight)) for turn, weight in turns],
        "scored": {
            title: [astuple(to_row(tokenizer, t)) for t in asked if not front_choice(t.words)]
            for title, asked in scored.items()
        },
        "messages": with_vectors(model, tokenizer, list(draw_moods(11, others))),
        "scored_messages": with_vectors(model, tokenizer, [(*said, 1.0) for said in read_moods(MOODS_HELD_OUT)]),
    }
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_bytes(pickle.dumps(data))
    print(len(turns), {title: len(part) for title, part in data["scored"].items()}, len(data["messages"][1]))


if __name__ == "__main__":
    main()
