"""The document that Scrubjay comes with is the one its script builds, and says what the window has."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
from sample_document.build import OUT, PAGES, build


def test_the_script_builds_the_committed_file(tmp_path: Path) -> None:
    build(tmp_path / "sample.pdf")
    assert (tmp_path / "sample.pdf").read_bytes() == OUT.read_bytes()


def test_it_has_three_pages_and_every_heading() -> None:
    document = pypdfium2.PdfDocument(OUT)
    texts = [page.get_textpage().get_text_bounded() for page in document]
    assert len(texts) == 3
    for text, sections in zip(texts, PAGES, strict=True):
        assert all(heading in text for heading, _ in sections)
