"""`scrubjay bench guide`: what the built-in model chooses, how long it takes, and how large it is.

Scored as it ships: front check, chooser, llama.cpp, grammar. What is in each set: packaging/guide_model/README.md.
`exam/` holds 12 documents with 120 questions, and what 12 persons told with 480 they ask later, by others who had not
seen the program; nothing is learned from them.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "packaging"), str(ROOT / "tests" / "bench")]

from guide_model.evaluate import HELD_OUT_TURNS, HERE, SETS, Guide, Score, held_out, score  # noqa: E402
from guide_model.observations import HELD_OUT, observations  # noqa: E402
from guide_model.written import read_written  # noqa: E402
from score_memories import figures_of as told_of  # noqa: E402
from score_memories import score as score_memories  # noqa: E402
from score_questions import figures_of, load_questions  # noqa: E402
from score_questions import score as score_questions  # noqa: E402

from engine import Engine, Settings  # noqa: E402
from engine.events import TokenGenerated  # noqa: E402
from engine.search.embedding import create_embedder_by_name  # noqa: E402
from engine.search.query import best_sentences  # noqa: E402
from engine.search.types import Hit  # noqa: E402
from engine.system.figures import Figure  # noqa: E402

MODEL = ROOT / "resources" / "models" / "guide.gguf"
EXAM = ROOT / "tests" / "bench" / "exam"
CHOOSER = MODEL.parent / "chooser" / "chooser.graph"
MAX_MB = 12.0
FIRST_TEXT_S = 1.0
# Requests that are timed, after one that loads the model.
TIMED = ("Who pays for the boiler?", "When is my sister's birthday?", "Write a poem", "what can you do", "17% of 240")


def figures() -> Iterator[Figure]:
    """Size and time first, then the scores, slowest last."""
    size_mb = (MODEL.stat().st_size + CHOOSER.stat().st_size) / 1e6
    yield Figure("guide: files", size_mb, "MB", "", f"≤ {MAX_MB:g}", size_mb <= MAX_MB)
    yield asyncio.run(first_text_figure())
    guide = Guide(MODEL)
    for title, name in SETS.items():
        tool, exact = rates(*score(guide, read_written(HERE / name)))
        yield Figure(f"guide, {title.lower()}: tool right", tool[0], "%", "", "", None, tool[1])
        yield Figure(f"guide, {title.lower()}: tool and argument right", exact[0], "%", "", "", None)
    scores, seconds = score(guide, held_out(HELD_OUT_TURNS))
    guide.close()
    _, exact = rates(scores, seconds)
    yield Figure("guide, held out: tool and argument right", exact[0], "%", "", "≥ 97", exact[0] >= 97, exact[1])
    allowed = 100 * sum(row.allowed for row in scores.values()) / HELD_OUT_TURNS
    title = "guide, held out: that, or what two readers allow besides"
    yield Figure(title, allowed, "%", "", "≥ 97", allowed >= 97)
    yield from asyncio.run(sentence_figures())
    yield from asyncio.run(exam_figures())
    yield from asyncio.run(memory_figures())


def rates(scores: dict[str, Score], seconds: list[float]) -> tuple[tuple[float, str], tuple[float, str]]:
    """Per cent of tools and of whole choices that are right, each with the worst kinds and the time of a choice."""
    rows = scores.values()
    n = sum(row.n for row in rows)
    worst = sorted(scores, key=lambda tool: scores[tool].all_right / scores[tool].n)[:3]
    detail = ", ".join(f"{tool} {scores[tool].all_right}/{scores[tool].n}" for tool in worst)
    detail = f"{n} prompts; fewest right: {detail}; {statistics.median(seconds) * 1000:.0f} ms per choice"
    return (100 * sum(row.tool_right for row in rows) / n, detail), (
        100 * sum(row.all_right for row in rows) / n,
        detail,
    )


async def sentence_figures() -> list[Figure]:
    """Of drawn observations, from facts that nothing is trained on: the sentence that answers comes first."""
    embedder = create_embedder_by_name("onnx")
    right: list[bool] = []
    quiet: list[bool] = []
    wrong = 0
    try:
        for drawn in observations(HELD_OUT, HELD_OUT_TURNS):
            hits = [Hit(str(n), "document", " ".join(p), 0.6 - 0.1 * n) for n, p in enumerate(drawn.passages)]
            first = (await best_sentences(drawn.question, hits, embedder, 1))[0]
            shown = first.hit.text[slice(*first.quote)]
            is_right = bool(drawn.answer) and drawn.answer in shown
            (right if drawn.answer else quiet).append(is_right if drawn.answer else not first.is_sure)
            wrong += first.is_sure and not is_right
    finally:
        await embedder.aclose()
    chosen, honest = 100 * statistics.mean(right), 100 * statistics.mean(quiet)
    detail = f"{len(right)} with an answer among near misses; shown surely and wrong: {wrong} of {HELD_OUT_TURNS}"
    return [
        Figure("guide, observations: right sentence first", chosen, "%", "", "≥ 95", chosen >= 95, detail),
        Figure("guide, observations without an answer: none sure", honest, "%", "", "", None, f"{len(quiet)}"),
    ]


async def exam_figures() -> list[Figure]:
    """120 questions over 12 documents, through a whole engine: what the person is shown."""
    found = figures_of(await score_questions(EXAM / "docs", load_questions(EXAM / "questions.jsonl")))
    named, wrong = found["right"] + found["near"], found["wrong of all"]
    ranks = f"of all sentences the right one is first for {found['sentence@1']} %, its place for {found['place@1']} %"
    sure = f"{found['answerable']} questions; {ranks}; {found['median ms']} ms in the median"
    quiet = f"{found['unanswerable']} questions"
    return [
        # What a person reads: the sentence with its place, whether it is told as the answer or as what comes nearest.
        Figure(
            "guide, exam: the right sentence is quoted", found["quoted"], "%", "", "≥ 75", found["quoted"] >= 75, sure
        ),
        Figure("guide, exam: it is told as the answer", found["right"], "%", "", "", None),
        Figure("guide, exam: that, or the right place among those named", named, "%", "", "", None),
        Figure("guide, exam without an answer: says so", found["unanswerable: honest"], "%", "", "", None, quiet),
        Figure("guide, exam: wrong, of all", wrong, "%", "", "≤ 5", wrong <= 5),
    ]


async def memory_figures() -> list[Figure]:
    """480 questions of 12 persons to what they told, through whole engines: what the person is told."""
    found = told_of(await score_memories(EXAM / "memories.jsonl"))
    named = found["right"] + found["near"]
    quiet = f"{found['unanswerable']:.0f} questions"
    given = f"{found['memories given']:.1f} each"
    return [
        Figure("guide, memories: told and right", found["right"], "%", "", "", None, f"{found['answerable']:.0f}"),
        Figure("guide, memories: that, or named as the nearest", named, "%", "", "", None),
        Figure("memories for a chat model: what answers is among", found["given to a model"], "%", "", "", None, given),
        Figure("guide, memories without an answer: nothing told", found["honest"], "%", "", "", None, quiet),
        Figure("guide, memories: wrong, of all", found["wrong of all"], "%", "", "≤ 5", found["wrong of all"] <= 5),
    ]


async def first_text_figure() -> Figure:
    """Seconds from the question to the first text through the engine, warm; the median of a few."""
    seconds = []
    with tempfile.TemporaryDirectory() as folder:
        async with Engine.open(Settings(data_dir=Path(folder) / "data", _env_file=None)) as engine:
            for question in ("Hello", *TIMED):
                started, first = time.perf_counter(), 0.0
                async for event in engine.ask(question):
                    if isinstance(event, TokenGenerated) and not first:
                        first = time.perf_counter() - started
                seconds.append(first)
    warm = seconds[1:]
    detail = f"{min(warm):.2f} to {max(warm):.2f} s over {len(warm)} questions"
    value = statistics.median(warm)
    return Figure("guide: first text, warm", value, "s", "", f"≤ {FIRST_TEXT_S:g}", value <= FIRST_TEXT_S, detail)
