"""What somebody asks to be forgotten: which memory is meant, what is answered, and how it is taken back."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.agent.guide.answer.keeping import NOTHING_TO_KEEP
from engine.agent.guide.answer.recall import known_of, recall
from engine.agent.guide.answer.told_before import WILL_REMEMBER, named_so, said_before, told_alone
from engine.agent.guide.understand.grammar import ABOUT, GuideChoice
from engine.agent.guide.understand.meaning import is_a_question
from engine.agent.run import Outcome, Run
from engine.errors import UsageError
from engine.memory.entry import MemoryEntry
from engine.memory.persons import is_about_another
from engine.search.terms import FUNCTION_WORDS, words_of
from engine.tools.builtin.forget import create_forgetting_id
from engine.tools.builtin.remember import create_memory_id
from engine.tools.quoting import quoted_memory
from engine.tools.tool import ToolResult

__all__ = ["forget", "go_on_forgetting"]

_MEMORY_OFF_FORGET = "Memory is switched off, so I did not look what to forget."
_NOTHING_TO_FORGET = "I found nothing like this in what I remember, so I forgot nothing."
_WHICH_TO_FORGET = "More than one memory fits, so I forgot none. Name one of them:"
_NONE_TO_FORGET = "No memory surely fits, so I forgot none. The nearest are:"
_FORGOTTEN = "I have forgotten: {said}{stop} It can be taken back for 30 days."
_FORGOTTEN_QUIETLY = "I have forgotten what you meant. It can be taken back for 30 days."
# Who says so does not want to read it once more.
_OVERLOOKED = re.compile(
    r"\bover my shoulder\b|\b(?:some(?:one|body)|any(?:one|body)|everyone|he|she|they|the kids?|(?-i:[A-Z])\w+)"
    r" (?:else )?(?:(?:can|might|may|could|will) )?(?:uses?|reads?|sees?|looks? at|is (?:reading|looking|watching))"
    r"(?: (?:this|it|my (?:chat|screen|computer|laptop)|the (?:chat|screen|computer|laptop))\b|\W*$)",
    re.IGNORECASE,
)
_KEPT_REST = re.compile(r"^I still remember: (?P<said>.+)$", re.MULTILINE)
_SENTENCE_END = re.compile(r"(?<=[.!?]) ")
_KEEPS = "I still remember: {rest}"
_HAVE_FORGOTTEN = _FORGOTTEN.split("{", 1)[0]
_TAKEN_BACK = "Taken back. I remember again: {said}"
_TAKEN_BACK_QUIETLY = "Taken back. I remember it again."
_TOO_LONG_AGO = (
    "Too much was changed since for a word to take it back; the trash in the Memory panel has it for 30 days."
)
# So many changes of memories are looked through for the one to take back.
_LOOKED_BACK = 1000
_TAKES_BACK = re.compile(
    r"\W*(?:(?:please|no|oh|oops|wait|sorry|actually|ok|hang on)\b[\s,!.]*){0,3}"
    r"(?:take (?:it|that|this) back|undo(?: (?:it|that|this))?|(?:bring|get|put) (?:it|that) back|restore (?:it|that)"
    r"|un-?forget (?:it|that))(?: please| again| then| now)?[\s.!]*",
    re.IGNORECASE,
)
# "Yes, that one", "the second one", "the old one": which of those that were named.
# "Forget all of it" behind what we told of somebody.
_ALL_OF_IT = re.compile(
    r"\W*(?:(?:please|ok(?:ay)?|then|now|and|can you|you can)\b[\s,]*){0,3}(?:forget|delete|erase|drop)"
    r" (?:all of (?:it|that|them|those)"
    r"|all that|it all|(?:both|all three) of (?:them|those)|them all|all those)(?: please| again)?[\s.!]*",
    re.IGNORECASE,
)
_TOLD = re.compile(r"^(?:You told me on|I remember from) [^\"“]*: (?P<said>[\"“].+)$", re.MULTILINE)
_PICKS = re.compile(
    r"\W*(?:(?:yes|yeah|yep|ok|please)\b[\s,]*){0,3}(?:(?:forget|delete|remove)\s+)?"
    r"(?P<which>(?:that|this) one|(?:the )?(?:first|second|third|fourth|last|old|older|oldest|new|newer|newest)"
    r"(?: one)?|both|all(?: of them| three)?|(?<=yes)|(?<=yes ))(?: please)?[\s.!]*",
    re.IGNORECASE,
)
_DECLINES = re.compile(
    r"\W*(?:(?:ok|oh|ah|no|well|sorry)\b[\s,.!]*){0,3}(?:forget it|never ?mind|none(?: of (?:them|these|those))?"
    r"|nothing|leave (?:it|them|that)|no|don['’]?t)?[\s.!]*",
    re.IGNORECASE,
)
_FORGOT_NOTHING = "I forgot nothing."
# Words that tell or ask name no memory, nor do those that want it kept.
_SAYS_MORE = re.compile(
    r"\b(?:is|are|was|were|has|have|had|do|does|did|will|can|not|never|keep|but|except|what|who|where|when|which|how|why)\b"
    r"|['’](?:s|t|re|ve|ll)\b|\?",
    re.IGNORECASE,
)
_LONGEST_PICK = 5
_PLACES = ("first", "second", "third", "fourth")
_QUOTED = re.compile(r"^- (?P<said>.+)$", re.MULTILINE)
_SAYS_LITTLE = re.compile(r"called|named?|code|number|new|my|our")
_STILL = "I still remember, told of the same:"
_IS_NEW = re.compile(r"\b(?:new|now|changed|changes|instead|not any ?more|since)\b|\bnot \d", re.IGNORECASE)
_WHAT_TO_FORGET = "Write behind it what I should forget, for example: forget that the bins go out on Tuesday."
_LAST_THING = re.compile(
    r"\bforget (?:about )?(?:the |that |my )?(?:last|latest|newest) (?:thing|memory|one|note|fact|bit)\b"
    r"|\bforget what i (?:just|last) (?:said|told you|wrote)\b",
    re.IGNORECASE,
)
_THAT = re.compile(
    r"(?:(?:please|pls|ok|okay|no|actually|sorry)\b[\s,]*){0,3}forget (?:that|this)(?: again| please| pls)?[\s.!]*",
    re.IGNORECASE,
)
_FORGET = re.compile(
    r"^(?:(?:please|pls|can you|could you|now|and|also|ok)\b[\s,]*){0,4}"
    r"(?:forget|(?:don['’]?t|do not|stop|no longer|never again) (?:remember|keep|store)(?:ing)?)\b\s*"
    r"|\s+(?:any ?more|any longer)\b[\s.!?]*$",
    re.IGNORECASE,
)
_TOPIC = re.compile(r"\b(?:about|of|on) (?P<topic>.{2,60}?)(?:,? (?:please|pls|thanks))?[\s.!]*$", re.IGNORECASE)
# "Everything about Emil": a name, by which each is known; of "my job" there is too much that only touches it.
_EVERYTHING_OF = re.compile(
    r"\W*(?:(?:please|pls|can you|could you|would you|will you|i want you to|ok|okay|now|and|also|just|hey|hi)\b"
    r"[\s,!.]*){0,4}"
    r"(?:forget|delete|erase|remove|drop|scrap|wipe|clear|discard)\s+(?:absolutely )?(?:everything|all|anything)"
    r"(?: (?:that )?(?:you know|you remember|i (?:ever )?(?:told|said to) you|i (?:ever )?said))?"
    r" (?:about|of|on) (?P<name>(?-i:[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*))(?:,? (?:please|pls|thanks))?[\s.!]*",
    re.IGNORECASE,
)
# Memories of a topic that are named to who wants it forgotten.
_NAMED = 5
_FIRST_PART = re.compile(r"(.{8,}?)(?:[,;.:–]\s|\s(?:because|since|but|as|-)\s)")
# Behind what says why: "she brought the ladle back, so you can forget that".
_FORGET_THAT = re.compile(
    r"\w{2,}[,.;!–-]? (?:(?:so|and|you can|you may|please|now|just)[\s,]+){0,4}"
    r"(?:forget|strike|drop|delete|scratch|remove) (?:that|this|it)"
    r"(?: (?:now|again|then|please|one|debt|loan|bill|reminder|appointment))*[\s.!]*$",
    re.IGNORECASE,
)
# Words that name a memory which is to go, weekdays and months apart.
_SHARED = 2
# One is enough of a debt that was paid.
_SETTLED = re.compile(r"\b(?:paid|repaid|settled)\b", re.IGNORECASE)
_OWED = re.compile(r"\b(?:owes?|owed|owing|lent|borrowed|debt)\b", re.IGNORECASE)
_DAY = re.compile(
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?|\d+|january|february|march|april|may|june|july|august"
    r"|september|october|november|december"
)
_NEGLIGIBLE = re.compile(r"^(?:that|please|to|,|:)\s+", re.IGNORECASE)


async def forget(run: Run, choice: GuideChoice) -> Outcome:
    """Throw a memory away where it is sure which one is meant, and say what was forgotten."""
    if not run.use_memory:
        return Outcome(_MEMORY_OFF_FORGET, "not_found")
    text = choice.arguments.get("text") or choice.arguments[ABOUT]
    if _means_the_last(run) and (last := await _last_kept(run)):
        return await _throw_away(run, last)
    if _THAT.fullmatch(run.words.strip()) and (told := await told_alone(run)):
        return await _throw_away(run, told)
    if every := _EVERYTHING_OF.fullmatch(run.words):
        name = re.compile(rf"\b{re.escape(every['name'])}\b")
        known = await known_of(run, every["name"], even_superseded=True)
        if entries := [e for e in known if name.search(e.text)]:
            return await _throw_away(run, *entries)
    text = _NEGLIGIBLE.sub("", _FORGET.sub("", text)).strip() or text
    if not set(words_of(text)) - NOTHING_TO_KEEP:
        return Outcome(_WHAT_TO_FORGET, "not_found")
    if part := await _forget_part(run, text):
        return part
    result = await run.call("forget", {"text": text})
    # "forget that I live near Ghent, I moved to Bruges": what follows is why, and no memory has it.
    if not result.ok and (first := _FIRST_PART.match(text)):
        result = await run.call("forget", {"text": first[1]})
    if result.ok:
        gone = result.data["forgotten"]
        if _OVERLOOKED.search(run.words):
            return Outcome(_FORGOTTEN_QUIETLY)
        beside = await _still_remembered(run, gone[0]) if len(gone) == 1 else []
        return Outcome("\n".join([_have_forgotten(gone), *beside]))
    nearest = result.data.get("nearest", [])
    if not nearest and (topic := _TOPIC.search(run.words)):
        nearest = [entry.text for entry in (await known_of(run, topic["topic"]))[:_NAMED]]
    if not nearest:
        # "My medication" has no word of "I take 5 mg of ramipril".
        about = first[1] if (first := _FIRST_PART.match(text)) else text
        recalled = await recall(run, about, about)
        nearest = [c.text for c in recalled.citations] or [entry.text for entry in recalled.near]
    if not nearest:
        return Outcome(_NOTHING_TO_FORGET, "not_found")
    # "Hyacinth brought the ladle back, so you can forget that" names it by what it is about.
    if len(nearest) == 1 and _FORGET_THAT.search(run.words) and (meant := await _named_in(run, str(nearest[0]))):
        return await _throw_away(run, meant)
    named = [f"- {quoted_memory(text)}" for text in nearest]
    sentence = _WHICH_TO_FORGET if result.data.get("several") else _NONE_TO_FORGET
    return Outcome("\n".join([sentence, *named]), "uncertain")


async def _forget_part(run: Run, text: str) -> Outcome | None:
    """Forget one sentence of a memory of several, where that alone is meant: "forget where Tomas lives"."""
    said = set(words_of(text)) - FUNCTION_WORDS - NOTHING_TO_KEEP
    found: list[tuple[MemoryEntry, str]] = []
    for entry in {e.id: e for word in said for e in await known_of(run, word)}.values():
        first, *others = _SENTENCE_END.split(entry.text)
        told = [(part, {_stem(word) for word in words_of(part)}) for part in (first, *others)]
        only = [[part for part, words in told if _stem(word) in words] for word in said]
        named = {parts[0] for parts in only if len(parts) == 1 and parts[0] != first}
        if len(named) == 1 and all(only):
            found.append((entry, named.pop()))
    if len(found) != 1:
        return None
    entry, part = found[0]
    run.start_step("forget", {"text": part})
    rest = " ".join(entry.text.replace(part, "", 1).split())
    await run.services.memory.edit(entry.id, text=rest)
    run.end_step("forget", {"text": part}, ToolResult(f"Forgotten: {part!r}."))
    return Outcome(f"{_have_forgotten([part])}\n{_KEEPS.format(rest=quoted_memory(rest))}")


def _stem(word: str) -> str:
    """ "lives" and "live"."""
    return re.sub(r"(?:['’]s|es|s|ed|ing|e)$", "", word)


async def go_on_forgetting(run: Run) -> Outcome | None:
    """What follows our word of forgetting: it is taken back, or one of the memories that we named is meant."""
    before = said_before(run)
    if before.startswith((_HAVE_FORGOTTEN, _FORGOTTEN_QUIETLY)) and _TAKES_BACK.fullmatch(run.words.strip()):
        return await _take_back(run, before)
    if _ALL_OF_IT.fullmatch(run.words.strip()):
        told = [entry for said in _TOLD.findall(before) for entry in await named_so(run, said)]
        return await _throw_away(run, *told) if told else None
    if not before.startswith((_WHICH_TO_FORGET, _NONE_TO_FORGET)):
        return None
    if _DECLINES.fullmatch(run.words.strip()):
        return Outcome(_FORGOT_NOTHING)
    named = _QUOTED.findall(before)
    entries = [entry for said in named for entry in await named_so(run, said)]
    meant = _meant_of(run.words, entries)
    return await _throw_away(run, *meant) if meant else None


async def _take_back(run: Run, before: str) -> Outcome:
    """Undo the forgetting of the turn before, and no other change, whatever else was done since."""
    turn = next(turn for turn in reversed(run.earlier) if turn.role == "assistant")
    changes = await run.services.memory.changes(_LOOKED_BACK)
    change = next((c for c in changes if c.id == create_forgetting_id(turn.id, c.ids)), None)
    if rest := _KEPT_REST.search(before):
        # One sentence went; the memory of the others was changed last by that.
        ids = {entry.id for entry in await named_so(run, rest["said"])}
        change = next((c for c in changes if c.action == "edited" and ids & set(c.ids)), None)
    if change is None:
        return Outcome(_TOO_LONG_AGO, "not_found")
    try:
        await run.services.memory.undo(change.id, undo_id=create_memory_id(run.request.turn_id, "undo"))
    except UsageError as exc:
        return Outcome(str(exc), "not_found")
    if before.startswith(_FORGOTTEN_QUIETLY):
        return Outcome(_TAKEN_BACK_QUIETLY)
    said = before.removeprefix(_HAVE_FORGOTTEN).split("\n")[0].removesuffix(_FORGOTTEN.rsplit("}", 1)[1])
    return Outcome(_TAKEN_BACK.format(said=said))


def _meant_of(words: str, entries: Sequence[MemoryEntry]) -> list[MemoryEntry]:
    """Which of the memories that were named is meant, in their order; none where that is not clear."""
    if found := _PICKS.fullmatch(words.strip()):
        which = found["which"].casefold().removeprefix("the ").split(" ")[0]
        by_age = sorted(entries, key=lambda entry: entry.created_ms)
        if which in ("both", "all"):
            return list(entries)
        if which in _PLACES:
            return list(entries[_PLACES.index(which) :][:1])
        if which.startswith(("old", "new")):
            return by_age[:1] if which.startswith("old") else by_age[-1:]
        return list(entries[-1:]) if which == "last" else list(entries) if len(entries) == 1 else []
    if _SAYS_MORE.search(words) or len(words.split()) > _LONGEST_PICK or is_a_question(words):
        return []
    said = set(words_of(words)) - FUNCTION_WORDS - NOTHING_TO_KEEP
    meant = [entry for entry in entries if said and said <= set(words_of(entry.text))]
    return meant if len(meant) == 1 else []


async def _still_remembered(run: Run, gone: str) -> list[str]:
    """What was told later of the same in other words: who has the locker's number forgotten means the new one, too."""
    hits = await run.services.memory.recall(gone, _NAMED, project=run.chat.project, gated=False, touch=False)
    words = set(words_of(gone)) - FUNCTION_WORDS
    newer = [
        hit.entry.text
        for hit in hits
        if hit.entry.tier != "episodic"
        and _IS_NEW.search(hit.entry.text)
        and len({w for w in words & set(words_of(hit.entry.text)) if not _SAYS_LITTLE.fullmatch(w)}) >= _SHARED
        and (any(c.isdigit() for c in gone) == any(c.isdigit() for c in hit.entry.text))
        and not is_about_another(gone, hit.entry.text)
    ]
    return [f"{_STILL} {quoted_memory(text)}" for text in newer[:1]]


async def _named_in(run: Run, text: str) -> MemoryEntry | None:
    """The memory of a text, where the words share two of its words with it and tell of nobody else."""
    said = set(words_of(run.words)) - FUNCTION_WORDS - NOTHING_TO_KEEP
    shared = {word for word in said & set(words_of(text)) if not _DAY.fullmatch(word)}
    least = 1 if _SETTLED.search(run.words) and _OWED.search(text) else _SHARED
    if len(shared) < least or is_a_question(run.words) or is_about_another(run.words, text):
        return None
    entries = [entry for word in shared for entry in await known_of(run, word)]
    return next((entry for entry in entries if entry.text == text), None)


def _means_the_last(run: Run) -> bool:
    """Whether they mean what was told last; "forget that" does right behind our word that it was kept."""
    said = said_before(run)
    is_that = _THAT.fullmatch(run.words.strip()) is not None and WILL_REMEMBER in said
    return is_that or _LAST_THING.search(run.words) is not None


async def _last_kept(run: Run) -> MemoryEntry | None:
    """What was remembered on purpose last."""
    for tier in ("semantic", "long_term"):
        for entry in await run.services.memory.list(tier=tier, trust="trusted", sort="created", limit=1):
            return entry
    return None


async def _throw_away(run: Run, *entries: MemoryEntry) -> Outcome:
    """Without the tool, which takes the person's own words only: they meant these and did not say their words."""
    texts = [entry.text for entry in entries]
    run.start_step("forget", {"text": "; ".join(texts)})
    ids = [entry.id for entry in entries]
    await run.services.memory.trash(ids, change_id=create_forgetting_id(run.request.turn_id, ids))
    run.labels |= frozenset(label for entry in entries for label in entry.labels)
    run.end_step("forget", {"text": "; ".join(texts)}, ToolResult(f"Forgotten: {texts!r}."))
    return Outcome(_have_forgotten(texts))


def _have_forgotten(texts: Sequence[str]) -> str:
    said = ", ".join(quoted_memory(text) for text in texts)
    return _FORGOTTEN.format(said=said, stop="" if said[-2:-1] in ".!?…" else ".")
