"""Questions with what the search finds for them: what the reader and its judge learn from.

    .venv/bin/python packaging/reader_model/sets.py FOLDER --set NAME DOCS QUESTIONS [--set …] [--observations N]
        [--alone] [--memories FILE] [--chat N]

A set is a folder of documents and a file of questions as tests/bench/score_questions.py takes them. The
documents go through a real engine; for every question the best passages are kept, their sentences marked right
or not. FOLDER gets two files of ours, not to be shared, because they hold the documents: `examples.pkl` for
weigh.py, and `windows.pkl`, the same as ids of tokens, for train.py, which needs nothing of the project.

A person's first document is a collection of a few passages, in which much looks different to a judge. `--alone` takes
each document as a collection of its own, with some of its questions, some that only others answer, and those that its
headings make, as they are suggested to the person (engine/documents/questions.py).

`--memories FILE`: what invented persons told, and what each of them asks later; a memory is a passage of its own. Most
questions that people ask are not about what they told, so some of those of the documents are asked besides.

`--chat N`: most of what people type asks for nothing that they keep ("is a tomato a fruit?"), and yet shares words with
some of it. N such prompts (packaging/guide_model/wordings/written.txt) are asked of each set, and some of each person.

Observations are drawn besides (packaging/guide_model/observations.py): short passages whose sentences nearly answer,
among which documents have few that are as hard.

Sets and files whose names begin with "judge" are held out of the reader's training: the judge that weighs what the
reader says must see it on documents that it does not know.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import pickle
import random
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "bench"), str(ROOT / "packaging")]

from guide_model.observations import FACTS, observations  # noqa: E402
from guide_model.written import read_written  # noqa: E402
from score_questions import Question, is_answer, load_questions  # noqa: E402

from engine import Engine, Settings  # noqa: E402
from engine.agent.guide.understand.languages import foreign_language  # noqa: E402
from engine.documents.library import load_passages  # noqa: E402
from engine.documents.questions import is_quotable, phrase_questions, sections_of  # noqa: E402
from engine.documents.types import Passage  # noqa: E402
from engine.local import LocalService  # noqa: E402
from engine.search.embedding_onnx import OnnxModel  # noqa: E402
from engine.search.place_asked import place_subject  # noqa: E402
from engine.search.query import find_candidates, passages_to_read  # noqa: E402
from engine.search.reading import CLS, QUESTION, SEP, TokensOf, windows_of  # noqa: E402
from engine.search.sentences import split_sentences  # noqa: E402
from engine.search.types import Hit  # noqa: E402
from engine.tools.builtin.recall_memory import to_sentences  # noqa: E402
from engine.tools.quoting import from_store  # noqa: E402

# More than the search looks into: the reader learns from those behind, too.
PASSAGES = 20
# Asked of a document alone: so many of its own questions, of others and of its headings.
OWN, OTHERS, HEADINGS = 12, 4, 6
# Before the names of such sets.
ALONE, MEMORIES = "alone:", "memories:"
# How names begin of what is held out.
JUDGES = "judge"
CHAT = "chat"
# Of the prompts that nothing answers one in so many is for what is held out.
HELD_CHAT = 4
# Of an observation.
MOST_PASSAGES = 6
NAMES = (
    "",
    "notes.md",
    "letter.pdf",
    "info.txt",
    "contract.docx",
    "page 4.pdf",
    "manual.pdf",
    "minutes.md",
    "scan.pdf",
)


@dataclass(slots=True)
class Example:
    """A question, its hits, best first, and for the sentences of each hit whether they answer."""

    group: str
    question: Question
    hits: list[Hit]
    right: list[list[bool]]


async def collect(name: str, docs: Path, questions: Sequence[Question], headings: int = 0) -> list[Example]:
    """The examples of one set, through an engine on a fresh data directory.

    Args:
        headings: so many questions are made of the headings of each document besides.
    """
    found: list[Example] = []
    with tempfile.TemporaryDirectory() as folder:
        async with Engine.open(Settings(data_dir=Path(folder) / "data", memory=False)) as engine:
            await engine.ingest([docs])
            service = engine._service
            assert isinstance(service, LocalService)
            asked = list(questions)
            for document in await engine.documents.list() if headings else ():
                made = of_headings(await load_passages(service.store, document.id), Path(document.path).name)
                asked += random.Random(3).sample(made, min(headings, len(made)))
            for question in asked:
                hits = await service.search.hits(question.question, k=PASSAGES, kinds=("document",))
                pairs = await from_store(service.store, hits)
                right = [
                    [
                        is_answer(question, c.text, hit.path, passage.place_at(c.span.start)[0])
                        for c in find_candidates([hit])
                    ]
                    for hit, passage in pairs
                ]
                found.append(Example(f"{name}/{question.doc}", question, [hit for hit, _ in pairs], right))
    return found


def collect_alone(name: str, docs: Path, questions: Sequence[Question]) -> list[Example]:
    """Each document of a set as a collection of its own."""
    found: list[Example] = []
    for path in sorted(docs.iterdir()):
        draw = random.Random(path.name)
        own = [q for q in questions if q.doc == path.name]
        others = [replace(q, doc=path.name, answers=()) for q in questions if q.doc != path.name]
        asked = [*draw.sample(own, min(OWN, len(own))), *draw.sample(others, min(OTHERS, len(others)))]
        found += asyncio.run(collect(ALONE + name, path, asked, HEADINGS))
    return found


async def collect_memories(
    name: str, lines: Iterable[str], others: Sequence[str], chat: Sequence[str] = ()
) -> list[Example]:
    """The examples of a file's lines, a person each, with an engine of its own.

    Args:
        others: questions that no person has an answer to; as many as their own are asked besides.
        chat: prompts that nothing answers; half as many.
    """
    found: list[Example] = []
    for number, line in enumerate(lines):
        person = json.loads(line)
        rng, n = random.Random(number), len(person["asked"])
        person["asked"] += [{"question": q, "answers": []} for q in rng.sample(others, min(n, len(others)))]
        of_chat = rng.sample(chat, min(n // 2, len(chat)))
        person["asked"] += [{"question": words, "answers": [], "kind": CHAT} for words in of_chat]
        with tempfile.TemporaryDirectory() as folder:
            async with Engine.open(Settings(data_dir=Path(folder) / "data")) as engine:
                service = engine._service
                assert isinstance(service, LocalService)
                ids = [(await engine.memory.add(text)).id for text in person["told"]]
                while (await engine.memory.stats())["without_vector"]:  # noqa: ASYNC110 (nothing to wait for)
                    await asyncio.sleep(0.02)
                for asked in person["asked"]:
                    answers = [ids[i] for i in asked["answers"]]
                    recalled = await service.memory.recall(asked["question"], PASSAGES, gated=False, touch=False)
                    hits = [to_sentences(hit) for hit in recalled]
                    right = [[hit.id in answers for _ in find_candidates([hit])] for hit in hits]
                    said = tuple(person["told"][i] for i in asked["answers"])
                    question = Question("", asked["question"], said, kind=asked.get("kind", ""))
                    found.append(Example(f"{MEMORIES}{name}/{number}", question, hits, right))
    return found


def of_headings(passages: Sequence[Passage], name: str) -> list[Question]:
    """The questions that a document's headings make; any whole sentence of the section answers."""
    text = " ".join(passage.text for passage in passages)
    below: dict[str, list[str]] = {}
    for passage in passages:
        for heading, part in sections_of(passage):
            said = (part[s.start : s.end] for s in split_sentences(part))
            below.setdefault(heading, []).extend(text for text in said if is_quotable(text))
    asked = ((words, tuple(said)) for h, said in below.items() for words in phrase_questions(h.split(" › ")[-1], text))
    return [Question(name, place_subject(words) or words, said, kind="heading") for words, said in asked]


def chat_prompts(*, held: bool) -> list[str]:
    """What is left to a larger model, in English: other prompts for what is held out than for training."""
    prompts = [t.words for t in read_written(FACTS.with_name("written.txt")) if t.tool == "hand_over" and not t.earlier]
    return [p for i, p in enumerate(prompts) if (i % HELD_CHAT == 0) == held and not foreign_language(p)]


def is_held_out(e: Example) -> bool:
    """Whether the reader is not trained on it."""
    return e.group.removeprefix(ALONE).removeprefix(MEMORIES).startswith(JUDGES)


def as_windows(examples: Sequence[Example], tokens_of: TokensOf) -> dict[str, Any]:
    """What the trainer reads, in plain lists.

    `windows`: key of a passage → its windows as (tokens, [(sentence, first token, end)]). `questions`: tokens with
    their marks, `held` out or not, `answers` or none, and for each hit, best first, (key, right or not of each
    sentence).
    """
    windows: dict[str, list[tuple[list[int], list[tuple[int, int, int]]]]] = {}
    questions = []
    for e in examples:
        hits = []
        for hit, right in zip(e.hits, e.right, strict=True):
            key = f"{e.group.partition('/')[0]}/{hit.id}"
            if key not in windows and right:
                passage = dict(passages_to_read([hit], find_candidates([hit]))[1])
                windows[key] = [(w.tokens, w.sentences) for w in windows_of(0, passage, tokens_of)]
            hits.append((key, right))
        asked = [CLS, *tokens_of([e.question.question])[0][:QUESTION], SEP]
        answers = bool(e.question.answers)
        questions.append({"asked": asked, "held": is_held_out(e), "answers": answers, "hits": hits})
    return {"windows": windows, "questions": questions}


def observed(n: int, facts: Path = FACTS) -> list[Example]:
    """Examples out of drawn observations, each family a group."""
    draw, n_families = random.Random(5), len(facts.read_text(encoding="utf-8").splitlines())
    found = []
    for at, drawn in enumerate(observations(facts, n, seed=1, most_passages=MOST_PASSAGES)):
        name = draw.choice(NAMES)
        hits = [Hit(f"{at}.{i}", "document", " ".join(p), 0.5, path=name) for i, p in enumerate(drawn.passages)]
        right = [[bool(drawn.answer) and c.text in drawn.answer for c in find_candidates([hit])] for hit in hits]
        question = Question("", drawn.question, (drawn.answer,) if drawn.answer else ())
        found.append(Example(f"observed/{at % n_families}", question, hits, right))
    return found


def load_examples(path: Path) -> list[Example]:
    """What `main` wrote."""
    return list(pickle.loads(path.read_bytes()))


def main() -> None:
    """Collect every set into one file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--set", nargs=3, action="append", default=[], metavar=("NAME", "DOCS", "QUESTIONS"), dest="sets"
    )
    parser.add_argument("--observations", type=int, default=0, help="so many are drawn besides, for the reader alone")
    parser.add_argument("--alone", action="store_true", help="each document as a collection of its own")
    parser.add_argument("--memories", type=Path, action="append", default=[], metavar="FILE", help="persons who told")
    parser.add_argument("--chat", type=int, default=0, help="so many prompts that nothing answers for each set")
    options = parser.parse_args()
    chat = {held: chat_prompts(held=held) if options.chat else [] for held in (False, True)}
    examples: list[Example] = []
    for name, docs, questions in options.sets:
        asked = load_questions(Path(questions))
        drawn = random.Random(name).sample(chat[name.startswith(JUDGES)], options.chat)
        asked += [Question("", words, (), kind=CHAT) for words in drawn]
        if options.alone:
            examples += collect_alone(name, Path(docs), asked)
        else:
            examples += asyncio.run(collect(name, Path(docs), asked))
    of_documents = list(examples)
    for path in options.memories:
        lines = path.read_text(encoding="utf-8").splitlines()
        is_held = path.stem.startswith(JUDGES)
        others = [e.question.question for e in of_documents if is_held_out(e) == is_held and e.question.kind != CHAT]
        examples += asyncio.run(collect_memories(path.stem, lines, others, chat[is_held]))
    options.folder.mkdir(parents=True, exist_ok=True)
    (options.folder / "examples.pkl").write_bytes(pickle.dumps(examples))
    model = OnnxModel(ROOT / "resources" / "models" / "all-minilm-l6-v2")
    data = as_windows(examples, model.bare_tokens)
    drawn = as_windows(observed(options.observations), model.bare_tokens)
    for question in drawn["questions"]:
        question["held"] = False
    data = {"windows": data["windows"] | drawn["windows"], "questions": data["questions"] + drawn["questions"]}
    (options.folder / "windows.pkl").write_bytes(pickle.dumps(data))
    print(f"{len(examples)} questions over {len({e.group for e in examples})} documents")


if __name__ == "__main__":
    # Under its own name, so that what is pickled is found again by weigh.py.
    import sets

    sets.main()
