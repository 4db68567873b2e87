"""all-MiniLM-L6-v2 on ONNX Runtime; runs in the embedding worker, blocking, one call at a time.

A batch is filled up to N_TOKENS, not to a number of texts: what one run costs in time and in memory is the
number of its tokens, padding included. Texts are sorted by their number of tokens first, so that next to
nothing is padding. 1,024 tokens are 4 full passages or 40 sentences: larger batches fall out of the
processor's cache (4 × 230 tokens: 47 texts/s on two cores, 32 × 230: 38) and hold up a query for longer.

Memory: expanding the weights leaves 80 MB of freed pages with the allocator, which `malloc_trim` gives back
(glibc only). So do the runs, 60 MB after ten passages were read; giving them back after each run costs a
quarter of its time, a second after the last one nothing. The session keeps the bytes that it is made of, for a
second try with other processors: it is made to forget them.

Reader and chooser (tapped.py) go on from the model's hidden states: where there is one, they are an output too.

Threads of the session spin within a run, because two hundred small operators follow each other, and stop
spinning at its end: an idle worker uses no processor time.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.errors import EmbedderError
from engine.processes.rest import Rest, trim_memory
from engine.search.choosing import encode_request, read_choice
from engine.search.embedding_card import ModelCard, load_card, read_checked
from engine.search.reading import Reader
from engine.search.tapped import TappedCard, append_to_graph, behind_switches, load_tapped_card, open_tap

logger = logging.getLogger(__name__)

Vectors = npt.NDArray[np.float32]

N_TOKENS = 1024
# Inputs that say what a run computes beyond the lower half, and what the chooser says (tapped.py).
_EMBEDS, _CHOOSES, _FEELS = "embeds", "chooses", "feels"
_CHOSEN, _FELT = ["choices", "ends"], ["moods"]
# Texts whose tokens wait to be embedded: several windows of the parent. More are those of cancelled work.
MOST_KEPT = 2048


class OnnxModel:
    """The loaded model: texts in, vectors of L2 norm 1 out.

    Args:
        folder: with card.json, model.onnx and tokenizer.json.
        threads: 0 takes all cores.
        reader, chooser: their folders; what belongs to another model is left out.

    Raises:
        EmbedderError: a library is not installed or the model is missing or damaged.
    """

    def __init__(self, folder: Path, threads: int = 0, reader: Path | None = None, chooser: Path | None = None) -> None:
        self.card = load_card(folder)
        self.id, self.dim = self.card.id, self.card.dim
        self._threads = threads
        self._tokenizer = _load_tokenizer(self.card)
        self._reader_card, self._chooser_card = (_fitting(part, self.card) for part in (reader, chooser))
        self._tap: str = self._reader_card.fields["tap"] if self._reader_card else ""
        data = read_checked(self.card, "model.onnx")
        # What of the model is computed in a run, by the names of its switches.
        self._switches: dict[str, list[str]] = {}
        if self._tap:
            data = open_tap(data, self._tap)
            self._switches[_EMBEDS] = ["embedding"]
        data = behind_switches(self._with_chooser(data), self._switches)
        self._session = self._create_session(data)
        del data
        self._reader: Reader | None = None
        self._tokens: dict[str, list[int]] = {}  # of texts that were measured and not embedded yet
        self._rest = Rest()
        trim_memory()

    def measure(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text; they are kept for the `embed` that follows."""
        if len(self._tokens) > MOST_KEPT:
            self._tokens.clear()
        tokens = self._tokenise(texts)
        self._tokens.update(zip(texts, tokens, strict=True))
        return [len(t) for t in tokens]

    def embed(self, texts: Sequence[str], between: Callable[[], bool] = lambda: True) -> Vectors:
        """(n, dim) float32, rows of L2 norm 1, in the order of the texts.

        Args:
            between: called before each batch; False stops, and the rows not done stay zero.
        """
        tokens = [self._tokens.pop(text, []) or self._tokenise([text])[0] for text in texts]
        vectors = np.zeros((len(texts), self.dim), np.float32)
        for rows in plan_batches([len(t) for t in tokens]):
            if not between():
                break
            vectors[rows] = self._run([tokens[row] for row in rows])
        return vectors

    @property
    def reader(self) -> Reader:
        """The reader, loaded when it is first asked for.

        Raises:
            EmbedderError: there is none for this model, or it is damaged.
        """
        if self._reader is None:
            if self._reader_card is None:
                raise EmbedderError(f"There is no reader for the model {self.id}.")
            self._reader = Reader(self._reader_card, self, self._create_session)
        return self._reader

    def choose(self, words: str, earlier: Sequence[str]) -> dict[str, Any]:
        """What a request asks for, as the fields of `engine.search.types.Chosen`.

        Raises:
            EmbedderError: there is no chooser for this model.
        """
        if self._chooser_card is None:
            raise EmbedderError(f"There is no chooser for the model {self.id}.")
        request, names = encode_request(self._encode, words, earlier), self._chooser_card.fields
        self._rest.begin()
        # Moods are read out of the embedding, which is of the words and what was said before together.
        outputs, switches = (_CHOSEN, [_CHOOSES]) if earlier else (_CHOSEN + _FELT, [_CHOOSES, _FEELS, _EMBEDS])
        feed = self._feed([request.ids], *switches)
        logits, ends, *moods = (output[0] for output in self._session.run(outputs, feed))
        return read_choice(request, names["choices"], names["moods"], logits, ends, *moods)

    def _with_chooser(self, data: bytes) -> bytes:
        """The model goes on to choose; one that is damaged is left out, for texts can be embedded without it."""
        if self._chooser_card is None:
            return data
        try:
            data = append_to_graph(data, self._chooser_card.read_checked())
        except EmbedderError as exc:
            logger.warning("%s", exc)
            self._chooser_card = None
            return data
        self._switches |= {_CHOOSES: _CHOSEN, _FEELS: _FELT}
        return data

    def _encode(self, text: str) -> Any:
        """Ids and offsets of a text without the marks at both ends, as the library `tokenizers` gives them."""
        return self._tokenizer.encode(text, add_special_tokens=False)

    def bare_tokens(self, texts: Sequence[str]) -> list[list[int]]:
        """Tokens without the marks at both ends."""
        return [e.ids for e in self._tokenizer.encode_batch(list(texts), add_special_tokens=False)]

    def run_lower(self, tokens: list[list[int]]) -> tuple[Vectors, npt.NDArray[np.int64]]:
        """Hidden states at the tap, (n, longest, dim), and the mask of what is text."""
        assert self._tap
        feed = self._feed(tokens)
        self._rest.begin()
        return self._session.run([self._tap], feed)[0], feed["attention_mask"]

    def _create_session(self, model: bytes) -> Any:
        return _create_session(model, self._threads, self.card.id)

    def _tokenise(self, texts: Sequence[str]) -> list[list[int]]:
        return [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]

    def _run(self, tokens: list[list[int]]) -> Vectors:
        self._rest.begin()
        output: Vectors = self._session.run(["embedding"], self._feed(tokens, _EMBEDS))[0]
        return output

    def _feed(self, tokens: list[list[int]], *wanted: str) -> dict[str, npt.NDArray[Any]]:
        """The inputs of a run that computes what is wanted and nothing else."""
        return _feed(tokens) | {switch: np.array(switch in wanted) for switch in self._switches}


def _feed(tokens: list[list[int]]) -> dict[str, npt.NDArray[Any]]:
    length = max(map(len, tokens))
    ids = np.zeros((len(tokens), length), np.int64)
    mask = np.zeros((len(tokens), length), np.int64)
    for row, text in enumerate(tokens):
        ids[row, : len(text)] = text
        mask[row, : len(text)] = 1
    return {"input_ids": ids, "attention_mask": mask}


def _fitting(folder: Path | None, model: ModelCard) -> TappedCard | None:
    card = load_tapped_card(folder) if folder else None
    return card if card is not None and card.reads == model.files["model.onnx"][1] else None


def plan_batches(lengths: Sequence[int], n_tokens: int = N_TOKENS) -> Iterator[list[int]]:
    """Indexes of the texts of each batch: similar lengths together, at most `n_tokens` with padding.

    The longest come first, so that memory is asked for once.
    """
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        # The first of a batch is its longest: what every other text is padded to.
        if batch and lengths[batch[0]] * (len(batch) + 1) > n_tokens:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def _load_tokenizer(card: ModelCard) -> Any:
    # A query is one text and a batch takes a millisecond: threads of its own only compete with the session.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    try:
        from tokenizers import Tokenizer
    except ImportError as exc:
        raise _not_installed("tokenizers") from exc
    data = read_checked(card, "tokenizer.json")
    try:
        tokenizer = Tokenizer.from_buffer(data)
    except Exception as exc:  # the library raises bare Exception
        raise EmbedderError(f"The tokenizer of {card.id} cannot be loaded ({exc}); install Scrubjay again.") from exc
    tokenizer.enable_truncation(card.max_tokens)
    tokenizer.no_padding()
    return tokenizer


def _create_session(model: bytes, threads: int, name: str) -> Any:
    # From 1.29 on its builds report every session to its maker, and keep a device's number in the person's cache
    # folder, unless this stands in the environment when the library is loaded.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    try:
        import onnxruntime  # type: ignore[import-untyped,unused-ignore]
    except ImportError as exc:
        raise _not_installed("onnxruntime") from exc
    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or len(_usable_cores())
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Neither an arena nor a plan of it: both keep what the largest run so far needed, for good.
    options.enable_cpu_mem_arena = options.enable_mem_pattern = False
    options.add_session_config_entry("session.force_spinning_stop", "1")
    try:
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as exc:  # a dozen classes without a common root but this
        raise EmbedderError(
            f"ONNX Runtime {onnxruntime.__version__} cannot load {name} ({exc}); install the requirements again."
        ) from exc
    session._model_bytes = None  # a second copy of the weights; without the attribute this does nothing
    return session


def _usable_cores() -> Sequence[int]:
    """The cores that this process may use: fewer than the machine has, in a container."""
    if sys.platform == "linux":
        return sorted(os.sched_getaffinity(0))
    return range(os.cpu_count() or 1)


def _not_installed(library: str) -> EmbedderError:
    return EmbedderError(
        f"{library} is not installed, so search goes by words alone; install Scrubjay's requirements again."
    )
