"""Draws what the chooser is trained on: `python -m guide_model.chooser_rows build/chooser/rows.pkl`.

Requests come from the same generator as the guide's (generate.py), as tokens of the embedding model. Runs in the
program's own environment; the file is all that the trainer (chooser_train.py) needs.
"""

from __future__ import annotations

import argparse
import pickle
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from guide_model.evaluate import HERE, SETS, held_out
from guide_model.generate import Generator
from guide_model.noise import add_noise, surround
from guide_model.slots import WORDINGS
from guide_model.written import Turn, read_moods, read_written
from tokenizers import Tokenizer

from engine.agent.guide_front import front_choice
from engine.agent.guide_grammar import ABOUT, GUIDE_TOOLS
from engine.agent.guide_moods import MOODS, NONE
from engine.search.choosing import Encoded, encode_request

ROOT = Path(__file__).resolve().parents[2]
TOKENIZER = ROOT / "resources" / "models" / "all-minilm-l6-v2" / "tokenizer.json"
MOODS_TRAINED, MOODS_HELD_OUT = WORDINGS / "moods.txt", HERE / "held_out" / "moods.txt"
N_VARIED, N_DRAWN = 50_000, 50_000
TOOLS = tuple(GUIDE_TOOLS)
NOWHERE = UNKNOWN = -1
# Of what is handed over some has a mood that nobody labelled.
UNLABELLED = ("hand_over", "greet")
# Every message with a mood, once as it stands and so often varied.
N_OF_A_MOOD = 6
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
        mood: index into MOODS, UNKNOWN where nobody said; `tool` is UNKNOWN where only the mood is.
    """

    ids: list[int]
    n_words: int
    tool: int
    argument: tuple[int, int]
    about: tuple[int, int]
    weight: float
    mood: int = UNKNOWN


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
    mood = UNKNOWN if turn.tool in UNLABELLED else MOODS.index(NONE)
    return Row(found.ids, found.n_words, TOOLS.index(turn.tool), argument, about, weight, mood)


def mood_row(tokenizer: Tokenizer, mood: str, words: str) -> Row:
    """A message of which only the mood is known."""
    found = encode_request(lambda text: tokenizer.encode(text, add_special_tokens=False), words, ())
    nowhere = (NOWHERE, NOWHERE)
    return Row(found.ids, found.n_words, UNKNOWN, nowhere, nowhere, 1.0, MOODS.index(mood))


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


def draw_moods(seed: int) -> Iterable[tuple[str, str]]:
    """Moods and messages to train on."""
    draw = random.Random(seed)
    for mood, words in read_moods(MOODS_TRAINED):
        yield mood, words
        for _ in range(N_OF_A_MOOD):
            yield mood, add_noise(surround(words, draw), "hand_over", draw)


def _after(turn: Turn, before: Sequence[Turn]) -> Turn:
    return Turn(turn.words, turn.tool, turn.arguments, tuple(one.words for one in before[-2:]) or turn.earlier)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--foreign", type=Path, help="sentences of other languages, one a line")
    arguments = parser.parse_args()
    foreign = arguments.foreign.read_text(encoding="utf-8").splitlines() if arguments.foreign else ()
    tokenizer = Tokenizer.from_file(str(TOKENIZER))
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.no_padding()
    rows = [to_row(tokenizer, turn, weight) for turn, weight in draw(11, foreign)]
    rows += [mood_row(tokenizer, mood, words) for mood, words in draw_moods(11)]
    scored = {"held out": list(held_out(500)), "by another": list(held_out(500, "by_another"))} | {
        t: list(read_written(HERE / f)) for t, f in SETS.items()
    }
    kept = {
        title: [to_row(tokenizer, t) for t in turns if not front_choice(t.words)] for title, turns in scored.items()
    }
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    kept["Moods"] = [mood_row(tokenizer, mood, words) for mood, words in read_moods(MOODS_HELD_OUT)]
    plain = [
        [(r.ids, r.n_words, r.tool, r.argument, r.about, r.weight, r.mood) for r in part]
        for part in (rows, *kept.values())
    ]
    scored_rows = dict(zip(kept, plain[1:], strict=True))
    arguments.out.write_bytes(pickle.dumps({"tools": TOOLS, "moods": MOODS, "train": plain[0], "scored": scored_rows}))
    print(len(rows), {title: len(part) for title, part in kept.items()})


if __name__ == "__main__":
    main()
