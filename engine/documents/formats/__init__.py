"""One file per format: each has `parse(source) -> Iterator[Block]`."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator

from engine.documents.formats.source import Source
from engine.documents.types import Block

# Named, not imported: a worker that reads Markdown does not pay for PDFium and lxml.
_MODULES = {
    "pdf": "pdf",
    "docx": "docx",
    "html": "html",
    "markdown": "markdown",
    "code": "code",
    "table": "text",
    "mail": "mail",
    "text": "text",
}


def load_parser(format: str) -> Callable[[Source], Iterator[Block]]:
    """The parser of a format that `detect` named."""
    module = importlib.import_module(f"engine.documents.formats.{_MODULES[format]}")
    parse: Callable[[Source], Iterator[Block]] = module.parse
    return parse
