"""Every key name in the store, in one table.

    sj:{space}:schema            record   {version, app, created_ms}; written by migrations
    sj:{space}:doc:{id}          record   engine.documents.types.Document
    sj:{space}:docs              index    document id by time added (ms)
    sj:{space}:path:{sha256}     record   {document_id}: document by the SHA-256 of its path
    sj:{space}:hash:{sha256}     record   {document_id}: document by the SHA-256 of its content
    sj:{space}:doc:{id}:passages index    passage id by position
    sj:{space}:psg:{id}          record   engine.documents.types.Passage
    sj:{space}:docs:trash        index    id of a document in the trash by time (ms)
    sj:{space}:docgone:{id}      record   engine.documents.types.Document in the trash; its passages stay
    sj:{space}:trouble:{sha256}  record   engine.documents.types.Trouble, by the SHA-256 of the path
    sj:{space}:troubles          index    SHA-256 of a path that could not be read by time (ms)
    sj:{space}:mem:{id}          record   engine.memory.entry.MemoryEntry
    sj:{space}:tier:{tier}       index    memory id by last use (ms)
    sj:{space}:chat:{id}         record   engine.chats.Chat
    sj:{space}:chats             index    chat id by last turn (ms)
    sj:{space}:chat:{id}:turns   index    turn id by position
    sj:{space}:turn:{id}         record   engine.chats.Turn
    sj:{space}:run:{id}          record   trace of a run
    sj:{space}:unembedded        index    `memory:{id}` or `document:{id}` that waits for its vectors
    sj:{space}:gone:{id}         record   engine.memory.shelf.State of a memory in the trash
    sj:{space}:trash             index    id of a memory in the trash by time (ms)
    sj:{space}:withdrawn         index    those of them that went with a turn that was taken back
    sj:{space}:change:{id}       record   engine.memory.journal.MemoryChange
    sj:{space}:change:{id}:{mem} record   engine.memory.shelf.State of a memory before that change
    sj:{space}:undo              index    id of a change by time (ms)
    sj:{space}:forgetting        record   {change: {ids, keep_chat}}: forgettings that were begun and are not finished
    sj:{space}:clock             record   {seen_ms}: the last time that the clock was believed
    sj:{space}:embedding         record   {model, dim, kind, next}: engine.reembedding
    sj:{space}:said:{chat}       index    id of a memory that was said in a chat by time (ms)
    sj:{space}:changes           stream   what changed, for caches (at most about 100,000 entries)

A *record* is a mapping, stored as msgpack with a checksum, zlib above 200 bytes. An *index* is a
sorted set of members with a score. The space is a segment of every key and of the ACL prefix.
"""

from __future__ import annotations

from dataclasses import dataclass

PREFIX = "sj"


@dataclass(frozen=True, slots=True)
class Keys:
    """The key names of one space."""

    space: str

    def _key(self, *parts: str) -> str:
        return ":".join((PREFIX, self.space, *parts))

    @property
    def prefix(self) -> str:
        """What every key of the space starts with, its last colon included."""
        return self._key("")

    @property
    def schema(self) -> str:
        return self._key("schema")

    @property
    def documents(self) -> str:
        return self._key("docs")

    @property
    def documents_trash(self) -> str:
        return self._key("docs", "trash")

    @property
    def troubles(self) -> str:
        return self._key("troubles")

    @property
    def chats(self) -> str:
        return self._key("chats")

    @property
    def chats_trash(self) -> str:
        return self._key("chats", "trash")

    @property
    def unembedded(self) -> str:
        return self._key("unembedded")

    @property
    def trash(self) -> str:
        return self._key("trash")

    @property
    def withdrawn(self) -> str:
        return self._key("withdrawn")

    @property
    def forgetting(self) -> str:
        return self._key("forgetting")

    @property
    def clock(self) -> str:
        return self._key("clock")

    @property
    def embedding(self) -> str:
        return self._key("embedding")

    @property
    def undo(self) -> str:
        return self._key("undo")

    @property
    def changes(self) -> str:
        return self._key("changes")

    def document(self, document_id: str) -> str:
        return self._key("doc", document_id)

    def trashed_document(self, document_id: str) -> str:
        return self._key("docgone", document_id)

    def trouble(self, path_hash: str) -> str:
        return self._key("trouble", path_hash)

    def document_by_path(self, path_hash: str) -> str:
        return self._key("path", path_hash)

    def document_by_content(self, content_hash: str) -> str:
        return self._key("hash", content_hash)

    def document_passages(self, document_id: str) -> str:
        return self._key("doc", document_id, "passages")

    def passage(self, passage_id: str) -> str:
        return self._key("psg", passage_id)

    def memory(self, memory_id: str) -> str:
        return self._key("mem", memory_id)

    def trashed_memory(self, memory_id: str) -> str:
        return self._key("gone", memory_id)

    def memory_change(self, change_id: str) -> str:
        return self._key("change", change_id)

    def memory_before(self, change_id: str, memory_id: str) -> str:
        return self._key("change", change_id, memory_id)

    def said(self, chat_id: str) -> str:
        return self._key("said", chat_id)

    def tier(self, tier: str) -> str:
        return self._key("tier", tier)

    def chat(self, chat_id: str) -> str:
        return self._key("chat", chat_id)

    def chat_turns(self, chat_id: str) -> str:
        return self._key("chat", chat_id, "turns")

    def turn(self, turn_id: str) -> str:
        return self._key("turn", turn_id)

    def run(self, run_id: str) -> str:
        return self._key("run", run_id)
