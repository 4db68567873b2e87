"""The model worker: what answers the requests of engine.llm.protocol in the worker's process.

Tokens go out in groups: the first at once, then whatever came within SEND_EVERY_NS, so that a slow model
streams every token and a fast one does not spend its time on messages. The cost of a token outside of
the model and its sampler is metered at every token (`stats`).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import ModelError, UsageError
from engine.llm import protocol
from engine.llm.backend import Sampling
from engine.llm.opening import Opened, open_model
from engine.llm.reading import Measured, Runner
from engine.llm.state_file import is_sealed, seal
from engine.llm.text import TextStream

if TYPE_CHECKING:
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
        self._opened: Opened | None = None
        self._texts: dict[int, str] = {}
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
            protocol.MEASURE: self._measure,
        }

    def handle(self, op: str, message: dict[str, Any], reply: Reply) -> dict[str, Any] | None:
        """Answer one request; what is returned are the fields of its `done`."""
        handler = self._handlers.get(op)
        if handler is None:
            raise UsageError(f"The model worker does not know the request {op!r}.")
        if self._opened:
            self._opened.runner.clear_abort()
        return handler(message, reply)

    def interrupt(self) -> None:
        """Stop the running decode; called on the reader's thread when a cancel arrives."""
        if self._opened:
            self._opened.runner.abort()

    def close(self) -> None:
        """Free the model."""
        opened, self._opened = self._opened, None
        if opened:
            opened.runner.close()
        self._texts.clear()

    def _load(self, message: dict[str, Any], reply: Reply) -> dict[str, Any]:
        self._config = {
            **self._config,
            **{k: message[k] for k in ("path", "n_ctx", "n_threads", "use_mmap") if k in message},
        }
        if message.get("path"):
            self.close()
        opened = self._ready(reply)
        vocab = opened.runner.vocab
        return {"info": opened.info, "bos": vocab.bos, "add_bos": vocab.add_bos}

    def _ready(self, reply: Reply) -> Opened:
        """The model, loaded."""
        if self._opened is None:
            self._opened = open_model(self._config, _load_progress(reply))
        return self._opened

    def _render(self, message: dict[str, Any], reply: Reply) -> dict[str, Any]:
        chat_format = self._ready(reply).format
        roles = tuple(message["roles"])
        start = int(message.get("start", 0))
        pieces = [chat_format.piece(roles[: n + 1]) for n in range(start, len(roles))]
        return {"pieces": pieces, "opening": chat_format.opening(roles)}

    def _tokenize(self, message: dict[str, Any], reply: Reply) -> dict[str, Any]:
        vocab = self._ready(reply).runner.vocab
        segments = message["segments"]
        return {"ids": [vocab.tokenize(text, special=special, inside=inside) for text, special, inside in segments]}

    def _read_prompt(self, message: dict[str, Any], reply: Reply) -> tuple[Runner, int, bool]:
        runner, seq, ids = self._ready(reply).runner, _sequence(message), message["ids"]
        if not ids:
            raise UsageError("There is nothing to read: the prompt is empty.")

        def tell(done: int) -> None:
            reply.progress(
                n_done=done, n_prompt=len(ids), n_reused=runner.meter.n_reused, n_reread=runner.meter.n_reread
            )

        return runner, seq, runner.prefill(seq, ids, lambda: reply.cancelled, tell)

    def _prefill(self, message: dict[str, Any], reply: Reply) -> dict[str, Any]:
        runner, _seq, complete = self._read_prompt(message, reply)
        return _counts(runner, "end" if complete else "cancelled", 0, 0)

    def _generate(self, message: dict[str, Any], reply: Reply) -> dict[str, Any]:
        sampling = protocol.sampling_from_wire(message["sampling"])
        grammar: str | None = message.get("grammar")
        if grammar is not None:
            # Before the prompt is read: whoever asks with a bad grammar learns it at once.
            self._ready(reply).runner.sampler(sampling, grammar, ()).close()
        runner, seq, complete = self._read_prompt(message, reply)
        if not complete:
            return _counts(runner, "cancelled", 0, 0)
        return self._decode(runner, seq, sampling, grammar, reply)

    def _decode(
        self, runner: Runner, seq: int, sampling: Sampling, grammar: str | None, reply: Reply
    ) -> dict[str, Any]:
        stream = TextStream(runner.vocab.piece, self._texts, sampling.stop)
        answer = _Answer(stream, reply)
        sampler = runner.sampler(sampling, grammar, runner.tokens(seq))
        try:
            reason = runner.generate(seq, sampling, sampler, lambda: reply.cancelled, answer.emit)
        finally:
            runner.meter.n_refused = sampler.n_refused
            sampler.close()
            answer.finish()
        return _counts(runner, reason, answer.n_tokens, stream.n_keep(answer.n_tokens))

    def _save(self, message: dict[str, Any], reply: Reply) -> dict[str, Any]:
        opened, seq, path = self._ready(reply), _sequence(message), Path(message["path"])
        partial = path.with_name(path.name + ".part")
        try:
            if not opened.runner.save(seq, partial):
                raise ModelError("What the model has read could not be kept; it will be read again.")
            seal(partial, opened.fingerprint)
            partial.replace(path)
        except OSError as exc:
            raise ModelError(f"What the model has read could not be kept ({exc.strerror}).") from exc
        finally:
            partial.unlink(missing_ok=True)
        return {"n_tokens": len(opened.runner.tokens(seq))}

    def _restore(self, message: dict[str, Any], reply: Reply) -> dict[str, Any]:
        opened, seq, path = self._ready(reply), _sequence(message), Path(message["path"])
        # llama.cpp aborts on a state that is not whole, so nothing reaches it that is not what we wrote.
        if not is_sealed(path, opened.fingerprint) or not opened.runner.restore(seq, path):
            opened.runner.drop(seq)
            raise ModelError("What the model had read before cannot be used any more; it will be read again.")
        return {"n_tokens": len(opened.runner.tokens(seq))}

    def _drop(self, message: dict[str, Any], reply: Reply) -> dict[str, Any]:
        self._ready(reply).runner.drop(_sequence(message))
        return {}

    def _measure(self, message: dict[str, Any], reply: Reply) -> dict[str, Any]:
        runner = self._ready(reply).runner
        if not isinstance(runner, Measured):
            raise UsageError("A model of this form is not calibrated.")
        read, said = int(message["read"]), int(message["said"])
        threads, batch = int(message["n_threads"]), int(message["batch"])

        def go_on() -> bool:
            reply.progress()
            return not reply.cancelled

        read_s, said_s = runner.measure(threads, batch, read, said, go_on)
        return {"read_s": read_s, "said_s": said_s}

    def _stats(self, _message: dict[str, Any], reply: Reply) -> dict[str, Any]:
        runner = self._ready(reply).runner
        meter = runner.meter
        return {
            "n_tokens": [len(runner.tokens(seq)) for seq in protocol.SEQUENCES.values()],
            "outside_us": meter.outside_us(),
            "prefill_ms": meter.prefill_ns / 1e6,
            "decode_ms": meter.decode_ns / 1e6,
            "sample_ms": meter.sample_ns / 1e6,
            "n_refused": meter.n_refused,
            "n_reread": meter.n_reread,
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


def _counts(runner: Runner, reason: str, n_generated: int, n_keep: int) -> dict[str, Any]:
    meter = runner.meter
    return {
        "reason": reason,
        "n_prompt": meter.n_prompt,
        "n_reused": meter.n_reused,
        "n_reread": meter.n_reread,
        "n_generated": n_generated,
        "n_keep": n_keep,
        "prefill_ms": meter.prefill_ns / 1e6,
        "decode_ms": (meter.decode_ns + meter.sample_ns + sum(meter.outside_ns)) / 1e6,
    }


def _load_progress(reply: Reply) -> Callable[[float], bool]:
    def tell(done: float) -> bool:
        reply.progress(loaded=round(done, 3))
        return not reply.cancelled

    return tell
