"""Forget a memory for good: the entry, and the places that repeat its words.

What a person tells to forget stands in more places than the entry. It was said in a chat, the chat's answer
quoted it, the loop recorded the turn, an answer of last week recalled it, the chat may be named after it. By
default all of these lose the words too: they are replaced by "[forgotten]" in the text of those turns, in
their traces, citations and transcripts (whose token ids go, because ids can be read back), in the chat's
title, and in memories made of the same turn. `keep_chat` leaves the chat as it was said.

Its sentence is looked for in *connected* places: turns of the entry's own conversation that repeat it, and answers
anywhere that cite the entry or show its words in quotation marks, with their questions. Its value ("QWWIFI6666") is
looked for in every turn and every title; what that is, `engine.forgotten_value` decides. Other words stay in other
chats: "forget that the cat is called Minka" must not blank every mention of Minka. `still_said` counts those.

Order: first it is noted what is to be forgotten, then the copies go, those in turns last, then the entry; at last the
log is written anew and the caches are compacted (see `engine.local`). Whatever is killed when, the next start finishes
what is noted (`finish`): who has told something to forget is not to find it again.
"""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncGenerator, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from engine.chats import Chat, Turn
from engine.errors import EngineError, StoreError
from engine.forgotten_value import Value, compile_words, value_of
from engine.ids import create_id
from engine.memory.entry import MemoryEntry
from engine.memory.journal import create_title
from engine.memory.memory import Memory
from engine.memory.recorder import derived_id
from engine.memory.shelf import State
from engine.memory.writer import Ids, each_id
from engine.search.terms import word_set
from engine.store.store import Record, Store, Transaction
from engine.tools.quoting import beginning_of

FORGOTTEN = "[forgotten]"
# What is left of a turn's record when the words are out: with fewer words of its own it says nothing any more.
_FEW_WORDS = 4
# Turns read at once.
_BATCH = 128
# Fields that say nothing: a password may be "user", and a turn without its role cannot be read again.
_FORM = word_set("id chat_id role state labels model source model_kind run_id reason passage_id kind tool")
# A memory of more words may have been shown in part: by the first few it is known, and more than so many are not shown.
_SHOWN_WHOLE_WORDS, _FIRST_WORDS, _SHOWN_WORDS = 12, 6, 300
logger = logging.getLogger(__name__)

# Words shorter than this are not looked for: they are in every other turn.
_MIN_CHARACTERS = 4


# What finds the words in the text of a turn that are to go; None where there are none.
_Find = Callable[[str], re.Pattern[str] | None]


class Forgetting:
    """Forgets memories of one space with the words that repeat them."""

    def __init__(self, memory: Memory, store: Store) -> None:
        self._memory, self._store = memory, store

    async def forget(self, ids: Ids, *, keep_chat: bool = False, change_id: str = "") -> list[MemoryEntry]:
        """Forget entries for good and return what they were; see `Memory.forget`.

        Args:
            keep_chat: leave what was said in chats as it is.
        """
        change_id, ids = change_id or create_id(), each_id(ids)
        await self._memory.begin_forgetting(change_id, ids, keep_chat=keep_chat)
        try:
            return await self._forget(ids, keep_chat, change_id)
        except EngineError:
            # The person is told that it failed. What is gone already is finished by the next start all the same.
            with suppress(StoreError):
                if len(await self._memory.shelf.load(ids)) == len(ids):
                    await self._memory.give_up_forgetting(change_id)
            raise

    async def _forget(self, ids: Sequence[str], keep_chat: bool, change_id: str) -> list[MemoryEntry]:
        copies = () if keep_chat else await self._redact(ids, change_id)
        return await self._memory.forget(ids, copies=copies, change_id=change_id)

    async def finish(self) -> None:
        """What a kill cut off is forgotten now; nothing to do else.

        Raises:
            EngineError: of the last that failed; the others are forgotten all the same.
        """
        in_log_only, failed = [], None
        for change_id, mark in (await self._memory.begun_forgettings()).items():
            there = await self._memory.shelf.load(mark["ids"])
            left = [id for id in mark["ids"] if id in there]
            if not left:
                in_log_only.append(change_id)
                continue
            try:
                # Not given up where it fails: the person was told nothing yet.
                await self._forget(left, bool(mark.get("keep_chat")), change_id)
            except EngineError as exc:
                logger.warning("finish forgetting %s: %s", change_id, exc)
                failed = exc
        if in_log_only:
            await self._memory.leave_nothing(in_log_only)
        if failed is not None:
            raise failed

    async def _redact(self, ids: Sequence[str], change_id: str) -> list[str]:
        """Take the words of entries out of wherever else they stand; ids of memories that were nothing but that.

        Turns come last: by their words everything else is found, also by a start that finishes this.
        """
        states = await self._memory.shelf.load(ids)
        doomed, turns = set(ids), list[tuple[str, _Find]]()
        for state in states.values():
            doomed |= await self._redact_copies(state, turns)
        for state in states.values():
            doomed |= await self._redact_value(state, doomed, turns)
        copies = sorted(doomed - set(ids))
        await self._memory.begin_forgetting(change_id, ids, copies=copies, keep_chat=False)
        for turn_id, find in turns:
            await self._redact_turn(turn_id, find)
        return copies

    async def _redact_copies(self, state: State, turns: list[tuple[str, _Find]]) -> set[str]:
        """Take the words of an entry out of every copy; ids of memories that were nothing but a copy.

        Args:
            turns: gets the ids of turns with the words, and what finds them there.
        """
        texts = await self._texts(state)
        if not texts:
            return set()
        pattern = _pattern(texts)
        found = await self._connected_turns(state.entry, texts)
        turns += [(turn.id, _finder({*texts, *_cited(turn, state.entry.id)})) for turn in found]
        chats = {turn.chat_id for turn in found}
        for chat_id in chats:
            await self._redact_title(chat_id, pattern, texts)
        return await self._redact_memories(state.entry, chats | {state.entry.provenance.chat}, pattern)

    async def still_said(self, texts: Iterable[str]) -> dict[str, Any]:
        """How many turns of chats still have words of memories that were forgotten: `{"turns", "words"}`."""
        value = value_of(texts)
        pattern = compile_words(value.sure | value.likely | value.names)
        n, words = 0, dict[str, str]()
        for chat_id in await self._chat_ids():
            async for turn in self._records(chat_id):
                found = {m.group().casefold(): m.group() for m in pattern.finditer(turn["text"])}
                n += bool(found) and not turn.get("withdrawn")
                words = found | words
        return {"turns": n, "words": sorted(words.values())}

    async def _redact_value(self, state: State, doomed: Iterable[str], turns: list[tuple[str, _Find]]) -> set[str]:
        """Take the value of an entry out of all chats; ids of memories that were nothing but a turn with it."""
        value = value_of(await self._ever_said(state))
        value = value.without(await self._kept_elsewhere(value, {*doomed, state.entry.id}))
        if not (value.sure or value.likely):
            return set()
        found: list[str] = []
        for chat_id in await self._chat_ids():
            found += [r["id"] async for r in self._records(chat_id) if value.pattern_for(r["text"])]
            title = (await self._store.get(self._store.keys.chat(chat_id)) or {}).get("title", "")
            if pattern := value.pattern_for(title):
                await self._redact_title(chat_id, pattern, value.sure)
        turns += [(id, value.pattern_for) for id in found]
        return await self._redact_records(found, value)

    async def _kept_elsewhere(self, value: Value, doomed: Collection[str]) -> set[str]:
        """Words that another memory was made to keep: they are not this one's to take away."""
        found = set()
        for word in value.sure | value.likely:
            page = await self._memory.list(query=word, limit=_BATCH)
            pattern = compile_words([word])
            if any(e.id not in doomed and _is_kept(e) and pattern.search(e.text) for e in page):
                found.add(word)
        return found

    async def _redact_records(self, turns: Iterable[str], value: Value) -> set[str]:
        """What the loop recorded of turns, and what is in the trash, without the value."""
        ids = {derived_id(turn, tier) for turn in turns for tier in ("episodic", "short_term")}
        for index in (self._store.keys.trash, self._store.keys.tier("working")):
            ids |= {id for id, _ in await self._store.range(index)}
        doomed: set[str] = set()
        async with self._memory.shelf.lock:
            for id, state in (await self._memory.shelf.load(sorted(ids))).items():
                pattern = value.pattern_for(state.entry.text) or value.pattern_for(state.entry.provenance.words)
                if pattern is None:
                    continue
                if _is_copy(state.entry, pattern):
                    doomed.add(id)
                else:
                    await self._redact_memory(state, pattern)
        return doomed

    async def _records(self, chat_id: str) -> AsyncGenerator[Record, None]:
        ids = [id for id, _ in await self._store.range(self._store.keys.chat_turns(chat_id))]
        for start in range(0, len(ids), _BATCH):
            for record in await self._store.get_many([self._store.keys.turn(id) for id in ids[start : start + _BATCH]]):
                if record is not None:
                    yield record

    async def _ever_said(self, state: State) -> set[str]:
        before = [old for _, old in await self._memory.journal.chain(state) if old is not None]
        return {" ".join(s.entry.text.split()) for s in (state, *before)}

    async def _texts(self, state: State) -> set[str]:
        """Whatever the entry ever said, what answers show of that, and the titles that were made of it."""
        texts = {text.rstrip(".!") for text in await self._ever_said(state)}
        texts |= {beginning_of(text) for text in texts}
        texts |= {create_title(text).rstrip("…") for text in texts}
        return {text for text in texts if len(text) >= _MIN_CHARACTERS}

    async def _connected_turns(self, entry: MemoryEntry, texts: Iterable[str]) -> list[Turn]:
        """Turns of the entry's own chat, and answers of any chat that cite or quote it, with their questions."""
        keys, found = self._store.keys, []
        quotes = [text.casefold() for text in texts]
        for chat_id in await self._chat_ids():
            ids = [id for id, _ in await self._store.range(keys.chat_turns(chat_id))]
            for start in range(0, len(ids), _BATCH):
                records = await self._store.get_many([keys.turn(id) for id in ids[start : start + _BATCH]])
                own = chat_id == entry.provenance.chat
                turns = [r for r in records if r is not None]
                told = [own or _cites(r, entry.id) or _quotes(r, quotes) for r in turns]
                # With an answer that quotes it goes the question before: "forget that …".
                asked = [
                    *(r["role"] == "assistant" and is_told for r, is_told in zip(turns[1:], told[1:], strict=True)),
                    False,
                ]
                found += [Turn.from_record(r) for r, a, b in zip(turns, told, asked, strict=True) if a or b]
        return found

    async def _chat_ids(self) -> list[str]:
        keys = self._store.keys
        members = [*await self._store.range(keys.chats), *await self._store.range(keys.chats_trash)]
        return list(dict.fromkeys(id for id, _ in members))

    async def _redact_turn(self, turn_id: str, find: _Find) -> None:
        record = await self._store.get(self._store.keys.turn(turn_id))
        pattern = find(record["text"]) if record else None
        if record is None or pattern is None:
            return
        turn = Turn.from_record(record)
        clean = redact(turn.to_record(), pattern)
        if clean == turn.to_record():
            return
        fresh = Turn.from_record(clean)
        # Token ids say the same words in numbers.
        transcript = tuple(replace(message, ids=()) for message in fresh.transcript)
        transaction = Transaction()
        transaction.put(self._store.keys.turn(turn.id), replace(fresh, transcript=transcript).to_record())
        transaction.announce("turn", turn.id, "put")
        await self._memory.shelf.commit(transaction)

    async def _redact_title(self, chat_id: str, pattern: re.Pattern[str], texts: Iterable[str]) -> None:
        key = self._store.keys.chat(chat_id)
        record = await self._store.get(key)
        if record is None:
            return
        clean = Chat.from_record(redact(record, pattern))
        clean = replace(clean, title=redact_cut(clean.title, texts))
        if clean.to_record() == record:
            return
        transaction = Transaction()
        transaction.put(key, clean.to_record())
        transaction.announce("chat", chat_id, "put")
        await self._memory.shelf.commit(transaction)

    async def _redact_memories(self, entry: MemoryEntry, chats: Iterable[str], pattern: re.Pattern[str]) -> set[str]:
        """Memories of the same conversations: those that are only a copy are to go, the others lose the words."""
        keys, shelf = self._store.keys, self._memory.shelf
        ids = {id for chat in chats if chat for id, _ in await self._store.range(keys.said(chat))}
        ids |= {id for id, _ in await self._store.range(keys.tier("short_term"))}
        ids |= {id for id, _ in await self._store.range(keys.trash)}
        doomed: set[str] = set()
        async with shelf.lock:
            for id, state in (await shelf.load(sorted(ids - {entry.id}))).items():
                if not _concerns(state.entry, pattern):
                    continue
                if _is_copy(state.entry, pattern):
                    doomed.add(id)
                else:
                    await self._redact_memory(state, pattern)
        return doomed

    async def _redact_memory(self, state: State, pattern: re.Pattern[str]) -> None:
        """An entry, and all that the journal knows of it, without the words."""
        transaction, keys = Transaction(), self._store.keys
        self._memory.shelf.move(transaction, state, _redacted(state, pattern))
        for change, before in await self._memory.journal.chain(state):
            if before is not None:
                record = _redacted(before, pattern).to_record()
                transaction.put(keys.memory_before(change.id, state.entry.id), record)
            if pattern.search(change.title):
                transaction.put(keys.memory_change(change.id), replace(change, title="").to_record())
        await self._memory.shelf.commit(transaction)


def _pattern(texts: Iterable[str]) -> re.Pattern[str]:
    """The texts with any white space between their words, in any case; of a long one also a beginning that was cut."""
    longest_first = sorted(texts, key=len, reverse=True)
    return re.compile("|".join(map(_source_of, longest_first)), re.IGNORECASE)


def _source_of(text: str) -> str:
    words = [re.escape(word) for word in text.split()]
    whole = r"\s+".join(words)
    if len(words) <= _SHOWN_WHOLE_WORDS:
        return whole
    # Where an answer or a step cut it nobody knows: what follows its first words, as long as it is of its words.
    others = "|".join(sorted(set(words[_FIRST_WORDS:_SHOWN_WORDS]), key=len, reverse=True))
    first = r"\s+".join(words[:_FIRST_WORDS])
    return rf"{whole}|{first}(?:\s+(?:{others})(?!\w))*"


def redact_cut(title: str, texts: Iterable[str]) -> str:
    """A title that was cut ("Remember that the shed code is …") without the beginning of a text that it ends with."""
    if not title.endswith("…"):
        return title
    if title.endswith(f"{FORGOTTEN}…"):
        return title[:-1]
    rest = title[:-1].rstrip()
    starts = (rest[at:] for at in range(len(rest) - _MIN_CHARACTERS + 1) if at == 0 or not rest[at - 1].isalnum())
    beginnings = {text.casefold() for text in texts}
    cut = next((tail for tail in starts if any(b.startswith(tail.casefold()) for b in beginnings)), "")
    return f"{rest[: len(rest) - len(cut)]}{FORGOTTEN}" if cut else title


def redact(value: Any, pattern: re.Pattern[str]) -> Any:
    """The value with the words replaced in every text of it, however deep."""
    if isinstance(value, str):
        return pattern.sub(FORGOTTEN, value)
    if isinstance(value, Mapping):
        return {key: item if key in _FORM else redact(item, pattern) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [redact(item, pattern) for item in value]
    return value


def _redacted(state: State, pattern: re.Pattern[str]) -> State:
    entry = state.entry
    text = pattern.sub(FORGOTTEN, entry.text)
    provenance = replace(entry.provenance, words=pattern.sub(FORGOTTEN, entry.provenance.words))
    if text != entry.text:
        entry = replace(entry, text=text, vector=b"", embedded_with="")
    return replace(state, entry=replace(entry, provenance=provenance))


def _concerns(entry: MemoryEntry, pattern: re.Pattern[str]) -> bool:
    return bool(pattern.search(entry.text) or pattern.search(entry.provenance.words))


def _is_copy(entry: MemoryEntry, pattern: re.Pattern[str]) -> bool:
    """Whether nothing of an entry is left without the words: "Remember that …", "I will remember: …"."""
    rest = pattern.sub(" ", entry.text)
    return rest != entry.text and len(re.findall(r"\w+", rest)) <= _FEW_WORDS


def _is_kept(entry: MemoryEntry) -> bool:
    """Whether somebody wanted an entry to be kept: more than a record of what was said."""
    return entry.trust == "trusted" and (entry.tier == "semantic" or entry.pinned or not entry.provenance.turn)


def _cites(record: Record, id: str) -> bool:
    citations: Sequence[Mapping[str, Any]] = record.get("citations", ())
    return any(citation.get("passage_id") == id for citation in citations)


def _cited(turn: Turn, id: str) -> set[str]:
    """What a turn shows of a memory: of a long one a sentence."""
    cited = (" ".join(c.text.split()) for c in turn.citations if c.passage_id == id)
    return {text for text in cited if len(text) >= _MIN_CHARACTERS}


def _finder(texts: Iterable[str]) -> _Find:
    pattern = _pattern(texts)
    return lambda _: pattern


def _quotes(record: Record, texts: Iterable[str]) -> bool:
    """Whether an answer has one of the texts, from its beginning, in quotation marks: so are memories shown."""
    said = record.get("text", "").casefold()
    return record.get("role") == "assistant" and any(f'"{text}' in said or f"“{text}" in said for text in texts)
