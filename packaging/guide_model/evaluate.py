"""Scores an exported guide as it ships: front check, chooser, llama.cpp under the request's grammar, corrections.

`python -m guide_model.evaluate --model guide.gguf` needs llama-cpp-python only. Sets:

- held out: turns of the generator from templates and list entries that are never trained on; and from templates that
  somebody wrote without sight of the others;
- by others: `by_others.txt`, written by somebody without sight of the templates, never trained on; and
  `by_others_2.txt`, by somebody else, later than the weights;
- by hand: `by_hand.txt`, first prompts written as a stranger would write them, without the generator;
- by hand, seen: `by_hand_seen.txt`, likewise, but its mistakes were looked at while the wordings grew.

The tool is right or wrong. An argument is right if it has the same words but for signs at its ends, a calculation if
it gives the same result. What is to be remembered is compared with what the engine keeps of it, not with the choice.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import llama_cpp
from guide_model.generate import Generator, Part
from guide_model.written import Turn, read_written

from engine.agent.guide.answer.keeping import text_to_keep
from engine.agent.guide.answer.look_up import QUERY_CHARACTERS
from engine.agent.guide.understand.chooser import MOST_EARLIER, SURELY, sure_choice, tools_in_question
from engine.agent.guide.understand.corrections import corrected
from engine.agent.guide.understand.front import front_choice
from engine.agent.guide.understand.grammar import (
    GUIDE_TOOLS,
    GuideChoice,
    guide_grammar,
    parse_choice,
    render_choice,
    visible_words,
)
from engine.agent.guide.understand.meaning import what_to_keep
from engine.search.embedding import create_embedder_by_name
from engine.search.types import Chooser
from engine.tools.builtin.arithmetic import ArithmeticProblem, calculate

HERE = Path(__file__).parent
ALLOWED = HERE / "held_out_allowed.jsonl"
SETS = {
    "By others": "by_others.txt",
    "By others, later": "by_others_2.txt",
    "By others, last": "by_others_3.txt",
    "By hand": "by_hand.txt",
    "By hand, seen": "by_hand_seen.txt",
}
HELD_OUT_TURNS = 500
MAX_CHOICE_TOKENS = 400
# Pairs of words and choice that the engine shows of a chat.
PAIRS = 2
_EDGES = " \t.,;:!?…\"'()“”’"


class Guide:
    """The exported model, asked as the engine asks it.

    Args:
        with_chooser: ask the chooser first, as the engine does; without it the guide chooses alone.
    """

    def __init__(self, path: Path, *, with_chooser: bool = True) -> None:
        self._loop = asyncio.new_event_loop()
        self._embedder = create_embedder_by_name("onnx") if with_chooser else None
        self._llama = llama_cpp.Llama(str(path), n_ctx=2048, n_threads=1, verbose=False)
        self._marks = {
            mark: self._llama.tokenize(f"<|{mark}|>".encode(), add_bos=False, special=True)
            for mark in ("user", "assistant", "end")
        }

    def close(self) -> None:
        """End the embedding worker."""
        if self._embedder:
            self._loop.run_until_complete(self._embedder.aclose())
        self._loop.close()

    def write(
        self,
        words: str,
        pairs: Sequence[tuple[str, str]] = (),
        tools: Sequence[str] = tuple(GUIDE_TOOLS),
        *,
        with_grammar: bool = True,
    ) -> str:
        """The choice as the model writes it, after earlier pairs of words and choice."""
        prompt: list[int] = []
        for said, choice in pairs:
            prompt += [*self._asked(said), *self._plain(choice), *self._marks["end"]]
        prompt += self._asked(words)
        grammar = None
        if with_grammar:
            rules = guide_grammar(words, [said for said, _ in pairs], tools)
            grammar = llama_cpp.LlamaGrammar.from_string(rules, verbose=False)
        completion = self._llama.create_completion(
            prompt, max_tokens=MAX_CHOICE_TOKENS, temperature=0.0, repeat_penalty=1.0, grammar=grammar
        )
        return str(completion["choices"][0]["text"])  # type: ignore[index]

    def choose(self, words: str, earlier: Sequence[str] = ()) -> GuideChoice:
        """The choice for the words after earlier turns, for which the guide chose as well."""
        return self._loop.run_until_complete(self._choose(words, earlier))

    async def _choose(self, words: str, earlier: Sequence[str]) -> GuideChoice:
        """As the engine does: a rule, else the chooser, else the guide; then what the words say against it."""
        likely: Mapping[str, float] = {}
        if not (choice := front_choice(words, earlier[-1] if earlier else "")):
            tools: Sequence[str] = tuple(GUIDE_TOOLS)
            if isinstance(self._embedder, Chooser):
                chosen = await self._embedder.choose(words[:QUERY_CHARACTERS], earlier[-MOST_EARLIER:])
                choice, likely = sure_choice(chosen, words, earlier[-MOST_EARLIER:]), chosen.choices
                tools = tools_in_question(chosen)
            choice = choice or self.write_choice(words, earlier, tools)
        return corrected(choice, words, is_sure=likely.get(choice.tool, 0.0) >= SURELY)

    def write_choice(
        self, words: str, earlier: Sequence[str] = (), tools: Sequence[str] = tuple(GUIDE_TOOLS)
    ) -> GuideChoice:
        """The guide's own choice, with neither rules nor chooser."""
        pairs: list[tuple[str, str]] = []
        for said in earlier:
            if front_choice(said) is None:
                pairs.append((said, self.write(said, pairs[-PAIRS:])))
        return parse_choice(self.write(words, pairs[-PAIRS:], tools), words)

    def _asked(self, words: str) -> list[int]:
        return [
            *self._marks["user"],
            *self._plain(visible_words(words)),
            *self._marks["end"],
            *self._marks["assistant"],
        ]

    def _plain(self, text: str) -> list[int]:
        return self._llama.tokenize(text.encode(), add_bos=False, special=False)


def is_exact(choice: GuideChoice, turn: Turn) -> bool:
    """Whether tool and argument are right."""
    if choice.tool != turn.tool:
        # A sum with dates is answered with the date, whatever it is called.
        return {choice.tool, turn.tool} == {"calculator", "current_time"} and front_choice(turn.words) == choice
    if turn.tool == "calculator":
        return bool(choice.unit) or _value(choice.arguments["expression"]) == _value(turn.arguments["expression"])
    wanted = turn.arguments
    if turn.tool == "remember":
        return _words(text_to_keep(turn.words, choice)) == _words(wanted["text"] or what_to_keep(turn.words))
    return choice.arguments.keys() == wanted.keys() and all(
        _words(choice.arguments[name]) == _words(wanted[name]) for name in wanted
    )


@cache
def _read_allowed() -> dict[tuple[str, tuple[str, ...]], dict[str, list[str]]]:
    rows = [json.loads(line) for line in ALLOWED.read_text(encoding="utf-8").splitlines()]
    return {(row["words"], tuple(row.get("earlier", ()))): row for row in rows}


def is_allowed(choice: GuideChoice, turn: Turn) -> bool:
    """Whether both readers of the held-out turns, who saw neither their labels nor any choice, allow it as well."""
    row = _read_allowed().get((turn.words, tuple(turn.earlier)), {})
    own = choice.arguments.get(GUIDE_TOOLS[choice.tool])
    spans = [_words(span) for span in row.get("arguments", ())]
    return choice.tool in row.get("tools", ()) or (
        choice.tool == turn.tool and own is not None and _words(own) in spans
    )


def _words(text: str) -> list[str]:
    return [stripped for word in text.casefold().split() if (stripped := word.strip(_EDGES))]


def _value(expression: str) -> str:
    try:
        return calculate(expression).result
    except ArithmeticProblem:
        return expression


@dataclass(slots=True)
class Score:
    """Counts of one tool; `allowed` are those that are right in all or `is_allowed`."""

    n: int = 0
    tool_right: int = 0
    all_right: int = 0
    allowed: int = 0
    wrong: list[str] = field(default_factory=list)


def held_out(n_turns: int, part: Part = "held_out") -> Iterator[Turn]:
    """Turns whose templates and words are new to the model; one in twelve refers to the turn before it."""
    generator = Generator(99, part)
    for at in range(n_turns):
        if at % 12:
            yield generator.turn()
        else:
            before, turn = generator.follow_up()
            yield Turn(turn.words, turn.tool, turn.arguments, (before.words,))


def score(guide: Guide, turns: Iterable[Turn]) -> tuple[dict[str, Score], list[float]]:
    """Per tool, and the seconds of each choice."""
    scores: dict[str, Score] = defaultdict(Score)
    seconds = []
    for turn in turns:
        started = time.perf_counter()
        choice = guide.choose(turn.words, turn.earlier)
        seconds.append(time.perf_counter() - started)
        row, exact = scores[turn.tool], is_exact(choice, turn)
        row.n += 1
        row.tool_right += choice.tool == turn.tool or exact
        row.all_right += exact
        row.allowed += exact or is_allowed(choice, turn)
        if not exact:
            said = render_choice(choice.tool, choice.arguments)
            wanted = render_choice(turn.tool, turn.arguments)
            row.wrong.append(f"{' / '.join((*turn.earlier, turn.words))}\n      said {said}\n      not  {wanted}")
    return scores, seconds


def print_scores(title: str, scores: dict[str, Score], seconds: list[float]) -> None:
    """A table for the card."""
    total = Score(
        *(sum(getattr(s, key) for s in scores.values()) for key in ("n", "tool_right", "all_right", "allowed"))
    )
    print(f"\n{title}: median {statistics.median(seconds) * 1000:.0f} ms per choice\n")
    print("| tool | prompts | tool right | tool and argument right |\n|---|---|---|---|")
    for name, row in [*((tool, scores[tool]) for tool in GUIDE_TOOLS if tool in scores), ("all", total)]:
        print(f"| {name} | {row.n} | {row.tool_right / row.n:.1%} | {row.all_right / row.n:.1%} |")
    if total.allowed > total.all_right:
        print(f"\n{total.allowed / total.n:.1%} with what two readers allow besides ({ALLOWED.name})")


def compare(guide: Guide, choices: dict[str, str]) -> int:
    """How many choices of PyTorch (`torch_choices.py`) llama.cpp repeats to the letter, both without a grammar."""
    same = 0
    for words, choice in choices.items():
        said = guide.write(words, with_grammar=False)
        same += said == choice
        if said != choice:
            print(f"    {words}\n      llama.cpp {said}\n      PyTorch   {choice}")
    return same


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--alone", action="store_true", help="without the chooser")
    parser.add_argument("--turns", type=int, default=HELD_OUT_TURNS)
    parser.add_argument("--show-wrong", action="store_true")
    parser.add_argument("--compare", type=Path, help="choices of the checkpoint, written by torch_choices.py")
    arguments = parser.parse_args()
    guide = Guide(arguments.model, with_chooser=not arguments.alone)
    if arguments.compare:
        choices = json.loads(arguments.compare.read_text(encoding="utf-8"))
        print(f"{compare(guide, choices)} of {len(choices)} choices are the same as in PyTorch")
        return
    sets = {"Held out": held_out(arguments.turns), "Held out, by another": held_out(arguments.turns, "by_another")}
    sets |= {title: read_written(HERE / name) for title, name in SETS.items()}
    for title, turns in sets.items():
        scores, seconds = score(guide, turns)
        print_scores(title, scores, seconds)
        if arguments.show_wrong:
            print(*(f"    {line}" for row in scores.values() for line in row.wrong), sep="\n")
    guide.close()


if __name__ == "__main__":
    main()
