"""What a file is: by its first bytes, then by its name.

Names lie (a PDF saved as .txt, a login page saved as .pdf), so the content speaks first and the name only
decides between kinds of text. What cannot be read is named in one sentence that says what to do instead.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

from engine.documents.formats.encoding import looks_binary
from engine.errors import DocumentError

HEAD_BYTES = 8192

_MARKDOWN = frozenset({".md", ".markdown", ".mdown", ".mkd", ".mdx", ".qmd", ".rmd"})
_HTML = frozenset({".html", ".htm", ".xhtml", ".shtml"})
_TABLES = frozenset({".csv", ".tsv", ".tab"})
_CODE_WORDS = """
    .py .pyi .pyx .js .mjs .cjs .jsx .ts .tsx .java .kt .kts .scala .groovy .c .h .cc .cpp .cxx .hpp .hh .cs .go
    .rs .rb .php .pl .pm .lua .r .jl .swift .m .mm .dart .ex .exs .erl .hs .ml .mli .fs .clj .cljs .lisp .el
    .scm .vb .vbs .ps1 .psm1 .sh .bash .zsh .fish .bat .cmd .sql .asm .s .f .f90 .pas .d .nim .zig .v .sv .vhd
    .vhdl .cmake .gradle .mk .css .scss .less .json .jsonl .ndjson .yaml .yml .toml .ini .cfg .conf .properties
    .xml .xsd .xsl .svg .proto .graphql .tf .nix .vue .svelte .ipynb .plist .rc .awk .sed .tcl
"""
_CODE = frozenset(_CODE_WORDS.split())
_CODE_NAMES = frozenset(
    {"makefile", "dockerfile", "cmakelists.txt", "gnumakefile", "jenkinsfile", "rakefile", "gemfile"}
)

# First bytes → what it is, and what to do about it.
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "a picture (PNG); its text needs a text recogniser (OCR) first"),
    (b"\xff\xd8\xff", "a picture (JPEG); its text needs a text recogniser (OCR) first"),
    (b"GIF8", "a picture (GIF); its text needs a text recogniser (OCR) first"),
    (b"II*\x00", "a picture (TIFF); its text needs a text recogniser (OCR) first"),
    (b"MM\x00*", "a picture (TIFF); its text needs a text recogniser (OCR) first"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"\xcf\xfa\xed\xfe", "a program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"SQLite format 3\x00", "a database (SQLite); export the tables as CSV"),
    (b"\x1f\x8b", "a packed file (gzip); unpack it and add what was inside"),
    (b"BZh", "a packed file (bzip2); unpack it and add what was inside"),
    (b"\xfd7zXZ\x00", "a packed file (xz); unpack it and add what was inside"),
    (b"(\xb5/\xfd", "a packed file (zstd); unpack it and add what was inside"),
    (b"7z\xbc\xaf\x27\x1c", "an archive (7z); unpack it and add the folder"),
    (b"Rar!\x1a\x07", "an archive (RAR); unpack it and add the folder"),
    (b"ID3", "a sound recording"),
    (b"OggS", "a sound recording"),
    (b"fLaC", "a sound recording"),
    (b"\x1aE\xdf\xa3", "a film"),
    (b"GGUF", "a language model; add it under models instead"),
    (b"{\\rtf", "a Rich Text file; open it in a word processor and save it as .docx"),
    (b"%!PS", "PostScript; convert it to PDF"),
    (b"wOFF", "a font"),
    (b"wOF2", "a font"),
    (b"\x00\x01\x00\x00\x00", "a font"),
    (b"!<arch>\n", "an archive of programs"),
    (b"AT&TFORM", "a DjVu file; convert it to PDF"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP_KINDS: tuple[tuple[str, str], ...] = (
    ("xl/workbook", "a spreadsheet; save the sheet as CSV or print it to PDF"),
    ("ppt/presentation", "a presentation; print it to PDF"),
    ("META-INF/container.xml", "an e-book (EPUB); convert it to PDF or HTML"),
    ("META-INF/MANIFEST.MF", "a Java program"),
    ("AndroidManifest.xml", "an Android program"),
)
_OPEN_DOCUMENT = {
    "text": "an OpenDocument text; save it as .docx or PDF",
    "spreadsheet": "an OpenDocument spreadsheet; save it as CSV",
    "presentation": "an OpenDocument presentation; print it to PDF",
}


def detect(path: Path) -> str:
    """The format of a file: pdf, docx, html, markdown, table, code, mail or text.

    Raises:
        DocumentError: nothing that Scrubjay can read; the sentence says what it is and what to do.
        OSError: the file cannot be opened.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        raise DocumentError("The file has no text in it.", "empty")
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        return _detect_zip(path)
    if head.startswith(_OLE):
        raise _ole_error(path)
    what = _signature(head)
    if what is not None:
        raise unsupported(path, what)
    if looks_binary(head, whole=len(head) < HEAD_BYTES):
        raise unsupported(path, "neither a document nor text that Scrubjay knows")
    return _kind_of_text(path, head)


def unsupported(path: Path, what: str) -> DocumentError:
    """The error for a file that is something else; says so where the name promised a document."""
    ending = path.suffix.lower()
    claimed = (
        f"although its name ends in {ending}, it " if ending in (".pdf", ".docx", ".txt", ".md", ".html") else "it "
    )
    return DocumentError(f"This file cannot be read: {claimed}is {what}.", "unsupported")


def _signature(head: bytes) -> str | None:
    for start, what in _SIGNATURES:
        # "MZ", "BZh" and "ID3" are also how words begin: a program or a recording has other bytes soon after.
        if head.startswith(start) and (len(start) > 3 or looks_binary(head, whole=False)):
            return what
    if head[:4] == b"RIFF" and head[8:12] in (b"WEBP", b"AVI ", b"WAVE"):
        kind = head[8:12]
        return {b"WEBP": "a picture (WebP)", b"AVI ": "a film"}.get(kind, "a sound recording")
    if head[4:8] == b"ftyp":
        return "a picture (HEIC)" if head[8:12] in (b"heic", b"heix", b"mif1", b"avif") else "a film"
    if head[257:262] == b"ustar":
        return "an archive (tar); unpack it and add the folder"
    return None


def _detect_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            encrypted = any(info.flag_bits & 1 for info in archive.infolist()[:100])
            mime = archive.read("mimetype")[:100].decode("latin-1") if "mimetype" in names[:3] and not encrypted else ""
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError) as exc:
        raise DocumentError(
            "This file is damaged or cut short and cannot be opened; fetch or export it once more."
        ) from exc
    if "word/document.xml" in names or any(n.startswith("word/document") and n.endswith(".xml") for n in names):
        return "docx"
    if "opendocument" in mime:
        kind = next((what for name, what in _OPEN_DOCUMENT.items() if name in mime), _OPEN_DOCUMENT["text"])
        raise unsupported(path, kind)
    for part, what in _ZIP_KINDS:
        if any(name.startswith(part) for name in names):
            raise unsupported(path, what)
    raise unsupported(path, "an archive (zip); unpack it and add the folder")


def _ole_error(path: Path) -> DocumentError:
    with path.open("rb") as file:
        data = file.read(4_000_000)
    if "EncryptedPackage".encode("utf-16-le") in data:
        return DocumentError("This file is locked with a password; save a copy without one and add that.", "encrypted")
    if "WordDocument".encode("utf-16-le") in data:
        return unsupported(path, "an old Word document (.doc); open it and save it as .docx")
    if "Workbook".encode("utf-16-le") in data:
        return unsupported(path, "an old spreadsheet (.xls); save the sheet as CSV")
    return unsupported(path, "an old Office file; open it and save it as .docx or PDF")


def _kind_of_text(path: Path, head: bytes) -> str:
    ending, name = path.suffix.lower(), path.name.lower()
    start = head.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if ending in _CODE or name in _CODE_NAMES or start.startswith(b"#!"):
        return "code"
    if _opens_html(start):
        return "html"
    if ending in _MARKDOWN or name in ("readme", "changelog"):
        return "markdown"
    if ending in _HTML:
        return "html"
    if ending in _TABLES:
        return "table"
    return "mail" if ending == ".eml" else "text"


def _opens_html(start: bytes) -> bool:
    """True if text begins as a page does, whatever the file's name."""
    while start.startswith((b"<!--", b"<?xml")):
        end = b"-->" if start.startswith(b"<!--") else b"?>"
        _, found, rest = start.partition(end)
        if not found:
            return False
        start = rest.lstrip()
    return start.startswith((b"<!doctype html", b"<html", b"<head", b"<body"))
