r"""Markdown that is still being written, as it will most likely look: open marks are closed, half ones left out.

Only for the eye: what is finished is parsed as it was written (desktop/chat/markdown.py), and nothing of this is kept.
Looked at is the end of the text, where marks can be open: from the last line that begins a paragraph, an item or a
heading. In the order of the work:

    a last line of marks only      "- ", "##", "2." may become anything: left out ("text\n-" makes a heading of text)
    a table whose second line      "| a | b |" alone is a paragraph: the line below its head is completed
    a link that has no end         "[words](https://exa" is "words"
    code that is open              "`x" is closed; a mark with nothing behind it is left out
    emphasis that is open          "**bold and *both" is closed from the inside out
"""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["close_marks"]

_MARKS_ONLY = re.compile(r"[ \t>]*(?:[-+*_=~`#|:]+|\d{1,9}[.)])?[ \t]*\Z")
# Where a new item, heading or row begins.
_BEGINNING = re.compile(r"^[ \t>]*(?:[-+*][ \t]+|\d{1,9}[.)][ \t]+|#{1,6}[ \t]+|\|)", re.MULTILINE)
_HEAD = re.compile(r"[ ]{0,3}(\|[^\n]*)(?:\n([ \t|:-]*))?\Z")
_PIPE = re.compile(r"(?<!\\)\|")
_HALF_LINK = re.compile(r"!?\[([^\[\]\n]*)(?:\](?:\([^()\n]*)?)?\Z")
_RUN = re.compile(r"\\.|`+|\*+|_+|~+", re.DOTALL)


class _Open(NamedTuple):
    """A mark that was opened, and where it ends."""

    mark: str
    end: int


def close_marks(text: str) -> str:
    """The text as it can be shown now."""
    last = text.rfind("\n\n") + 2 if "\n\n" in text else 0
    head = _HEAD.match(text, last)
    if head is not None:
        return text[:last] + _whole_head(head)
    text = _without_half_line(text)
    start = max((m.end() for m in _BEGINNING.finditer(text, min(last, len(text)))), default=min(last, len(text)))
    return text[:start] + _close(text[start:])


def _whole_head(head: re.Match[str]) -> str:
    """The head of a table with the line below it, without which it is none."""
    last = head[1].rfind("|") + 1
    cells = head[1][:last] + _close(head[1][last:])
    n_cells = len(_PIPE.findall(cells)) - cells.rstrip().endswith("|")
    is_whole = head[2] is not None and len(_PIPE.findall(head[2].rstrip())) > n_cells
    return f"{cells}\n{head[2] if is_whole else '|---' * n_cells + '|'}" if n_cells > 0 else ""


def _without_half_line(text: str) -> str:
    begin = text.rfind("\n") + 1
    return text[:begin] if _MARKS_ONLY.match(text, begin) else text


def _close(text: str) -> str:
    """Words of one paragraph with their open code, emphasis and link closed."""
    is_open: list[_Open] = []
    at = 0
    while match := _RUN.search(text, at):
        mark, at = match[0], match.end()
        if mark[0] == "\\":
            continue
        if mark[0] == "`":
            end = _end_of_code(text, at, mark)
            if end < 0:
                # What is in it is written as it is; a part of its closing mark is no part of it.
                code = text[at:].rstrip("`")
                return _ended(text[:at] + code + mark if code.strip() else text[: match.start()], is_open)
            at = end
        elif at < len(text):
            _weigh(mark, text[: match.start()][-1:], text[at], at, is_open)
        elif not _is_end_of(mark, is_open):
            # The half of a closing mark, or an opening one with nothing behind it.
            return _ended(text[: match.start()], is_open)
    link = _HALF_LINK.search(text)
    if link is not None and not link[1].isdigit():
        text = text[: link.start()] + link[1]
    return _ended(text, is_open)


def _ended(text: str, is_open: list[_Open]) -> str:
    if not is_open:
        return text
    bare = text.rstrip()
    while is_open and len(bare) <= is_open[-1].end:
        # Nothing stands in it yet.
        last = is_open.pop()
        bare = bare[: last.end - len(last.mark)].rstrip()
    return bare + "".join(opened.mark for opened in reversed(is_open))


def _end_of_code(text: str, at: int, mark: str) -> int:
    match = re.compile(rf"(?<!`){mark}(?!`)").search(text, at)
    return match.end() if match else -1


def _is_end_of(mark: str, is_open: list[_Open]) -> bool:
    """Whether a run of marks at the end closes what was opened last, and takes it as closed."""
    n, left = 0, len(mark)
    while left > 0 and n < len(is_open) and is_open[-1 - n].mark[0] == mark[0]:
        left -= len(is_open[-1 - n].mark)
        n += 1
    if left != 0 or not n:
        return False
    del is_open[len(is_open) - n :]
    return True


def _weigh(mark: str, before: str, behind: str, end: int, is_open: list[_Open]) -> None:
    """Take a run of marks as closing, else as opening, as CommonMark does (without its rule of three)."""
    if mark[0] == "~" and len(mark) != 2:
        return
    closes, opens = bool(before) and not before.isspace(), not behind.isspace()
    if mark[0] == "_":
        closes, opens = closes and not behind.isalnum(), opens and not before.isalnum()
    while closes and mark and is_open and is_open[-1].mark[0] == mark[0]:
        top = is_open.pop()
        n = min(len(top.mark), len(mark))
        mark = mark[n:]
        if top.mark[n:]:
            is_open.append(_Open(top.mark[n:], top.end - n))
    if mark and opens:
        # Three are one and two: either may be closed first.
        is_open += [_Open(mark[0], end - 2), _Open(mark[1:], end)] if len(mark) == 3 else [_Open(mark, end)]
