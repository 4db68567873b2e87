"""Questions about Scrubjay and their answers, as they come with it: resources/help/questions.md.

Each answer stands below many wordings of its question, and the nearest wording decides. Only a request whose every word
the wordings know is about Scrubjay: "is there an app for my phone" is, "gramps app for android" is not, however near
it comes. The vectors of the wordings are made by packaging/guide_model/help.py for the embedding model that ships;
with another one, or none, a question is known word for word only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.errors import EmbedderError
from engine.search.terms import word_set
from engine.search.types import Embedder
from resources import resource_path

__all__ = ["KNOWN", "KnownAnswer", "Questions", "answer_known_question", "load_questions", "read_questions", "scaled"]

# From this cosine on a question is the known one, where it was taken for a question about Scrubjay.
KNOWN = 0.6
_TEXT, _VECTORS = ("help", "questions.md"), ("models", "guide_help.npz")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=\w)")
# A question is short; what is longer brings a story along.
_LONGEST = 160
_SMALL_WORDS = word_set(
    """
    a an the i im i'm ive i've id i'd me my is are was be do does did to of in on at for and or so ok okay hi hey hello
    please pls it its it's this that thing with your you you're youre can could would will have has had just now right
    really then also again than from by about any some actually ever exactly even still mean btw thanks if when
    lol haha hmm today lately
    """
)
_SHORT_FORMS = {"u": "you", "ur": "your", "r": "are", "whats": "what's", "hows": "how's", "wheres": "where's"}
_SHORT_FORM = re.compile(rf"\b(?:{'|'.join(_SHORT_FORMS)})\b(?!['’])", re.IGNORECASE)
_FIRST_PERSON = word_set("i im i'm ive i've my me mine myself am")
_SECOND_PERSON = word_set("you your yours yourself you're youre u scrubjay")


@dataclass(frozen=True, slots=True)
class KnownAnswer:
    """An answer, and how near its question is to what was asked (cosine; 1 where it is the same)."""

    text: str
    nearness: float


@dataclass(frozen=True)
class Questions:
    """All wordings, the answer to each, and their vectors.

    Attributes:
        wordings: as they are written; answers: the number of each one's answer.
        texts: the answers.
        model: name of the embedding model of `vectors`, (wordings, dim) of L2 norm 1; "" where there are none.
    """

    wordings: tuple[str, ...]
    answers: tuple[int, ...]
    texts: tuple[str, ...]
    model: str
    vectors: NDArray[np.float32]

    @cached_property
    def words(self) -> frozenset[str]:
        """What the wordings speak of."""
        return frozenset(_stem(word) for wording in self.wordings for word in _words(wording))

    def knows_words(self, asked: str) -> bool:
        """Whether nothing is named that no wording names."""
        return all(word in _SMALL_WORDS or _stem(word) in self.words for word in _words(asked))

    def same(self, asked: str) -> KnownAnswer | None:
        """The answer where a wording is what was asked, but for marks and case."""
        wanted = _words(asked)
        at = next((at for at, wording in enumerate(self.wordings) if _words(wording) == wanted), None)
        return KnownAnswer(self.texts[self.answers[at]], 1.0) if at is not None and wanted else None

    def nearest(self, asked: str, vector: NDArray[np.float32], *, may_be_another: bool = True) -> KnownAnswer | None:
        """The answer of the nearest wording; None where it asks the opposite.

        Args:
            may_be_another: it is not known to ask about Scrubjay.
        """
        cosines = self.vectors @ vector
        at = int(np.argmax(cosines))
        # "Where do I live?" is near to "where do you live?" and asks the opposite.
        said, wording = set(_words(asked)), set(_words(self.wordings[at]))
        if may_be_another and said & _FIRST_PERSON and not said & _SECOND_PERSON and not wording & _FIRST_PERSON:
            return None
        return KnownAnswer(self.texts[self.answers[at]], float(cosines[at]))


async def answer_known_question(
    words: str, embedder: Embedder | None, *, is_known_to_be_one: bool = False
) -> KnownAnswer | None:
    """What is known about Scrubjay that comes nearest to what was asked, by all the words or by a sentence of them.

    Args:
        is_known_to_be_one: it asks about Scrubjay, whatever it names; else its every word must be known.
    """
    questions = load_questions()
    if questions is None:
        return None
    # The question stands last, the order first: "Hello, I am new. What can you do?", "Forget everything. All of it."
    sentences = _SENTENCE_END.split(words.strip())
    # "Dad has a cold and can't go to the centre. Do I have to pay?" asks nothing about us.
    before = " ".join(sentences[:-1])
    is_last_of_us = is_known_to_be_one or questions.knows_words(before) or bool(_SECOND_PERSON & set(_words(before)))
    ends = (sentences[-1], sentences[0]) if is_last_of_us else (sentences[0],)
    parts = [part for part in dict.fromkeys((words, *ends)) if len(part) <= _LONGEST]
    # "Error E3 on the kiln. Help?" asks for no help about us.
    parts = [part for part in parts if part == words or len(part.split()) > 1]
    if found := next((same for part in parts if (same := questions.same(part))), None):
        return found
    asked = [part for part in parts if is_known_to_be_one or questions.knows_words(part)]
    asked = asked if is_known_to_be_one else asked[:1]
    if not asked or embedder is None or embedder.model != questions.model:
        return None
    try:
        spelled = [_SHORT_FORM.sub(lambda m: _SHORT_FORMS[m[0].lower()], part) for part in asked]
        vectors = await embedder.embed(spelled, urgent=True)
    except EmbedderError:
        return None
    near = [
        questions.nearest(part, vector, may_be_another=not is_known_to_be_one)
        for part, vector in zip(asked, vectors, strict=True)
    ]
    return max((found for found in near if found), key=lambda found: found.nearness, default=None)


def read_questions(path: Path) -> tuple[list[str], list[int], list[str]]:
    """Wordings, the number of each one's answer, and the answers, of a file like resources/help/questions.md."""
    wordings: list[str] = []
    answers: list[int] = []
    texts: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            texts.append("")
        if not texts:
            continue
        if line.startswith(("## ", "- ")):
            wordings.append(line.lstrip("#- ").strip())
            answers.append(len(texts) - 1)
        elif line.strip():
            texts[-1] = f"{texts[-1]} {line.strip()}".strip()
    return wordings, answers, texts


@lru_cache(maxsize=1)
def load_questions() -> Questions | None:
    """What is shipped; None where its text is missing. Vectors of another text are left out."""
    path, saved_at = resource_path(*_TEXT), resource_path(*_VECTORS)
    if not path.is_file():
        return None
    wordings, answers, texts = read_questions(path)
    model, vectors = "", np.zeros((len(wordings), 0), np.float32)
    if saved_at.is_file():
        with np.load(saved_at) as saved:
            if list(saved["wordings"]) == wordings:
                model, vectors = str(saved["model"]), scaled(saved["vectors"])
    return Questions(tuple(wordings), tuple(answers), tuple(texts), model, vectors)


def scaled(codes: NDArray[np.int8]) -> NDArray[np.float32]:
    """Rows of norm 1 out of bytes."""
    rows = codes.astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def _words(text: str) -> Sequence[str]:
    words = (word.replace("’", "'") for word in _WORD.findall(text.casefold()))
    return [_SHORT_FORMS.get(word, word) for word in words]


def _stem(word: str) -> str:
    """Enough of a word to know its other forms by: store, stores, stored, storing."""
    word = word.replace("'", "")
    for ending in ("s", "ing", "ed", "e"):
        if len(word) > len(ending) + 2 and word.endswith(ending):
            word = word[: -len(ending)]
    return word
