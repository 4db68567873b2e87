"""The places that come nearest to what is asked, said to be no answer, and how a place is quoted."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from engine.agent.guide.answer.told_before import FOUND_NEAR
from engine.agent.run import Outcome, Run
from engine.events import Citation
from engine.search.query import SentenceHit
from engine.search.sentences import items_of, split_sentences
from engine.security.taint import document_label, join
from engine.tools.quoting import cite, place_of, quoted

__all__ = ["HALF_THE_WORDS", "point_to_nearest", "quote", "says_it"]

_NEAREST = f"{FOUND_NEAR} that surely answers this. The nearest places are:"
_NEAREST_ONE = f"{FOUND_NEAR} that surely answers this. The nearest place is:"
_NEAREST_BEHIND, _NEAREST_ONE_BEHIND = "The nearest places are:", "The nearest place is:"
_PLACES_ASKED, _PLACE_ASKED = "These places speak of it:", "This place speaks of it:"
# So many places are named, and this near in meaning must one be that has no word of the question.
_PLACES = 3
_NEAREST_COSINE = 0.3
# Of the score of the best: from where on another place is named, and from where on a place's second sentence is shown
# beside its first. Over 595 questions the right sentence is shown for 83 %, in 350 characters; three places with one
# sentence each show it for 77 %, in 380.
_OF_THE_BEST, _OF_THE_FIRST = 0.05, 0.1
# Only what may lead somewhere is named at all: of 872 questions over 30 documents 79 % of the answerable are shown
# their right sentence, and 56 % of those without an answer a place; with any place named 84 and 97 %.
_WORTH_NAMING = 0.1
# What only just does has to be near in meaning, too: the first line of a novel is not that of a lesson file.
_SURELY_WORTH = 0.2
# "Allergic to shellfish: Jonas." is no sentence to the reader: words and meaning together say what it is worth. In four
# sets of first prompts all three that it had below `_WORTH_NAMING` answered.
_SAYS_IT = 1.0
# Who asks where something stands is shown what has half of its words, whatever that answers.
HALF_THE_WORDS = 0.5


def point_to_nearest(
    run: Run,
    ranked: Sequence[SentenceHit],
    *,
    is_asked: bool = False,
    trusts_reader: bool = False,
    is_behind: bool = False,
) -> Outcome | None:
    """Where to look oneself: the best sentence of each of the nearest passages, said to be no sure answer.

    Args:
        is_asked: a place is what was asked for, so this is the answer.
        trusts_reader: name what a reader put first although it shares no word with the question. Not for what
            somebody once told us: asked for a sister's birthday, any document has a nearest place.
        is_behind: a memory was named before it.
    """
    if not ranked or not (_is_worth_naming(ranked[0]) or (is_asked and ranked[0].why["words"] >= HALF_THE_WORDS)):
        return None
    places: dict[object, list[SentenceHit]] = {}
    for sentence in ranked:
        is_readers = trusts_reader and sentence is ranked[0] and "order" in sentence.why
        if sentence.score >= _OF_THE_BEST * ranked[0].score and (is_readers or _is_near(sentence)):
            hit = sentence.hit
            place = (hit.id, hit.heading) if hit.page is None else (hit.path, hit.page)
            places.setdefault(place, []).append(sentence)
    if not places:
        return None
    lines, citations = list[str](), list[Citation]()
    for sentences in places.values():
        # Two passages of a section share sentences: what one place shows is not shown again with another.
        shown = {(c.path, c.text[s.start : s.end]) for c in citations for s in split_sentences(c.text)}
        new = [s for s in sentences if (s.hit.path, s.text) not in shown]
        if new and len(lines) < _PLACES:
            line, cited = _quote_place(run, [_alone_beside(s, shown) for s in new])
            lines.append(line)
            citations += cited
    one, several = (_PLACE_ASKED, _PLACES_ASKED) if is_asked else (_NEAREST_ONE, _NEAREST)
    if is_behind:
        one, several = _NEAREST_ONE_BEHIND, _NEAREST_BEHIND
    frame = several if len(lines) > 1 else one
    return Outcome("\n".join([frame, *lines]), "answered" if is_asked else "uncertain", tuple(citations))


def _alone_beside(s: SentenceHit, shown: Collection[tuple[str, str]]) -> SentenceHit:
    """Without its neighbour where that is shown already."""
    text = s.hit.text[slice(*s.quote)]
    repeats = any((s.hit.path, text[part.start : part.end]) in shown for part in split_sentences(text))
    return replace(s, quote=(s.start, s.end)) if repeats else s


def _quote_place(run: Run, ranked: Sequence[SentenceHit]) -> tuple[str, list[Citation]]:
    """What stands at one place: the best sentence, then the next that is not shown with it."""
    first, place = ranked[0], place_of(ranked[0].hit)
    shown = [first]
    for other in ranked[1:]:
        is_apart = other.hit.id == first.hit.id and not first.quote[0] <= other.start < first.quote[1]
        if is_apart and place_of(other.hit) == place:
            if other.score >= _OF_THE_FIRST * first.score:
                shown.append(replace(other, quote=(other.start, other.end)))
            break
    # What follows one another is one quote.
    start, end = min(s.quote[0] for s in shown), max(s.quote[1] for s in shown)
    if (
        not first.hit.text[start:end].strip().count("\n")
        and sum(s.quote[1] - s.quote[0] for s in shown) >= end - start - 2
    ):
        shown = [replace(first, quote=(start, end))]
    lines, citations = quote(run, shown)
    return " … ".join([lines[0], *(line.removeprefix(f"{place}: ") for line in lines[1:])]), citations


def _is_worth_naming(best: SentenceHit) -> bool:
    """Whether it is likely enough to lead somewhere; a list of places that have nothing to do with it annoys."""
    if "order" not in best.why:  # no reader has looked
        return best.is_near
    return (
        says_it(best)
        or best.score >= _SURELY_WORTH
        or (best.score >= _WORTH_NAMING and best.why["meaning"] >= _NEAREST_COSINE)
    )


def says_it(best: SentenceHit) -> bool:
    """Whether it has the words and the meaning of what is asked, whatever the reader makes of it."""
    return best.why["words"] + best.why["meaning"] >= _SAYS_IT


def _is_near(sentence: SentenceHit) -> bool:
    """Whether it speaks of what was asked at all, by a word or by its meaning."""
    return sentence.why["words"] > 0 or sentence.why["meaning"] >= _NEAREST_COSINE


def quote(run: Run, found: Sequence[SentenceHit]) -> tuple[list[str], list[Citation]]:
    """`lease.pdf, page 4: "The notice period is …"`: one sentence, or two that belong together."""
    run.labels |= join(*(s.hit.labels or (document_label(s.hit.group),) for s in found))
    texts = [s.hit.text[slice(*s.quote)] for s in found]
    citations = [run.book.add(cite(s.hit, text)) for s, text in zip(found, texts, strict=True)]
    # Two items of a list are two quotes.
    shown = [" … ".join(map(quoted, items_of(text))) for text in texts]
    return [f"{place_of(s.hit)}: {text}" for s, text in zip(found, shown, strict=True)], citations
