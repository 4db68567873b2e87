"""llama.cpp by its low-level bindings: one loaded model, its vocabulary, its context, its samplers.

The only file that imports `llama_cpp`. What it holds on to, and why (choosing a token: llama_sampler.py):

- *Callbacks live as long as the library may call them.* ctypes frees a callback that nobody refers to, and the
  next call is a SIGSEGV. The log callback belongs to the module, the progress callback to the load.
- *The abort callback is libc's `strlen`.* llama.cpp asks it between the nodes of the graph, 73 times per token of a
  model with 4 layers, on a compute thread. A callback in Python takes the GIL each time (0.3 ms per token there, and
  it waits for whoever holds it); `strlen` of a two-byte buffer is 0 (go on) while the first byte is zero and 1 (stop)
  once `abort()` sets it. `bool` is read from the low byte of the result on every ABI we run on.
- *The loop over tokens is one function* (`Llama.run`) on local names. Between two decodes the caches belong to the
  weights, so each line of Python that runs there is fetched from memory again: a loop through a generator and
  five methods cost 70 us per token on a 100 M model, this one a third of it.
- *Null pointers are tested.* A bad grammar, a model that does not load, a context that does not fit are all
  null pointers here and sentences above.
"""

from __future__ import annotations

import ctypes
import logging
import os
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import llama_cpp.llama_cpp as _bindings

from engine.errors import ModelBrokenError, ModelError, UsageError
from engine.llm.reading import N_BATCH, N_SEQUENCES, Emit, Meter
from engine.llm.token_starts import TokenStarts
from engine.llm.vocabulary import MARK, Vocabulary

if TYPE_CHECKING:
    from engine.llm.llama_sampler import Sampler

_log = logging.getLogger("llama.cpp")
# The bindings are functions of a shared library; their hints describe less than they accept.
lib: Any = _bindings

_MIN_CELLS = 256
_WHY_CHARACTERS = 200
# Models below this many parameters attend without flash attention.
_TINY, _TINY_BATCH = 20_000_000, 128
# Types of the KV cache by ggml's numbers.
KV_TYPES = {"f16": 1, "q8_0": 8}
DECODE_OK, DECODE_NO_ROOM, DECODE_ABORTED = 0, 1, 2

# ggml's levels: 2 is info, 3 a warning, 4 an error. Its errors are warnings here: whatever it could not do is raised
# with a sentence of our own.
# What it calls errors after an abort is what we asked for (status 1, return code 2).
_ABORT_LINES = ("failed with error 1", "compute status: 1", "ret = 2")
_LEVELS = {2: logging.DEBUG, 3: logging.INFO, 4: logging.WARNING}


# What the library complained about last, for sentences; emptied before each load.
_told: deque[str] = deque(maxlen=20)


def _told_last() -> str:
    """The reason in the library's own words: the innermost, which it says first."""
    reason = next((line for line in _told if "error" in line), _told[0])
    return reason.rsplit("error loading model", 1)[-1].lstrip(": ")[:_WHY_CHARACTERS]


def _write_log(level: int, text: bytes, _user_data: object) -> None:
    line = text.decode("utf-8", errors="replace").strip()
    if line and line != ".":
        level = logging.DEBUG if line.endswith(_ABORT_LINES) else _LEVELS.get(level, logging.DEBUG)
        _log.log(level, "%s", line)
        if level >= logging.WARNING:
            _told.append(line)


_LOG_CALLBACK = lib.llama_log_callback(_write_log)
_libc = ctypes.CDLL("msvcrt") if sys.platform == "win32" else ctypes.CDLL(None)
_ABORT_CALLBACK = ctypes.cast(_libc.strlen, lib.ggml_abort_callback)


def _load_variants() -> None:
    """Have a portable build (packaging/llama) choose its library for this processor; others have theirs inside."""
    folder = Path(lib._lib._name).parent
    # Elsewhere the functions of ggml are found through the library that needs it.
    ggml = ctypes.CDLL(str(folder / "ggml.dll")) if sys.platform == "win32" else lib._lib
    ggml.ggml_backend_reg_count.restype = ctypes.c_size_t
    if ggml.ggml_backend_reg_count() == 0:
        ggml.ggml_backend_load_all_from_path.argtypes = [ctypes.c_char_p]
        ggml.ggml_backend_load_all_from_path(os.fsencode(folder))


def _start_library() -> None:
    lib.llama_log_set(_LOG_CALLBACK, None)
    lib.llama_backend_init()
    _load_variants()


class Llama:
    """A loaded model with its context.

    Args:
        n_ctx: tokens of context, already bounded by what the model was trained for.
        on_progress: called with 0…1 while the weights load; False stops the load.
        kv_type: of the KV cache: f16, or q8_0 for half of it.
        n_ubatch: tokens that go through the layers at once, at most N_BATCH.
        use_mmap: map the file; otherwise it is read into memory.

    Raises:
        ModelBrokenError: llama.cpp cannot load the file.
        ModelError: there is no room for the context.
    """

    def __init__(
        self,
        path: Path,
        n_ctx: int,
        n_threads: int,
        on_progress: Callable[[float], bool],
        *,
        kv_type: str = "f16",
        n_ubatch: int = N_BATCH,
        use_mmap: bool = True,
    ) -> None:
        _start_library()
        self._model: Any = None
        self._context: Any = None
        self._flag = ctypes.create_string_buffer(2)
        try:
            self._load(path, on_progress, use_mmap)
            self.vocab = Vocab(lib.llama_model_get_vocab(self._model))
            self._open_context(path, n_ctx, n_threads, kv_type, n_ubatch)
        # Whatever stops the load, Ctrl+C as well: the weights are freed, not left to the collector.
        except BaseException:
            self.close()
            raise
        self.n_ctx = n_ctx
        self.memory = lib.llama_get_memory(self._context)
        self.n_swa = int(lib.llama_model_n_swa(self._model))
        self.keeps_state = bool(lib.llama_model_is_recurrent(self._model) or lib.llama_model_is_hybrid(self._model))
        self._batch = _Batch(N_BATCH)

    @property
    def rereads(self) -> bool:
        """Whether a prompt that differs somewhere from what was read may have to be read from its beginning."""
        return self.keeps_state or 0 < self.n_swa < self.n_ctx

    def _load(self, path: Path, on_progress: Callable[[float], bool], use_mmap: bool) -> None:
        _told.clear()
        params = lib.llama_model_default_params()
        params.use_mmap = use_mmap
        callback = lib.llama_progress_callback(lambda done, _user_data: on_progress(done))
        params.progress_callback = callback
        self._model = lib.llama_model_load_from_file(os.fsencode(path), params)
        if not self._model:
            why = f" ({_told_last()})" if _told else ""
            raise ModelBrokenError(f"{path.name} could not be loaded by llama.cpp{why}. Choose another.")
        if not lib.llama_model_has_decoder(self._model) or lib.llama_model_has_encoder(self._model):
            raise ModelBrokenError(f"{path.name} is not a model that continues text; choose a chat model.")

    def _open_context(self, path: Path, n_ctx: int, n_threads: int, kv_type: str, n_ubatch: int) -> None:
        params = lib.llama_context_default_params()
        # llama.cpp aborts where there are fewer cells than sequences; it takes them by 256 in any case.
        params.n_ctx = max(n_ctx, _MIN_CELLS)
        params.n_batch = min(N_BATCH, params.n_ctx)
        params.n_ubatch = min(n_ubatch, params.n_batch)
        params.n_seq_max = N_SEQUENCES
        params.type_k = params.type_v = KV_TYPES[kv_type]
        if self.n_params < _TINY and kv_type == "f16":
            # With heads as narrow as the guide's, flash attention takes half as long again for a token at 2,000; what
            # it saves in memory is little in batches of 128.
            params.flash_attn_type = lib.LLAMA_FLASH_ATTN_TYPE_DISABLED
            params.n_ubatch = min(params.n_ubatch, _TINY_BATCH)
        params.n_threads = params.n_threads_batch = n_threads
        # One pool of cells for all sequences: without it each gets a third of the context.
        params.kv_unified = True
        params.no_perf = True
        self._context = lib.llama_init_from_model(self._model, params)
        if not self._context or not lib.llama_get_memory(self._context):
            raise ModelError(
                f"There is no room for a context of {n_ctx} tokens with {path.name}; "
                "choose a shorter context or a smaller model."
            )
        lib.llama_set_abort_callback(self._context, _ABORT_CALLBACK, ctypes.addressof(self._flag))

    def set_threads(self, n_threads: int) -> None:
        """Use so many threads from the next decode on."""
        lib.llama_set_n_threads(self._context, n_threads, n_threads)

    def abort(self) -> None:
        """Stop the running decode within one node of its graph; safe from any thread."""
        self._flag[0] = b"\x01"

    def clear_abort(self) -> None:
        """Let decodes run again."""
        self._flag[0] = b"\x00"

    def decode(self, tokens: Sequence[int], position: int, seq: int, *, logits: bool) -> int:
        """Read up to N_BATCH tokens into a sequence from `position` on; logits of the last one if asked.

        Returns: DECODE_OK, DECODE_NO_ROOM, DECODE_ABORTED, or a negative number.
        """
        code: int = lib.llama_decode(self._context, self._batch.fill(tokens, position, seq, logits))
        return code

    def run(self, sampler: Sampler, seq: int, tokens: list[int], most: int, emit: Emit, meter: Meter) -> str:
        """Generate up to `most` tokens after `tokens` and append those that were read to it.

        Args:
            emit: told each token and the time in ns; True ends the loop (reason "stop").

        Returns: end, stop, length, or aborted: the last token emitted was not read, `meter.code` says why.
        """
        sample, decode, clock = lib.llama_sampler_sample, lib.llama_decode, time.perf_counter_ns
        context, ends, chain, check = self._context, self.vocab.ends, sampler.chain, sampler.check
        batch, token_cell, position_cell = self._batch.single(seq)
        outside, append, abort_flag = meter.outside_ns, tokens.append, self._flag
        position, read = len(tokens), clock()
        while most > 0:
            begun = clock()
            token = sample(chain, context, -1)
            if check:
                token = check(token)
            sampled = clock()
            meter.sample_ns += sampled - begun
            if token in ends:
                return "end"
            if emit(token, sampled):
                return "stop"
            most -= 1
            if not most:
                break
            token_cell[0], position_cell[0] = token, position
            before = clock()
            code = DECODE_ABORTED if abort_flag[0] != b"\0" else decode(context, batch)
            now = clock()
            meter.decode_ns += now - before
            outside.append(begun - read + before - sampled)
            read = now
            if code:
                meter.code = code
                return "aborted"
            append(token)
            position += 1
        return "length"

    @property
    def pending(self) -> int:
        """The token that `run` did not read when it was aborted."""
        return self._batch.first

    @property
    def context(self) -> Any:
        """The pointer that samplers read the logits from."""
        return self._context

    def remove(self, seq: int, start: int = -1) -> bool:
        """Forget a sequence from `start` on; False where this kind of memory cannot forget a part."""
        return bool(lib.llama_memory_seq_rm(self.memory, seq, start, -1))

    def positions(self, seq: int) -> tuple[int, int]:
        """First and last position in memory, (-1, -1) for an empty sequence."""
        return (
            int(lib.llama_memory_seq_pos_min(self.memory, seq)),
            int(lib.llama_memory_seq_pos_max(self.memory, seq)),
        )

    def save(self, seq: int, path: Path, tokens: Sequence[int]) -> bool:
        """Write a sequence's memory with its tokens to a file."""
        array = (ctypes.c_int32 * len(tokens))(*tokens)
        return bool(lib.llama_state_seq_save_file(self._context, os.fsencode(path), seq, array, len(tokens)))

    def restore(self, seq: int, path: Path) -> list[int] | None:
        """Read a sequence's memory back; its tokens, or None where the file does not fit this model."""
        array, count = (ctypes.c_int32 * self.n_ctx)(), ctypes.c_size_t()
        size = lib.llama_state_seq_load_file(
            self._context, os.fsencode(path), seq, array, self.n_ctx, ctypes.byref(count)
        )
        return list(array[: count.value]) if size else None

    @property
    def n_params(self) -> int:
        return int(lib.llama_model_n_params(self._model))

    @property
    def size_bytes(self) -> int:
        """Bytes of the weights."""
        return int(lib.llama_model_size(self._model))

    def close(self) -> None:
        """Free the context and the model."""
        if self._context:
            lib.llama_free(self._context)
        if self._model:
            lib.llama_model_free(self._model)
        self._context = self._model = None


class _Batch:
    """A llama_batch over arrays that are made once: nothing is allocated per token."""

    def __init__(self, size: int) -> None:
        self._tokens = (ctypes.c_int32 * size)()
        self._positions = (ctypes.c_int32 * size)()
        self._counts = (ctypes.c_int32 * size)(*([1] * size))
        self._seq = (ctypes.c_int32 * 1)()
        pointer = ctypes.cast(self._seq, ctypes.POINTER(ctypes.c_int32))
        self._seqs = (ctypes.POINTER(ctypes.c_int32) * (size + 1))(*([pointer] * size))
        self._logits = (ctypes.c_int8 * size)()
        self._batch = lib.llama_batch(
            n_tokens=0,
            token=ctypes.cast(self._tokens, ctypes.POINTER(ctypes.c_int32)),
            pos=ctypes.cast(self._positions, ctypes.POINTER(ctypes.c_int32)),
            n_seq_id=ctypes.cast(self._counts, ctypes.POINTER(ctypes.c_int32)),
            seq_id=ctypes.cast(self._seqs, ctypes.POINTER(ctypes.POINTER(ctypes.c_int32))),
            logits=ctypes.cast(self._logits, ctypes.POINTER(ctypes.c_int8)),
        )

    def fill(self, tokens: Sequence[int], position: int, seq: int, logits: bool) -> Any:
        n = len(tokens)
        self._tokens[:n] = list(tokens)
        self._positions[:n] = list(range(position, position + n))
        ctypes.memset(self._logits, 0, n)
        self._logits[n - 1] = logits
        self._seq[0] = seq
        self._batch.n_tokens = n
        return self._batch

    @property
    def first(self) -> int:
        return int(self._tokens[0])

    def single(self, seq: int) -> tuple[Any, Any, Any]:
        """The batch set to one token with logits, and the cells of its id and its position."""
        self._logits[0], self._seq[0], self._batch.n_tokens = 1, seq, 1
        return self._batch, self._tokens, self._positions


class Vocab(Vocabulary):
    """The tokens of a GGUF file."""

    def __init__(self, pointer: Any) -> None:
        if lib.llama_vocab_type(pointer) == lib.LLAMA_VOCAB_TYPE_NONE:
            raise ModelBrokenError("This model file has no vocabulary; choose another.")
        self._pointer = pointer
        self._buffer = ctypes.create_string_buffer(256)
        n_tokens = int(lib.llama_vocab_n_tokens(pointer))
        super().__init__(
            n_tokens,
            {i: text for i in range(n_tokens) if (text := self._special_text(i))},
            [i for i in range(n_tokens) if lib.llama_vocab_is_eog(pointer, i)],
            bos=int(lib.llama_vocab_bos(pointer)),
            add_bos=bool(lib.llama_vocab_get_add_bos(pointer)),
        )

    @cached_property
    def starts(self) -> TokenStarts:
        """What tokens begin with."""
        return TokenStarts(self.n_tokens, self._read_piece)

    def _special_text(self, token: int) -> str:
        attributes = lib.llama_vocab_get_attr(self._pointer, token)
        text: str = lib.llama_vocab_get_text(self._pointer, token).decode("utf-8", errors="replace")
        if attributes & (lib.LLAMA_TOKEN_ATTR_CONTROL | lib.LLAMA_TOKEN_ATTR_UNKNOWN):
            return text
        if attributes & lib.LLAMA_TOKEN_ATTR_USER_DEFINED and MARK.fullmatch(text):
            return text
        return ""

    def _encode(self, text: str, special: bool) -> list[int]:
        data = text.encode("utf-8", errors="replace")
        size = len(data) + 8
        for _ in range(2):
            array = (ctypes.c_int32 * size)()
            count = lib.llama_tokenize(self._pointer, data, len(data), array, size, False, special)
            if 0 <= count <= size:
                return list(array[:count])
            size = -count
        raise ModelError("A text could not be turned into tokens; the model file may be damaged.")

    def _read_piece(self, token: int) -> bytes:
        length = lib.llama_token_to_piece(self._pointer, token, self._buffer, len(self._buffer), 0, False)
        if length < 0:
            self._buffer = ctypes.create_string_buffer(-length)
            length = lib.llama_token_to_piece(self._pointer, token, self._buffer, -length, 0, False)
        return self._buffer.raw[:length] if length > 0 else b""

    def grammar(self, text: str) -> Any:
        """A grammar sampler; UsageError where the grammar cannot be read."""
        # An empty text would be a grammar that allows everything.
        sampler = text.strip() and lib.llama_sampler_init_grammar(self._pointer, text.encode("utf-8"), b"root")
        if not sampler:
            raise UsageError("The grammar for this answer cannot be read; it needs GBNF with a rule named root.")
        return sampler
