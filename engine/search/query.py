"""The sentence that answers: picked from the best hits, quoted as it stands, or said not to be there.

Every sentence of the hits is a candidate. A reader (`reading`) reads it in its passage together with the
question; that and what is seen of it (`evidence`) are weighed by a model that was learned from questions
(`judgement`), so that its score is how often such a sentence was right, and a caller can tell an answer from a
place to look at. Often an answer is two sentences, of which one names the subject and the other says it: the
best sentence therefore knows the better one of its neighbours.

Without a reader, without the model's file, and for chats, which no model has seen, plain weights judge: how much of
the question the sentence covers (stemmed words, rare ones counting more), its meaning (cosine of the embeddings),
what its surroundings cover, its passage's own score, and a few marks of form.
"""

from __future__ import annotations

import asyncio
import logging
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import PurePath

import numpy as np

from engine.errors import EmbedderError
from engine.search.evidence import Candidate, bm25_share, idf_of, is_heading, is_question, signs_of
from engine.search.judgement import Floors, Judge, judge_of, order_signs
from engine.search.lexical import Stemmer
from engine.search.place_asked import place_subject
from engine.search.sentences import Span, cells_of, split_sentences, starts_an_item
from engine.search.terms import FUNCTION_WORDS, pairs_of, subject_words, words_of
from engine.search.types import Embedder, Hit, Reader, ReadPassage

__all__ = ["NOT_FOUND_BELOW", "SentenceHit", "Span", "best_sentences", "split_sentences"]

logger = logging.getLogger(__name__)

# The floor of the plain weights. On 42 answered and 40 unanswered questions over seven manuals it refuses all 40 whose
# answer is not there and keeps 39 of the 42 right sentences. It is weak where a question names the collection's own
# subject without being answered: of 16 such it refuses 9. Without an embedder it refuses 30 of the 40 and keeps 24 of
# 28. Lower than the second, a sentence is not even a place to look at.
NOT_FOUND_BELOW = 0.25
_PLAIN = Floors(found=NOT_FOUND_BELOW, near=0.06)

MAX_SENTENCES = 120
# Of a sentence that the reader had no time for.
_UNREAD = -20.0
_MAX_CHARS_EMBEDDED = 600
# Under the heading of a table of contents an entry begins with its number, mostly behind the page number of the
# entry before it, or it ends with its page number: it says where something stands and answers nothing.
_CONTENTS = re.compile(r"(?:^|› )(?:\d+\.? )?(?:table of )?contents$", re.IGNORECASE)
_ENTRY = re.compile(r"\d{1,4}(?:\.\d+)*\.? |.*[. ]\d{1,4}$", re.DOTALL)
# A neighbour belongs to the answer if it is at least this part as likely as the best to be right (of 1,272 answers a
# quarter are then shown with one, and a seventh of these are right by it alone), if it stands in the same
# paragraph with nothing but white space or a bullet between, and if both together still are a quote.
_NEIGHBOUR_SHARE = 0.05
_MAX_GAP, _MAX_PAIR = 4, 600
# Another item of the list is shown with it from here on: of 85 such answers 28 have one, and 7 of these are right by
# it alone; of the other 57 it would have been three.
_ITEM_SHARE = 0.3
_LEANING = re.compile(
    r"(?:that['’]?s|that is|that was|this is|which is) why\b|(?:therefore|hence|thus|consequently"
    r"|for (?:this|that) reason|because of (?:this|that))\b",
    re.IGNORECASE,
)
# What follows an answer so is half of it: "E7: too hot, over 95 degrees. Do not open any door."
_LIMITING = re.compile(
    r"(?:do not|don['’]?t|never|but|however|except|unless|otherwise|the first (?:time|one|offence)|only (?:if|when"
    r"|after|with)|not (?:if|when|before"
    r"|in|on|for|with))\b",
    re.IGNORECASE,
)
# Who asks what follows is not told the rule again: "The ball must not go above head height."
_WHAT_FOLLOWS = re.compile(
    r"\W*(?:(?:and|so|but|ok(?:ay)?)\b\W*)?what"
    r"(?: if\b| (?:happens|follows|(?:would|will) happen|do (?:we|i|they) (?:do|get))\b)",
    re.IGNORECASE,
)
_OF_A_RULE = frozenset({"must", "shall", "may", "allowed"})
_ENDING = re.compile(r"(?:es|s|ed|ing)$")
# And what to do instead behind what is not done: "Not done by us. Send people to Ferelith Moss."
_NOT = re.compile(r"\b(?:not|no|never|nobody|don['’]?t|cannot|can['’]?t)\b", re.IGNORECASE)
_INSTEAD = re.compile(r"(?:send|ask|try|use|call|ring|phone|go|see|contact|take|instead|please|write)\b", re.IGNORECASE)
# A row's name of one word ("Price") says too little.
_NAME_WORDS = 2
# What stands between the words of a file's name: "lease_flat-14.md".
_APART = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class SentenceHit:
    """A sentence that may answer.

    Attributes:
        hit_number: of its hit in the list that was given, from 1.
        sentence_number: within its hit, from 1.
        text: `hit.text[start:end]`.
        score: 0…1, the estimated probability that it answers; comparable between questions.
        why: the features of the score by name.
        quote: start and end in `hit.text` of what to show: the sentence, and its neighbour if that belongs to it.
        floors: of the judge that gave the score.
        is_echo: it says nothing that the question does not, like a heading that was asked about.
    """

    hit_number: int
    hit: Hit
    sentence_number: int
    text: str
    start: int
    end: int
    score: float
    why: dict[str, float] = field(default_factory=dict)
    quote: tuple[int, int] = (0, 0)
    floors: Floors = _PLAIN
    is_echo: bool = False

    @property
    def is_sure(self) -> bool:
        """Whether it may be shown as the answer."""
        return self.score >= self.floors.found and not self.is_echo

    @property
    def is_near(self) -> bool:
        """Whether it is at least a place to look at."""
        return self.score >= self.floors.near


async def best_sentences(
    question: str, hits: Sequence[Hit], embedder: Embedder | None, limit: int = 3
) -> list[SentenceHit]:
    """The sentences of the hits that best answer the question, best first.

    Who asks for a place gets those that speak of its subject, those with the most of its words first.

    Args:
        hits: best first, as a search returned them.
        embedder: None judges by words alone.

    Raises:
        EmbedderError: the embedder is gone; calling again with None works.
    """
    candidates = find_candidates(hits)
    if not candidates or limit < 1:
        return []
    subject = place_subject(question)
    question = subject or question
    wanted = await asyncio.to_thread(read_stems, question, candidates)
    if embedder is not None:
        texts = [question, *(text_to_embed(c) for c in candidates)]
        vectors = await embedder.embed(texts, urgent=True)
        for candidate, cosine in zip(candidates, np.asarray(vectors[1:] @ vectors[0]), strict=True):
            candidate.cosine = float(cosine)
    judge = judge_of({hit.kind for hit in hits}) if isinstance(embedder, Reader) else None
    if judge is not None and isinstance(embedder, Reader) and await _read(question, hits, candidates, embedder):
        found = _judged(question, wanted, candidates, judge)
    else:
        found = _ranked(question, wanted, candidates, dense=embedder is not None)
    return (_speaking_of(found, wanted, candidates) if subject else found)[:limit]


def _speaking_of(found: list[SentenceHit], wanted: Sequence[str], candidates: Sequence[Candidate]) -> list[SentenceHit]:
    """The same, with those first whose words and heading have the most of the subject."""
    n_said = {(c.hit_number, c.number): len(set(wanted) & {*c.stems, *c.heading}) for c in candidates}
    return sorted(found, key=lambda s: -n_said[s.hit_number, s.sentence_number])


async def _read(question: str, hits: Sequence[Hit], candidates: Sequence[Candidate], reader: Reader) -> bool:
    """Fill in what the reader says of each candidate; False where it cannot read."""
    passages = passages_to_read(hits, candidates)
    try:
        logits = await reader.read(question, [passages[number] for number in sorted(passages)])
    except EmbedderError as exc:
        logger.warning("sentences are judged without the reader: %s", exc)
        return False
    for candidate, logit in zip(candidates, chain.from_iterable(logits), strict=True):
        candidate.read = max(logit, _UNREAD)
    return True


def passages_to_read(hits: Sequence[Hit], candidates: Sequence[Candidate]) -> dict[int, ReadPassage]:
    """The candidates of each hit as the reader takes them, by the hit's number."""
    passages: dict[int, ReadPassage] = {}
    for c in candidates:
        hit = hits[c.hit_number - 1]
        passage = passages.setdefault(c.hit_number, {"name": hit.path, "heading": hit.heading, "sentences": []})
        passage["sentences"].append(c.text)
    return passages


def find_candidates(hits: Sequence[Hit]) -> list[Candidate]:
    """The sentences of the hits in order, as many as are looked at."""
    found: list[Candidate] = []
    for hit_number, hit in enumerate(hits, 1):
        is_list = _CONTENTS.search(hit.heading) is not None
        for number, span in enumerate(split_sentences(hit.text), 1):
            if is_list and _ENTRY.match(hit.text[span.start : span.end]):
                continue
            found.append(Candidate(hit_number, hit, number, span, hit.text[span.start : span.end]))
    return found[:MAX_SENTENCES]


def text_to_embed(c: Candidate) -> str:
    """What of a sentence is turned into a vector."""
    return c.text[:_MAX_CHARS_EMBEDDED]


def read_stems(question: str, candidates: Sequence[Candidate]) -> list[str]:
    """Fill in the stems of the candidates, their headings and their files; the stems that the question asks for."""
    stemmer = Stemmer()
    try:
        subject = " ".join([*subject_words(question), *pairs_of(question)])
        hits = {c.hit_number: c.hit for c in candidates}
        names = [_APART.sub(" ", PurePath(hit.path).stem) for hit in hits.values()]
        stems = stemmer.stems([subject, *(c.text for c in candidates), *(h.heading for h in hits.values()), *names])
    finally:
        stemmer.close()
    of_hits = stems[1 + len(candidates) :]
    by_hit = dict(zip(hits, zip(of_hits, of_hits[len(hits) :], strict=False), strict=True))
    for candidate, found in zip(candidates, stems[1:], strict=False):
        candidate.stems = found
        candidate.heading, candidate.file = by_hit[candidate.hit_number]
    return list(dict.fromkeys(stems[0]))


# --- the model -------------------------------------------------------------------------------------


def _judged(question: str, wanted: Sequence[str], candidates: Sequence[Candidate], judge: Judge) -> list[SentenceHit]:
    """The distinct sentences, best first; the best scored by how sure one may be of it, the rest below it."""
    signs = signs_of(question, wanted, candidates)
    logits = [float(x) for x in judge.logits(signs)]
    _put_named_row_first(question, candidates, logits)
    order = distinct(candidates, logits)
    best = order[0]
    neighbour = better_neighbour(candidates, logits, best)
    against = logits[neighbour] if neighbour is not None else logits[best]
    read = [candidates[i].read for i in order]
    confidence = judge.confidence(order_signs([logits[i] for i in order], read, signs[best], against))
    asks_what_follows = _WHAT_FOLLOWS.match(question) is not None
    found = []
    for i in order:
        score = confidence * _odds(logits[i]) / _odds(logits[best])
        c, beside = candidates[i], leans_on(candidates, i)
        beside = _shown_with(candidates, logits, i) if beside is None else beside
        why = {"words": float(signs[i, 0]), "meaning": c.cosine, "order": logits[i]}
        quote = joined(c, candidates[beside]) if beside is not None else (c.span.start, c.span.end)
        only_restates = asks_what_follows and _restates(question, c)
        leads_on = only_restates and _is_followed(candidates, i)
        if leads_on or is_limited(candidates, i):
            quote = (quote[0], max(quote[1], candidates[i + 1].span.end))
        is_echo = not leads_on and (only_restates or _says_nothing_new(c, wanted))
        found.append(
            SentenceHit(
                c.hit_number, c.hit, c.number, c.text, c.span.start, c.span.end, min(1.0, score), why, quote,
                judge.floors, is_echo,
            )
        )  # fmt: skip
    return found


def _put_named_row_first(question: str, candidates: Sequence[Candidate], logits: list[float]) -> None:
    """Of the rows of a table the one whose name is asked for: "Blade length | 3,345 mm", not "Blade width | 27 mm"."""
    best = max(range(len(logits)), key=lambda i: logits[i])
    asked = set(words_of(question))
    if not _is_row(candidates[best]) or _row_name(candidates[best]) <= asked:
        return
    rows = [i for i, c in enumerate(candidates) if c.hit_number == candidates[best].hit_number and _is_row(c)]
    named = [i for i in rows if len(name := _row_name(candidates[i])) >= _NAME_WORDS and name <= asked]
    if named:
        row = max(named, key=lambda i: (len(_row_name(candidates[i])), logits[i]))
        logits[best], logits[row] = logits[row], logits[best]


def _row_name(c: Candidate) -> set[str]:
    return set(words_of(cells_of(c.text)[0]))


def _is_row(c: Candidate) -> bool:
    return len(cells_of(c.text)) > 1


def _says_nothing_new(c: Candidate, wanted: Sequence[str]) -> bool:
    """Of 442 sentences that were sure enough to be shown three were like that, and all three were wrong."""
    return not set(c.stems) - set(wanted) - FUNCTION_WORDS


def _restates(question: str, c: Candidate) -> bool:
    """Whether a sentence says what is asked about and no more than that it must or must not be."""
    said, asked = (
        {_ENDING.sub("", word) for word in set(words_of(text)) - FUNCTION_WORDS - _OF_A_RULE}
        for text in (c.text, question)
    )
    return said <= asked


def _odds(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))


def distinct(candidates: Sequence[Candidate], logits: Sequence[float]) -> list[int]:
    """Numbers of the candidates, best first, each text once."""
    best: dict[str, int] = {}
    for i in sorted(range(len(candidates)), key=lambda i: -logits[i]):
        best.setdefault(" ".join(candidates[i].text.lower().split()), i)
    return list(best.values())


def leans_on(candidates: Sequence[Candidate], i: int) -> int | None:
    """The sentence before, without which this one says half: "That's why yellow stripes are usually missing"."""
    leans = i > 0 and _LEANING.match(candidates[i].text) and _belongs(candidates[i], candidates[i - 1])
    return i - 1 if leans else None


def is_limited(candidates: Sequence[Candidate], i: int) -> bool:
    """Whether the next sentence says where this one does not hold, or what not to do then."""
    if not _is_followed(candidates, i):
        return False
    text, following = candidates[i].text, candidates[i + 1].text
    return bool(_LIMITING.match(following) or (_NOT.search(text) and _INSTEAD.match(following)))


def _is_followed(candidates: Sequence[Candidate], i: int) -> bool:
    return i + 1 < len(candidates) and _belongs(candidates[i], candidates[i + 1])


def better_neighbour(candidates: Sequence[Candidate], logits: Sequence[float], i: int) -> int | None:
    """The sentence next to this one that belongs to it, the better if both do."""
    near = [j for j in (i - 1, i + 1) if 0 <= j < len(candidates) and _belongs(candidates[i], candidates[j])]
    near = [j for j in near if logits[j] - logits[i] >= math.log(_NEIGHBOUR_SHARE)]
    return max(near, key=lambda j: logits[j], default=None)


def _shown_with(candidates: Sequence[Candidate], logits: Sequence[float], i: int) -> int | None:
    """The neighbour to show with a sentence; beside a row none, and another item of a list only where it is as good."""
    beside = better_neighbour(candidates, logits, i)
    if beside is None or _is_row(candidates[i]):
        return None
    is_as_good = logits[beside] - logits[i] >= math.log(_ITEM_SHARE)
    return beside if is_as_good or not _are_items(candidates[i], candidates[beside]) else None


def _belongs(c: Candidate, other: Candidate) -> bool:
    if other.hit_number != c.hit_number or is_heading(other) or is_question(other):
        return False
    first, last = sorted((c.span, other.span), key=lambda span: span.start)
    between = c.hit.text[first.end : last.start]
    return "\n\n" not in between and len(between) <= _MAX_GAP and last.end - first.start <= _MAX_PAIR


def _are_items(c: Candidate, other: Candidate) -> bool:
    """Whether the later of two neighbours begins an item of a list, or a row, of its own."""
    first, last = sorted((c.span, other.span), key=lambda span: span.start)
    between = c.hit.text[first.end : last.start]
    return "\n" in between and (between.strip() != "" or starts_an_item(c.hit.text, last.start))


def joined(c: Candidate, other: Candidate) -> tuple[int, int]:
    """Start and end of both together."""
    return min(c.span.start, other.span.start), max(c.span.end, other.span.end)


# --- plain weights ---------------------------------------------------------------------------------

# Logistic regressions over the features below, with and without an embedder. The weights were chosen on 68 questions
# of a person over seven manuals that we did not write (42 answered by their first sentence; a fit of the weights to
# the same questions finds the same 42, and does not hold up better when tested on others); scale and bias were fitted
# to those and to 40 questions that the manuals do not answer.
_WEIGHTS = {"words": 3.2, "meaning": 5.5, "around": 1.1, "passage": 2.0, "form": 0.9, "heading": -1.4}
_BIAS = -5.95
_WEIGHTS_BY_WORDS = {"words": 2.6, "meaning": 0.0, "around": 0.8, "passage": 1.0, "form": 0.5, "heading": -0.8}
_BIAS_BY_WORDS = -2.2

_ASKS_NUMBER = re.compile(
    r"\b(how (?:much|many|long|old|far|often|large|big|high)|when|what (?:year|date|time|percentage|rate|number|price)"
    r"|default value|wie (?:viel|viele|lange|oft|hoch|alt|weit)|wann|combien|quand|cuánto|cuándo|quanto|quando)\b",
    re.IGNORECASE,
)
_HAS_NUMBER = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|once|twice|hundred|thousand|million|daily|weekly|monthly"
    r"|yearly|annually|monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b",
    re.IGNORECASE,
)
_ASKS_DEFINITION = re.compile(
    r"^\s*(?:what (?:is|are|does .* mean)|who (?:is|was)|was (?:ist|sind)|define)\b", re.IGNORECASE
)
_DEFINES = re.compile(r"\b(?:is|are|was|means|refers to|stands for|ist|sind|bedeutet)\b", re.IGNORECASE)


def _ranked(question: str, wanted: Sequence[str], candidates: Sequence[Candidate], *, dense: bool) -> list[SentenceHit]:
    idf = idf_of(wanted, candidates)
    before: list[Candidate | None] = [None, *candidates[:-1]]
    found = [
        _weighed(c, _features(question, c, previous, idf), dense=dense)
        for c, previous in zip(candidates, before, strict=True)
    ]
    best: dict[str, SentenceHit] = {}
    for sentence in sorted(found, key=lambda s: -s.score):
        best.setdefault(" ".join(sentence.text.lower().split()), sentence)
    return list(best.values())


def _features(question: str, c: Candidate, before: Candidate | None, idf: Mapping[str, float]) -> dict[str, float]:
    total = sum(idf.values()) or 1.0
    around = set(c.heading)
    if before is not None and before.hit_number == c.hit_number:
        around |= set(before.stems)
    own = set(c.stems)
    return {
        "words": bm25_share(c, idf, total),
        "meaning": max(0.0, c.cosine),
        "around": sum(weight for s, weight in idf.items() if s not in own and s in around) / total,
        "passage": c.hit.score,
        "form": _form(question, c.text),
        "heading": float(is_question(c) or _lacks_an_end(c)),
    }


def _form(question: str, text: str) -> float:
    number = _ASKS_NUMBER.search(question) is not None and _HAS_NUMBER.search(text) is not None
    definition = _ASKS_DEFINITION.search(question) is not None and _DEFINES.search(text) is not None
    return float(number) + float(definition)


def _lacks_an_end(c: Candidate) -> bool:
    return len(c.stems) < 8 and not c.text.rstrip("\"')”’」』").endswith((".", "!", "。", "！"))


def _weighed(c: Candidate, why: dict[str, float], *, dense: bool) -> SentenceHit:
    weights, bias = (_WEIGHTS, _BIAS) if dense else (_WEIGHTS_BY_WORDS, _BIAS_BY_WORDS)
    logit = bias + sum(weights[name] * value for name, value in why.items())
    quote = (c.span.start, c.span.end)
    return SentenceHit(c.hit_number, c.hit, c.number, c.text, *quote, _odds(logit), why, quote)
