"""Real files of every format, and an ingest whose parser runs in a thread."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import pytest
from docx import Document as WordDocument
from fpdf import FPDF

from engine.clock import FakeClock
from engine.documents.chunking import Chunk, chunk_blocks, join_blocks
from engine.documents.formats import load_parser
from engine.documents.formats.detect import detect
from engine.documents.formats.source import Source
from engine.documents.ingest import Ingest
from engine.documents.parser import create_parser
from engine.documents.types import Block
from engine.errors import EmbedderError
from engine.processes.worker import Worker
from engine.search.types import Vectors
from engine.store.twin import MemoryStore

WORDS = [
    "boiler",
    "valve",
    "pressure",
    "water",
    "winter",
    "service",
    "gauge",
    "meter",
    "plumber",
    "invoice",
    "radiator",
    "cellar",
    "pump",
    "filter",
]


def sentences(count: int, *, about: str = "boiler") -> str:
    """Sentences of a plain kind, each a different one."""
    made = []
    for i in range(count):
        a, b, c = (WORDS[(i * k + k) % len(WORDS)] for k in (3, 5, 7))
        made.append(f"Sentence {i} of the {about} says that the {a} and the {b} stand beside the {c}.")
    return " ".join(made)


class Reading:
    """A file as its parser and the chunker see it."""

    def __init__(self, path: Path) -> None:
        self.source = Source(path)
        self.source.format = detect(path)
        self.blocks: list[Block] = list(load_parser(self.source.format)(self.source))
        self.text = join_blocks(self.blocks)
        self.chunks: list[Chunk] = list(chunk_blocks(self.blocks))

    @property
    def headings(self) -> list[tuple[str, ...]]:
        return [block.headings for block in self.blocks if block.kind == "heading"]

    def block(self, start: str) -> Block:
        """The block that begins so."""
        return next(block for block in self.blocks if block.text.lstrip().startswith(start))


@pytest.fixture
def read() -> Callable[[Path], Reading]:
    return Reading


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a file and return its path."""

    def write_file(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_file


@pytest.fixture
def make_pdf(tmp_path: Path) -> Callable[..., Path]:
    """A PDF of pages; a page is lines of (text, size, bold) or plain paragraphs."""

    def make(
        pages: Iterable[Sequence[str | tuple[str, int, bool]]],
        name: str = "made.pdf",
        *,
        header: str = "",
        password: str = "",
        outline: bool = False,
    ) -> Path:
        pdf = FPDF()
        pdf.set_auto_page_break(False)
        if password:
            pdf.set_encryption(owner_password=password, user_password=password)
        for number, page in enumerate(pages, 1):
            pdf.add_page()
            pdf.set_font("helvetica", size=9)
            if header:
                pdf.text(20, 8, header)
                pdf.text(100, 290, str(number))
            pdf.set_y(20)
            for part in page:
                text, size, bold = part if isinstance(part, tuple) else (part, 11, False)
                pdf.set_font("helvetica", "B" if bold else "", size)
                if outline and size > 11:
                    pdf.start_section(text)
                pdf.multi_cell(0, size / 2, text, new_x="LMARGIN", new_y="NEXT")
                pdf.ln(4)
        path = tmp_path / name
        pdf.output(str(path))
        return path

    return make


@pytest.fixture
def make_docx(tmp_path: Path) -> Callable[..., Path]:
    """A Word document, filled by a function."""

    def make(fill: Callable[[object], None], name: str = "made.docx") -> Path:
        document = WordDocument()
        fill(document)
        path = tmp_path / name
        document.save(str(path))
        return path

    return make


@pytest.fixture
def make_zip(tmp_path: Path) -> Callable[..., Path]:
    """A zip with these parts."""

    def make(name: str, parts: dict[str, bytes]) -> Path:
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for part, content in parts.items():
                archive.writestr(part, content)
        return path

    return make


class HashEmbedder:
    """Vectors made of the text's hash: equal texts are equal, nothing else is near."""

    model, dim = "hash", 32

    def __init__(self, *, fails_after: int | None = None) -> None:
        self.n_texts = 0
        self._fails_after = fails_after

    async def embed(self, texts: Sequence[str], *, urgent: bool = False) -> Vectors:
        if self._fails_after is not None and self.n_texts >= self._fails_after:
            raise EmbedderError("The embedder is not there.")
        self.n_texts += len(texts)
        rows = [np.frombuffer(hashlib.sha256(t.encode()).digest(), np.uint8) for t in texts]
        vectors = np.stack(rows).astype(np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    async def aclose(self) -> None:
        """Nothing to release."""


@pytest.fixture
def create_embedder() -> type[HashEmbedder]:
    return HashEmbedder


@pytest.fixture
async def parser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Worker]:
    worker = create_parser(tmp_path_factory.mktemp("log"), host="thread")
    yield worker
    await worker.aclose()


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def embedder() -> HashEmbedder:
    return HashEmbedder()


@pytest.fixture
def ingest(store: MemoryStore, embedder: HashEmbedder, parser: Worker) -> Ingest:
    return Ingest(store, embedder, parser, FakeClock())
