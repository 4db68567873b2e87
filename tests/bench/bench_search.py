"""`scrubjay bench search`: ten questions over three papers, each cited at its place; what the embedding model costs.

`score_questions.py` beside it does the same for any folder and file of questions, and says more.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "behaviour"), str(ROOT / "tests" / "bench")]

from papers import write_lease, write_manual, write_minutes  # noqa: E402
from score_questions import Judged, Question, score  # noqa: E402

from engine.search.embedding_onnx import OnnxModel  # noqa: E402
from engine.system.figures import Figure  # noqa: E402

_ASKED: tuple[tuple[str, int | None, str, str], ...] = (
    ("lease.pdf", 2, "What is the notice period of the flat?", "three months to the end of a quarter"),
    ("lease.pdf", 3, "When is the boiler serviced?", "The landlord has the boiler serviced every year in September."),
    ("lease.pdf", 1, "How much is the rent?", "The monthly rent is 870 euros"),
    ("lease.pdf", 3, "Who pays for small repairs?", "Small repairs up to 100 euros are paid by the tenant."),
    ("lease.pdf", 2, "Can I give notice by e-mail?", "A notice by electronic mail has no effect."),
    ("manual.docx", None, "How often must the machine be descaled?", "Descale the machine every eight weeks."),
    ("manual.docx", None, "How long does the guarantee last?", "The guarantee lasts thirty months"),
    ("manual.docx", None, "Is wear of the grinder covered?", "Wear of the grinder is excluded."),
    ("minutes.md", None, "Where does the summer concert take place?", "in the old grain hall"),
    ("minutes.md", None, "How much money does the choir have?", "The choir has 2,310 euros."),
)
MODELS = ROOT / "resources" / "models"
# Passages of some 60 tokens, as many as fit into a batch, and how often.
PASSAGES, ROUNDS = ["The tenant pays for small repairs up to a hundred euros a year, and for no others. " * 3] * 16, 9
QUESTIONS = [Question(doc, words, (answer,), page) for doc, page, words, answer in _ASKED]


def figures() -> Iterator[Figure]:
    """What became of the ten questions."""
    with tempfile.TemporaryDirectory() as folder:
        papers = Path(folder)
        write_lease(papers / "lease.pdf")
        write_manual(papers / "manual.docx")
        write_minutes(papers / "minutes.md")
        judged = asyncio.run(score(papers, QUESTIONS, memory=False))
    n = len(judged)
    placed = sum(0 < j.place_rank <= 1 for j in judged)
    wrong = [j for j in judged if j.verdict == "wrong"]
    yield Figure(
        "questions of ten whose first place is the right one", placed, "", "", f"= {n}", placed == n, _told(judged)
    )
    yield Figure("questions of ten answered with a wrong sentence", len(wrong), "", "", "= 0", not wrong, _told(wrong))
    yield from embedding_figures()


def embedding_figures() -> Iterator[Figure]:
    """Processor time of what the reader and the chooser share the embedding model with, against that model alone."""
    alone = OnnxModel(MODELS / "all-minilm-l6-v2", 1)
    shared = OnnxModel(MODELS / "all-minilm-l6-v2", 1, MODELS / "reader", MODELS / "chooser")
    tokens = shared._tokenise(PASSAGES)
    works: tuple[Callable[[], object], ...] = (
        lambda: alone.embed(PASSAGES), lambda: shared.embed(PASSAGES), lambda: shared.run_lower(tokens),
    )  # fmt: skip
    spent: list[list[float]] = [[] for _ in works]
    for _ in range(ROUNDS):
        for work, found in zip(works, spent, strict=True):
            began = time.process_time()
            work()
            found.append(time.process_time() - began)
    own, vector, states = (statistics.median(found) for found in spent)
    ms = f"{own * 1000:.0f} ms for {len(PASSAGES)} passages"
    yield Figure(
        "vectors, with reader and chooser beside", vector / own, "×", "model alone", "≤ 1.1", vector <= 1.1 * own, ms
    )
    yield Figure(
        "states that the reader begins with", states / own, "×", "model alone", "≤ 0.65", states <= 0.65 * own, ms
    )


def _told(judged: list[Judged]) -> str:
    return "; ".join(f"{j.question.question} {j.verdict}" for j in judged if j.verdict != "right") or "all right"
