"""Reading a GGUF header in Python, before any C++ sees the file.

llama.cpp trusts much of what a file says: a count that is too large becomes an allocation of terabytes, a
head count of zero a division by zero, a score table shorter than the vocabulary a read past the end, and
each of them ends the process. So the header is walked here first, and every number in it is held against
the size of the file: magic, version, counts, string lengths, array sizes, tensor shapes, offsets. A file
that was cut off in a download is found by the same arithmetic, because its last tensors lie past its end.
What a wrong *weight* does cannot be seen from outside; it makes nonsense, not a crash.

The same walk gives what the rest of the program wants to know without loading a model: name, architecture,
context length, chat template, quantisation, number of parameters. Long arrays (a vocabulary is 150,000
strings) are checked and skipped, not built: `ArrayInfo` says where they lie.
"""

from __future__ import annotations

import math
import struct
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from engine.errors import ModelBrokenError, ModelNotFoundError

MAGIC = b"GGUF"
# Arrays up to this many items are read into the metadata, longer ones only located.
SHORT_ARRAY = 64
# Bytes read first; the headers of most models fit, and the rest is read on demand.
_FIRST_READ_BYTES = 4 * 2**20
_MAX_KEY_BYTES = 65_535
_MAX_DIMS = 4
_MAX_ELEMENTS = 2**44
_MAX_LAYERS = 4096
# Longest name that is shown.
_NAME_CHARACTERS = 80
_STRING, _ARRAY = 8, 9
_SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}

# ggml type → (name, values in a block, bytes of a block). Source: ggml.h and ggml-common.h.
_TYPES: dict[int, tuple[str, int, int]] = {
    0: ("f32", 1, 4), 1: ("f16", 1, 2), 2: ("q4_0", 32, 18), 3: ("q4_1", 32, 20), 6: ("q5_0", 32, 22),
    7: ("q5_1", 32, 24), 8: ("q8_0", 32, 34), 9: ("q8_1", 32, 36), 10: ("q2_k", 256, 84), 11: ("q3_k", 256, 110),
    12: ("q4_k", 256, 144), 13: ("q5_k", 256, 176), 14: ("q6_k", 256, 210), 15: ("q8_k", 256, 292),
    16: ("iq2_xxs", 256, 66), 17: ("iq2_xs", 256, 74), 18: ("iq3_xxs", 256, 98), 19: ("iq1_s", 256, 50),
    20: ("iq4_nl", 32, 18), 21: ("iq3_s", 256, 110), 22: ("iq2_s", 256, 82), 23: ("iq4_xs", 256, 136),
    24: ("i8", 1, 1), 25: ("i16", 1, 2), 26: ("i32", 1, 4), 27: ("i64", 1, 8), 28: ("f64", 1, 8),
    29: ("iq1_m", 256, 56), 30: ("bf16", 1, 2), 34: ("tq1_0", 256, 54), 35: ("tq2_0", 256, 66),
    39: ("mxfp4", 32, 17),
}  # fmt: skip
# general.file_type → the name people know. Source: llama.h, enum llama_ftype.
_FILE_TYPES = {
    0: "f32", 1: "f16", 2: "q4_0", 3: "q4_1", 7: "q8_0", 8: "q5_0", 9: "q5_1", 10: "q2_k", 11: "q3_k_s",
    12: "q3_k_m", 13: "q3_k_l", 14: "q4_k_s", 15: "q4_k_m", 16: "q5_k_s", 17: "q5_k_m", 18: "q6_k",
    19: "iq2_xxs", 20: "iq2_xs", 21: "q2_k_s", 22: "iq3_xs", 23: "iq3_xxs", 24: "iq1_s", 25: "iq4_nl",
    26: "iq3_s", 27: "iq3_m", 28: "iq2_s", 29: "iq2_m", 30: "iq4_xs", 31: "iq1_m", 32: "bf16", 36: "tq1_0",
    37: "tq2_0", 38: "mxfp4",
}  # fmt: skip
# Architectures that turn text into vectors or read pictures; they have nothing to chat with.
_NOT_CHAT = {"bert", "nomic-bert", "nomic-bert-moe", "jina-bert-v2", "jina-bert-v3", "modern-bert", "neo-bert",
             "eurobert", "gemma-embedding", "t5encoder", "clip", "wavtokenizer-dec"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ArrayInfo:
    """An array too long to be read: its item type, its length, and where its bytes lie."""

    item_type: int
    count: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """One tensor: its type by name, and where it lies counted from the start of the data."""

    name: str
    shape: tuple[int, ...]
    type: str
    offset: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """What a GGUF file says about itself, checked against its size.

    Attributes:
        metadata: key → value; arrays longer than SHORT_ARRAY as `ArrayInfo`.
        data_start: where the tensors begin.
    """

    path: Path
    version: int
    metadata: dict[str, Any]
    tensors: tuple[TensorInfo, ...]
    data_start: int
    size_bytes: int

    def text(self, key: str) -> str:
        """A string of the metadata, "" where there is none."""
        value = self.metadata.get(key, "")
        return value if isinstance(value, str) else ""

    def number(self, key: str, default: int = 0) -> int:
        """A whole number of the metadata (of an array per layer the largest)."""
        value = self.metadata.get(key, default)
        if isinstance(value, list) and value and all(isinstance(v, int) for v in value):
            value = max(value)
        return value if isinstance(value, int) else default

    @property
    def architecture(self) -> str:
        return self.text("general.architecture")

    @property
    def name(self) -> str:
        """The name for people: general.name, else the file's name."""
        # A file may say anything here: one line of it, and no more than fits.
        named = "".join(c if c.isprintable() else " " for c in self.text("general.name")[:_NAME_CHARACTERS])
        return " ".join(named.split()) or self.path.stem

    @property
    def kind(self) -> str:
        """`guide` for our own model that chooses and writes nothing, else `chat`."""
        return "guide" if self.text("scrubjay.kind") == "guide" else "chat"

    @property
    def n_ctx_train(self) -> int:
        return self.number(f"{self.architecture}.context_length")

    @property
    def chat_template(self) -> str:
        return self.text("tokenizer.chat_template")

    @property
    def n_params(self) -> int:
        return sum(math.prod(t.shape) for t in self.tensors)

    @property
    def quantisation(self) -> str:
        """The file's type by name, else that of most of its weights."""
        named = _FILE_TYPES.get(self.number("general.file_type", -1))
        weights: Counter[str] = Counter()
        for tensor in self.tensors:
            weights[tensor.type] += math.prod(tensor.shape)
        return named or (weights.most_common(1)[0][0] if weights else "")

    def has_token(self, mark: str) -> bool:
        """Whether the vocabulary has exactly this token."""
        info = self.metadata.get("tokenizer.ggml.tokens")
        if isinstance(info, list):
            return mark in info
        if not isinstance(info, ArrayInfo):
            return False
        with self.path.open("rb") as file:
            file.seek(info.start)
            blob = file.read(info.end - info.start)
        encoded = mark.encode()
        return struct.pack("<Q", len(encoded)) + encoded in blob


def read_header(path: Path) -> GgufHeader:
    """Read and check the header of a GGUF file.

    Raises:
        ModelNotFoundError: there is no such file, or it cannot be opened.
        ModelBrokenError: it is not a model, or not a whole one; the sentence says why.
    """
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise ModelNotFoundError(f"{path.name} is not a file; choose a model file that ends in .gguf.")
        with path.open("rb") as file:
            return _Reader(path, file, size).header()
    except FileNotFoundError as exc:
        raise ModelNotFoundError(f"There is no model file {path}; check the path or choose another model.") from exc
    except OSError as exc:
        raise ModelNotFoundError(f"The model file {path} cannot be read ({exc.strerror or exc}).") from exc


class _Reader:
    """A position in the file that never moves past what was checked."""

    def __init__(self, path: Path, file: BinaryIO, size: int) -> None:
        self._path, self._file, self._size = path, file, size
        self._data = file.read(min(size, _FIRST_READ_BYTES))
        self._pos = 0

    def _broken(self, why: str) -> ModelBrokenError:
        return ModelBrokenError(
            f"{self._path.name} is not a whole model file ({why}); download it again or choose another."
        )

    def _need(self, count: int) -> None:
        """Have `count` bytes from here in memory."""
        end = self._pos + count
        if end > self._size:
            raise self._broken("it ends too early")
        if end > len(self._data):
            self._data += self._file.read(max(end - len(self._data), len(self._data)))
            if end > len(self._data):
                raise self._broken("it ends too early")

    def _unpack(self, code: str) -> Any:
        size = struct.calcsize(code)
        self._need(size)
        (value,) = struct.unpack_from(code, self._data, self._pos)
        self._pos += size
        return value

    def _string(self, limit: int) -> str:
        length = self._unpack("<Q")
        if length > limit:
            raise self._broken("a text in it is longer than the file allows")
        self._need(length)
        start, self._pos = self._pos, self._pos + length
        return self._data[start : self._pos].decode("utf-8", errors="replace")

    def header(self) -> GgufHeader:
        version = self._version()
        n_tensors, n_keys = self._unpack("<Q"), self._unpack("<Q")
        # A tensor takes at least 24 bytes of header, a key 13.
        if n_tensors * 24 + n_keys * 13 > self._size:
            raise self._broken("its counts do not fit its size")
        metadata: dict[str, Any] = {}
        for _ in range(n_keys):
            key = self._string(_MAX_KEY_BYTES)
            if key in metadata:
                raise self._broken("a key is there twice")
            metadata[key] = self._value(self._unpack("<I"))
        alignment = metadata.get("general.alignment", 32)
        if not isinstance(alignment, int) or not 8 <= alignment <= 2**20 or alignment & (alignment - 1):
            raise self._broken("its alignment is impossible")
        tensors = self._tensors(n_tensors, alignment)
        start = -(-self._pos // alignment) * alignment
        if tensors and start + tensors[-1].offset + tensors[-1].size_bytes > self._size:
            raise self._broken("it ends too early")
        header = GgufHeader(self._path, version, metadata, tensors, start, self._size)
        self._check_meaning(header)
        return header

    def _version(self) -> int:
        if self._size < 24 or self._data[:4] != MAGIC:
            what = "it is empty" if not self._size else "it is not a GGUF file"
            raise self._broken(what)
        self._pos = 4
        version: int = self._unpack("<I")
        if version not in (2, 3):
            older = "an older" if version == 1 else "another"
            raise self._broken(f"its format is of {older} version than 2 or 3")
        return version

    def _value(self, kind: int) -> Any:
        if kind == _STRING:
            return self._string(self._size)
        if kind == _ARRAY:
            return self._array()
        if kind not in _SCALARS:
            raise self._broken("a value has an unknown type")
        return self._unpack(_SCALARS[kind])

    def _array(self) -> Any:
        kind, count = self._unpack("<I"), self._unpack("<Q")
        if kind != _STRING and kind not in _SCALARS:
            raise self._broken("a list has items of an unknown type")
        item_bytes = 8 if kind == _STRING else struct.calcsize(_SCALARS[kind])
        if count * item_bytes > self._size:
            raise self._broken("a list is longer than the file")
        if count <= SHORT_ARRAY:
            return [self._value(kind) for _ in range(count)]
        start = self._pos
        if kind == _STRING:
            self._skip_strings(count)
        else:
            self._need(count * item_bytes)
            self._pos += count * item_bytes
        return ArrayInfo(kind, count, start, self._pos)

    def _skip_strings(self, count: int) -> None:
        """Step over the strings of a vocabulary, the one loop here that runs 100,000 times."""
        unpack, pos, end = struct.Struct("<Q").unpack_from, self._pos, len(self._data)
        for _ in range(count):
            if pos + 8 > end:
                self._pos = pos
                self._need(8)
                end = len(self._data)
            pos += 8 + unpack(self._data, pos)[0]
            if pos > end:
                if pos > self._size:
                    raise self._broken("a text in it is longer than the file allows")
                self._need(pos - self._pos)
                end = len(self._data)
        self._pos = pos

    def _tensors(self, count: int, alignment: int) -> tuple[TensorInfo, ...]:
        tensors, names, expected = [], set(), 0
        for _ in range(count):
            tensor = self._tensor()
            if tensor.name in names:
                raise self._broken("a tensor is there twice")
            if tensor.offset != expected:
                raise self._broken("its tensors do not lie one after the other")
            expected += -(-tensor.size_bytes // alignment) * alignment
            names.add(tensor.name)
            tensors.append(tensor)
        return tuple(tensors)

    def _tensor(self) -> TensorInfo:
        name, n_dims = self._string(_MAX_KEY_BYTES), self._unpack("<I")
        if not 1 <= n_dims <= _MAX_DIMS:
            raise self._broken("a tensor has an impossible shape")
        shape = tuple(self._unpack("<Q") for _ in range(n_dims))
        kind, offset = self._unpack("<I"), self._unpack("<Q")
        if kind not in _TYPES:
            raise self._broken("a tensor has a type that is not known here")
        type_name, block, block_bytes = _TYPES[kind]
        n_elements = math.prod(shape)
        if not 0 < n_elements <= _MAX_ELEMENTS or shape[0] % block:
            raise self._broken("a tensor has an impossible shape")
        return TensorInfo(name, shape, type_name, offset, n_elements // block * block_bytes)

    def _check_meaning(self, header: GgufHeader) -> None:
        """Refuse the values that would make C++ divide by zero, allocate without end or read past a table."""
        architecture = header.architecture
        if not architecture:
            raise self._broken("it does not say what kind of model it is")
        if architecture in _NOT_CHAT:
            raise ModelBrokenError(f"{self._path.name} is a {architecture} model for search, not for chat.")
        for key, most in (("context_length", 2**31 - 1), ("block_count", _MAX_LAYERS), ("embedding_length", 2**20)):
            if f"{architecture}.{key}" not in header.metadata:
                raise ModelBrokenError(
                    f"{self._path.name} does not say its {key.replace('_', ' ')}, so it cannot be used; it may be of a "
                    "newer kind than Scrubjay knows. Choose another."
                )
            if not 1 <= header.number(f"{architecture}.{key}") <= most:
                raise self._broken(f"its {key.replace('_', ' ')} is impossible")
        self._check_heads(header, architecture)
        self._check_vocabulary(header)

    def _check_heads(self, header: GgufHeader, architecture: str) -> None:
        for key in ("attention.head_count", "attention.head_count_kv", "feed_forward_length", "expert_count"):
            value = header.metadata.get(f"{architecture}.{key}", 1)
            numbers = value if isinstance(value, list) else [value]
            if isinstance(value, ArrayInfo):
                continue
            if not all(isinstance(n, int) and 0 <= n <= 2**24 for n in numbers):
                raise self._broken("its layers have an impossible shape")
        if header.metadata.get(f"{architecture}.attention.head_count") == 0 and "mamba" not in architecture:
            raise self._broken("its layers have an impossible shape")

    def _check_vocabulary(self, header: GgufHeader) -> None:
        n_tokens = _length(header.metadata.get("tokenizer.ggml.tokens"))
        if header.text("tokenizer.ggml.model") in ("", "none") or not n_tokens:
            raise self._broken("it has no vocabulary")
        if not self._are_distinct(header.metadata["tokenizer.ggml.tokens"]):
            # llama.cpp takes its own two tables of them for equally long, and aborts.
            raise self._broken("a word is twice in its vocabulary")
        for key in ("scores", "token_type"):
            table = header.metadata.get(f"tokenizer.ggml.{key}")
            if table is not None and _length(table) != n_tokens:
                raise self._broken("its vocabulary does not fit together")
        embedding = next((t for t in header.tensors if t.name == "token_embd.weight"), None)
        if embedding and (len(embedding.shape) != 2 or embedding.shape[1] < n_tokens):
            raise self._broken("its vocabulary does not fit its weights")

    def _are_distinct(self, tokens: Any) -> bool:
        """Whether all tokens differ up to a zero byte, as C reads them; empty ones get names of their own there."""
        if isinstance(tokens, list):
            texts = [text for token in tokens if (text := token.partition("\0")[0])]
            return len(set(texts)) == len(texts)
        data, unpack, at, end = self._data, struct.Struct("<Q").unpack_from, int(tokens.start), int(tokens.end)
        seen: set[bytes] = set()
        n_empty = 0
        while at < end:
            length = unpack(data, at)[0]
            text = data[at + 8 : at + 8 + length]
            if b"\0" in text:
                text = text.partition(b"\0")[0]
            seen.add(text)
            n_empty += not text
            at += 8 + length
        return len(seen) + max(0, n_empty - 1) == int(tokens.count)


def _length(value: Any) -> int:
    if isinstance(value, ArrayInfo):
        return value.count
    return len(value) if isinstance(value, list) else 0
