"""Draws observations: a question, a few passages as a search returns them, and the sentence that answers, if one does.

Families of sentences were written by others without sight of the search: a fact, questions for it in other words, near
misses, an earlier or later state that contradicts it, sentences beside it, and questions that none answers. The
reader is trained on those of `wordings/facts.jsonl` (packaging/reader_model); those of
`wordings/facts_held_out.jsonl`, by somebody else, are for scoring alone.

In such a family the near misses have the words of the question and the fact has not, and who learns from that alone
learns to distrust shared words. Families to train on therefore say the same in plain words as well: `plain` asks in
the words of the fact, `short` answers in the words of the question, and `near_asked` asks what a near miss answers.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from guide_model.slots import WORDINGS

FACTS, HELD_OUT = WORDINGS / "facts.jsonl", WORDINGS / "facts_held_out.jsonl"
# Of the questions: the fact is not among the passages, or the paper does not answer at all.
_WITHOUT_FACT, _UNANSWERED = 0.1, 0.1
_PASSAGES = 3
_SLOT = re.compile(r"\{(\w+?)(2?)\}")


@dataclass(frozen=True, slots=True)
class Observation:
    """A question about a few passages.

    Attributes:
        passages: the sentences of each.
        answer: the sentence that answers, "" where none does.
    """

    question: str
    passages: tuple[tuple[str, ...], ...]
    answer: str


def observations(path: Path, n: int, seed: int = 99, most_passages: int = _PASSAGES) -> Iterator[Observation]:
    """So many out of a file of families, the same for the same seed.

    Args:
        most_passages: at least one; three is what a tool shows.
    """
    draw = random.Random(seed)
    families = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    for at in range(n):
        n_passages = _PASSAGES if most_passages == _PASSAGES else draw.randint(1, most_passages)
        yield _observation(families[at % len(families)], draw, n_passages)


def _observation(family: dict[str, Any], draw: random.Random, n_passages: int) -> Observation:
    values = {name: draw.sample(options, 2) for name, options in family["values"].items()}

    def fill(text: str) -> str:
        return _SLOT.sub(lambda match: values[match[1]][1 if match[2] else 0] if match[1] in values else match[0], text)

    kind = draw.random()
    is_missing, lacks_fact = kind < _UNANSWERED, _UNANSWERED <= kind < _UNANSWERED + _WITHOUT_FACT
    missing = family["missing"] if isinstance(family["missing"], list) else [family["missing"]]
    question, answer = (draw.choice(missing), family["fact"]) if is_missing else _asked(family, draw)
    others = [*family["near"], *([family["old"]] if family.get("old") else [])]
    if answer in others:
        others[others.index(answer)] = family["fact"]
    near = draw.sample(others, min(len(others), max(2, n_passages - 1)))
    # What contradicts it is among them more often than not.
    if family.get("old") and family["old"] not in near and draw.random() < 0.6:
        near[-1] = family["old"]
    fact = fill(answer)
    sentences = [[text] for text in ([] if lacks_fact else [fact]) + [fill(text) for text in near]]
    for text in draw.sample(family["beside"], min(len(family["beside"]), 3)):
        draw.choice(sentences).insert(0 if draw.random() < 0.5 else 1, fill(text))
    draw.shuffle(sentences)
    passages = [sentences[at::n_passages] for at in range(n_passages)]
    joined = tuple(tuple(s for part in parts for s in part) for parts in passages if parts)
    return Observation(fill(question), joined, "" if is_missing or lacks_fact else fact)


def _asked(family: dict[str, Any], draw: random.Random) -> tuple[str, str]:
    """A question of a family, and the sentence of it that answers; mostly plain where it has plain words."""
    in_other_words = [family["question"], *family["questions_more"]]
    kinds = [name for name in ("plain", "short", "near_asked") if family.get(name)]
    kind = draw.choice(["", *kinds]) if kinds else ""
    if kind == "plain":
        return draw.choice(family["plain"]), family["fact"]
    if kind == "short":
        return draw.choice(in_other_words), family["short"]
    if kind == "near_asked":
        at, question = draw.choice(sorted(family["near_asked"].items()))
        return question, family["near"][int(at)]
    return draw.choice(in_other_words), family["fact"]
