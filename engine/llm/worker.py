"""The model worker: what answers the requests of engine.llm.protocol in the worker's process.

Tokens go out in groups: the first at once, then whatever came within SEND_EVERY_NS, so that a slow model
streams every token and a fast one does not spend its time on messages. The cost of a token outside of
`llama_decode` and the sampler is metered at every token (`stats`).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import BackendMissingError, ModelError, UsageError
from engine.llm import protocol
from engine.llm.backend import Sampling
from engine.llm.gguf import GgufHeader, read_header
from engine.llm.state_file import fingerprint, is_sealed, seal
from engine.llm.templates import ChatFormat
from engine.llm.text import TextStream

if TYPE_CHECKING:
    from engine.llm.llamacpp import Llama
    from engine.llm.session import Session
    from engine.processes.worker_host import Reply

# A token waits at most so long, or one token's time, for others to travel with: as often as a window repaints.
SEND_EVERY_NS = 30_000_000
SEND_MAX_TOKENS = 64


def create_role(config: dict[str, Any]) -> LlmRole:
    """The role `llm` of engine.workers: `{path, n_ctx, n_threads, kv_type}`."""
    return LlmRole(config)


class LlmRole:
    """Serves one model; loads it at the first request that needs it."""

    def __init__(self, config: dict[str, Any]) -> None:
        self._config = config
        self._llama: Llama | None = None
        self._session: Session | None = None
        self._info: dict[str, Any] = {}
        self._texts: dict[int, str] = {}
        self._fingerprint = b""
        self._format = ChatFormat("", lambda _mark: False)
        self._handlers: dict[str, Callable[[dict[str, Any], Reply], dict[str, Any] | None]] = {
            protocol.LOAD: self._load,
            protocol.RENDER: self._render,
            protocol.TOKENIZE: self._tokenize,
            protocol.PREFILL: self._prefill,
            protocol.GENERATE: self._generate,
            protocol.SAVE: self._save,
            protocol.RESTORE: self._restore,
            protocol.DROP: self._drop,
            protocol.STATS: self._stats,
        }

    def handle(self, op: str, message: dict[str, Any], reply: Reply) -> dict[str, Any] | None:
        """Answer one request; what is returned are the fields of its `done`."""
        handler = self._handlers.get(op)
        if handler is None:
            raise UsageError(f"The model worker does not know the request {op!r}.")
        if self._llama:
            self._llama.clear_abort()
        return handler(message, reply)

    def interrupt(self) -> None:
        """Stop the running decode; called on the reader's thread when a cancel arrives."""
        if self._llama:
            self._llama.abort()

    def close(self) -> None:
        """Free the model."""
        if self._llama:
            self._llama.close()
        self._llama = self._session = None
        self._texts.clear()

    def _load(self, message: dict[str, Any], reply: Reply) -> dict[str, Any]:
        self._config = {**self._config, **{k: message[k] for k in ("path", "n_ctx", "n_threads") if k in message}}
        if message.get("path"):
            self.close()
        self._ready(reply)
        return {"info": self._info, **self._vocabulary()}

    def _vocabulary(self) -> dict[str, Any]:
        vocab = self._open_session().llama.vocab
        return {"bos": vocab.bos, "add_bos": vocab.add_bos}

    def _ready(self, reply: Reply) -> Session:
        """The session, with the model loaded."""
        if self._session:
            return self._session
        path = Path(self._config["path"])
        header = read_header(path)
        try:
            # Imported here, where its absence can be said in a sentence: everything else runs without it.
            from engine.llm.llamacpp import Llama
            from engine.llm.session import Session
        except (ImportError, OSError, RuntimeError) as exc:
            raise BackendMissingError(
                "The library that runs model files (llama-cpp-python) is not installed or does not start here; "
                "install it, or choose a model server by its URL."
            ) from exc
        n_ctx = min(int(self._config.get("n_ctx", 4096)), header.n_ctx_train)
        kv_type = str(self._config.get("kv_type", "f16"))
        self._llama = Llama(path, n_ctx, _threads(self._config), _load_progress(reply), kv_type=kv_type)
        self._session = Session(self._llama)
        self._fingerprint = fingerprint(path)
        self._describe(header, self._llama)
        return self._session

    def _open_session(self) -> Session:
        if self._session is None:
            raise ModelError("No model is loaded.")
        return self._session

    def _describe(self, header: GgufHeader, llama: Llama) -> None:
        self._format = ChatFormat(
            header.chat_template,
            header.has_token,
            bos=llama.vocab.special.get(llama.vocab.bos, ""),
            eos=llama.vocab.special.get(header.number("tokenizer.ggml.eos_token_id", -1), ""),
        )
        asked = int(self._config.get("n_ctx", 4096))
        is_short = asked > header.n_ctx_train and header.kind == "chat"
        shorter = f"This model was made for {header.n_ctx_train} tokens of context, so it reads no more than that."
        self._info = {
            "name": header.name,
            "source": str(header.path),
            "backend": "llama.cpp",
            "kind": header.kind,
            "architecture": header.architecture,
            "n_params": llama.n_params,
            "size_bytes": llama.size_bytes,
            "quantisation": header.quantisation,
            "n_ctx": llama.n_ctx,
            "n_ctx_train": header.n_ctx_train,
            "n_vocab": llama.vocab.n_tokens,
            "template": self._format.name,
            "note": " ".join(filter(None, (self._format.note, shorter if is_short else ""))),
        }

    def _render(self, message: dict[str, Any], reply: Reply) -> dict[str, Any]:
        self._ready(reply)
        roles = tuple(message["roles"])
        start = int(message.get("start", 0))
        pieces = [self._format.piece(roles[: n + 1]) for n in range(start, len(roles))]
        return {"pieces": pieces, "opening": self._format.opening(roles)}

    def _tokenize(self, message: dict[str, Any], reply: Reply) -> dict[str, Any]:
        vocab = self._ready(reply).llama.vocab
        segments = message["segments"]
        return {"ids": [vocab.tokenize(text, special=special, inside=inside) for text, special, inside in segments]}

    def _read_prompt(self, message: dict[str, Any], reply: Reply) -> tuple[Session, int, bool]:
        session, seq, ids = self._ready(reply), _sequence(message), message["ids"]
        if not ids:
            raise UsageError("There is nothing to read: the prompt is empty.")

        def tell(done: int) -> None:
            reply.progress(n_done=done, n_prompt=len(ids), n_reused=session.meter.n_reused)

        return session, seq, session.prefill(seq, ids, lambda: reply.cancelled, tell)

    def _prefill(self, message: dict[str, Any], reply: Reply) -> dict[str, Any]:
        session, _seq, complete = self._read_prompt(message, reply)
        return _counts(session, "end" if complete else "cancelled", 0, 0)

    def _generate(self, message: dict[str, Any], reply: Reply) -> dict[str, Any]:
        sampling = protocol.sampling_from_wire(message["sampling"])
        grammar: str | None = message.get("grammar")
        if grammar is not None:
            # Before the prompt is read: whoever asks with a bad grammar learns it at once.
            self._ready(reply).llama.sampler(sampling, grammar, ()).close()
        session, seq, complete = self._read_prompt(message, reply)
        if not complete:
            return _counts(session, "cancelled", 0, 0)
        return self._decode(session, seq, sampling, grammar, reply)

    def _decode(
        self, session: Session, seq: int, sampling: Sampling, grammar: str | None, reply: Reply
    ) -> dict[str, Any]:
        vocab = session.llama.vocab
        stream = TextStream(vocab.piece, self._texts, sampling.stop)
        answer = _Answer(stream, reply)
        sampler = session.llama.sampler(sampling, grammar, session.tokens(seq))
        try:
            reason = session.generate(seq, sampling, sampler, lambda: reply.cancelled, answer.emit)
        finally:
            session.meter.n_refused = sampler.n_refused
            sampler.close()
            answer.finish()
        return _counts(session, reason, answer.n_tokens, stream.n_keep(answer.n_tokens))

    def _save(self, message: dict[str, Any], reply: Reply) -> dict[str, Any]:
        session, seq, path = self._ready(reply), _sequence(message), Path(message["path"])
        tokens = session.tokens(seq)
        partial = path.with_name(path.name + ".part")
        try:
            if not tokens or not session.llama.save(seq, partial, tokens):
                raise ModelError("What the model has read could not be kept; it will be read again.")
            seal(partial, self._fingerprint)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
        return {"n_tokens": len(tokens)}

    def _restore(self, message: dict[str, Any], reply: Reply) -> dict[str, Any]:
        session, seq, path = self._ready(reply), _sequence(message), Path(message["path"])
        session.drop(seq)
        # llama.cpp aborts on a state that is not whole, so nothing reaches it that is not what we wrote.
        tokens = session.llama.restore(seq, path) if is_sealed(path, self._fingerprint) else None
        if not tokens or session.llama.positions(seq)[1] != len(tokens) - 1:
            session.drop(seq)
            raise ModelError("What the model had read before cannot be used any more; it will be read again.")
        session.adopt(seq, tokens)
        return {"n_tokens": len(tokens)}

    def _drop(self, message: dict[str, Any], reply: Reply) -> dict[str, Any]:
        self._ready(reply).drop(_sequence(message))
        return {}

    def _stats(self, _message: dict[str, Any], reply: Reply) -> dict[str, Any]:
        session = self._ready(reply)
        meter = session.meter
        return {
            "n_tokens": [session.n_tokens(seq) for seq in protocol.SEQUENCES.values()],
            "outside_us": meter.outside_us(),
            "prefill_ms": meter.prefill_ns / 1e6,
            "decode_ms": meter.decode_ns / 1e6,
            "sample_ms": meter.sample_ns / 1e6,
            "n_refused": meter.n_refused,
        }


class _Answer:
    """Groups the tokens of one generation into messages.

    Text is made when a message goes out, for all its tokens at once: what runs between two decodes runs on cold
    caches. Only with stop strings each token must be looked at as it comes.
    """

    __slots__ = ("_due_ns", "_ids", "_n_sent", "_pieces", "_reply", "_stream", "_watch")

    def __init__(self, stream: TextStream, reply: Reply) -> None:
        self._stream, self._reply = stream, reply
        self._watch = stream.has_stops
        self._ids: list[int] = []
        self._pieces: list[str] = []
        self._due_ns = 0
        self._n_sent = 0

    def emit(self, token: int, now_ns: int) -> bool:
        """Take one token; True if it completed a stop string."""
        self._ids.append(token)
        if self._watch:
            self._pieces.append(self._stream.feed(token))
            if self._stream.stopped:
                return True
        if now_ns >= self._due_ns or len(self._ids) >= SEND_MAX_TOKENS:
            self._due_ns = now_ns + SEND_EVERY_NS
            self._send("")
        return False

    @property
    def n_tokens(self) -> int:
        return self._n_sent + len(self._ids)

    def finish(self) -> None:
        """Send what is left; text that was held back goes as one more piece that is no token."""
        pieces = self._make_pieces()
        tail = self._stream.finish()
        if pieces or tail:
            self._send(tail)

    def _make_pieces(self) -> list[str]:
        for token in self._ids[len(self._pieces) :]:
            self._pieces.append(self._stream.feed(token))
        return self._pieces

    def _send(self, tail: str) -> None:
        self._reply.send(protocol.TOKEN, ids=self._ids, pieces=self._make_pieces(), tail=tail)
        self._n_sent += len(self._ids)
        self._ids, self._pieces = [], []


def _sequence(message: dict[str, Any]) -> int:
    seq = protocol.SEQUENCES.get(message.get("seq", "chat"))
    if seq is None:
        raise UsageError(f"There is no sequence {message['seq']!r}; use chat, background or scratch.")
    return seq


def _counts(session: Session, reason: str, n_generated: int, n_keep: int) -> dict[str, Any]:
    meter = session.meter
    return {
        "reason": reason,
        "n_prompt": meter.n_prompt,
        "n_reused": meter.n_reused,
        "n_generated": n_generated,
        "n_keep": n_keep,
        "prefill_ms": meter.prefill_ns / 1e6,
        "decode_ms": (meter.decode_ns + meter.sample_ns + sum(meter.outside_ns)) / 1e6,
    }


def _threads(config: dict[str, Any]) -> int:
    """Threads to use: as asked, else all cores but one."""
    asked = int(config.get("n_threads", 0))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return asked or max(1, cores - 1)


def _load_progress(reply: Reply) -> Callable[[float], bool]:
    def tell(done: float) -> bool:
        reply.progress(loaded=round(done, 3))
        return not reply.cancelled

    return tell
