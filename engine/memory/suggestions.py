"""What a model suggests to remember, and the gate that it must pass.

A model's extraction is a guess. An audit of a memory that took every guess found 97.8 % junk, most of it
copies of itself. So a suggestion

- is made of what the *person* said in a turn, and of nothing else: not of recalled memories, documents, tool
  output or the assistant's own words. The gate checks it: most of its words must be the person's;
- is one statement of reasonable length, no question, no request;
- is new: nothing remembered, suggested or refused before says the same;
- holds no secret (secrets.py);
- waits for the person, unless they chose to have it accepted; what holds foreign words waits in any case.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.errors import UsageError
from engine.memory.check import check_text, is_foreign
from engine.memory.contradiction import read_claim
from engine.memory.correction import takes_back
from engine.memory.entry import MemoryEntry, Provenance
from engine.memory.journal import MemoryChange
from engine.memory.memory import Memory
from engine.memory.secrets import find_secret
from engine.memory.shelf import State
from engine.memory.writer import Ids, each_id
from engine.search.fusion import MEANING_WEIGHT, normalised
from engine.search.terms import FUNCTION_WORDS, pairs_of, word_set, words_of
from engine.security.taint import MEMORY_DERIVED, MEMORY_USER, Labels

# Where accepted suggestions belong, and their first importance: between a turn and "remember".
SUGGESTED_TIER = "long_term"
# Tiers of lasting facts. What was said (episodic) is history and stays as it was said.
LASTING = ("semantic", "long_term")
SUGGESTED_IMPORTANCE = 0.65
_MIN_CHARACTERS, _MAX_CHARACTERS = 8, 300
# Share of a suggestion's own words that must be the person's; the rest is grammar ("The person's cat …").
_OWN_SHARE = 0.7
# Cosine from which on two memories say the same.
_SAME_COSINE = 0.9
# Words with which a model speaks of the person.
_FRAME = word_set("user user's users person person's persons human called named name has have likes said says")
_REQUEST = re.compile(
    r"^(?:(?:please|pls|hi|hey|hello|ok|okay|so|and|but|also|now|then|well|sorry|thanks|scrubjay"
    r"|can you|could you|would you)\b[\s,.!:]*){0,4}"
    r"(?:tell|show|find|give|write|explain|summari[sz]e|calculate|compute|search|look|list|translate|make|create|help"
    r"|draft|rewrite|compare|describe|count|quote|remind|let me know|any idea"
    r"|what|what['’]s|who|who['’]s|whose|when|where|where['’]s|why|how|which|is|are|am|was|were|do|does|did|can|could"
    r"|should|would|will|has"
    r"|remember|note|keep|memori[sz]e|save|store|don['’]?t forget|forget"
    # A question that is told: "I'd like to know what my rent is".
    r"|(?:my question is|i(?:['’]?d| would)? (?:like|want|need|have|wish) to (?:know|find out|ask|see|hear)"
    r"|i(?:['’]?m| am| was)? wonder(?:ing)?"
    r"|i (?:forgot|have forgotten) (?:what|who|when|where|how|which|whether|if|my|the)"
    r"|i (?:don['’]?t|do not|can['’]?t|cannot|can not) (?:know|remember|recall|find)))\b",
    re.IGNORECASE,
)
# Said to us, of us: "You sound like my old teacher".
_OF_US = re.compile(
    r"^(?:(?:well|ok|okay|so|haha|lol|honestly|sorry|wow|hey)\b[\s,.!:]*)*"
    # Not "You're speaking with Tom, and I …".
    r"(?!.*(?<!like )(?<!than )(?<!of )\b(?:i|i['’]m|my|our)\b"
    r"(?!['’]m|\s+(?:bet|guess|think|hope|wish|suppose|reckon|told|\w+ is (?:\w+ )?than)\b))"
    r"(?!your? names? |you['’]re (?:speaking|talking) )"
    r"(?:(?:i (?:bet|guess|think|hope|wish|suppose|reckon|told my \w+)(?: that)? )?"
    r"(?:(?:you|u)(?:['’](?:re|ve|d|ll)| (?:are|r|were|sound|look|seem|act|talk|type|write|never|always|really|just"
    r"|suck|can['’]?t|cannot|don['’]?t|didn['’]?t|won['’]?t|make|made|remind(?:ed)? me of|must be|would make))\b"
    r"|(?:ur|your)\b)"
    r"|(?:no ?(?:body|one)|every(?:body|one)) (?:likes|loves|hates|wants|needs|asked) (?:you|u)\b"
    r"|my \w+ is (?:\w+ )?than (?:you|u)\b(?!,? (?:think|know)))",
    re.IGNORECASE,
)
_FIRST_PERSON = re.compile(
    r"\b(?:i|i'm|i’m|i've|i’ve|my|mine|me|we|our|us|ich|mein\w*|mich|mir|wir|unser\w*|je|j'\w+|mon|ma|mes|nous|notre|nos|yo|mi|mis|"
    r"nosotros|io|mio|mia|noi|nostro|ik|mijn|wij)\b",
    re.IGNORECASE,
)


def is_of_us(text: str) -> bool:
    """Whether something is said of the assistant: "My toaster is cleverer than you"."""
    return _OF_US.match(text.strip()) is not None


def is_statement(text: str) -> bool:
    """Whether the person tells something: of themselves, or what something is; no question, no request, not of us."""
    words = text.strip()
    if words.endswith(("?", "？")) or _REQUEST.match(words) or is_of_us(words):
        return False
    return bool(_FIRST_PERSON.search(words)) or read_claim(words[:_MAX_CHARACTERS]) is not None or takes_back(words)


def tells(entry: MemoryEntry) -> bool:
    """What was kept on purpose tells something, what was said in a chat only if it is a statement."""
    return entry.tier != "episodic" or entry.provenance.source != "user" or is_statement(entry.text)


def told(words: str) -> str:
    """What a turn tells: its sentences that are no questions."""
    return " ".join(part for part in _SENTENCE.findall(words) if not part.rstrip().endswith(("?", "？")))


_NEXT_PART = re.compile(r"(?:and|but|so|because|which|who|und|aber|weil|et|mais|y|pero|e|ma|en|maar)\b")
_PASSING = re.compile(
    r"\b(?:today|tonight|yesterday|tomorrow|this (?:morning|afternoon|evening|week)|last night|right now|at the moment"
    r"|just now|a moment ago|again|heute|gestern|morgen|gerade|aujourd['’]hui|hier|demain|hoy|ayer|oggi|ieri"
    r"|vandaag|gisteren)\b"
    r"|^i(?:['’]?m| am) (?:tired|hungry|bored|cold|busy|sick|late|back|here|ready|sorry|glad|happy|sad)\b",
    re.IGNORECASE,
)
# What somebody did or perceived in a moment, told without a date: it was so once and is nothing to know.
_EVENT = re.compile(
    r"^(?:i|we|ich|wir)(?: (?:just|only|also|then|really|nearly|almost|have|habe))? "
    r"(?:saw|seen|heard|noticed|spotted|watched|ate|eaten|drank|drunk|slept|woke|waited|laughed|yawned|sneezed|sah|sahen|hörte|hörten|aß|aßen|trank"
    r"|tranken|schlief|schliefen|wartete|warteten|lachte|lachten)\b(?!.*\d)",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[^.!?。！？]+(?:[.!?。！？]+(?=\s|$)|[.!?。！？]|$)")
_MIN_WORDS, _ENOUGH_WORDS = 3, 5


@dataclass(frozen=True, slots=True)
class Suggested:
    """What became of a suggestion: the entry, or why it was refused."""

    entry: MemoryEntry | None
    refused: str = ""


class Suggestions:
    """The suggestions of one space.

    Args:
        automatic: accept what passes the gate without asking the person.
    """

    def __init__(self, memory: Memory, *, automatic: bool = False) -> None:
        self._memory, self._automatic = memory, automatic

    async def suggest(
        self,
        text: str,
        *,
        words: str,
        chat: str = "",
        turn: str = "",
        project: str = "",
        labels: Labels = frozenset(),
        id: str | None = None,
    ) -> Suggested:
        """Put a text through the gate; kept as a suggestion, or not at all.

        Args:
            words: exactly what the person said in this turn.
            labels: of everything the model had read when it made the suggestion.
        """
        why = check_suggestion(text, words) or await self._known(text, project)
        if why:
            return Suggested(None, why)
        labels = labels | {MEMORY_DERIVED}
        automatic = self._automatic and not is_foreign(labels - {MEMORY_USER})
        entry = await self._memory.add(
            text,
            id=id,
            tier=SUGGESTED_TIER,
            importance=SUGGESTED_IMPORTANCE,
            project=project,
            provenance=Provenance("assistant", chat=chat, turn=turn, words=words[:2000]),
            trust="trusted" if automatic else "suggested",
            labels=labels,
            by="scrubjay",
        )
        return Suggested(entry)

    async def waiting(self, limit: int = 100) -> list[MemoryEntry]:
        """What waits for the person, newest first."""
        return list(await self._memory.list(trust="suggested", sort="created", limit=limit))

    async def accept(self, ids: Ids) -> MemoryChange:
        """The person agrees: from now on it is recalled. Its labels stay what they are.

        Raises:
            UnknownNameError: one of them does not exist; none was changed.
        """
        memory = self._memory
        async with memory.shelf.lock:
            old = await memory.live_states(ids)
            after = [State(replace(s.entry, trust="trusted")) for s in old.values()]
            change = await memory.apply("accepted", after, old)
        await memory.acknowledge()
        return change

    async def refuse(self, ids: Ids) -> MemoryChange:
        """The person does not want it: to the trash, and not suggested again.

        Raises:
            UnknownNameError: one of them does not exist; none was changed.
            UsageError: one of them is no suggestion; none was changed.
        """
        for state in (await self._memory.live_states(ids)).values():
            if state.entry.trust == "trusted":
                raise UsageError(f"The memory {state.entry.id} is no suggestion; `trash` throws it away.")
        return await self._memory.trash(each_id(ids), action="refused")

    async def _known(self, text: str, project: str) -> str:
        plain = normalised(text)
        # Among what lasts: that it was just said is no reason not to keep it.
        look = {"project": project, "tiers": LASTING, "touch": False, "suggested": True}
        hits = await self._memory.recall(text, 5, **look) if plain else []  # type: ignore[arg-type]
        for hit in hits:
            cosine = hit.why.get("meaning", 0.0) / MEANING_WEIGHT
            if normalised(hit.entry.text) == plain or cosine >= _SAME_COSINE:
                return "It is remembered or suggested already."
        if any(normalised(s.entry.text) == plain for s in await self._refused()):
            return "It was refused before."
        return ""

    async def _refused(self) -> Sequence[State]:
        page = await self._memory.trashed(limit=1000)
        return [state for state in page.states if state.reason == "refused"]


def check_suggestion(text: str, words: str) -> str:
    """Why a text may not be suggested, as a sentence; "" if it may."""
    try:
        clean = check_text(text)
    except UsageError:
        return "It is no text."
    if not _MIN_CHARACTERS <= len(clean) <= _MAX_CHARACTERS or "\n" in clean:
        return f"A suggestion is one statement of {_MIN_CHARACTERS} to {_MAX_CHARACTERS} characters."
    if clean.endswith(("?", "？")) or _REQUEST.match(clean):
        return "A question or a request is nothing to remember."
    if is_passing(clean):
        return "It is about a moment that will be over."
    if secret := find_secret(f"{clean}\n{words}"):
        return f"It holds {secret}, or was said beside one."
    if not _is_grounded(clean, told(words)):
        return "These are not the person's own words."
    if _is_fragment(clean, words):
        return "This is half a sentence."
    return ""


def _is_grounded(text: str, words: str) -> bool:
    """Whether most of what a text says was said by the person."""
    said = {_stem(w) for w in words_of(words)}
    own = [w for w in words_of(text) if w not in FUNCTION_WORDS and w not in _FRAME]
    if not own:
        return normalised(text) in normalised(words)  # a script without spaces: a run of it
    return sum(_stem(w) in said for w in own) / len(own) >= _OWN_SHARE


def _is_fragment(text: str, words: str) -> bool:
    """Whether a text is a few words out of a longer sentence, or too short to say anything."""
    plain, said = normalised(text), normalised(words)
    if len(plain.split()) >= _ENOUGH_WORDS:
        return False
    if len(plain.split()) < _MIN_WORDS and not pairs_of(text):
        return True
    start = said.find(plain)
    rest = said[start + len(plain) :].strip() if start >= 0 else ""
    if not rest or _NEXT_PART.match(rest):
        return False
    # Where the person's sentence ended there, its mark stands in the words as they were written.
    return not re.search(re.escape(plain.split()[-1]) + r"\W*[.,;:!?–]", words, re.IGNORECASE)


def is_passing(text: str) -> bool:
    """Whether a statement is about a moment that will be over: nothing to keep, however often it is said."""
    return bool(_PASSING.search(text) or _EVENT.match(text.strip()))


def _stem(word: str) -> str:
    """The word without the endings that differ between "I prefer" and "prefers"."""
    for ending in ("'s", "’s", "ies", "es", "ed", "ing", "s", "e", "y"):
        if len(word) - len(ending) >= 3 and word.endswith(ending):
            return word[: -len(ending)]
    return word
