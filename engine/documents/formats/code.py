"""Source code: cut where definitions begin, each part under the names of the definitions around it.

No parser per language: the line that opens a function or class looks alike in most of them, and indentation
(or the brace that programs are indented by) tells how deep it is. A line that is missed costs a heading,
never text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.documents.formats.encoding import decode
from engine.documents.formats.source import Headings, Source, clean_text
from engine.documents.types import Block
from engine.errors import DocumentError

# A definition: what opens it, and its name.
_MODIFIERS = r"""(?:(?:export|default|public|private|protected|internal|static|final|abstract|sealed|open|data|async|
    pub(?:\([^)]*\))?|unsafe|virtual|inline|extern|const|partial|override|friend|typedef)\s+)*"""
_KEYWORDS = r"""(?:class|struct|interface|trait|enum|union|impl|module|namespace|record|protocol|extension|object|actor|
    function\*?|fn|func|fun|sub|procedure|type|macro_rules!|contract|message|service)"""
_DEFINITIONS = tuple(
    re.compile(pattern, re.VERBOSE)
    for pattern in (
        r"(?:async\s+)?(?:def|class)\s+(?P<name>\w+)",  # Python, Ruby
        rf"{_MODIFIERS}{_KEYWORDS}\s*(?:<[^>]{{0,80}}>\s*)?(?:\([^)]{{0,80}}\)\s*)?(?<=[\s)>])(?P<name>[\w$:.~]+)",
        r"""(?:create|CREATE)\s+(?:(?:or|OR)\s+(?:replace|REPLACE)\s+)?
            (?:table|view|function|procedure|trigger|TABLE|VIEW|FUNCTION|PROCEDURE|TRIGGER)\s+(?P<name>[\w."`]+)""",
        # C, C++, C#, Java: "type name(arguments) {", with nothing but words before the name
        r"(?:[\w:*&<>\[\],~]+\s+)+[*&]*(?P<name>[\w:~]+)\s*\([^;={}]{0,300}\)?[^;=]{0,80}\{?\s*$",
        r"(?:export\s+)?(?:const|let|var)\s+(?P<name>[\w$]+)\s*=\s*(?:async\s*)?(?:\([^)]{0,200}\)|\w+)\s*=>",
        r"\[{1,2}(?P<name>[^\]\n]{1,80})\]{1,2}\s*$",  # INI, TOML
        r"(?P<name>[\w-]+)\s*\(\)\s*\{",  # shell
    )
)
_NO_DEFINITION = re.compile(
    r"(?:return|else|if|for|while|switch|throw|new|case|do|elif|except|with|import|from|using|goto|delete|await|yield)\b"
)
_MAX_LINE = 400
_STRIDE = 500


def parse(source: Source) -> Iterator[Block]:
    """The parts of a program.

    Raises:
        DocumentError: nothing but white space.
    """
    text = clean_text(decode(source.read_bytes(), markup=source.path.suffix.lower() == ".xml"))
    if not text.strip():
        raise DocumentError("The file has no text in it.", "empty")
    for count, block in enumerate(parse_code(text), 1):
        if count % _STRIDE == 0:
            source.on_page(count, None)
        yield block


def parse_code(text: str) -> Iterator[Block]:
    """Definitions and what stands between them; comments right above a definition go with it."""
    headings = Headings()
    part: list[str] = []
    path: tuple[str, ...] = ()
    for line in text.split("\n"):
        name, depth = _definition(line)
        outdented = _leaves(line, headings, depth)
        if name or outdented:
            carried = _leading_comment(part) if name else []
            yield from _part(part[: len(part) - len(carried)], path)
            part = carried
            path = headings.enter(depth, name) if name else headings.path
        part.append(line.rstrip())
    yield from _part(part, path)


def _part(lines: list[str], path: tuple[str, ...]) -> Iterator[Block]:
    text = "\n".join(lines).strip("\n")
    if text.strip():
        yield Block(text, None, path, "code")


def _definition(line: str) -> tuple[str, int]:
    """(name, indentation) of the definition that a line opens; ("", indentation) if it opens none."""
    bare = line.lstrip()
    depth = len(line) - len(bare)
    if not bare or len(line) > _MAX_LINE or _NO_DEFINITION.match(bare) or depth > 16:
        return "", depth
    for pattern in _DEFINITIONS:
        found = pattern.match(bare)
        if found:
            return found.group("name"), depth
    return "", depth


def _leaves(line: str, headings: Headings, depth: int) -> bool:
    """True if a line stands outside the definition that was open; a closing brace still belongs to it."""
    bare = line.strip()
    if not bare or bare[0] in "})]#/*" or not headings.path:
        return False
    before = headings.path
    headings.leave(depth)
    return headings.path != before


def _leading_comment(lines: list[str]) -> list[str]:
    """Comments and decorators at the end of a part: they speak of the definition that follows."""
    count = 0
    for line in reversed(lines):
        bare = line.strip()
        if not bare or not bare.startswith(("#", "//", "/*", "*", "@", "--", "///", ";", "%", '"""')):
            break
        count += 1
    return lines[len(lines) - count :]
