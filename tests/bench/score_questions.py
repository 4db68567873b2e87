"""How often the guide answers with the right sentence and place, and how often it is wrong.

    .venv/bin/python tests/bench/score_questions.py --docs DIR --questions FILE [--show] [--no-memory] [--json]

FILE has a question a line: {"doc": file name, "question": …, "answers": [verbatim sentences], "page": n or
null}; a question without answers is one that the documents do not answer. Everything goes through a real
engine on a fresh data directory: the folder is ingested as a whole, each question is asked of the guide in a
chat of its own, and what is judged is what the person sees.

- right: shown as the answer, the first quote holds one of the answers and its citation names file and page
- wrong: shown as the answer, and it is not
- near: "I am not sure; the nearest places are", and one of them is the right place
- far: the same, and none is
- none: not found, or handed over

"sentence@1", "place@1" and "place@3" look at the ranking below, whatever is then said of it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from engine import Engine, Settings
from engine.agent.run import RunRequest
from engine.events import Citation, RunFinished
from engine.local import LocalService
from engine.search.query import SentenceHit
from engine.security.approval import Session
from engine.tools.builtin.search_documents import find_sentences
from engine.tools.tool import CitationBook, ToolContext

# A quote is the answer if it holds so much of it: cuts of sentences differ by a clause, marks by a line break.
SAME = 0.8
# A quote that is so much longer than the answer buries it.
LONGEST = 3.0


@dataclass(frozen=True, slots=True)
class Question:
    """One line of the file."""

    doc: str
    question: str
    answers: tuple[str, ...] = ()
    page: int | None = None
    kind: str = ""


@dataclass(slots=True)
class Judged:
    """What became of one question; ranks are from 1, 0 where there is none.

    Attributes:
        is_quoted: the sentence that answers is in what was said, with its place, surely or among the nearest.
    """

    question: Question
    verdict: str
    reason: str
    said: str
    sentence_rank: int
    place_rank: int
    took_ms: float
    is_quoted: bool
    shown: list[str] = field(default_factory=list)


def load_questions(path: Path) -> list[Question]:
    """The questions of a file; what is unknown in a line is left out."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [
        Question(Path(r["doc"]).name, r["question"], tuple(r.get("answers") or ()), r.get("page"), r.get("kind") or "")
        for r in rows
    ]


def normal(text: str) -> str:
    """Words alone, lower case, without the hyphens of line ends: how two copies of a sentence are compared."""
    return " ".join(
        re.findall(r"\w+", text.lower().replace("\u00ad", "").replace("\ufb01", "fi").replace("\ufb02", "fl"))
    )


def holds(quote: str, answer: str) -> bool:
    """Whether the quote says the sentence that answers, and not a page around it."""
    a, b = normal(quote), normal(answer)
    if not a or not b:
        return False
    squeezed_a, squeezed_b = a.replace(" ", ""), b.replace(" ", "")
    short, long = sorted((squeezed_a, squeezed_b), key=len)
    if len(squeezed_a) > LONGEST * len(squeezed_b) + 200:
        return False
    if short in long and (short == squeezed_b or len(short) >= 0.5 * len(long)):
        return True
    matched = sum(
        m.size
        for m in SequenceMatcher(None, squeezed_a, squeezed_b, autojunk=False).get_matching_blocks()
        if m.size > 8
    )
    return matched >= SAME * len(squeezed_b)


def is_answer(question: Question, quote: str, path: str, page: int | None) -> bool:
    """Right sentence, right file, right page (a sentence across a page break has two)."""
    return is_file(question, path) and is_page(question, page) and any(holds(quote, a) for a in question.answers)


def is_file(question: Question, path: str) -> bool:
    """Whether the citation names the file of the question."""
    return Path(path).name == question.doc


def is_page(question: Question, page: int | None) -> bool:
    """Whether the citation names the page of the question, where it has one."""
    return question.page is None or page is None or page == question.page


def is_place(question: Question, passage: str, path: str, page: int | None) -> bool:
    """Whether somebody who goes there finds the answer: in that passage, or on that page."""
    if not is_file(question, path):
        return False
    inside = any(normal(a).replace(" ", "") in normal(passage).replace(" ", "") for a in question.answers)
    return inside or (question.page is not None and page == question.page)


class Scorer:
    """Asks and judges, on an engine that owns its data directory."""

    def __init__(self, engine: Engine, *, memory: bool) -> None:
        assert isinstance(engine._service, LocalService)
        self._engine, self._memory, self._service = engine, memory, engine._service

    async def judge(self, question: Question) -> Judged:
        """Ask the guide, look at what it says, and at the ranking below."""
        before = time.perf_counter()
        done = await self._ask(question.question)
        took_ms = (time.perf_counter() - before) * 1000
        ranked = await self._ranking(question.question)
        verdict = await self._verdict(question, done)
        sentence = next((i for i, s in enumerate(ranked, 1) if self._right(question, s)), 0)
        places = list({(s.hit.id, s.hit.page): s for s in ranked}.values())
        place = next((i for i, s in enumerate(places, 1) if is_place(question, s.hit.text, s.hit.path, s.hit.page)), 0)
        shown = [f"{s.score:.2f} {Path(s.hit.path).name} p{s.hit.page}: {s.text}" for s in ranked[:3]]
        quoted = any(is_answer(question, c.text, c.path, c.page) for c in done.citations)
        return Judged(question, verdict, done.reason, done.answer, sentence, place, took_ms, quoted, shown)

    def _right(self, question: Question, s: SentenceHit) -> bool:
        return is_answer(question, s.text, s.hit.path, s.hit.page)

    async def _ask(self, words: str) -> RunFinished:
        last = None
        async for event in self._engine.ask(words, memory=self._memory):
            last = event
        assert isinstance(last, RunFinished), last
        return last

    async def _ranking(self, words: str) -> list[SentenceHit]:
        service = self._service
        context = ToolContext(
            service.store, service.search.hits, service.memory, service.search.embedder, service.clock,
            Session(words, False), CitationBook(), project=RunRequest(words).project,
        )  # fmt: skip
        return await find_sentences(words, words, context, 30)

    async def _verdict(self, question: Question, done: RunFinished) -> str:
        if done.reason == "answered":
            first = done.citations[0] if done.citations else None
            right = first is not None and is_answer(question, first.text, first.path, first.page)
            return "right" if right else "wrong"
        if done.reason == "uncertain":
            near = [await self._is_near(question, c) for c in done.citations]
            return "near" if any(near) else "far"
        return "none"

    async def _is_near(self, question: Question, citation: Citation) -> bool:
        store = self._service.store
        record = await store.get(store.keys.passage(citation.passage_id))
        return is_place(question, record["text"] if record else citation.text, citation.path, citation.page)


async def score(docs: Path, questions: Sequence[Question], *, memory: bool = True) -> list[Judged]:
    """Every question judged, on a fresh data directory that has read the documents."""
    with tempfile.TemporaryDirectory() as folder:
        async with Engine.open(Settings(data_dir=Path(folder) / "data")) as engine:
            report = await engine.ingest([docs])
            for file in report.failed:
                print(f"not read: {file.path}: {file.error}", file=sys.stderr)
            scorer = Scorer(engine, memory=memory)
            return [await scorer.judge(question) for question in questions]


def figures_of(judged: Sequence[Judged]) -> dict[str, Any]:
    """Shares of what became of the questions, in per cent."""
    asked = [j for j in judged if j.question.answers]
    unanswered = [j for j in judged if not j.question.answers]
    n = max(1, len(judged))

    def share(rows: Sequence[Judged], *verdicts: str) -> float:
        return round(100 * sum(j.verdict in verdicts for j in rows) / max(1, len(rows)), 1)

    def within(name: str, k: int) -> float:
        return round(100 * sum(0 < getattr(j, name) <= k for j in asked) / max(1, len(asked)), 1)

    times = sorted(j.took_ms for j in judged)
    return {
        "questions": len(judged),
        "answerable": len(asked),
        "right": share(asked, "right"),
        "near": share(asked, "near"),
        "far": share(asked, "far"),
        "none": share(asked, "none"),
        "wrong": share(asked, "wrong"),
        "quoted": round(100 * sum(j.is_quoted for j in asked) / max(1, len(asked)), 1),
        "unanswerable": len(unanswered),
        "unanswerable: honest": share(unanswered, "none", "far", "near"),
        "unanswerable: not found": share(unanswered, "none"),
        "unanswerable: wrong": share(unanswered, "wrong"),
        "wrong of all": round(100 * sum(j.verdict == "wrong" for j in judged) / n, 1),
        "sentence@1": within("sentence_rank", 1),
        "sentence@3": within("sentence_rank", 3),
        "place@1": within("place_rank", 1),
        "place@3": within("place_rank", 3),
        "median ms": round(times[len(times) // 2]) if times else 0,
        "p95 ms": round(times[int(0.95 * (len(times) - 1))]) if times else 0,
        "reasons": dict(Counter(j.reason for j in judged)),
    }


def show(judged: Judged) -> None:
    """One question and what was made of it."""
    q = judged.question
    print(
        f"\n[{judged.verdict}] {q.question}  ({q.doc} p{q.page} {q.kind}; "
        f"ranks {judged.sentence_rank}/{judged.place_rank})"
    )
    print(f"  should: {' | '.join(q.answers) or '(nothing answers)'}")
    print("  said:   " + judged.said.replace("\n", "\n          "))
    for line in judged.shown:
        print(f"    {line}")


def main() -> None:
    """Read the arguments, score, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--docs", type=Path, required=True, help="folder with the documents")
    parser.add_argument("--questions", type=Path, required=True, help="questions.jsonl")
    parser.add_argument("--show", action="store_true", help="every question that is not right")
    parser.add_argument("--no-memory", action="store_true", help="neither recall nor remember")
    parser.add_argument("--json", action="store_true", help="one object with the figures and every question")
    options = parser.parse_args()
    questions = load_questions(options.questions)
    judged = asyncio.run(score(options.docs, questions, memory=not options.no_memory))
    if options.json:
        print(json.dumps({**figures_of(judged), "judged": [asdict(j) for j in judged]}, ensure_ascii=False))
        return
    for one in judged if options.show else ():
        if one.verdict != "right":
            show(one)
    for name, value in figures_of(judged).items():
        print(f"{name:26} {value}")


if __name__ == "__main__":
    main()
