"""`scrubjay bench search`: ten questions over three papers, each cited at its place.

`score_questions.py` beside it does the same for any folder and file of questions, and says more.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "behaviour"), str(ROOT / "tests" / "bench")]

from papers import write_lease, write_manual, write_minutes  # noqa: E402
from score_questions import Judged, Question, score  # noqa: E402

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


def _told(judged: list[Judged]) -> str:
    return "; ".join(f"{j.question.question} {j.verdict}" for j in judged if j.verdict != "right") or "all right"
