"""The chooser: what a request asks for and which of its words say what about; in the worker.

The guide has seen few words of the language, the embedding model very many. The chooser is the embedding model with
narrow corrections to its upper three layers (resources/models/chooser, learned by
packaging/guide_model/chooser_train.py): one logit per choice, and for each token how likely the argument begins and
ends there. Two more say the same of what an earlier turn is referred to by. And one logit per mood, read out of the
embedding of what was written, says whether it is somebody in need who writes.

A request is the person's words, then their earlier ones, each behind a mark. It has to be made here exactly as it
was in training.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

# Tokens of the words that are read: the first and the last of them; and of each earlier turn.
HEAD, TAIL, EARLIER = 120, 50, 40
MOST_EARLIER = 2
# Ids of BERT's marks.
CLS, SEP = 101, 102


@dataclass(frozen=True, slots=True)
class Encoded:
    """Tokens of a request.

    Attributes:
        ids: of the words and of earlier turns, marks included.
        n_words: how many belong to the words, marks included.
        places: of each token: which text it is of (0 the words, 1 the oldest of `earlier`), and where it stands there
            in characters; (0, 0, 0) for a mark.
    """

    ids: list[int]
    n_words: int
    places: list[tuple[int, int, int]]


def read_choice(
    request: Encoded,
    choices: Sequence[str],
    moods: Sequence[str],
    logits: Floats,
    ends: Floats,
    felt: Floats | None = None,
) -> dict[str, Any]:
    """The fields of `engine.search.types.Chosen`, its pieces as tuples.

    Args:
        choices, moods: what the logits are of.
        logits: of the choices, (n_choices,).
        ends: logits of the first and last token of the argument and of what is referred to, (tokens, 4).
        felt: logits of the moods, (n_moods,); None where they were not read.
    """
    likely = _shares(logits)
    own, other = slice(0, request.n_words), slice(request.n_words, len(request.ids))
    return {
        "choices": {choices[at]: float(likely[at]) for at in np.argsort(-likely)},
        "argument": _piece(request, ends[:, 0], ends[:, 1], own),
        "about": _piece(request, ends[:, 2], ends[:, 3], other),
        "moods": {} if felt is None else dict(zip(moods, _shares(felt).tolist(), strict=True)),
    }


def _piece(request: Encoded, first: Floats, last: Floats, part: slice) -> tuple[int, int, int, float]:
    """The likeliest piece whose ends are in a part of the tokens; the first token of all stands for none."""
    at = [0, *(i for i in range(part.start, part.stop) if i)]
    starts, ends = _shares(first[at]), _shares(last[at])
    both = np.triu(np.outer(starts, ends))
    both[0, 1:] = 0.0
    i, j = np.unravel_index(int(both.argmax()), both.shape)
    (text, start, _), (other, _, end) = request.places[at[i]], request.places[at[j]]
    if not i or text != other or end <= start:
        return 0, 0, 0, float(both[i, j])
    return text, start, end, float(both[i, j])


def _shares(logits: Floats) -> Floats:
    raised = np.exp(logits - logits.max())
    return np.asarray(raised / raised.sum(), np.float32)


def encode_request(encode: Callable[[str], Any], words: str, earlier: Sequence[str]) -> Encoded:
    """The tokens of a request.

    Args:
        encode: ids and offsets of a text without marks, as the library `tokenizers` gives them.
        earlier: turns of the person before this one, oldest first; only the last few are read.
    """
    ids, places = [CLS], [(0, 0, 0)]
    first = max(0, len(earlier) - MOST_EARLIER)
    n_words = 0
    for number, text in enumerate((words, *earlier)):
        if 0 < number <= first:
            continue
        found = encode(text)
        tokens = list(zip(found.ids, found.offsets, strict=True))
        if number:
            tokens = tokens[:EARLIER]
        elif len(tokens) > HEAD + TAIL:
            tokens = tokens[:HEAD] + tokens[-TAIL:]
        ids += [token for token, _ in tokens] + [SEP]
        places += [(number, start, end) for _, (start, end) in tokens] + [(0, 0, 0)]
        n_words = n_words or len(ids)
    return Encoded(ids, n_words, places)
