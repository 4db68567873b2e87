"""The reader: how well each sentence of a passage answers a question, read together with it; in the worker.

An embedding compares two texts that never met. The reader lets them meet: the lower half of the embedding
model reads question and passage apart, as it does for their vectors, and three layers of its own
(resources/models/reader, learned by packaging/reader_model) read both together, so that "who pays?" finds
"at the tenant's expense" in the right paragraph. Its logits compare sentences of one question, across
passages; how sure one may be is for `judgement` to say.

A passage is read in windows of at most WINDOW tokens that begin with the name of its file and its heading,
which often say what "it" is. Both have to be made here exactly as they were in training.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from engine.search.tapped import TappedCard

if TYPE_CHECKING:
    from engine.search.embedding_onnx import OnnxModel

Floats = npt.NDArray[np.float32]
TokensOf = Callable[[Sequence[str]], list[list[int]]]

WINDOW, QUESTION, SENTENCE, HEAD, NAME, TAIL = 224, 40, 80, 24, 10, 24
# Of a run, padding included. Larger runs are no faster (10 passages: 0.75 s of processor time at 512, 0.78 at 1,024,
# 0.83 at 2,048) and take more memory (65, 90 and 155 MB).
N_TOKENS = 512
# Ids of BERT's marks.
CLS, SEP, _UNKNOWN = 101, 102, 100


@dataclass(frozen=True, slots=True)
class Window:
    """Tokens of a part of a passage, and where its sentences are among them."""

    passage: int
    tokens: list[int]
    sentences: list[tuple[int, int, int]]


class Reader:
    """Reads passages with the embedding model's lower half and three layers of its own.

    Args:
        model: the embedding model, with its tap open.

    Raises:
        EmbedderError: the file is damaged.
    """

    def __init__(self, card: TappedCard, model: OnnxModel, create_session: Callable[[bytes], Any]) -> None:
        self._model = model
        self._session = create_session(card.read_checked())

    def read(
        self, question: str, passages: Sequence[dict[str, Any]], between: Callable[[], bool] = lambda: True
    ) -> list[list[float]]:
        """Logits of the sentences of each passage.

        Args:
            passages: of `name` (a file's name), `heading` and `sentences`.
            between: called before each batch; False stops, and what was not read stays at -inf.
        """
        tokens = [*self._model.bare_tokens([question])[0][:QUESTION]]
        asked = self._model.run_lower([[CLS, *tokens, SEP]])[0][0]
        windows = [w for number, p in enumerate(passages) for w in windows_of(number, p, self._model.bare_tokens)]
        logits = [[-np.inf] * len(p["sentences"]) for p in passages]
        for batch in _batches(windows, len(asked)):
            if not between():
                break
            for window, found in zip(batch, self._run(asked, batch), strict=True):
                for (number, _, _), value in zip(window.sentences, found, strict=False):
                    logits[window.passage][number] = float(value)
        return logits

    def _run(self, asked: Floats, batch: Sequence[Window]) -> Floats:
        """(batch, most sentences) logits."""
        hidden, mask = self._model.run_lower([w.tokens for w in batch])
        n_asked, shape = len(asked), (len(batch), len(asked) + hidden.shape[1])
        joint = np.concatenate([np.broadcast_to(asked, (len(batch), *asked.shape)), hidden], axis=1)
        sentences = np.zeros((len(batch), max(len(w.sentences) for w in batch), shape[1]), np.float32)
        for row, window in enumerate(batch):
            for at, (_, start, end) in enumerate(window.sentences):
                sentences[row, at, n_asked + start : n_asked + end] = 1 / (end - start)
        question = np.zeros((len(batch), 1, shape[1]), np.float32)
        question[:, :, :n_asked] = 1 / n_asked
        feed = {
            "hidden": joint,
            "mask": np.concatenate([np.ones((len(batch), n_asked), np.int32), mask.astype(np.int32)], axis=1),
            "segments": np.broadcast_to((np.arange(shape[1]) >= n_asked).astype(np.int64), shape),
            "question": question,
            "sentences": sentences,
        }
        logits: Floats = self._session.run(["logits"], feed)[0]
        return logits


def windows_of(number: int, passage: dict[str, Any], tokens_of: TokensOf) -> Iterator[Window]:
    """The windows of a passage.

    Args:
        number: of the passage among those that are read.
        tokens_of: tokens of texts without the marks at both ends.
    """
    *sentences, name, heading = tokens_of([*passage["sentences"], *head_texts(passage["name"], passage["heading"])])
    sentences = [s[:SENTENCE] or [_UNKNOWN] for s in sentences]
    head = [CLS, *name[:NAME], *heading[: HEAD - NAME], SEP]
    for first, end in plan_windows([len(s) for s in sentences]):
        tokens = [*head, *(sentences[first - 1][-TAIL:] if first else [])]
        places = []
        for i in range(first, end):
            places.append((i, len(tokens), len(tokens) + len(sentences[i])))
            tokens += sentences[i]
        yield Window(number, [*tokens, SEP], places)


def head_texts(name: str, heading: str) -> tuple[str, str]:
    """The words of a file's name and its last heading, as a window begins with them."""
    stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", PurePath(name.replace("\\", "/")).name)
    return " ".join(re.findall(r"[^\W_]+", stem)), ": " + heading.split(" › ")[-1].strip()


def plan_windows(lengths: Sequence[int]) -> Iterator[tuple[int, int]]:
    """First and end of the sentences of each window: as few windows as fit, about equally full."""
    room = WINDOW - HEAD - 3 - TAIL
    total = sum(lengths)
    target = total / max(1, -(-total // room))
    first, filled = 0, 0
    for i, length in enumerate(lengths):
        if i > first and (filled + length > room or filled + length / 2 > target):
            yield first, i
            first, filled = i, 0
        filled += length
    if lengths:
        yield first, len(lengths)


def _batches(windows: Sequence[Window], n_asked: int) -> Iterator[list[Window]]:
    """Windows of similar lengths, at most N_TOKENS with padding; the longest first."""
    batch: list[Window] = []
    for window in sorted(windows, key=lambda w: -len(w.tokens)):
        if batch and (len(batch[0].tokens) + n_asked) * (len(batch) + 1) > N_TOKENS:
            yield batch
            batch = []
        batch.append(window)
    if batch:
        yield batch
