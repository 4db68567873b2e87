"""A model file in a worker, seen from the parent: messages in, pieces of text out.

A chat is read once. For each sequence the backend remembers the messages it sent and their token ids; the
next prompt that begins with the same messages costs the rendering and tokenising of the new ones only, and
the worker prefills only those. What the model generated keeps its ids: a message that carries them uses
them as they are, and a message whose text is what was just generated gets them from here, so that an answer
that was begun for the model (`open`) and continued by it is not tokenised in another way the next time.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from engine.errors import ModelError, UsageError, WorkerCrashedError, WorkerError
from engine.llm import protocol
from engine.llm.backend import Generated, Message, ModelInfo, Piece, Prefilled, Sampling, SequenceName
from engine.llm.reading import N_BATCH
from engine.llm.sequences import SequenceShelf
from engine.processes.worker import Worker

_log = logging.getLogger(__name__)

# A text to tokenise: the text, whether it is marks of the template, whether something stands right before it.
_Segment = tuple[str, bool, bool]
# A shorter chat is read again sooner than its file is written.
MIN_KEPT_TOKENS = 256
# Keeping a chat while everything ends may take so long; closing has five seconds in all.
KEEP_LIMIT_S = 1.5
# Answers whose ids are remembered by their text.
_N_ANSWERS = 64


@dataclass(slots=True)
class _OpenChat:
    """Which chat the sequence of chats holds.

    Attributes:
        n_read, n_kept: tokens of it in memory, and in its file.
        starts: of the worker, when it was opened; a worker that was started again holds nothing.
    """

    id: str = ""
    n_read: int = 0
    n_kept: int = 0
    starts: int = -1


@dataclass(slots=True)
class _Transcript:
    """What was sent of one sequence: messages and their ids."""

    messages: list[Message] = field(default_factory=list)
    ids: list[list[int]] = field(default_factory=list)
    opening: Sequence[int] = ()
    # Ids of the words that the last message begins with, if it is open.
    begun: Sequence[int] = ()

    def keep(self, n: int) -> None:
        """Forget all messages but the first n."""
        del self.messages[n:], self.ids[n:]

    def add(
        self, message: Message, piece: list[tuple[str, int]], parts: list[Sequence[int]], messages: Sequence[Message]
    ) -> None:
        """Append a message: the ids of its marks and words; of an open one nothing that follows its words."""
        ids: list[int] = []
        for (_, slot), part in zip(piece, parts, strict=True):
            ids += part
            if message.open and slot >= 0 and messages[slot] is message:
                self.begun = part
                break
        self.messages.append(message)
        self.ids.append(ids)


class LocalBackend:
    """Runs a GGUF file in a model worker (`host` process) or in a thread.

    Args:
        path: the model file.
        n_ctx: context asked for; the model's own limit bounds it.
        n_threads: 0 leaves one core free.
        kv_type: of the KV cache, f16 or q8_0.
        on_progress: told the share of the file that is loaded, 0…1.
        sequences: where chats that were read are kept; None keeps none.
        n_ubatch, use_mmap: as in `Llama`; what engine.llm.calibration found best.
    """

    def __init__(
        self,
        path: Path,
        *,
        log_dir: Path,
        n_ctx: int = 4096,
        n_threads: int = 0,
        host: Literal["process", "thread"] = "process",
        kv_type: str = "f16",
        on_progress: Callable[[float], None] | None = None,
        sequences: SequenceShelf | None = None,
        n_ubatch: int = N_BATCH,
        use_mmap: bool = True,
    ) -> None:
        self._path, self._kv_type, self._shelf = path, kv_type, sequences
        self._on_progress = on_progress
        config: dict[str, Any] = {"path": str(path), "n_ctx": n_ctx, "n_threads": n_threads, "kv_type": kv_type}
        config |= {"n_ubatch": n_ubatch, "use_mmap": use_mmap}
        self.worker = Worker("llm", config=config, log_dir=log_dir, host=host)
        self._info: ModelInfo | None = None
        self._bos: list[int] = []
        self._marks: dict[_Segment, Sequence[int]] = {}
        self._transcripts: dict[str, _Transcript] = {}
        self._answers: OrderedDict[str, list[int]] = OrderedDict()
        self._prompting = asyncio.Lock()
        self._chat = _OpenChat()
        self._n_active = 0

    @property
    def info(self) -> ModelInfo:
        """What is loaded; valid after `load`."""
        if self._info is None:
            raise ModelError("The model is not loaded yet.")
        return self._info

    async def load(self) -> ModelInfo:
        """Load the model; a second call returns at once."""
        if self._info is None:
            done = await self._load()
            self._bos = [done["bos"]] if done["add_bos"] and done["bos"] >= 0 else []
            self._info = ModelInfo(**done["info"])
        return self._info

    async def _load(self) -> dict[str, Any]:
        reply: dict[str, Any] = {}
        async with aclosing(self.worker.stream(protocol.LOAD)) as replies:
            async for reply in replies:
                if self._on_progress is not None and "loaded" in reply:
                    self._on_progress(reply["loaded"])
        return reply

    async def generate(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        *,
        grammar: str | None = None,
        sequence: SequenceName = "chat",
    ) -> AsyncGenerator[Prefilled | Piece | Generated, None]:
        """Read the messages and generate the next one; see `Backend.generate`."""
        self._refuse_struck_out()
        self._n_active += 1
        try:
            async with aclosing(self._generate(messages, sampling, grammar, sequence)) as items:
                async for item in items:
                    if isinstance(item, Generated) and sequence == "chat":
                        self._chat.n_read = item.n_prompt + item.n_generated
                    yield item
        finally:
            self._n_active -= 1

    def _refuse_struck_out(self) -> None:
        """After three crashes in a row say what else can be done, instead of a fourth."""
        if self.worker.state == "refused":
            less = "" if self._info is None else f" Use it with {self._info.n_ctx // 2:,} tokens of context, or"
            raise WorkerCrashedError(
                f"{self._path.stem} ended three times within a minute and is not started again."
                f"{less or ' Use it with a shorter context, or'} choose a smaller model; "
                f"the log says more: {self.worker.log_path}."
            )

    async def _generate(
        self, messages: Sequence[Message], sampling: Sampling, grammar: str | None, sequence: SequenceName
    ) -> AsyncGenerator[Prefilled | Piece | Generated, None]:
        await self.load()
        prompt = await self._prompt(messages, sequence)
        fields = {"ids": prompt, "seq": sequence, "sampling": protocol.sampling_to_wire(sampling), "grammar": grammar}
        ids: list[int] = []
        texts: list[str] = []
        async with aclosing(self.worker.stream(protocol.GENERATE, **fields)) as stream:
            async for reply in stream:
                if reply["op"] == protocol.TOKEN:
                    ids += reply["ids"]
                    texts += [*reply["pieces"], reply["tail"]]
                    for token, text in zip(reply["ids"], reply["pieces"], strict=True):
                        yield Piece(text, token)
                    if reply["tail"]:
                        yield Piece(reply["tail"])
                elif reply["op"] == protocol.PROGRESS and "n_done" in reply:
                    yield Prefilled(reply["n_done"], reply["n_prompt"], reply["n_reused"], reply.get("n_reread", 0))
                elif reply["op"] == protocol.DONE and "reason" in reply:
                    yield self._finish(messages, sequence, "".join(texts), ids[: reply["n_keep"]], reply)

    def _finish(
        self, messages: Sequence[Message], sequence: str, text: str, ids: list[int], done: dict[str, Any]
    ) -> Generated:
        self._remember_answer(messages, sequence, text, ids)
        return Generated(
            text=text,
            ids=tuple(ids),
            reason=done["reason"],
            n_prompt=done["n_prompt"],
            n_reused=done["n_reused"],
            n_generated=done["n_generated"],
            prefill_ms=done["prefill_ms"],
            decode_ms=done["decode_ms"],
        )

    def _remember_answer(self, messages: Sequence[Message], sequence: str, text: str, ids: list[int]) -> None:
        """Keep the ids of an answer, with those of the beginning that it was given."""
        begun, begun_ids = "", list[int]()
        if messages[-1].open:
            begun, begun_ids = messages[-1].text, list(self._transcripts[sequence].begun)
        if text:
            self._answers[begun + text] = begun_ids + ids
            while len(self._answers) > _N_ANSWERS:
                self._answers.popitem(last=False)

    async def _prompt(self, messages: Sequence[Message], sequence: str) -> list[int]:
        """Token ids of the whole prompt; only what is new is rendered and tokenised."""
        if not messages:
            raise UsageError("There is nothing to answer: the list of messages is empty.")
        async with self._prompting:
            return await self._prompt_alone(messages, self._transcripts.setdefault(sequence, _Transcript()))

    async def _prompt_alone(self, messages: Sequence[Message], transcript: _Transcript) -> list[int]:
        n_same, n_before = 0, len(transcript.messages)
        for old, new in zip(transcript.messages, messages, strict=False):
            if old != new:
                break
            n_same += 1
        transcript.keep(n_same)
        if n_same < len(messages) or n_same < n_before:
            await self._extend(transcript, messages, n_same)
        ids = [token for piece in transcript.ids for token in piece]
        if not messages[-1].open:
            ids += transcript.opening
        return ids if not self._bos or ids[:1] == self._bos else self._bos + ids

    async def _extend(self, transcript: _Transcript, messages: Sequence[Message], start: int) -> None:
        """Render and tokenise the messages from `start` on."""
        shape = await self.worker.call(protocol.RENDER, roles=[m.role for m in messages], start=start)
        pieces = [[(mark, slot) for mark, slot in piece] for piece in shape["pieces"]]
        segments = {(shape["opening"], True, False)}
        words: dict[int, Sequence[int]] = {}
        for piece in pieces:
            for inside, (mark, slot) in enumerate(piece):
                known = self._known_ids(messages[slot]) if slot >= 0 else None
                if known is None:
                    segments.add((mark or messages[slot].text, slot < 0, inside > 0))
                else:
                    words[slot] = known
        found = await self._tokenize(segments)
        for message, piece in zip(messages[start:], pieces, strict=True):
            parts = [
                words[slot] if slot in words else found[mark or messages[slot].text, slot < 0, inside > 0]
                for inside, (mark, slot) in enumerate(piece)
            ]
            transcript.add(message, piece, parts, messages)
        transcript.opening = found[shape["opening"], True, False]

    def _known_ids(self, message: Message) -> Sequence[int] | None:
        if message.ids:
            return message.ids
        return self._answers.get(message.text) if message.role == "assistant" else None

    async def _tokenize(self, segments: set[_Segment]) -> dict[_Segment, Sequence[int]]:
        """Ids of segments; those of marks are remembered, there are only a few."""
        new = [s for s in segments if s not in self._marks]
        found: dict[_Segment, Sequence[int]] = {s: self._marks[s] for s in segments if s in self._marks}
        if new:
            done = await self.worker.call(protocol.TOKENIZE, segments=[list(s) for s in new])
            found.update(zip(new, done["ids"], strict=True))
            self._marks.update((s, found[s]) for s in new if s[1])
        return found

    async def count(self, text: str) -> int:
        """Tokens that a text takes."""
        done = await self.worker.call(protocol.TOKENIZE, segments=[[text, False, False]])
        return len(done["ids"][0])

    async def forget(self, sequence: SequenceName) -> None:
        """Drop what a sequence has read."""
        self._transcripts.pop(sequence, None)
        await self.worker.call(protocol.DROP, seq=sequence)

    async def save(self, sequence: SequenceName, path: Path) -> int:
        """Keep what a sequence has read in a file; its number of tokens."""
        return int((await self.worker.call(protocol.SAVE, seq=sequence, path=str(path)))["n_tokens"])

    async def restore(self, sequence: SequenceName, path: Path) -> int:
        """Have a sequence read back from a file; its number of tokens."""
        return int((await self.worker.call(protocol.RESTORE, seq=sequence, path=str(path)))["n_tokens"])

    async def enter(self, chat_id: str) -> int:
        """Have the sequence of chats be that of this one: keep the one that was there, read this one's file.

        Returns:
            Tokens that need not be read again, 0 where nothing was kept or it is open already.
        """
        if self._shelf is None or (chat_id == self._chat.id and self._holds_chat):
            return 0
        await self.leave()
        await self.load()
        await self.worker.start()
        self._chat = _OpenChat(chat_id, starts=self.worker.restarts)
        path = self._shelf.path(chat_id, self._path, self._kv_type)
        if path is None or not await asyncio.to_thread(self._shelf.find, path):
            return 0
        try:
            self._chat.n_kept = self._chat.n_read = await self.restore("chat", path)
        except ModelError:
            await asyncio.to_thread(path.unlink, missing_ok=True)
        return self._chat.n_kept

    async def forget_chat(self, chat_id: str = "") -> None:
        """Drop what was read of a chat, or of all, without keeping it; what is being answered is left alone."""
        if chat_id in ("", self._chat.id) and not self._n_active:
            self._chat = _OpenChat()
            self._answers.clear()
            if self.worker.pid is not None:
                for sequence in protocol.SEQUENCES:
                    await self.forget(sequence)

    @property
    def _holds_chat(self) -> bool:
        """Whether the worker that opened the chat still runs."""
        return self.worker.pid is not None and self._chat.starts == self.worker.restarts

    async def leave(self) -> None:
        """Keep what was read of the open chat in its file, where that is worth it."""
        chat, shelf = self._chat, self._shelf
        if shelf is None or not chat.id or not self._holds_chat or self._n_active:
            return
        path = shelf.path(chat.id, self._path, self._kv_type)
        if path is None or chat.n_read < max(MIN_KEPT_TOKENS, chat.n_kept + 1):
            return
        if not await asyncio.to_thread(shelf.has_room):
            return
        try:
            chat.n_kept = await self.save("chat", path)
            await asyncio.to_thread(shelf.keep_within_budget)
        except (ModelError, WorkerError) as exc:
            # A cache: the chat will be read again.
            _log.info("%s", exc)

    async def stats(self) -> dict[str, Any]:
        """What the worker measured at the last generation."""
        return await self.worker.call(protocol.STATS)

    async def aclose(self) -> None:
        """Keep the open chat, unload the model and end its worker."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.leave(), KEEP_LIMIT_S)
        await self.worker.aclose()
