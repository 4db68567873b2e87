"""How often the guide tells what a person told it, asked weeks later in other words.

    .venv/bin/python tests/bench/score_memories.py FILE [--persons N] [--show]

FILE has a person a line: {"told": [texts], "asked": [{"question": …, "answers": [numbers of what answers]}]}.
Everything goes through a real engine, a fresh data directory for each person; what is judged is what the person
sees: told and right, told and wrong, named as the nearest (right or not), or nothing. Beside it: whether what answers
is among the memories that a chat model would be given with the question, and how many those are.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine import Engine, Settings
from engine.events import RunFinished
from engine.local import LocalService
from engine.tools.builtin.recall_memory import recall_for_model

# As many as a chat model is given with a question.
GIVEN = 5


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of one question.

    Attributes:
        answers: of what was told; none where nothing answers.
        verdict: right, wrong, near (the right one is named and said to be unsure), far (another is) or none.
        given: what a chat model is given with the question.
    """

    question: str
    answers: tuple[str, ...]
    verdict: str
    said: str
    given: tuple[str, ...]


async def score(path: Path, persons: int | None = None) -> list[Judged]:
    """Every question of every person judged."""
    lines = await asyncio.to_thread(path.read_text, encoding="utf-8")
    judged: list[Judged] = []
    for line in lines.splitlines()[:persons]:
        person = json.loads(line)
        with tempfile.TemporaryDirectory() as folder:
            async with Engine.open(Settings(data_dir=Path(folder) / "data", _env_file=None)) as engine:
                service = engine._service
                assert isinstance(service, LocalService)
                for text in person["told"]:
                    await engine.memory.add(text)
                while (await engine.memory.stats())["without_vector"]:
                    await asyncio.sleep(0.02)
                for asked in person["asked"]:
                    answers = tuple(person["told"][i] for i in asked["answers"])
                    recalled = await recall_for_model(
                        service.memory, service.search.embedder, asked["question"], GIVEN, project="", touch=False
                    )
                    given = tuple(hit.entry.text for hit in recalled)
                    last = None
                    async for event in engine.ask(asked["question"]):
                        last = event
                    assert isinstance(last, RunFinished), last
                    judged.append(Judged(asked["question"], answers, verdict_of(answers, last), last.answer, given))
    return judged


def verdict_of(answers: Sequence[str], done: RunFinished) -> str:
    """What the person sees: the first that is told must be one that answers, of those named any."""
    told = [any(_is_same(citation.text, answer) for answer in answers) for citation in done.citations]
    if done.reason == "answered":
        return "right" if told[:1] == [True] else "wrong"
    if done.reason == "uncertain":
        return "near" if any(told) else "far"
    return "none"


def _is_same(shown: str, told: str) -> bool:
    """A long memory is shown in part."""
    shown, told = (" ".join(text.split()).strip(" .") for text in (shown, told))
    return bool(shown) and (shown in told or told in shown)


def figures_of(judged: Sequence[Judged]) -> dict[str, float]:
    """Per cent of those with an answer by verdict, and `wrong of all`."""
    asked, other = ([j for j in judged if bool(j.answers) is has] for has in (True, False))
    counted = Counter(j.verdict for j in asked)
    found = {name: 100 * counted[name] / max(1, len(asked)) for name in ("right", "near", "far", "none", "wrong")}
    among = sum(bool(set(j.answers) & set(j.given)) for j in asked)
    return {
        "answerable": len(asked),
        **found,
        "given to a model": 100 * among / max(1, len(asked)),
        "memories given": sum(len(j.given) for j in judged) / max(1, len(judged)),
        "unanswerable": len(other),
        "honest": 100 * sum(j.verdict != "wrong" for j in other) / max(1, len(other)),
        "wrong of all": 100 * sum(j.verdict == "wrong" for j in judged) / max(1, len(judged)),
    }


def main() -> None:
    """Read the arguments, score, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("file", type=Path)
    parser.add_argument("--persons", type=int, default=None, help="only so many")
    parser.add_argument("--show", action="store_true", help="every question that is not right")
    options = parser.parse_args()
    judged = asyncio.run(score(options.file, options.persons))
    for one in judged if options.show else ():
        if one.verdict != "right" and (one.answers or one.verdict != "none"):
            print(f"[{one.verdict}] {one.question}\n  should: {' | '.join(one.answers) or '(nothing answers)'}")
            print("  said:   " + one.said.replace("\n", "\n          "))
    for name, value in figures_of(judged).items():
        print(f"{name:16} {value:.1f}")


if __name__ == "__main__":
    main()
