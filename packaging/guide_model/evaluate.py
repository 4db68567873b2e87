"""Scores an exported guide as it ships: llama.cpp, greedy, under the grammar of each request.

`python -m guide_model.evaluate --model guide.gguf` needs llama-cpp-python only. Three sets:

- held out: turns of the generator from templates and list entries that are never trained on;
- by hand: `by_hand.txt`, first prompts written as a stranger would write them, without the generator;
- by hand, seen: `by_hand_seen.txt`, likewise, but its mistakes were looked at while the wordings grew.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import llama_cpp
from guide_model.generate import Generator, Turn

from engine.agent.guide_grammar import GUIDE_TOOLS, guide_grammar, parse_choice, visible_words

BY_HAND = Path(__file__).with_name("by_hand.txt")
BY_HAND_SEEN = Path(__file__).with_name("by_hand_seen.txt")
HELD_OUT_TURNS = 500
MAX_CHOICE_TOKENS = 400


class Guide:
    """The exported model, asked one turn at a time."""

    def __init__(self, path: Path) -> None:
        self._llama = llama_cpp.Llama(str(path), n_ctx=2048, n_threads=1, verbose=False)
        self._marks = {
            mark: self._llama.tokenize(f"<|{mark}|>".encode(), add_bos=False, special=True)
            for mark in ("user", "assistant", "end")
        }

    def choose(self, words: str, *, with_grammar: bool = True) -> str:
        """The text of the choice."""
        said = self._llama.tokenize(visible_words(words).encode(), add_bos=False, special=False)
        prompt = [*self._marks["user"], *said, *self._marks["end"], *self._marks["assistant"]]
        grammar = llama_cpp.LlamaGrammar.from_string(guide_grammar(words), verbose=False) if with_grammar else None
        completion = self._llama.create_completion(
            prompt, max_tokens=MAX_CHOICE_TOKENS, temperature=0.0, repeat_penalty=1.0, grammar=grammar
        )
        return str(completion["choices"][0]["text"])  # type: ignore[index]


@dataclass(slots=True)
class Score:
    """Counts of one tool."""

    n: int = 0
    tool_right: int = 0
    all_right: int = 0
    wrong: list[str] = field(default_factory=list)


def read_by_hand(path: Path = BY_HAND) -> Iterator[Turn]:
    """Lines of tool, words and argument between tabs; `*` stands for all of the words."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("##"):
            continue
        tool, words, *rest = line.split("\t")
        name = GUIDE_TOOLS[tool]
        argument = words if rest == ["*"] else rest[0] if rest else ""
        yield Turn(words, tool, {name: argument} if name else {})


def held_out(n_turns: int) -> Iterator[Turn]:
    """Turns whose templates and words are new to the model."""
    generator = Generator(99, "held_out")
    return (generator.turn() for _ in range(n_turns))


def score(guide: Guide, turns: Iterable[Turn]) -> tuple[dict[str, Score], list[float]]:
    """Per tool, and the seconds of each choice."""
    scores: dict[str, Score] = defaultdict(Score)
    seconds = []
    for turn in turns:
        started = time.perf_counter()
        said = guide.choose(turn.words)
        seconds.append(time.perf_counter() - started)
        row = scores[turn.tool]
        row.n += 1
        row.tool_right += parse_choice(said).tool == turn.tool
        row.all_right += said == turn.choice
        if said != turn.choice:
            row.wrong.append(f"{turn.words}\n      said {said}\n      not  {turn.choice}")
    return scores, seconds


def print_scores(title: str, scores: dict[str, Score], seconds: list[float]) -> None:
    """A table for the card."""
    total = Score(*(sum(getattr(s, key) for s in scores.values()) for key in ("n", "tool_right", "all_right")))
    print(f"\n{title}: median {statistics.median(seconds) * 1000:.0f} ms per choice\n")
    print("| tool | prompts | tool right | tool and argument right |\n|---|---|---|---|")
    for name, row in [*((tool, scores[tool]) for tool in GUIDE_TOOLS if tool in scores), ("all", total)]:
        print(f"| {name} | {row.n} | {row.tool_right / row.n:.1%} | {row.all_right / row.n:.1%} |")


def compare(guide: Guide, choices: dict[str, str]) -> int:
    """How many choices of PyTorch (`torch_choices.py`) llama.cpp repeats to the letter, both without a grammar."""
    same = 0
    for words, choice in choices.items():
        said = guide.choose(words, with_grammar=False)
        same += said == choice
        if said != choice:
            print(f"    {words}\n      llama.cpp {said}\n      PyTorch   {choice}")
    return same


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--turns", type=int, default=HELD_OUT_TURNS)
    parser.add_argument("--show-wrong", action="store_true")
    parser.add_argument("--compare", type=Path, help="choices of the checkpoint, written by torch_choices.py")
    arguments = parser.parse_args()
    guide = Guide(arguments.model)
    if arguments.compare:
        choices = json.loads(arguments.compare.read_text(encoding="utf-8"))
        print(f"{compare(guide, choices)} of {len(choices)} choices are the same as in PyTorch")
        return
    sets = {
        "Held out": held_out(arguments.turns),
        "By hand": read_by_hand(BY_HAND),
        "By hand, seen": read_by_hand(BY_HAND_SEEN),
    }
    for title, turns in sets.items():
        scores, seconds = score(guide, turns)
        print_scores(title, scores, seconds)
        if arguments.show_wrong:
            print(*(f"    {line}" for row in scores.values() for line in row.wrong), sep="\n")


if __name__ == "__main__":
    main()
