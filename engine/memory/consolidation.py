"""Tidying memories: what proved important moves up, what says the same becomes one, what is outdated gives way.

    episodic ──promote──▶ long_term ──promote──▶ semantic
                              └── merge near-duplicates, supersede what is contradicted ──┘

A run first *decides* with what the index tells (scores, nearest neighbours; no text is loaded for what stays
as it is), off the event loop where it takes long, and then *acts* in one transaction on entries that it reads
again under the lock: whatever changed meanwhile is left for the next run. So a kill at any moment leaves all
of a run or nothing, and one undo takes a whole run back.

Runs are incremental. A run looks for neighbours only of entries that changed since the last one; when nothing
changed at all it asks the store one question. What the person took back is not done again: an entry whose
last change is an undo is left alone until somebody changes it.

Never raised is *trust*. Only what the person said or accepted is promoted; a merged entry has the labels of
all its members, and only members of equal trust are merged. A suggestion is nothing to tidy.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from engine.errors import EngineError, UsageError
from engine.memory.consolidation_report import ConsolidationReport, EngineMemory, from_public
from engine.memory.contradiction import corrected_by, is_correction, superseded_by
from engine.memory.entry import Links, MemoryEntry
from engine.memory.filters import unwanted_bits
from engine.memory.importance import PROMOTION_SCORE, USE_FACTOR, score_of
from engine.memory.memory import Memory
from engine.memory.shelf import State
from engine.memory.suggestions import LASTING, is_passing
from engine.memory.supersede import may_replace, newest_of, stands
from engine.search.terms import FUNCTION_WORDS, words_of
from engine.search.types import SUGGESTED, UNPINNED, Standing
from engine.security.taint import MEMORY_USER

__all__ = ["ConsolidationReport", "MemoryConsolidator", "say_the_same"]

logger = logging.getLogger(__name__)

# Cosine from which on two entries are compared word by word. A fact with another value may be no nearer to the
# older one than this; what decides are the words.
SIMILAR = 0.6
# Two that are compared are one if they are at least so similar and share so many of their words.
SAME_COSINE = 0.88
SAME_WORDS = 0.6
# From long_term to semantic: used so often, over at least so long.
LASTING_USES = 3
LASTING_AGE_MS = 86_400_000
# What was told only just may be newer than what lasts.
_LOOKED_AT = (*LASTING, "episodic")
_NEXT_TIER = {"episodic": "long_term", "long_term": "semantic"}
_RANK = {"long_term": 1, "semantic": 2}
_NEGATION = re.compile(
    r"\b(?:not|no|never|none|nothing|without|nobody|don't|doesn't|isn't|aren't|can't|won't|didn't|don’t|doesn’t|isn’t"
    r"|nicht|kein\w*|nie|ne|pas|jamais|nunca|sin|non)\b",
    re.IGNORECASE,
)


class MemoryConsolidator:
    """Tidies memories, on demand and in the background.

    Args:
        backend: the memories: an engine's (`engine.memory`), whose owner then tidies with its own numbers, or those of
            the process itself.
        promotion_threshold: score from which on an entry that was used moves up.
        time_decay_factor: what each doubling of an entry's uses holds against the fading of its importance;
            see `engine.memory.importance.score_of`.
        consolidation_interval: seconds between two runs in the background.
    """

    def __init__(
        self,
        backend: Memory | EngineMemory,
        promotion_threshold: float = PROMOTION_SCORE,
        time_decay_factor: float = USE_FACTOR,
        consolidation_interval: float = 300,
    ) -> None:
        if not 0 <= promotion_threshold <= 1 or time_decay_factor < 0 or consolidation_interval <= 0:
            raise UsageError("A consolidator needs a threshold of 0 to 1, a factor of 0 or more, and an interval.")
        if not isinstance(backend, Memory | EngineMemory):
            raise UsageError("A consolidator tidies the memories of an engine: give it engine.memory.")
        if not isinstance(backend, Memory) and (promotion_threshold, time_decay_factor) != (
            PROMOTION_SCORE,
            USE_FACTOR,
        ):
            raise UsageError("The memories of an engine are tidied with its own threshold and factor; give none.")
        self._remote = None if isinstance(backend, Memory) else backend
        if isinstance(backend, Memory):
            self._memory = backend
        self._threshold, self._factor = promotion_threshold, time_decay_factor
        self._interval_s = consolidation_interval
        self._position: str | None = None
        self._task: asyncio.Task[None] | None = None
        self._running = asyncio.Lock()
        self._stats = {"runs": 0, "skipped": 0, "failed": 0, "promoted": 0, "merged": 0, "superseded": 0}
        self._last: ConsolidationReport | None = None

    async def start_background_task(self) -> None:
        """Run every interval until `aclose`; returns at once."""
        if self._task is None:
            self._task = asyncio.create_task(self._run_on(), name="memory-consolidation")

    async def aclose(self) -> None:
        """Stop the background task; a run that is cut leaves all of itself or nothing."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    def get_stats(self) -> dict[str, Any]:
        """Counts since the start, and the last report."""
        return {
            **self._stats,
            "running": self._task is not None and not self._task.done(),
            "interval_s": self._interval_s,
            "last": self._last.to_public() if self._last else None,
        }

    async def _run_on(self) -> None:
        while True:
            await asyncio.sleep(self._interval_s)
            try:
                if await self._is_due():
                    await self.run_consolidation()
                else:
                    self._stats["skipped"] += 1
            except EngineError as exc:
                self._stats["failed"] += 1
                logger.warning("memories were not tidied: %s", exc)

    async def _is_due(self) -> bool:
        # The owner knows itself whether there is anything to do.
        if self._remote is not None or self._position is None:
            return True
        return await self._memory.last_change() != self._position

    async def run_consolidation(self, *, asked: bool = False) -> ConsolidationReport:
        """One run now; what it did, which `Memory.undo(report.change_id)` takes back (if `asked` for, any undo)."""
        if self._remote is not None:
            self._count(from_public(await self._remote.consolidate()))
            assert self._last is not None
            return self._last
        async with self._running:
            began_s = asyncio.get_running_loop().time()
            await self._memory.flush()
            position = await self._memory.last_change()
            changed = await self._changed()
            rising = await self._rising()
            pairs = await self._memory.similar(changed, SIMILAR, unwanted_bits(tiers=_LOOKED_AT))
            plan = await self._act(rising, pairs, asked)
            self._position = position
            took_ms = (asyncio.get_running_loop().time() - began_s) * 1000
            report = replace(plan, examined=len(changed), took_ms=round(took_ms, 1))
            self._count(report)
            return report

    def _count(self, report: ConsolidationReport) -> None:
        self._last = report
        self._stats["runs"] += 1
        self._stats["promoted"] += len(report.promoted)
        self._stats["merged"] += sum(map(len, report.merged.values()))
        self._stats["superseded"] += sum(map(len, report.superseded.values()))

    async def _changed(self) -> list[str]:
        """Ids of entries that changed since the last run and may say something new; all at the first run."""
        changes = None if self._position is None else await self._memory.changes_after(self._position)
        found = [s.id for tier in _LOOKED_AT for s in await self._memory.standings(tier) if not s.bits & SUGGESTED]
        return found if changes is None else [id for id in found if id in changes]

    async def _rising(self) -> list[str]:
        """Ids of entries whose score lets them move up a tier."""
        found: list[str] = []
        for tier in _NEXT_TIER:
            standings = await self._memory.standings(tier)
            found += await asyncio.to_thread(self._high_scores, standings, tier, self._memory.now_ms())
        return found

    def _high_scores(self, standings: Sequence[Standing], tier: str, now_ms: int) -> list[str]:
        half_life_s = self._memory.tiers[tier].half_life_s
        uses = 1 if tier == "episodic" else LASTING_USES
        return [
            s.id
            for s in standings
            if s.uses >= uses
            and not s.bits & SUGGESTED
            and (not s.bits & UNPINNED or self._score(s, half_life_s, now_ms) >= self._threshold)
        ]

    def _score(self, s: Standing, half_life_s: int, now_ms: int) -> float:
        return score_of(s.importance, s.uses, s.last_used_ms, half_life_s, now_ms, self._factor)

    async def _act(
        self, rising: Sequence[str], pairs: Sequence[tuple[str, str, float]], asked: bool
    ) -> ConsolidationReport:
        """Read what is concerned once more, decide on it, and write all that changes in one transaction."""
        memory = self._memory
        concerned = list(dict.fromkeys([*rising, *(id for a, b, _ in pairs for id in (a, b))]))
        if not concerned:
            return ConsolidationReport(started_ms=memory.now_ms())
        async with memory.shelf.lock:
            entries = {entry.id: entry for entry in await memory.shelf.load_live(concerned)}
            left_alone = await self._left_alone(entries.values())
            work = _Plan({id: e for id, e in entries.items() if id not in left_alone}, memory.now_ms())
            work.promote(rising)
            work.supersede(pairs)
            work.merge(pairs)
            report = work.report()
            if work.after:
                before = {id: State(entries[id]) for id in work.after}
                after = list(work.after.values())
                public = report.to_public() | ({"asked": True} if asked else {})
                change = await memory.apply("consolidated", after, before, by="scrubjay", report=public)
                report = replace(report, change_id=change.id)
        await memory.acknowledge()
        return report

    async def _left_alone(self, entries: Iterable[MemoryEntry]) -> set[str]:
        """Ids of entries whose last change is somebody's undo."""
        last = {entry.id: entry.change for entry in entries if entry.change}
        changes = await self._memory.journal.find_many(list(dict.fromkeys(last.values())))
        return {id for id, change in last.items() if change in changes and changes[change].action == "undone"}


class _Plan:
    """What one run will have changed: states by id."""

    def __init__(self, entries: Mapping[str, MemoryEntry], now_ms: int) -> None:
        self._entries, self._now_ms = dict(entries), now_ms
        self.after: dict[str, State] = {}
        self._promoted: list[str] = []
        self._merged: dict[str, tuple[str, ...]] = {}
        self._superseded: dict[str, tuple[str, ...]] = {}

    def report(self) -> ConsolidationReport:
        return ConsolidationReport(
            started_ms=self._now_ms,
            promoted=tuple(self._promoted),
            merged=dict(self._merged),
            superseded=dict(self._superseded),
        )

    def promote(self, rising: Iterable[str]) -> None:
        for id in rising:
            entry = self._entries.get(id)
            if entry is not None and _may_rise(entry, self._now_ms):
                self._keep(replace(entry, tier=_NEXT_TIER[entry.tier]))
                self._promoted.append(id)

    def supersede(self, pairs: Sequence[tuple[str, str, float]]) -> None:
        for a, b, _ in pairs:
            old, new = self._entries.get(a), self._entries.get(b)
            if old is None or new is None:
                continue
            if not superseded_by(old, new):
                old, new = new, old
            if may_replace(old) and stands(new) and superseded_by(old, new):
                self._replace(old, new)
        self._correct(pairs)

    def _correct(self, pairs: Iterable[tuple[str, str, float]]) -> None:
        """What is near a correction and taken back by it goes."""
        near: dict[str, set[str]] = {}
        for a, b, _ in pairs:
            near.setdefault(a, set()).add(b)
            near.setdefault(b, set()).add(a)
        for id, others in near.items():
            new = self._entries.get(id)
            if new is None or not stands(new) or not is_correction(new.text):
                continue
            for old in corrected_by(new, [self._entries[i] for i in sorted(others) if i in self._entries]):
                if may_replace(old):
                    self._replace(old, self._entries[id])

    def _replace(self, old: MemoryEntry, new: MemoryEntry) -> None:
        self._throw(old, "superseded")
        self._keep(newest_of(old, new))
        self._superseded[new.id] = (*self._superseded.get(new.id, ()), old.id)

    def merge(self, pairs: Iterable[tuple[str, str, float]]) -> None:
        """Groups of what says the same; each member must say the same as the one that stays."""
        near: dict[str, set[str]] = {}
        for a, b, cosine in pairs:
            one, other = self._entries.get(a), self._entries.get(b)
            if one is not None and other is not None and _may_merge(one, other) and say_the_same(one, other, cosine):
                near.setdefault(a, set()).add(b)
                near.setdefault(b, set()).add(a)
        for id in sorted(near, key=lambda i: _worth(self._entries[i]) if i in self._entries else (), reverse=True):
            if id in self._entries:
                self._merge_into(id, [self._entries[i] for i in sorted(near[id]) if i in self._entries])

    def _merge_into(self, id: str, members: Sequence[MemoryEntry]) -> None:
        going = [member for member in members if not member.pinned]
        if not going:
            return
        kept = self._entries[id]
        everyone = [kept, *going]
        for member in going:
            self._throw(member, "merged")
        self._keep(
            replace(
                kept,
                tier=max((m.tier for m in everyone), key=lambda tier: _RANK[tier]),
                importance=max(m.importance for m in everyone),
                uses=sum(m.uses for m in everyone),
                created_ms=min(m.created_ms for m in everyone),
                last_used_ms=max(m.last_used_ms for m in everyone),
                tags=tuple(dict.fromkeys(tag for m in everyone for tag in m.tags)),
                labels=tuple(sorted({label for m in everyone for label in m.labels})),
                links=_joined_links(everyone),
            )
        )
        self._merged[id] = tuple(member.id for member in going)

    def _keep(self, entry: MemoryEntry) -> None:
        self._entries[entry.id] = entry
        self.after[entry.id] = State(entry)

    def _throw(self, entry: MemoryEntry, reason: str) -> None:
        self._entries.pop(entry.id, None)
        self.after[entry.id] = State(entry, self._now_ms, reason)


def _joined_links(members: Sequence[MemoryEntry]) -> Links:
    """The links of the first member, with the ids of the others and what they had merged before."""
    merged = [id for m in members for id in m.links.merged_from] + [m.id for m in members[1:]]
    supersedes = [id for m in members for id in m.links.supersedes]
    return replace(
        members[0].links, merged_from=tuple(dict.fromkeys(merged)), supersedes=tuple(dict.fromkeys(supersedes))
    )


def _may_rise(entry: MemoryEntry, now_ms: int) -> bool:
    """Whether an entry is of the kind that is promoted: a statement of the person's own."""
    if entry.tier not in _NEXT_TIER or entry.trust != "trusted" or MEMORY_USER not in entry.labels:
        return False
    if entry.tier == "episodic":
        return set(entry.labels) == {MEMORY_USER} and stands(entry) and not is_passing(entry.text)
    return may_replace(entry) and now_ms - entry.created_ms >= LASTING_AGE_MS


def _may_merge(one: MemoryEntry, other: MemoryEntry) -> bool:
    """Equal trust and scope; what is tainted is never merged with what is not."""
    same = (one.trust, one.project) == (other.trust, other.project)
    return same and one.id != other.id and may_replace(one) and may_replace(other)


def _worth(entry: MemoryEntry) -> tuple[bool, int, float, int, str]:
    """What stays of a group is pinned, higher, more important, then newer."""
    return entry.pinned, _RANK.get(entry.tier, 0), entry.importance, entry.created_ms, entry.id


def say_the_same(one: MemoryEntry, other: MemoryEntry, cosine: float) -> bool:
    """Whether two entries say the same: alike in meaning, and no word that changes it.

    Vectors do not tell 3 May from 4 May, nor "likes" from "does not like": numbers, negations and most words
    must agree.
    """
    if cosine < SAME_COSINE:
        return False
    a, b = _content(one.text), _content(other.text)
    if _numbers(one.text) != _numbers(other.text) or _names(one.text) != _names(other.text):
        return False
    if bool(_NEGATION.search(one.text)) != bool(_NEGATION.search(other.text)):
        return False
    return len(a & b) >= SAME_WORDS * max(1, min(len(a), len(b))) if a and b else one.text == other.text


def _content(text: str) -> frozenset[str]:
    return frozenset(word.removesuffix("s") for word in words_of(text) if word not in FUNCTION_WORDS)


def _numbers(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\d+(?:[.,:]\d+)*", text))


def _names(text: str) -> frozenset[str]:
    """Words written large within a sentence."""
    return frozenset(
        w.lower() for w in re.findall(r"(?<=[a-zß-ÿ,;] )[A-ZÀ-Þ]\w+", text) if w.lower() not in FUNCTION_WORDS
    )
